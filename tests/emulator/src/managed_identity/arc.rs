//! Azure Arc: the agent on a machine outside of Azure. Who may read the file that the challenge names gets the token.

use serde_json::json;

use super::settings::Wanted;
use super::{Call, missing_text, oauth_error, token, unknown_resource};
use crate::wire::Response;

pub(super) fn answer(call: &Call<'_>) -> Response {
    let refuse = |text: &str| oauth_error(400, "invalid_request", text);
    if call.request.method != "GET" {
        return oauth_error(405, "method_not_allowed", "Only GET is supported");
    }
    if !call.has_metadata_header() {
        return refuse("Required metadata header not specified");
    }
    if call.query("api-version") != Some("2020-06-01") {
        return refuse("The api-version is not supported");
    }
    let Some(resource) = call.query("resource") else { return refuse("Required query variable 'resource' is missing") };
    let Some(key) = &call.settings.arc_key else {
        return oauth_error(500, "server_error", "the emulator has no key: set_arc_key() gives it one");
    };
    if call.request.header("authorization") != Some(&*format!("Basic {}", key.content)) {
        let text = "The authorization header is missing or wrong; the challenge names the file that holds the key";
        return oauth_error(401, "unauthorized", text).header("WWW-Authenticate", format!("Basic realm={}", key.path));
    }
    let wanted = if call.settings.arc_user_assigned {
        Wanted {
            client_id: call.query("client_id"),
            object_id: call.query("object_id"),
            resource_id: call.query("msi_res_id"),
        }
    } else {
        Wanted::default()
    };
    let identity = match call.settings.select(wanted, false) {
        Ok(identity) => identity,
        Err(missing) => return refuse(missing_text(missing)),
    };
    if let Some(text) = unknown_resource(resource, &call.settings.tenant) {
        return oauth_error(400, "invalid_resource", &text);
    }
    let issued = token::issue(call.state, &identity, resource);
    let mut body = json!({
        "access_token": issued.token, "refresh_token": "", "resource": resource, "token_type": "Bearer",
        "expires_in": issued.lifetime.to_string(), "expires_on": issued.expires_on.to_string(),
        "not_before": issued.not_before.to_string(),
    });
    if call.settings.arc_user_assigned {
        body["client_id"] = json!(identity.client_id);
        body["msi_res_id"] = json!(identity.resource_id);
    }
    Response::json(200, &issued.bend(body, call.shape))
}
