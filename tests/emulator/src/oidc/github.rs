//! ID tokens of GitHub Actions: `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=...`.

use serde_json::json;

use super::OidcSettings;
use crate::capture::Request;
use crate::entra::issue_federated;
use crate::state::State;
use crate::wire::Response;
use crate::{GITHUB_ISSUER, GITHUB_REQUEST_TOKEN};

pub(super) fn violations(request: &Request) -> Vec<&'static str> {
    let mut violations = Vec::new();
    if !request.header("accept").is_some_and(|accept| accept.contains("application/json")) {
        violations.push("Accept does not name application/json");
    }
    if request.query_value("audience").is_none_or(str::is_empty) {
        violations.push("no audience");
    }
    violations
}

pub(super) fn answer(state: &State, request: &Request, settings: &OidcSettings) -> Response {
    let refusal = |status, text: &str| Response::json(status, &json!({"message": text}));
    if request.method != "GET" {
        return refusal(405, "Method not allowed");
    }
    if request.bearer() != Some(GITHUB_REQUEST_TOKEN) {
        return refusal(401, "The request token is not valid for this job");
    }
    // It is a part of the given URL: who lost it has replaced the query where it had to be extended.
    if request.query_value("api-version").is_none() {
        return refusal(400, "No api-version in the query");
    }
    // Without an audience it is the owner of the repository.
    let audience = request.query_value("audience").unwrap_or("https://github.com/octo-org");
    let token = issue_federated(state, GITHUB_ISSUER, &settings.github_subject, audience, settings.lifetime);
    Response::json(200, &json!({"value": token}))
}
