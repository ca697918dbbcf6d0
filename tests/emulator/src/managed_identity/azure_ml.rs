//! Azure Machine Learning: `MSI_ENDPOINT` with `MSI_SECRET`, the 2017 form of App Service.

use serde_json::json;

use super::settings::Wanted;
use super::{Call, app_service_error, token, unknown_resource};
use crate::MSI_SECRET;
use crate::wire::Response;

pub(super) fn answer(call: &Call<'_>) -> Response {
    let refuse = |status, text: &str| Response::json(status, &app_service_error(status, text));
    if call.request.method != "GET" {
        return refuse(405, "Only GET is supported.");
    }
    if call.request.header("secret") != Some(MSI_SECRET) {
        return refuse(401, "The header secret is missing or wrong.");
    }
    if call.query("api-version") != Some("2017-09-01") {
        return refuse(400, "The api-version is not supported.");
    }
    let Some(resource) = call.query("resource") else { return refuse(400, "The resource is missing.") };
    // `clientid` is the only name it knows.
    let wanted = Wanted { client_id: call.query("clientid"), ..Wanted::default() };
    let Ok(identity) = call.settings.select(wanted, false) else {
        return refuse(400, "No Managed Identity found for the specified ClientId.");
    };
    if let Some(text) = unknown_resource(resource, &call.settings.tenant) {
        return refuse(400, &text);
    }
    let issued = token::issue(call.state, &identity, resource);
    let body = json!({
        "access_token": issued.token, "resource": resource, "token_type": "Bearer",
        "expires_on": token::expires_on(issued.expires_on, call.settings.expires_on),
    });
    Response::json(200, &issued.bend(body, call.shape))
}
