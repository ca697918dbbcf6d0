//! Whatever stands on standard input when Docker asks, and a registry's answer to the exchange.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = jeton::protocol::docker::Question::parse(bytes);
    let _ = jeton::protocol::docker::parse_stored(bytes);
    let _ = jeton::acr::parse_answer(200, &String::from_utf8_lossy(bytes));
});
