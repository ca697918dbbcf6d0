//! ID tokens of Azure Pipelines: `POST $SYSTEM_OIDCREQUESTURI?api-version=7.1&serviceConnectionId=...`.

use serde_json::json;

use super::OidcSettings;
use crate::capture::Request;
use crate::entra::issue_federated;
use crate::state::State;
use crate::wire::Response;
use crate::{AZURE_PIPELINES_ISSUER, SYSTEM_ACCESS_TOKEN, TOKEN_EXCHANGE_AUDIENCE};

const SIGN_IN: &str = "https://spsprodcus3.vssps.visualstudio.com/_signin?realm=dev.azure.com&reply_to=";

fn suppresses_redirects(request: &Request) -> bool {
    request.header("x-tfs-fedauthredirect").is_some_and(|value| value.eq_ignore_ascii_case("suppress"))
}

pub(super) fn violations(request: &Request) -> Vec<&'static str> {
    let mut violations = Vec::new();
    if !suppresses_redirects(request) {
        violations.push("no 'X-TFS-FedAuthRedirect: Suppress'");
    }
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        violations.push("its Content-Type is not application/json");
    }
    violations
}

pub(super) fn answer(state: &State, request: &Request, settings: &OidcSettings) -> Response {
    if request.bearer() != Some(SYSTEM_ACCESS_TOKEN) {
        // The header decides between a page for people and a status for programs (azure-sdk-for-net PR 46135).
        return if suppresses_redirects(request) {
            Response::new(401, "text/html; charset=utf-8", "<html><body><h2>401 Unauthorized</h2></body></html>")
        } else {
            let page = format!(
                "<html><head><title>Object moved</title></head><body>\r\n<h2>Object moved to <a href=\"{}\">here</a>.\
                 </h2>\r\n</body></html>\r\n",
                SIGN_IN.replace('&', "&amp;")
            );
            Response::new(302, "text/html; charset=utf-8", page).header("Location", SIGN_IN)
        };
    }
    if request.method != "POST" {
        return error(405, "The requested resource does not support http method.", "VssRequestException");
    }
    if request.query_value("api-version").is_none() {
        let text = "No api-version was supplied for the request. The version must be supplied either as part of the \
                    Accept header or as a query parameter.";
        return error(400, text, "VssVersionNotSpecifiedException");
    }
    // Without one it is the token of the pipeline itself.
    let connection = request.query_value("serviceConnectionId");
    if let Some(connection) = connection
        && !settings.service_connections.iter().any(|known| known.eq_ignore_ascii_case(connection))
    {
        let text = format!("The service connection {connection} could not be found.");
        return error(404, &text, "ServiceEndpointNotFoundException");
    }
    let subject = &settings.azure_pipelines_subject;
    let token = issue_federated(state, AZURE_PIPELINES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE, settings.lifetime);
    Response::json(200, &json!({"oidcToken": token}))
}

/// An error as Azure DevOps writes it.
fn error(status: u16, message: &str, key: &str) -> Response {
    let body = json!({
        "$id": "1", "innerException": null, "message": message, "typeName": key, "typeKey": key, "errorCode": 0,
        "eventId": 3000,
    });
    Response::json(status, &body)
}
