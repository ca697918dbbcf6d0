//! What a build asks for may be anywhere.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(request) = jeton::protocol::bazel::Request::parse(text) {
        let _ = jeton::protocol::bazel::place(&request.uri);
    }
    let _ = jeton::protocol::bazel::place(text);
});
