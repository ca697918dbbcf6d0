//! A token endpoint may answer with anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (u16, &str, u64)| {
    let _ = jeton::entra::parse_answer(input.0, input.1, input.2);
});
