//! A file to import may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = jeton::profile::entratool::read(text);
});
