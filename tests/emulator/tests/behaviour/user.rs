//! What the tests of users' sign-in share.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{Emulator, PUBLIC_CLIENT_ID, TENANT};
use serde_json::Value;

use crate::client::{Answer, Client};

/// The example of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const SCOPE: &str = "https://resource.example/.default openid profile offline_access";
pub(crate) const REDIRECT: &str = "http://localhost:8400";

pub(crate) const AUTHORIZE: [(&str, &str); 8] = [
    ("client_id", PUBLIC_CLIENT_ID),
    ("response_type", "code"),
    ("redirect_uri", REDIRECT),
    ("scope", SCOPE),
    ("state", "a state & more"),
    ("nonce", "the-nonce"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

pub(crate) const REDEEM: [(&str, &str); 6] = [
    ("grant_type", "authorization_code"),
    ("client_id", PUBLIC_CLIENT_ID),
    ("redirect_uri", REDIRECT),
    ("scope", SCOPE),
    ("code_verifier", VERIFIER),
    ("client_info", "1"),
];

/// The pairs, with some of them replaced, added, or (empty value) left out.
pub(crate) fn with<'a>(pairs: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = pairs.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())).copied().collect()
}

pub(crate) fn authorize_url(emulator: &Emulator, changes: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(with(&AUTHORIZE, changes)).finish();
    format!("{}/{TENANT}/oauth2/v2.0/authorize?{query}", emulator.url())
}

/// A code of the default user.
pub(crate) fn code(emulator: &Emulator, changes: &[(&str, &str)]) -> String {
    let visit = emulator.visit(&authorize_url(emulator, changes));
    visit.returned_value("code").unwrap_or_else(|| panic!("no code in {visit:?}"))
}

pub(crate) fn post(client: &Client, fields: &[(&str, &str)]) -> Answer {
    client.form(&format!("/{TENANT}/oauth2/v2.0/token"), fields).expect("an answer")
}

/// Redeems a code.
pub(crate) fn redeem(client: &Client, code: &str, changes: &[(&str, &str)]) -> Answer {
    post(client, &[with(&REDEEM, changes).as_slice(), &[("code", code)]].concat())
}

/// Redeems a refresh token.
pub(crate) fn refresh(client: &Client, token: &str, changes: &[(&str, &str)]) -> Answer {
    let fields =
        [("grant_type", "refresh_token"), ("client_id", PUBLIC_CLIENT_ID), ("refresh_token", token), ("scope", SCOPE)];
    post(client, &with(&fields, changes))
}

/// A text field of a JSON answer.
pub(crate) fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", answer.body)).to_owned()
}

pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// The claims of an answer's access token.
pub(crate) fn access(answer: &Answer) -> Value {
    claims(&text(answer, "access_token"))
}
