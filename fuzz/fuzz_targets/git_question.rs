//! Whatever stands on standard input when git asks.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(question) = jeton::protocol::git::Question::parse(bytes) {
        let _ = question.place();
    }
});
