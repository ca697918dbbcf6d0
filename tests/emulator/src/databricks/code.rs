//! Users' grants: authorization codes with PKCE, and refresh tokens.

use super::oauth::{Issue, field, invalid_grant, member, missing, scope};
use super::{Call, DbxError, Rotation, Site};
use crate::entra::{opaque, verify_challenge};
use crate::sign_in::{Challenge, Page};

/// An authorization request that waits for its user.
pub(super) struct Waiting {
    pub(super) site: Site,
    pub(super) scope: String,
    pub(super) page: Page,
}

#[derive(Clone)]
pub(super) struct Code {
    pub(super) site: Site,
    pub(super) client_id: String,
    pub(super) user: String,
    pub(super) scope: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<Challenge>,
    pub(super) expires_at: u64,
    pub(super) used: bool,
}

#[derive(Clone)]
pub(super) struct RefreshToken {
    pub(super) site: Site,
    pub(super) client_id: String,
    pub(super) user: String,
    pub(super) scope: String,
    /// The sign-in that it descends from.
    pub(super) family: String,
    pub(super) expires_at: u64,
    pub(super) superseded: bool,
    pub(super) revoked: bool,
}

pub(super) fn redeem(call: &Call<'_>) -> Result<Issue, DbxError> {
    let key = field(call, "code").ok_or_else(|| missing("code"))?;
    let client_id = field(call, "client_id").ok_or_else(|| missing("client_id"))?;
    let refused = || invalid_grant("The authorization code is invalid or has expired");
    // Taken out of the books at once: of two at the same time, one wins.
    let code = {
        let mut inner = call.state.lock();
        let code = inner.databricks.codes.get_mut(key).ok_or_else(refused)?;
        let before = code.clone();
        code.used = true;
        before
    };
    if code.used {
        call.state.violation(call.request, "an authorization code is redeemed a second time");
        return Err(refused());
    }
    if code.site != call.site || code.client_id != client_id || code.expires_at <= call.state.epoch() {
        return Err(refused());
    }
    if field(call, "redirect_uri") != Some(&code.redirect_uri) {
        return Err(invalid_grant("The redirect URI is not that of the authorization request"));
    }
    if verify_challenge(code.challenge.as_ref(), field(call, "code_verifier")).is_err() {
        return Err(invalid_grant("The code verifier does not match the code challenge"));
    }
    let offline = code.scope.split(' ').any(|scope| scope == "offline_access");
    let record = RefreshToken {
        site: code.site,
        client_id: code.client_id.clone(),
        user: code.user.clone(),
        scope: code.scope.clone(),
        family: opaque(),
        expires_at: call.state.epoch().saturating_add(call.settings.refresh_token_lifetime),
        superseded: false,
        revoked: false,
    };
    let principal = member(call, &code.user)?;
    let refresh_token = offline.then(|| keep(call, record));
    Ok(Issue { principal, client_id: code.client_id, scope: code.scope, refresh_token })
}

pub(super) fn refresh(call: &Call<'_>) -> Result<Issue, DbxError> {
    let key = field(call, "refresh_token").ok_or_else(|| missing("refresh_token"))?;
    let client_id = field(call, "client_id").ok_or_else(|| missing("client_id"))?;
    // What the Databricks CLI looks for.
    let refused = || invalid_grant("Refresh token is invalid");
    let (now, rotation) = (call.state.epoch(), call.settings.rotation);
    let old = {
        let mut inner = call.state.lock();
        let found = inner.databricks.refresh_tokens.get(key).cloned();
        let old = found.filter(|old| old.site == call.site && old.client_id == client_id).ok_or_else(refused)?;
        if old.superseded {
            inner.sign_ins.refresh_reuses += 1;
            if rotation == Rotation::Strict {
                let family = inner.databricks.refresh_tokens.values_mut().filter(|token| token.family == old.family);
                family.for_each(|token| token.revoked = true);
                return Err(refused());
            }
        }
        if old.revoked || old.expires_at <= now {
            return Err(refused());
        }
        if let Some(token) = inner.databricks.refresh_tokens.get_mut(key) {
            token.superseded = rotation != Rotation::Off;
        }
        old
    };
    let scope = scope(field(call, "scope").or(Some(&old.scope)))?;
    let principal = member(call, &old.user)?;
    let expires_at = now.saturating_add(call.settings.refresh_token_lifetime);
    let client_id = old.client_id.clone();
    let refresh_token =
        (rotation != Rotation::Off).then(|| keep(call, RefreshToken { superseded: false, expires_at, ..old }));
    Ok(Issue { principal, client_id, scope, refresh_token })
}

fn keep(call: &Call<'_>, record: RefreshToken) -> String {
    let token = opaque();
    let mut inner = call.state.lock();
    inner.databricks.refresh_tokens.insert(token.clone(), record);
    inner.databricks.refresh_order.push(token.clone());
    token
}
