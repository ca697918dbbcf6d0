//! The AWS token service may answer with anything, in JSON or XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (u16, &str)| {
    let _ = jeton::aws::parse_answer(input.0, input.1);
});
