//! A device authorization endpoint may answer with anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &str| {
    let _ = jeton::entra::parse_authorization(body);
});
