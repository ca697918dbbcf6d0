//! A data source's query comes from any module.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = jeton::protocol::terraform::Query::parse(text);
});
