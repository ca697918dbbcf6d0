//! The Instance Metadata Service of a virtual machine (169.254.169.254 in reality).

use serde_json::json;

use super::settings::Wanted;
use super::{Call, missing_text, oauth_error, token, unknown_resource};
use crate::wire::Response;

pub(super) fn answer(call: &Call<'_>) -> Response {
    let refuse = |text: &str| oauth_error(400, "invalid_request", text);
    if call.request.method != "GET" {
        return oauth_error(405, "method_not_allowed", "Only GET is supported");
    }
    // What a probe without the header is answered with.
    if !call.has_metadata_header() {
        return refuse("Required metadata header not specified");
    }
    if call.request.header("x-forwarded-for").is_some() {
        return refuse("Request contains X-Forwarded-For header");
    }
    if call.query("api-version").is_none_or(|version| version < "2018-02-01") {
        return Response::json(
            400,
            &json!({
                "error": "Bad request. api-version was not specified in the request or is invalid. For more \
                          information refer to aka.ms/azureimds",
                "newest-versions": ["2025-04-07", "2021-12-13", "2018-02-01"],
            }),
        );
    }
    let Some(resource) = call.query("resource") else { return refuse("Required query variable 'resource' is missing") };
    let wanted = Wanted {
        client_id: call.query("client_id"),
        object_id: call.query("object_id"),
        resource_id: call.query("msi_res_id").or_else(|| call.query("mi_res_id")),
    };
    let identity = match call.settings.select(wanted, true) {
        Ok(identity) => identity,
        Err(missing) => return refuse(missing_text(missing)),
    };
    if let Some(text) = unknown_resource(resource, &call.settings.tenant) {
        return oauth_error(400, "invalid_resource", &text);
    }
    let issued = token::issue(call.state, &identity, resource);
    let mut body = json!({
        "access_token": issued.token, "client_id": identity.client_id, "refresh_token": "", "resource": resource,
        "token_type": "Bearer", "expires_in": issued.lifetime.to_string(),
        "ext_expires_in": issued.lifetime.to_string(), "expires_on": issued.expires_on.to_string(),
        "not_before": issued.not_before.to_string(),
    });
    if let Some(refresh_in) = call.state.lock().settings.refresh_in {
        body["refresh_in"] = json!(refresh_in.to_string());
    }
    Response::json(200, &issued.bend(body, call.shape)).header("Server", "IMDS/150.870.65.1325")
}
