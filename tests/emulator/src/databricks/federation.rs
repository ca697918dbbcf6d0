//! Token federation (RFC 8693): whose tokens are exchanged for Databricks', by policies of the account or of one service
//! principal. All issuers are this emulator, whatever the name in `iss`; so there is one key to verify them with.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::oauth::{Issue, field, member, missing, scope};
use super::{Call, DATABRICKS_ACCOUNT_ID, DbxError};

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// A federation policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationPolicy {
    /// `iss` of the tokens.
    pub issuer: String,
    /// `sub` of the tokens; required for a service principal, without meaning for an account.
    #[serde(default)]
    pub subject: Option<String>,
    /// The claim that holds the subject: the name of a Databricks user or an application id where the account has the policy.
    #[serde(default = "sub")]
    pub subject_claim: String,
    /// `aud` of the tokens must hold one of these; an empty list is the account id.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// The application id of the service principal that has the policy; without one it is the account's.
    #[serde(default)]
    pub service_principal: Option<String>,
}

fn sub() -> String {
    "sub".into()
}

impl FederationPolicy {
    /// A policy of the account: the token's `sub` names the Databricks user or service principal.
    pub fn account(issuer: &str) -> Self {
        Self {
            issuer: issuer.into(),
            subject: None,
            subject_claim: sub(),
            audiences: Vec::new(),
            service_principal: None,
        }
    }

    /// A policy of a service principal: tokens of this issuer and subject become its own.
    pub fn service_principal(application_id: &str, issuer: &str, subject: &str) -> Self {
        Self { subject: Some(subject.into()), service_principal: Some(application_id.into()), ..Self::account(issuer) }
    }

    /// One more audience that is taken.
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Another claim than `sub`.
    pub fn subject_claim(mut self, claim: &str) -> Self {
        self.subject_claim = claim.into();
        self
    }

    fn takes_audience(&self, claims: &Value) -> bool {
        let takes = |audience: &Value| {
            let Some(audience) = audience.as_str() else { return false };
            if self.audiences.is_empty() {
                audience == DATABRICKS_ACCOUNT_ID
            } else {
                self.audiences.iter().any(|known| known == audience)
            }
        };
        match &claims["aud"] {
            Value::Array(list) => list.iter().any(takes),
            one => takes(one),
        }
    }
}

pub(super) fn exchange(call: &Call<'_>) -> Result<Issue, DbxError> {
    let refused = |text: String| DbxError::oauth(400, "invalid_request", text);
    let token = field(call, "subject_token").ok_or_else(|| missing("subject_token"))?;
    match field(call, "subject_token_type") {
        Some(JWT) => {}
        Some(other) => return Err(refused(format!("The subject token type '{other}' is not supported"))),
        None => return Err(missing("subject_token_type")),
    }
    let scope = scope(field(call, "scope"))?;
    let claims = call.state.signer.signed_claims(token);
    let claims = claims.ok_or_else(|| refused("The subject token is not a valid JWT".into()))?;
    if claims["exp"].as_u64().is_none_or(|exp| exp <= call.state.epoch()) {
        return Err(DbxError::oauth(400, "invalid_grant", "The subject token has expired"));
    }
    let issuer = claims["iss"].as_str().unwrap_or_default();
    let client_id = field(call, "client_id");
    let mut policies = call.state.lock().databricks.policies.clone();
    policies.retain(|policy| match (&policy.service_principal, client_id) {
        (Some(owner), Some(id)) => owner.eq_ignore_ascii_case(id),
        (None, None) => true,
        _ => false,
    });
    policies.retain(|policy| policy.issuer == issuer);
    if policies.is_empty() {
        return Err(refused(format!("No federation policy found for the token issuer '{issuer}'")));
    }
    policies.retain(|policy| policy.takes_audience(&claims));
    if policies.is_empty() {
        let text =
            format!("The token audience {} does not match the audiences of the federation policy", claims["aud"]);
        return Err(refused(text));
    }
    let found = policies.iter().find_map(|policy| {
        let subject = claims[policy.subject_claim.as_str()].as_str()?;
        match &policy.subject {
            Some(expected) if policy.service_principal.is_some() => {
                (expected == subject).then(|| policy.service_principal.clone()).flatten()
            }
            _ => Some(subject.to_owned()),
        }
    });
    let name = found.ok_or_else(|| {
        let subject = claims["sub"].as_str().unwrap_or_default();
        refused(format!("The token subject '{subject}' does not match the subject of the federation policy"))
    })?;
    let principal = member(call, &name)?;
    Ok(Issue { client_id: principal.clone(), principal, scope, refresh_token: None })
}
