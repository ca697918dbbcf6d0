//! A secret's file may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(name) = jeton::vault::SecretName::new("any") {
        let _ = jeton::vault::decode(&name, bytes);
    }
});
