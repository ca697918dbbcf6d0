//! The token endpoint of a workspace or account: which grant, by whom, for which scopes.

use serde_json::{Value, json};

use super::{Call, DATABRICKS_ACCOUNT_ID, DbxError, Site, code, federation};
use crate::entra::{basic_credentials, bend};
use crate::settings::Shape;
use crate::token::uuid;
use crate::wire::Response;

pub(super) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Who gets a token, and what it is good for.
pub(super) struct Issue {
    /// A user's name or an application id.
    pub(super) principal: String,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) refresh_token: Option<String>,
}

pub(super) fn answer(call: &Call<'_>, shape: Shape) -> Response {
    match grant(call) {
        Ok(issue) => success(call, &issue, shape),
        Err(error) => error.response(call.request),
    }
}

fn grant(call: &Call<'_>) -> Result<Issue, DbxError> {
    if call.request.method != "POST" {
        return Err(DbxError::oauth(405, "invalid_request", "Method Not Allowed"));
    }
    check_account(call)?;
    match field(call, "grant_type") {
        Some("client_credentials") => client_credentials(call),
        Some("authorization_code") => code::redeem(call),
        Some("refresh_token") => code::refresh(call),
        Some(EXCHANGE) => federation::exchange(call),
        Some(other) => {
            let text = format!("The grant type '{other}' is not supported");
            Err(DbxError::oauth(400, "unsupported_grant_type", text))
        }
        None => Err(missing("grant_type")),
    }
}

/// The account in the path is the one that there is.
pub(super) fn check_account(call: &Call<'_>) -> Result<(), DbxError> {
    let named = call.request.path.strip_prefix("/oidc/accounts/").and_then(|rest| rest.split_once('/'));
    match named {
        Some((id, _)) if call.site == Site::Account && !id.eq_ignore_ascii_case(DATABRICKS_ACCOUNT_ID) => {
            Err(DbxError::oauth(400, "invalid_request", format!("Account {id} does not exist")))
        }
        _ => Ok(()),
    }
}

/// A form field that is not empty.
pub(super) fn field<'a>(call: &Call<'a>, name: &str) -> Option<&'a str> {
    call.request.field(name).filter(|value| !value.is_empty())
}

pub(super) fn missing(name: &str) -> DbxError {
    DbxError::oauth(400, "invalid_request", format!("The request is missing the parameter '{name}'"))
}

pub(super) fn invalid_grant(text: &str) -> DbxError {
    DbxError::oauth(400, "invalid_grant", text)
}

/// The scopes of a request; those that begin with `unknown` do not exist.
pub(super) fn scope(text: Option<&str>) -> Result<String, DbxError> {
    let scopes: Vec<&str> = text.unwrap_or("all-apis").split_whitespace().collect();
    match scopes.iter().find(|scope| scope.starts_with("unknown")) {
        Some(unknown) => Err(DbxError::oauth(400, "invalid_scope", format!("The scope '{unknown}' is not supported"))),
        None => Ok(scopes.join(" ")),
    }
}

/// A principal's name, if it may enter; else what the token endpoint says of it.
pub(super) fn member(call: &Call<'_>, name: &str) -> Result<String, DbxError> {
    let known = call.state.lock().databricks.member(call.site, name).map(|principal| principal.name.clone());
    known.ok_or_else(|| {
        let place = if call.site == Site::Account { "account" } else { "workspace" };
        DbxError::oauth(401, "invalid_client", format!("{name} is not a member of this {place}"))
    })
}

fn client_credentials(call: &Call<'_>) -> Result<Issue, DbxError> {
    let posted = || Some((field(call, "client_id")?.to_owned(), field(call, "client_secret")?.to_owned()));
    let (id, secret) = basic_credentials(call.request).or_else(posted).ok_or_else(refused)?;
    let good = {
        let inner = call.state.lock();
        let principal = inner.databricks.service(&id);
        principal.is_some_and(|principal| principal.active && principal.secrets.contains(&secret))
    };
    if !good {
        return Err(refused());
    }
    let scope = scope(field(call, "scope"))?;
    Ok(Issue { principal: member(call, &id)?, client_id: id, scope, refresh_token: None })
}

fn refused() -> DbxError {
    DbxError::oauth(401, "invalid_client", "Client authentication failed")
}

fn success(call: &Call<'_>, issue: &Issue, shape: Shape) -> Response {
    let lifetime = call.settings.token_lifetime;
    let pad = if let Shape::BigToken(pad) = shape { pad } else { 0 };
    let token = call.state.seal(claims(call, issue, lifetime), pad);
    let mut body = json!({
        "access_token": token, "scope": issue.scope, "token_type": "Bearer", "expires_in": lifetime,
    });
    if let Some(refresh_token) = &issue.refresh_token {
        body["refresh_token"] = json!(refresh_token);
    }
    bend(&mut body, shape, json!(call.state.epoch() + lifetime));
    Response::json(200, &body).header("Cache-Control", "no-store").header("Pragma", "no-cache")
}

fn claims(call: &Call<'_>, issue: &Issue, lifetime: u64) -> Value {
    let now = call.state.epoch();
    let audience = call.site.workspace_id().map_or_else(|| DATABRICKS_ACCOUNT_ID.to_owned(), |id| id.to_string());
    // offline_access is for the refresh token, not for the access token.
    let scope: Vec<&str> = issue.scope.split(' ').filter(|scope| *scope != "offline_access").collect();
    json!({
        "iss": call.state.sites.issuer(&call.state.url, call.site), "aud": audience, "sub": issue.principal,
        "client_id": issue.client_id, "scope": scope.join(" "), "iat": now, "exp": now + lifetime, "jti": uuid(),
    })
}
