//! Google's token service (`POST /google/sts`): an access token for another issuer's (RFC 8693, as google-auth `sts.py`
//! asks).

use serde_json::json;

use crate::capture::Request;
use crate::state::State;
use crate::token::uuid;
use crate::wire::Response;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

pub(crate) fn is_google(request: &Request) -> bool {
    request.method == "POST" && request.path == "/google/sts"
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    let refused = |error: &str, why: &str| Response::json(400, &json!({"error": error, "error_description": why}));
    if request.field("grant_type") != Some(EXCHANGE) || request.field("audience").is_none() {
        return refused("invalid_request", "not an exchange of tokens");
    }
    let known = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
    if !request.field("subject_token_type").is_some_and(|kind| known.contains(&kind)) {
        return refused("invalid_request", "unknown subject_token_type");
    }
    if request.field("subject_token").is_none_or(|token| state.verify(token).is_err()) {
        return refused("invalid_grant", "the subject token is not taken");
    }
    Response::json(
        200,
        &json!({
            "access_token": format!("google-{}", uuid()),
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 3600,
        }),
    )
}
