//! Service Fabric: HTTPS with a certificate that is known by its thumbprint alone.

use serde_json::json;

use super::settings::Wanted;
use super::{Call, coded_error, token, unknown_resource};
use crate::IDENTITY_HEADER;
use crate::wire::Response;

/// Where Service Fabric's endpoint is and how it is known; see [`Emulator::service_fabric`](crate::Emulator).
#[derive(Clone, Debug)]
pub struct ServiceFabric {
    /// `IDENTITY_ENDPOINT`: HTTPS on 127.0.0.1.
    pub url: String,
    /// `IDENTITY_SERVER_THUMBPRINT`: SHA-1 of its certificate, upper case hexadecimal. No authority signed it.
    pub thumbprint: String,
}

pub(super) fn answer(call: &Call<'_>) -> Response {
    let refuse = |status, code: &str, text: &str| Response::json(status, &coded_error(code, text));
    if call.request.method != "GET" {
        return refuse(405, "MethodNotAllowed", "Only GET is supported.");
    }
    if call.query("api-version") != Some("2019-07-01-preview") {
        return refuse(400, "InvalidApiVersion", "The api-version is not supported. Supported: '2019-07-01-preview'.");
    }
    let Some(secret) = call.request.header("secret").filter(|secret| !secret.is_empty()) else {
        return refuse(400, "SecretHeaderNotFound", "Secret is not found in the request headers.");
    };
    let Some(resource) = call.query("resource") else {
        return refuse(400, "ArgumentNullOrEmpty", "The parameter 'resource' should not be null or empty string.");
    };
    // The secret stands for the service and thereby for its identity; nothing in the query chooses another.
    let identity = call.settings.select(Wanted::default(), true);
    let (IDENTITY_HEADER, Ok(identity)) = (secret, identity) else {
        return refuse(
            404,
            "ManagedIdentityNotFound",
            "Managed identity not found for the specified application host.",
        );
    };
    if let Some(text) = unknown_resource(resource, &call.settings.tenant) {
        return refuse(400, "BadRequest", &text);
    }
    let issued = token::issue(call.state, &identity, resource);
    let body = json!({
        "access_token": issued.token, "resource": resource, "token_type": "Bearer", "expires_on": issued.expires_on,
    });
    Response::json(200, &issued.bend(body, call.shape))
}
