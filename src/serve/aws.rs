//! AWS container credentials (AWS SDKs and Tools Reference Guide, "Container credential provider"):
//! `AWS_CONTAINER_CREDENTIALS_FULL_URI`, asked with `AWS_CONTAINER_AUTHORIZATION_TOKEN` as the header Authorization.

use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::route::Want;
use crate::aws::Keys;
use crate::clock;
use crate::error::Result;
use crate::inbound::Request;
use crate::secret::Guard;
use crate::token::Token;

pub(super) const SECRET: &str = "Authorization";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

pub(super) fn read(request: &Request, guard: &Guard) -> std::result::Result<Want, (u16, String)> {
    if request.header(SECRET).is_some_and(|given| guard.matches(given)) {
        return Ok(Want::Keys);
    }
    Err((401, format!("the header {SECRET} is missing or wrong")))
}

pub(super) fn answer(token: &Token) -> Result<Zeroizing<String>> {
    let keys = Keys::from_secret(&token.value)?;
    let document = Document {
        access_key_id: &keys.access_key_id,
        secret_access_key: keys.secret_access_key.expose(),
        token: keys.session_token.expose(),
        expiration: clock::rfc3339(token.expires_at),
        account_id: keys.account_id.as_deref(),
    };
    Ok(Zeroizing::new(serde_json::to_string(&document).unwrap_or_default()))
}

/// The names that aws-sdk-go-v2 reads (`endpointcreds/internal/client`, `EndpointError`); botocore shows the whole text.
pub(super) fn refusal(status: u16, text: &str) -> Value {
    let code = match status {
        401 | 403 => "AccessDenied",
        400 | 404 | 405 => "InvalidRequest",
        _ => "ServiceUnavailable",
    };
    json!({"code": code, "message": text})
}
