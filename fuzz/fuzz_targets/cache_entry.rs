//! A cache file may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let key = jeton::request::CacheKey::of(b"any");
    let _ = jeton::cache::decode(&key, bytes);
    let _ = jeton::cache::describe(&key, bytes);
});
