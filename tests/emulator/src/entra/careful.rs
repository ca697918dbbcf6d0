//! What a careful client would not send when it signs a user in.

use std::collections::HashSet;

use super::token::RESERVED;
use super::user::{DEVICE_GRANTS, is_user_grant};
use crate::capture::Request;
use crate::databricks;
use crate::state::State;

/// What must never stand in a URL: it ends in logs and histories.
const SECRETS: [&str; 7] =
    ["refresh_token", "access_token", "client_secret", "client_assertion", "code_verifier", "password", "device_code"];

/// Notes it, though Entra may let it pass.
pub(crate) fn check(state: &State, request: &Request) {
    for (name, _) in request.query.iter().filter(|(name, _)| SECRETS.contains(&name.as_str())) {
        state.violation(request, &format!("a secret in the URL: '{name}'"));
    }
    if request.is_authorize_request() {
        authorize(state, request);
    } else if request.is_device_code_request() {
        device_code(state, request);
    } else if request.is_token_request() && !databricks::is_databricks(request) && is_user_grant(request) {
        let polls = DEVICE_GRANTS.contains(&request.field("grant_type").unwrap_or_default());
        if !polls && !request.path.ends_with("/oauth2/token") {
            scopes(state, request, request.field("scope"));
        }
    }
}

fn authorize(state: &State, request: &Request) {
    let violation = |what: &str| state.violation(request, what);
    let value = |name: &str| request.query_value(name).filter(|value| !value.is_empty());
    let mut seen = HashSet::new();
    for (name, _) in request.query.iter().filter(|(name, _)| !seen.insert(name.clone())) {
        violation(&format!("the parameter '{name}' comes more than once"));
    }
    if value("state").is_none() {
        violation("no state");
    }
    let app = value("client_id").and_then(|id| state.lock().registry.app_anywhere(id));
    match (value("code_challenge"), value("code_challenge_method")) {
        (None, _) if app.is_some_and(|app| app.public) => violation("a public client without PKCE"),
        (Some(_), method) if method != Some("S256") => violation("code_challenge_method is not S256"),
        _ => {}
    }
    if request.path.ends_with("/oauth2/v2.0/authorize") {
        scopes(state, request, value("scope"));
    }
}

fn device_code(state: &State, request: &Request) {
    if request.field("client_secret").is_some() {
        state.violation(request, "a client secret where a device code is asked for");
    }
    if request.header("client-request-id").is_none() {
        state.violation(request, "no client-request-id");
    }
    if request.path.ends_with("/oauth2/v2.0/devicecode") {
        scopes(state, request, request.field("scope"));
    }
}

/// A user's scopes: the reserved ones are there, and none comes twice.
fn scopes(state: &State, request: &Request, scope: Option<&str>) {
    let all: Vec<&str> = scope.unwrap_or_default().split_whitespace().collect();
    for name in RESERVED.iter().filter(|name| **name != "email" && !all.contains(name)) {
        state.violation(request, &format!("the scope lacks '{name}'"));
    }
    let mut seen = HashSet::new();
    for name in all.iter().filter(|name| !seen.insert(**name)) {
        state.violation(request, &format!("the scope '{name}' comes more than once"));
    }
}
