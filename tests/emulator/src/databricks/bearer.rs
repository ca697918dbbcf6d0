//! Who a bearer is: a personal access token, an OAuth token of the site, or a token of Entra.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::directory::Principal;
use super::{Call, Cloud, DATABRICKS_RESOURCE, DbxError, Site, WORKSPACE_RESOURCE_ID};
use crate::state::State;
use crate::token::Refusal;

/// The audiences of a service management token, with which a principal proves what it may do to the workspace in Azure.
pub(super) const MANAGEMENT: [&str; 2] = ["https://management.core.windows.net/", "https://management.azure.com/"];

/// Databricks takes no Entra token that is about to expire.
const MARGIN: u64 = 30;

/// Who calls.
pub(super) struct Caller {
    pub(super) principal: Principal,
}

impl Caller {
    pub(super) fn need_admin(&self, text: &str) -> Result<(), DbxError> {
        if self.principal.admin { Ok(()) } else { Err(DbxError::denied(text)) }
    }
}

/// What a token was made for, as far as this emulator knows it.
pub(super) enum MadeFor {
    Site(Site),
    /// An audience of Entra's.
    Resource(String),
    Unknown,
}

pub(super) fn made_for(state: &State, token: &str) -> MadeFor {
    if let Some((pat, _)) = state.lock().databricks.pats.iter().find(|(pat, _)| pat.value == token) {
        return MadeFor::Site(pat.workspace);
    }
    let Some(claims) = state.signer.signed_claims(token) else { return MadeFor::Unknown };
    let issuer = claims["iss"].as_str().unwrap_or_default();
    let sites = [Site::Workspace, Site::OtherWorkspace, Site::Account];
    match sites.into_iter().find(|site| state.sites.issuer(&state.url, *site) == issuer) {
        Some(site) => MadeFor::Site(site),
        None => MadeFor::Resource(claims["aud"].as_str().unwrap_or_default().to_owned()),
    }
}

pub(super) fn authenticate(call: &Call<'_>) -> Result<Caller, DbxError> {
    let unsupported =
        || DbxError::gate(401, "Credential was not sent or was of an unsupported type for this API. [ReqId: emulator]");
    let token = call.request.bearer().filter(|token| !token.is_empty()).ok_or_else(unsupported)?;
    if token.starts_with("dapi") {
        return if call.site == Site::Account { Err(unsupported()) } else { by_pat(call, token) };
    }
    let claims = call.state.verify(token);
    match made_for(call.state, token) {
        MadeFor::Site(site) if site == call.site => match claims {
            Ok(claims) => enter(call, claims["sub"].as_str().unwrap_or_default()),
            Err(Refusal::Expired(_)) => Err(DbxError::gate(401, "Access token has expired.")),
            Err(Refusal::Foreign) => Err(invalid()),
        },
        MadeFor::Resource(_) if call.settings.cloud == Cloud::Azure => by_entra(call, token, claims),
        _ => Err(invalid()),
    }
}

fn invalid() -> DbxError {
    DbxError::gate(403, "Invalid access token.")
}

fn unauthorized() -> DbxError {
    DbxError::gate(403, "User not authorized.")
}

fn enter(call: &Call<'_>, name: &str) -> Result<Caller, DbxError> {
    let principal = call.state.lock().databricks.member(call.site, name).cloned();
    principal.map(|principal| Caller { principal }).ok_or_else(unauthorized)
}

fn by_pat(call: &Call<'_>, token: &str) -> Result<Caller, DbxError> {
    let now = call.state.epoch() * 1000;
    let owner = {
        let inner = call.state.lock();
        let found = inner.databricks.pats.iter().find(|(pat, deleted)| !deleted && pat.value == token);
        let live = found.filter(|(pat, _)| pat.workspace == call.site && pat.expires_ms.is_none_or(|at| at > now));
        live.map(|(pat, _)| pat.owner.clone()).ok_or_else(invalid)?
    };
    enter(call, &owner)
}

fn by_entra(call: &Call<'_>, token: &str, claims: Result<Value, Refusal>) -> Result<Caller, DbxError> {
    let claims = match claims {
        Ok(claims) => claims,
        Err(Refusal::Expired(at)) => return Err(expired(call, at)),
        Err(Refusal::Foreign) => return Err(invalid()),
    };
    let audience = claims["aud"].as_str().unwrap_or_default();
    if audience != DATABRICKS_RESOURCE {
        let text = format!(
            "io.jsonwebtoken.IncorrectClaimException: Expected aud claim to be: {DATABRICKS_RESOURCE}, but was: {audience}."
        );
        return Err(DbxError::html(400, text));
    }
    let tenant = claims["tid"].as_str().unwrap_or_default();
    if !call.settings.knows_tenant(tenant) {
        let text = format!(
            "io.jsonwebtoken.IncorrectClaimException: Expected iss claim to be: https://sts.windows.net/{}/, but was: \
             https://sts.windows.net/{tenant}/.",
            call.settings.tenant
        );
        return Err(DbxError::html(400, text));
    }
    let at = claims["exp"].as_u64().unwrap_or_default();
    if at <= call.state.epoch() + MARGIN {
        return Err(expired(call, at));
    }
    let Some(name) = name(&claims) else { return Err(unauthorized()) };
    let known = call.state.lock().databricks.member(call.site, name).is_some();
    if !known && may_manage(call, token, name) {
        // Who may manage the workspace in Azure becomes an admin in it with the first call.
        call.state.lock().databricks.add(Principal::service(name).admin());
    }
    enter(call, name)
}

/// A user's sign-in name, or an app's client id.
fn name(claims: &Value) -> Option<&str> {
    ["upn", "preferred_username", "azp", "appid"].iter().find_map(|name| claims[*name].as_str())
}

/// Whether the two headers are there that let a principal in that is not in the workspace.
fn may_manage(call: &Call<'_>, token: &str, name_of_caller: &str) -> bool {
    let header = |name: &str| call.request.header(name).unwrap_or_default();
    let management = header("x-databricks-azure-sp-management-token");
    let claims = call.state.verify(management).unwrap_or_default();
    let resource = header("x-databricks-azure-workspace-resource-id");
    call.site == Site::Workspace
        && management != token
        && MANAGEMENT.contains(&claims["aud"].as_str().unwrap_or_default())
        && name(&claims) == Some(name_of_caller)
        && resource.eq_ignore_ascii_case(WORKSPACE_RESOURCE_ID)
}

fn expired(call: &Call<'_>, at: u64) -> DbxError {
    let time = |epoch: u64| humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(epoch));
    let text = format!(
        "io.jsonwebtoken.ExpiredJwtException: JWT expired at {}. Current time: {}.",
        time(at),
        time(call.state.epoch())
    );
    DbxError::html(403, text)
}
