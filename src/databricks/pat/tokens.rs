//! The calls: `/api/2.0/token/*` for one's own tokens, `/api/2.0/token-management/*` for those of everybody.

use serde_json::{Value, json};

use super::info::Info;
use super::keep::Piece;
use super::lifetime::Lifetime;
use crate::databricks::api::{self, Api, Failure};
use crate::error::Result;
use crate::http::{Method, Repeat, path_segment};
use crate::secret::Secret;

const WHAT: &str = "a new token";

/// Makes a token: for the caller, or on behalf of the service principal of that application id. It is never asked twice.
pub(super) fn create(
    api: &Api<'_>,
    comment: &str,
    lifetime: Lifetime,
    application_id: Option<&str>,
) -> std::result::Result<Piece, Failure> {
    let mut body = json!({"comment": comment});
    // (0 would be refused, and nothing means the longest: databricks-sdk-go `service/settings`.)
    if let Some(seconds) = lifetime.seconds() {
        body["lifetime_seconds"] = seconds.into();
    }
    let path = match application_id {
        Some(id) => {
            body["application_id"] = id.into();
            "/api/2.0/token-management/on-behalf-of/tokens"
        }
        None => "/api/2.0/token/create",
    };
    let answer = api.call(Method::Post, path, Some(&body), Repeat::Never, WHAT)?;
    let read = || -> Result<Piece> {
        let value = Secret::from(api::text(&answer, "token_value", WHAT)?);
        let info = Info::read(answer.get("token_info").unwrap_or(&Value::Null))?;
        Ok(Piece {
            id: info.id,
            value,
            comment: comment.to_owned(),
            created_at: info.created_at,
            expires_at: info.expires_at,
        })
    };
    read().map_err(Failure::Unanswered)
}

/// The caller's own tokens, or with `all` those of everybody in the workspace.
///
/// # Errors
/// See [`Failure`].
pub fn list(api: &Api<'_>, all: bool) -> std::result::Result<Vec<Info>, Failure> {
    let path = if all { "/api/2.0/token-management/tokens" } else { "/api/2.0/token/list" };
    let answer = api.get(path, "the list of tokens")?;
    // (An empty list comes as an empty object.)
    let infos = answer.get("token_infos").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    infos.iter().map(Info::read).collect::<Result<_>>().map_err(Failure::Unanswered)
}

/// Revokes the token of that id, of the caller or with `all` of anybody. Whether there was one.
///
/// # Errors
/// See [`Failure`].
pub fn delete(api: &Api<'_>, id: &str, all: bool) -> std::result::Result<bool, Failure> {
    let what = "to revoke a token";
    let done = if all {
        let path = format!("/api/2.0/token-management/tokens/{}", path_segment(id));
        api.call(Method::Delete, &path, None, Repeat::Safe, what)
    } else {
        api.call(Method::Post, "/api/2.0/token/delete", Some(&json!({"token_id": id})), Repeat::Safe, what)
    };
    match done {
        Ok(_) => Ok(true),
        Err(failure) if failure.refusal().is_some_and(crate::databricks::Refusal::is_missing) => Ok(false),
        Err(failure) => Err(failure),
    }
}
