//! Databricks' metadata service (databricks-sdk-go, `config/auth_metadata_service.go`, whose comment is the protocol):
//! `DATABRICKS_METADATA_SERVICE_URL`, whose path is the secret, asked with the version and the workspace in headers.

use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::route::Want;
use crate::clock;
use crate::inbound::Request;
use crate::profile::Place;
use crate::token::Token;

pub(super) const VERSION: &str = "X-Databricks-Metadata-Version";
pub(super) const HOST: &str = "X-Databricks-Host";

/// Seconds after which a token that does not say when it ends is asked for again.
const UNKNOWN: u64 = 3600;

#[derive(Serialize)]
struct Document<'a> {
    access_token: &'a str,
    token_type: &'a str,
    /// Seconds since 1970, UTC, as a number: the SDKs for Python and JavaScript take nothing else.
    expires_on: u64,
}

pub(super) fn read(request: &Request, workspace: Option<&(Place, String)>) -> Result<Want, (u16, String)> {
    if request.header(VERSION) != Some("1") {
        return Err((400, format!("the header {VERSION} has to be 1")));
    }
    let asked = request.header(HOST).unwrap_or_default();
    match (Place::of_url(asked), workspace) {
        (Ok(Some(asked)), Some((place, url))) if (&asked.host, asked.port) == (&place.host, place.port) => {
            Ok(Want::Databricks(url.clone()))
        }
        (_, Some((place, _))) => {
            let text = if asked.is_empty() {
                format!("the header {HOST} is missing")
            } else {
                format!("this path is for {place} alone")
            };
            Err((404, text))
        }
        (_, None) => Err((404, "this path is for no workspace".to_owned())),
    }
}

pub(super) fn answer(token: &Token) -> Zeroizing<String> {
    let document = Document {
        access_token: token.value.expose(),
        token_type: &token.token_type,
        expires_on: token.expiry().unwrap_or_else(|| clock::now() + UNKNOWN),
    };
    Zeroizing::new(serde_json::to_string(&document).unwrap_or_default())
}

/// As the REST API words its errors: the CLI and Terraform show the message of those.
pub(super) fn refusal(status: u16, text: &str) -> Value {
    let code = match status {
        400 | 405 => "INVALID_PARAMETER_VALUE",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "RESOURCE_DOES_NOT_EXIST",
        503 => "TEMPORARILY_UNAVAILABLE",
        _ => "INTERNAL_ERROR",
    };
    json!({"error_code": code, "message": text})
}
