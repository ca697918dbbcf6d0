//! What a user's grant gives: access token, id token, refresh token, client info.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::error::AadError;
use super::target::Target;
use super::token::{padding, send, unknown_resource};
use super::user::{Asked, tenant_of};
use crate::registry::App;
use crate::sign_in::RefreshToken;
use crate::state::{Grant, State};
use crate::token::{random_bytes, uuid};
use crate::user::User;
use crate::wire::Response;

/// A grant whose credential was found good.
pub(super) struct Issue {
    pub(super) app: App,
    pub(super) user: User,
    pub(super) target: Target,
    pub(super) nonce: Option<String>,
    /// Those of the request, then those of the sign-in before it.
    pub(super) claims: Value,
    /// Those that a person was asked for.
    pub(super) session_claims: Value,
    pub(super) refresh_token: bool,
}

/// Whether user, tenant, resource and policies allow the token. Nothing is used up by asking.
pub(super) fn permit(state: &State, tenant: &str, issue: &Issue) -> Result<String, AadError> {
    let tenant = tenant_of(state, tenant, &issue.user)?;
    consent(&tenant, &issue.app, &issue.target)?;
    let required = state.lock().settings.required_claims.get(&issue.target.resource).cloned();
    match required {
        Some(required) if !satisfies(&issue.session_claims, &required) => {
            let text = format!(
                "Due to a configuration change made by your administrator, or because you moved to a new location, \
                 you must use multi-factor authentication to access '{}'.",
                issue.target.resource
            );
            let error = AadError::new(400, "interaction_required", 50076, text);
            Err(AadError { suberror: Some("basic_action".into()), claims: Some(required), ..error })
        }
        _ => Ok(tenant),
    }
}

/// Whether the resource is there and the user has consented to it.
pub(super) fn consent(tenant: &str, app: &App, target: &Target) -> Result<(), AadError> {
    if target.resource.starts_with("api://unknown") {
        return Err(unknown_resource(&target.resource, tenant));
    }
    if target.resource.starts_with("api://unconsented") {
        let text = format!(
            "The user or administrator has not consented to use the application with ID '{}'. Send an interactive \
             authorization request for this user and resource.",
            app.client_id
        );
        let error = AadError::new(400, "invalid_grant", 65001, text);
        return Err(AadError { suberror: Some("consent_required".into()), ..error });
    }
    Ok(())
}

/// The `access_token` part of claims.
fn access_part(claims: &Value) -> Map<String, Value> {
    claims["access_token"].as_object().cloned().unwrap_or_default()
}

/// Whether all that `required` (JSON text) wants was part of the claims that a person signed in with.
fn satisfies(claims: &Value, required: &str) -> bool {
    let Ok(required) = serde_json::from_str::<Value>(required) else { return false };
    let given = access_part(claims);
    access_part(&required).iter().all(|(name, value)| given.get(name) == Some(value))
}

/// The answer of a grant that [`permit`] allowed in this tenant.
pub(super) fn answer(asked: &Asked, tenant: &str, issue: &Issue) -> Response {
    let state = asked.state;
    let lifetime = state.lock().settings.lifetime;
    let grant = Grant {
        version: asked.version,
        tenant: tenant.into(),
        client_id: issue.app.client_id.clone(),
        resource: issue.target.resource.clone(),
        lifetime,
    };
    let token = state.seal(access_claims(state, &grant, issue), padding(asked.shape));
    send(state, asked.request, &grant, &token, asked.shape, |body| {
        body["scope"] = json!(issue.target.granted());
        if issue.refresh_token {
            body["refresh_token"] = json!(new_refresh_token(state, issue));
        }
        if issue.target.openid {
            body["id_token"] = json!(state.signer.sign(&id_claims(state, &grant, issue)));
        }
        if asked.field("client_info") == Some("1") {
            body["client_info"] = json!(client_info(&issue.user));
        }
    })
}

/// Who signed in, at home: what clients make an account id of.
pub(super) fn client_info(user: &User) -> String {
    URL_SAFE_NO_PAD.encode(json!({"uid": user.oid, "utid": user.tenant}).to_string())
}

fn common_claims(state: &State, grant: &Grant, user: &User) -> Value {
    let (tenant, from) = (&grant.tenant, state.epoch() - 300);
    let v1 = grant.version == 1;
    let issuer = if v1 { format!("{}/{tenant}/", state.url) } else { format!("{}/{tenant}/v2.0", state.url) };
    let oid = user.oid_in(tenant);
    json!({
        "iss": issuer, "ver": if v1 { "1.0" } else { "2.0" }, "tid": tenant, "oid": oid, "sub": oid,
        "iat": from, "nbf": from, "exp": from + 300 + grant.lifetime, "name": user.name, "uti": uuid(),
    })
}

fn access_claims(state: &State, grant: &Grant, issue: &Issue) -> Value {
    let user = &issue.user;
    let mut claims = common_claims(state, grant, user);
    claims["aud"] = json!(grant.resource);
    claims["idtyp"] = json!("user");
    claims["scp"] = json!(issue.target.names.join(" "));
    claims["jti"] = json!(uuid());
    claims["upn"] = json!(user.upn);
    claims["amr"] = if user.mfa { json!(["pwd", "mfa"]) } else { json!(["pwd"]) };
    // 0: a public client, 1: one with a secret.
    let acr = json!(if issue.app.public { "0" } else { "1" });
    claims["appid"] = json!(grant.client_id);
    if grant.version == 1 {
        claims["unique_name"] = json!(user.upn);
        claims["appidacr"] = acr;
    } else {
        claims["preferred_username"] = json!(user.upn);
        claims["azp"] = json!(grant.client_id);
        claims["azpacr"] = acr;
    }
    let mut asked = access_part(&issue.claims);
    if let Some(capabilities) = asked.remove("xms_cc") {
        claims["xms_cc"] = capabilities["values"].clone();
    }
    if !asked.is_empty() {
        claims["claims_satisfied"] = json!(asked);
    }
    claims
}

fn id_claims(state: &State, grant: &Grant, issue: &Issue) -> Value {
    let mut claims = common_claims(state, grant, &issue.user);
    claims["aud"] = json!(grant.client_id);
    let name = if grant.version == 1 { "upn" } else { "preferred_username" };
    claims[name] = json!(issue.user.upn);
    if let Some(nonce) = &issue.nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

fn new_refresh_token(state: &State, issue: &Issue) -> String {
    let token = opaque();
    let now = state.epoch();
    let mut inner = state.lock();
    let record = RefreshToken {
        client_id: issue.app.client_id.clone(),
        user: issue.user.upn.clone(),
        target: issue.target.clone(),
        claims: issue.session_claims.clone(),
        expires_at: now.saturating_add(inner.settings.refresh_token_lifetime),
        superseded: false,
        revoked: None,
        refused: false,
    };
    inner.sign_ins.refresh_tokens.insert(token.clone(), record);
    inner.sign_ins.refresh_order.push(token.clone());
    token
}

/// A code or refresh token in Entra's form: a version, a dot, and what only Entra reads.
pub(crate) fn opaque() -> String {
    format!("1.{}", URL_SAFE_NO_PAD.encode(random_bytes::<48>()))
}
