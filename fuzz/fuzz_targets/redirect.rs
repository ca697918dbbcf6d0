//! A browser, or who pretends to be one, may send anything to the listener, and say anything in its answer.
#![no_main]

use std::sync::LazyLock;

use jeton::oauth::{Answer, RedirectUri, State};

static STATE: LazyLock<State> = LazyLock::new(|| State::new().expect("random numbers"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = jeton::interact::listener::read_request(&mut &*bytes)
        && let Some(form) = request.form()
    {
        assert!(Answer::read(form, &STATE).is_err());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = RedirectUri::parse(text);
    }
});
