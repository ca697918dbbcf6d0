//! The managed identity of App Service, Functions and Container Apps ("How to use managed identities for App Service",
//! REST endpoint reference): `IDENTITY_ENDPOINT`, asked with `IDENTITY_HEADER` as a header.

use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::route::Want;
use crate::clock;
use crate::http;
use crate::inbound::Request;
use crate::secret::Guard;
use crate::token::Token;

pub(super) const SECRET: &str = "X-IDENTITY-HEADER";

/// The version that all current SDKs send.
const VERSION: &str = "2019-08-01";
/// The longest name of a resource, in bytes.
const LONGEST: usize = 500;
/// Seconds after which a token that does not say when it ends is asked for again.
const UNKNOWN: u64 = 3600;

#[derive(Serialize)]
struct Document<'a> {
    access_token: &'a str,
    /// Seconds since 1970, UTC, as a text.
    expires_on: String,
    resource: &'a str,
    token_type: &'a str,
}

pub(super) fn read(request: &Request, guard: &Guard) -> Result<Want, (u16, String)> {
    if !request.header(SECRET).is_some_and(|given| guard.matches(given)) {
        return Err((401, format!("the header {SECRET} is missing or wrong")));
    }
    let query = http::decode(request.form().unwrap_or_default());
    let one = |name: &str| {
        let mut found = query.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        (found.next().map(|(_, value)| value.to_string()).filter(|value| !value.is_empty()), found.next().is_some())
    };
    if one("api-version").0.as_deref() != Some(VERSION) {
        return Err((400, format!("api-version has to be {VERSION}")));
    }
    if ["object_id", "principal_id", "mi_res_id"].iter().any(|name| one(name).0.is_some()) {
        return Err((400, "an identity is named by its client_id alone here".to_owned()));
    }
    match (one("resource"), one("client_id")) {
        ((Some(resource), false), (client, false))
            if resource.len() <= LONGEST && !resource.contains(|c: char| c.is_control() || c.is_whitespace()) =>
        {
            Ok(Want::Resource(resource, client))
        }
        _ => Err((400, "one resource has to be named".to_owned())),
    }
}

pub(super) fn answer(token: &Token, resource: &str) -> Zeroizing<String> {
    let document = Document {
        access_token: token.value.expose(),
        expires_on: token.expiry().unwrap_or_else(|| clock::now() + UNKNOWN).to_string(),
        resource,
        token_type: &token.token_type,
    };
    Zeroizing::new(serde_json::to_string(&document).unwrap_or_default())
}

/// App Service's own form, of which the Azure SDKs show the message.
pub(super) fn refusal(status: u16, text: &str) -> Value {
    json!({"statusCode": status, "message": text})
}
