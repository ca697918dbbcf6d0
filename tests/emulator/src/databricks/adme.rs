//! Azure Data Manager for Energy: the groups of who calls.

use serde_json::json;

use super::bearer::{MadeFor, made_for};
use super::{ADME_CLIENT_ID, ADME_PARTITION, Call};
use crate::capture::Request;
use crate::wire::Response;

pub(super) fn is_adme(request: &Request) -> bool {
    request.path.starts_with("/api/entitlements/v2/")
}

fn refusal(status: u16, reason: &str, message: &str) -> Response {
    Response::json(status, &json!({"code": status, "reason": reason, "message": message}))
}

/// The app is the owner of everything; a user must have been added.
pub(super) fn answer(call: &Call<'_>) -> Response {
    if (call.request.method.as_str(), call.request.path.as_str()) != ("GET", "/api/entitlements/v2/groups") {
        return refusal(404, "Not Found", "No such endpoint");
    }
    let Some(partition) = call.request.header("data-partition-id") else {
        return refusal(400, "Bad Request", "data-partition-id header is missing");
    };
    let token = call.request.bearer().unwrap_or_default();
    let for_it = matches!(made_for(call.state, token), MadeFor::Resource(audience) if audience == ADME_CLIENT_ID);
    let claims = match call.state.verify(token) {
        Ok(claims) if for_it => claims,
        _ => return refusal(401, "Unauthorized", "The user is not authorized to perform this action"),
    };
    let user = claims["upn"].as_str();
    if user.is_some_and(|name| !call.settings.adme_users.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        return refusal(401, "Unauthorized", "The user is not authorized to perform this action");
    }
    if partition != ADME_PARTITION {
        return refusal(403, "Forbidden", "The data partition is not known or not yours");
    }
    let group = |name: &str| json!({"name": name, "description": name, "email": format!("{name}@{partition}.dataservices.energy")});
    let member = user.unwrap_or(ADME_CLIENT_ID);
    Response::json(
        200,
        &json!({
            "desId": member, "memberEmail": member,
            "groups": [group("users"), group("users.datalake.viewers")],
        }),
    )
}
