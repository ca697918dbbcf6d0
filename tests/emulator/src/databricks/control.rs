//! The handle's part for Databricks, and the control paths that do the same.

use serde::Deserialize;
use serde_json::json;

use super::federation::FederationPolicy;
use super::pat::Pat;
use super::{Principal, Site};
use crate::capture::Request;
use crate::emulator::Emulator;
use crate::state::State;
use crate::wire::Response;

/// A principal, as the control path takes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrincipalForm {
    /// Of a service principal.
    application_id: Option<String>,
    /// Of a user.
    user: Option<String>,
    display_name: Option<String>,
    secret: Option<String>,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    only_in_account: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatForm {
    principal: String,
    #[serde(default)]
    comment: String,
    lifetime_seconds: i64,
    #[serde(default = "default_site")]
    workspace: Site,
}

fn default_site() -> Site {
    Site::Workspace
}

/// What is to be refused from now on: a token of any kind, or the id of a personal access token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    token: String,
}

/// The control paths below `databricks/`; an error is a refusal with status 400.
pub(crate) fn control(state: &State, name: &str, request: &Request) -> Option<Result<Response, String>> {
    let name = name.strip_prefix("databricks/")?;
    let done = || Response::json(200, &json!({"ok": true}));
    Some(match (request.method.as_str(), name) {
        ("POST", "principals") => read(request).and_then(|form| add(state, form)),
        ("POST", "policies") => read(request).map(|policy| {
            state.lock().databricks.policies.push(policy);
            done()
        }),
        ("GET", "policies") => Ok(Response::json(200, &json!(state.lock().databricks.policies))),
        ("DELETE", "policies") => {
            state.lock().databricks.policies.clear();
            Ok(done())
        }
        ("GET", "pats") => Ok(Response::json(200, &json!(pats(state)))),
        ("POST", "pats") => read(request).map(|form: PatForm| {
            Response::json(
                200,
                &json!(issue(state, form.workspace, &form.principal, &form.comment, form.lifetime_seconds)),
            )
        }),
        ("POST", "revoke") => read(request)
            .map(|form: Revocation| Response::json(200, &json!({"ok": true, "revoked": revoke(state, &form.token)}))),
        _ => return None,
    })
}

fn read<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn add(state: &State, form: PrincipalForm) -> Result<Response, String> {
    let mut principal = match (&form.application_id, &form.user) {
        (Some(id), None) => Principal::service(id),
        (None, Some(name)) => Principal::user(name),
        _ => return Err("give one of application_id and user".into()),
    };
    principal.admin = form.admin;
    principal.in_workspaces = !form.only_in_account;
    principal.secrets.extend(form.secret);
    if let Some(name) = form.display_name {
        principal.display_name = name;
    }
    let id = state.lock().databricks.add(principal);
    Ok(Response::json(200, &json!({"ok": true, "id": id.to_string()})))
}

fn pats(state: &State) -> Vec<Pat> {
    let inner = state.lock();
    inner.databricks.pats.iter().filter(|(_, deleted)| !deleted).map(|(pat, _)| pat.clone()).collect()
}

fn issue(state: &State, workspace: Site, owner: &str, comment: &str, lifetime: i64) -> Pat {
    let now = state.epoch();
    let cloud = state.lock().settings.databricks.cloud;
    let expires_ms = Some(now.saturating_add_signed(lifetime) * 1000);
    let pat = Pat::new(workspace, owner, comment, now * 1000, expires_ms, cloud);
    state.lock().databricks.pats.push((pat.clone(), false));
    state.tell();
    pat
}

/// Whether there was such a token.
fn revoke(state: &State, token: &str) -> bool {
    let mut inner = state.lock();
    let found =
        inner.databricks.pats.iter_mut().find(|(pat, deleted)| !deleted && (pat.value == token || pat.id == token));
    if let Some((_, deleted)) = found {
        *deleted = true;
        return true;
    }
    if let Some(refresh_token) = inner.databricks.refresh_tokens.get_mut(token) {
        refresh_token.revoked = true;
        return true;
    }
    let known = inner.issued.iter().any(|issued| issued == token);
    drop(inner);
    state.revoke(token);
    known
}

impl Emulator {
    /// Adds a user or service principal to the account and (unless it says otherwise) to both workspaces, or replaces the
    /// one of the same name. Its numeric id.
    pub fn add_principal(&self, principal: Principal) -> u64 {
        self.state.lock().databricks.add(principal)
    }

    /// Adds a federation policy to the account or to a service principal.
    pub fn add_federation_policy(&self, policy: FederationPolicy) {
        self.state.lock().databricks.policies.push(policy);
    }

    /// The personal access tokens of all workspaces that were not deleted, oldest first; expired ones are among them.
    pub fn pats(&self) -> Vec<Pat> {
        pats(&self.state)
    }

    /// A personal access token made without a request; `owner` is a user's name or an application id, `lifetime` in
    /// seconds, 0 or less for one that has expired.
    pub fn issue_pat(&self, workspace: Site, owner: &str, comment: &str, lifetime: i64) -> Pat {
        issue(&self.state, workspace, owner, comment, lifetime)
    }

    /// Makes Databricks refuse a token from now on: a personal access token (its value or its id), an OAuth token, or a
    /// refresh token. Whether there was such a one.
    pub fn revoke_databricks(&self, token: &str) -> bool {
        revoke(&self.state, token)
    }

    /// The refresh tokens that Databricks issued so far, oldest first. How often an old one came again is part of
    /// [`refresh_reuses`](Self::refresh_reuses).
    pub fn databricks_refresh_tokens(&self) -> Vec<String> {
        self.state.lock().databricks.refresh_order.clone()
    }
}

impl Request {
    /// The Databricks site that it went to; requests to Azure Resource Manager and Azure Data Manager for Energy count
    /// for the default workspace.
    pub fn site(&self) -> Option<Site> {
        super::is_databricks(self).then(|| Site::of(self.door))
    }
}
