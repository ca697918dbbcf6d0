//! Cloud Shell: tokens of the person in front of it, for a fixed list of audiences.

use serde_json::json;

use super::{Call, coded_error, token};
use crate::wire::Response;

pub(super) fn answer(call: &Call<'_>) -> Response {
    let refuse = |status, code: &str, text: &str| Response::json(status, &coded_error(code, text));
    if call.request.method != "POST" {
        return refuse(405, "MethodNotAllowed", "Only POST is supported");
    }
    if !call.has_metadata_header() {
        return refuse(400, "BadRequest", "Required metadata header not specified");
    }
    let Some(resource) = call.request.field("resource").filter(|resource| !resource.is_empty()) else {
        return refuse(400, "InvalidRequest", "The body has no 'resource'");
    };
    let audiences = &call.settings.cloud_shell_audiences;
    let bare = |audience: &str| audience.trim_end_matches('/').to_ascii_lowercase();
    if !audiences.iter().any(|known| bare(known) == bare(resource)) {
        let text = format!(
            "Audience {resource} is not a supported MSI token audience. Supported audiences:{}",
            audiences.join(",")
        );
        return refuse(400, "AudienceNotSupported", &text);
    }
    let issued = token::issue_user(call.state, resource);
    let body = json!({
        "access_token": issued.token, "refresh_token": "", "resource": resource, "token_type": "Bearer",
        "expires_in": issued.lifetime.to_string(), "expires_on": issued.expires_on.to_string(),
        "not_before": issued.not_before.to_string(),
    });
    Response::json(200, &issued.bend(body, call.shape))
}
