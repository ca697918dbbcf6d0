//! A browser, or who pretends to be one, may send anything to the listener, and say anything in its answer.
#![no_main]

use std::sync::LazyLock;

use jeton::inbound::{Bounds, read_request};
use jeton::oauth::{Answer, RedirectUri, State};

static STATE: LazyLock<State> = LazyLock::new(|| State::new().expect("random numbers"));

const BOUNDS: Bounds = Bounds { head: 8 * 1024, body: 8 * 1024, headers: &["Authorization", "X-IDENTITY-HEADER"] };

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = read_request(&mut &*bytes, BOUNDS)
        && let Some(form) = request.form()
    {
        assert!(Answer::read(form, &STATE).is_err());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = RedirectUri::parse(text);
    }
});
