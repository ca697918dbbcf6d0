//! az and azd may print anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (&str, u64)| {
    let _ = jeton::entra::parse_tool_output(input.0, input.1);
});
