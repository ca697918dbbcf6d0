//! `credential_process`: the document that AWS SDKs read (AWS CLI user guide, "Sourcing credentials with an external
//! process"; botocore `credentials.py`, `ProcessProvider`).

use serde::Serialize;

use super::line;
use crate::aws::Keys;
use crate::clock;
use crate::error::Result;
use crate::token::Token;

/// Seconds of life below which keys are renewed first. botocore runs the process again for every request once less than
/// 15 minutes are left, so keys are handed out with more than that.
pub const MARGIN: u64 = 1200;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeysDocument<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TokenDocument<'a> {
    version: u8,
    token: &'a str,
    token_type: &'a str,
    expiration: String,
}

/// The document with AWS keys.
///
/// # Errors
/// A cached text that holds no keys.
pub fn keys(token: &Token) -> Result<String> {
    let keys = Keys::from_secret(&token.value)?;
    let document = KeysDocument {
        version: 1,
        access_key_id: &keys.access_key_id,
        secret_access_key: keys.secret_access_key.expose(),
        session_token: keys.session_token.expose(),
        expiration: clock::rfc3339(token.expires_at),
        account_id: keys.account_id.as_deref(),
    };
    Ok(line::json(&document, token.value.expose()))
}

/// The same envelope around any other token, for tools that read it.
#[must_use]
pub fn token(token: &Token) -> String {
    let document = TokenDocument {
        version: 1,
        token: token.value.expose(),
        token_type: &token.token_type,
        expiration: clock::rfc3339(token.expires_at),
    };
    line::json(&document, token.value.expose())
}
