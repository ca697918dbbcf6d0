//! Personal access tokens: `/api/2.0/token/create`, `list` and `delete`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Call, Caller, Cloud, DbxError, Site, permissions};
use crate::certificate::hex;
use crate::token::random_bytes;

const DAY: u64 = 24 * 60 * 60;

/// A personal access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pat {
    /// `token_id`.
    pub id: String,
    /// `token_value`, which is told once.
    pub value: String,
    /// Whose it is: a user's name or an application id.
    pub owner: String,
    /// Who made it: the owner, or an admin on the owner's behalf.
    pub created_by: String,
    /// The comment.
    pub comment: String,
    /// When it was made, in epoch milliseconds.
    pub created_ms: u64,
    /// When it expires, in epoch milliseconds; `None` is never.
    pub expires_ms: Option<u64>,
    /// The scopes that it was made with.
    pub scopes: Vec<String>,
    /// Where it is good.
    pub workspace: Site,
}

impl Pat {
    /// A new one, made by its owner; times in epoch milliseconds.
    pub(super) fn new(site: Site, owner: &str, comment: &str, now: u64, expires_ms: Option<u64>, cloud: Cloud) -> Self {
        let suffix = if cloud == Cloud::Azure { "-2" } else { "" };
        Self {
            id: hex(&random_bytes::<32>()).to_lowercase(),
            value: format!("dapi{}{suffix}", hex(&random_bytes::<16>()).to_lowercase()),
            owner: owner.into(),
            created_by: owner.into(),
            comment: comment.into(),
            created_ms: now,
            expires_ms,
            scopes: Vec::new(),
            workspace: site,
        }
    }

    /// What the owner's own list tells.
    fn info(&self) -> Value {
        let mut info = json!({
            "token_id": self.id, "creation_time": self.created_ms, "comment": self.comment,
            "expiry_time": self.expires_ms.map_or(json!(-1), |at| json!(at)),
        });
        if !self.scopes.is_empty() {
            info["scopes"] = json!(self.scopes);
        }
        info
    }

    /// What an admin's list tells.
    pub(super) fn managed_info(&self, call: &Call<'_>) -> Value {
        let mut info = self.info();
        let inner = call.state.lock();
        let id = |name: &str| inner.databricks.principal(name).map(|principal| principal.id);
        info["created_by_id"] = json!(id(&self.created_by));
        info["created_by_username"] = json!(self.created_by);
        info["owner_id"] = json!(id(&self.owner));
        info["workspace_id"] = json!(self.workspace.workspace_id());
        info
    }
}

pub(super) fn create(call: &Call<'_>, caller: &Caller) -> Result<Value, DbxError> {
    let owner = caller.principal.name.clone();
    permissions::need_use(call, &caller.principal)?;
    let pat = make(call, &owner, &owner)?;
    Ok(json!({"token_value": pat.value, "token_info": pat.info()}))
}

/// Makes a token as the body of the request wants it.
pub(super) fn make(call: &Call<'_>, owner: &str, created_by: &str) -> Result<Pat, DbxError> {
    let body = call.json()?;
    if !call.settings.tokens_enabled {
        return Err(DbxError::denied("Personal access tokens are disabled for this workspace."));
    }
    let comment = body["comment"].as_str().unwrap_or_default();
    let scopes = body["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let bound = call.settings.max_token_lifetime_days.map(|days| u64::from(days) * DAY);
    let lifetime = match &body["lifetime_seconds"] {
        Value::Null => call.settings.default_pat_lifetime.min(bound.unwrap_or(u64::MAX)),
        value => match value.as_i64().or_else(|| value.as_str()?.parse().ok()) {
            Some(seconds @ 1..) => seconds.unsigned_abs(),
            Some(seconds) => return Err(DbxError::invalid(format!("requirement failed: Invalid timeout: {seconds}"))),
            None => return Err(DbxError::new(400, "MALFORMED_REQUEST", "lifetime_seconds is not an integer")),
        },
    };
    if let Some(bound) = bound.filter(|bound| lifetime > *bound) {
        let text = format!("The lifetime of the token exceeds the maximum of {} days of this workspace.", bound / DAY);
        return Err(DbxError::invalid(text));
    }
    let own = {
        let inner = call.state.lock();
        let mine = |(pat, deleted): &&(Pat, bool)| !deleted && pat.workspace == call.site && pat.owner == owner;
        inner.databricks.pats.iter().filter(mine).count()
    };
    if own >= call.settings.pat_quota {
        let text = format!("The user has reached the quota of {} tokens in this workspace.", call.settings.pat_quota);
        return Err(DbxError::new(400, "QUOTA_EXCEEDED", text));
    }
    let now = call.state.epoch() * 1000;
    let expires_ms = Some(now.saturating_add(lifetime.saturating_mul(1000)));
    let made = Pat::new(call.site, owner, comment, now, expires_ms, call.settings.cloud);
    let pat = Pat { created_by: created_by.into(), scopes, ..made };
    call.state.lock().databricks.pats.push((pat.clone(), false));
    call.state.tell();
    Ok(pat)
}

/// The live tokens of a workspace, newest first.
pub(super) fn live(call: &Call<'_>) -> Vec<Pat> {
    let inner = call.state.lock();
    let all = inner.databricks.pats.iter().rev().filter(|(pat, deleted)| !deleted && pat.workspace == call.site);
    all.map(|(pat, _)| pat.clone()).collect()
}

/// An empty list comes as an empty object.
pub(super) fn list(call: &Call<'_>, caller: &Caller) -> Value {
    let infos: Vec<Value> = live(call).iter().filter(|pat| pat.owner == caller.principal.name).map(Pat::info).collect();
    if infos.is_empty() { json!({}) } else { json!({"token_infos": infos}) }
}

pub(super) fn delete(call: &Call<'_>, caller: &Caller) -> Result<Value, DbxError> {
    let body = call.json()?;
    let Some(id) = body["token_id"].as_str() else {
        return Err(DbxError::invalid("Missing required field: token_id"));
    };
    remove(call, id, |pat| pat.owner == caller.principal.name)
}

/// Deletes the token of this id among those that `may` allows.
pub(super) fn remove(call: &Call<'_>, id: &str, may: impl Fn(&Pat) -> bool) -> Result<Value, DbxError> {
    let mut inner = call.state.lock();
    let mut all = inner.databricks.pats.iter_mut();
    let found = all.find(|(pat, deleted)| !deleted && pat.workspace == call.site && pat.id == id && may(pat));
    match found {
        Some((_, deleted)) => *deleted = true,
        None => return Err(DbxError::missing(format!("Token with ID {id} does not exist."))),
    }
    drop(inner);
    call.state.tell();
    Ok(json!({}))
}
