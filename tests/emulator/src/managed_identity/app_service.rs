//! App Service, Functions, Container Apps: `IDENTITY_ENDPOINT` with the secret of `IDENTITY_HEADER`.

use serde_json::json;

use super::settings::{Missing, Wanted};
use super::{Call, app_service_error, token, unknown_resource};
use crate::IDENTITY_HEADER;
use crate::wire::Response;

pub(super) fn answer(call: &Call<'_>) -> Response {
    let refuse = |status, text: &str| Response::json(status, &app_service_error(status, text));
    if call.request.method != "GET" {
        return refuse(405, "Only GET is supported.");
    }
    if call.request.header("x-identity-header") != Some(IDENTITY_HEADER) {
        return refuse(401, "The header X-IDENTITY-HEADER is missing or wrong.");
    }
    if call.query("api-version") != Some("2019-08-01") {
        return refuse(400, "The api-version is not supported.");
    }
    let Some(resource) = call.query("resource") else { return refuse(400, "The resource is missing.") };
    let wanted = Wanted {
        client_id: call.query("client_id"),
        object_id: call.query("object_id").or_else(|| call.query("principal_id")),
        resource_id: call.query("mi_res_id"),
    };
    // Unlike a virtual machine, it does not take the only user-assigned identity unasked.
    let identity = match call.settings.select(wanted, false) {
        Ok(identity) => identity,
        Err(Missing::NotFound) if [wanted.client_id, wanted.object_id, wanted.resource_id] != [None; 3] => {
            let text = "No User Assigned or Delegated Managed Identity found for specified \
                        ClientId/ResourceId/PrincipalId.";
            return refuse(400, text);
        }
        Err(_) => return refuse(400, "Unable to load the proper Managed Identity."),
    };
    if let Some(text) = unknown_resource(resource, &call.settings.tenant) {
        return refuse(400, &text);
    }
    let issued = token::issue(call.state, &identity, resource);
    let body = json!({
        "access_token": issued.token, "client_id": identity.client_id, "resource": resource, "token_type": "Bearer",
        "expires_on": token::expires_on(issued.expires_on, call.settings.expires_on),
    });
    Response::json(200, &issued.bend(body, call.shape))
}
