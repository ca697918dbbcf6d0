//! Around a token, and in it, may stand anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    if let jeton::jwt::Found::Jwt(jwt) = jeton::jwt::find(text) {
        let _ = jwt.standing(1_800_000_000);
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let _ = jeton::jwt::Jwt::parse(text);
    }
});
