//! A secret's file may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = jeton::vault::decode(&jeton::vault::SecretName::of(b"any"), bytes);
});
