//! What a careful client would not send to Databricks, or with a token of Databricks.

use std::collections::HashSet;

use serde_json::Value;

use super::bearer::{MANAGEMENT, MadeFor, made_for};
use super::{ADME_CLIENT_ID, DATABRICKS_RESOURCE, Site, adme, arm, is_authorize_path, is_databricks, is_token_path};
use crate::capture::Request;
use crate::state::State;

/// The fields that the token endpoint knows.
const FIELDS: [&str; 11] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
];

/// Notes it, though Databricks may let it pass.
pub(crate) fn check(state: &State, request: &Request) {
    let violation = |what: &str| state.violation(request, what);
    for (name, value) in &request.query {
        if is_secret(value) {
            violation(&format!("a secret in the query ('{name}')"));
        }
    }
    let token = request.bearer().unwrap_or_default();
    if !is_databricks(request) {
        if token.starts_with("dapi") || matches!(made_for(state, token), MadeFor::Site(_)) {
            violation("a token of Databricks goes somewhere else");
        }
        if request.form.iter().any(|(_, value)| value.starts_with("dose") || value.starts_with("dapi")) {
            violation("a secret of Databricks goes somewhere else");
        }
        return;
    }
    destination(state, request, token);
    if is_token_path(request) {
        token_request(state, request);
    } else if is_authorize_path(request) {
        if request.query_value("code_challenge").is_none_or(str::is_empty) {
            violation("a public client without PKCE");
        }
    } else if request.path.starts_with("/api/2.") {
        api(state, request);
    } else if request.path.contains("/.well-known/") && request.header("authorization").is_some() {
        violation("a credential for what anybody may read");
    }
}

/// What looks like a token or secret of Databricks, or a JWT.
fn is_secret(value: &str) -> bool {
    let jwt = value.starts_with("eyJ") && value.matches('.').count() == 2;
    jwt || value.len() >= 32 && (value.starts_with("dapi") || value.starts_with("dose"))
}

/// A token goes to the host that it was made for, and nowhere else.
fn destination(state: &State, request: &Request, token: &str) {
    let wrong = |what: &str| state.violation(request, &format!("{what} was not made for this host"));
    let expected: &[&str] = if adme::is_adme(request) {
        &[ADME_CLIENT_ID]
    } else if arm::is_arm(request) {
        &MANAGEMENT
    } else {
        &[DATABRICKS_RESOURCE]
    };
    let azure = expected != [DATABRICKS_RESOURCE];
    let same =
        |audience: &str| expected.iter().any(|known| known.trim_end_matches('/') == audience.trim_end_matches('/'));
    match made_for(state, token) {
        MadeFor::Site(site) if azure || site != Site::of(request.door) => wrong("a token"),
        MadeFor::Resource(audience) if !same(&audience) => wrong(&format!("a token for '{audience}'")),
        _ => {}
    }
    let management = request.header("x-databricks-azure-sp-management-token").unwrap_or_default();
    match made_for(state, management) {
        MadeFor::Resource(audience) if MANAGEMENT.contains(&audience.as_str()) => {}
        MadeFor::Unknown if management.is_empty() => {}
        _ => wrong("a management token"),
    }
}

fn token_request(state: &State, request: &Request) {
    let violation = |what: &str| state.violation(request, what);
    if !request.is_form() {
        violation("its Content-Type is not application/x-www-form-urlencoded");
    }
    let mut seen = HashSet::new();
    for (name, _) in &request.form {
        if !seen.insert(name) {
            violation(&format!("the field '{name}' comes more than once"));
        }
        if !FIELDS.contains(&name.as_str()) {
            violation(&format!("the field '{name}' is unknown"));
        }
    }
    if request.header("authorization").is_some() && request.field("client_secret").is_some() {
        violation("a client secret both in the header and in the body");
    }
    if !request.query.is_empty() {
        violation("a query on the token endpoint");
    }
}

fn api(state: &State, request: &Request) {
    let violation = |what: &str| state.violation(request, what);
    let writes = ["POST", "PUT", "PATCH"].contains(&request.method.as_str());
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if writes && !json {
        violation("its Content-Type is not application/json");
    }
    if request.method == "PUT" && request.path.starts_with("/api/2.0/permissions/") {
        violation("PUT replaces the whole list of permissions");
    }
    let creates = ["/api/2.0/token/create", "/api/2.0/token-management/on-behalf-of/tokens"];
    if request.method == "POST" && creates.contains(&request.path.as_str()) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if body["lifetime_seconds"].is_null() {
            violation("a personal access token without lifetime_seconds");
        }
    }
}
