//! A cache file may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = jeton::cache::decode(&jeton::request::CacheKey::of(b"any"), bytes);
});
