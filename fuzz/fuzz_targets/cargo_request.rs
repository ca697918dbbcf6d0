//! cargo writes a line; its registries are named by the user.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(request) = jeton::protocol::cargo::Request::parse(text) {
        let _ = jeton::protocol::cargo::place(&request.index_url);
    }
    let _ = jeton::protocol::cargo::place(text);
});
