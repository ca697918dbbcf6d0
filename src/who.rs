//! Whose a token is, whatever it is for: what ties cached tokens, a refresh token and a profile together.

use serde::{Deserialize, Serialize};

use crate::profile::FlowName;
use crate::request::{CacheKey, Identity};

/// A user who signed in to an app, or an app of a tenant.
///
/// The flow in which a user signed in makes no difference: all of them share one sign-in. Nor does what an app proves
/// itself with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Who {
    /// `entra`, `aws`, ...
    pub provider: String,
    /// [`Who::USER`], or the flow's name.
    pub flow: String,
    /// Scheme, host and path of the endpoint.
    pub authority: String,
    /// Tenant id or domain, in lower case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Client id, role ARN, ..., in lower case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// The user who was expected, if one was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
}

impl Who {
    /// Stands for every flow in which a user signs in.
    pub const USER: &str = "user";

    /// From the parts of an identity, as a cache entry has them too.
    pub(crate) fn new(
        provider: &str,
        flow: &str,
        authority: &str,
        tenant: &str,
        client: &str,
        credential: &str,
    ) -> Self {
        let is_user = flow == Self::USER || FlowName::named(flow).is_some_and(FlowName::keeps_a_sign_in);
        Self {
            provider: provider.to_owned(),
            flow: if is_user { Self::USER } else { flow }.to_owned(),
            authority: authority.to_owned(),
            tenant: tenant.to_ascii_lowercase(),
            client: client.to_ascii_lowercase(),
            user: if is_user { credential } else { "" }.to_owned(),
        }
    }

    /// Whether a user signed in for it, so that there may be a refresh token.
    #[must_use]
    pub fn is_user(&self) -> bool {
        self.flow == Self::USER
    }

    /// The name under which what lasts of the sign-in is kept.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let mut text = b"sign-in".to_vec();
        for part in [&self.provider, &self.flow, &self.authority, &self.tenant, &self.client, &self.user] {
            text.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        CacheKey::of(&text)
    }
}

impl Identity {
    /// Whose the token of this identity is.
    #[must_use]
    pub fn who(&self) -> Who {
        Who::new(self.provider, self.flow, &self.authority, &self.tenant, &self.client, &self.credential)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(flow: &'static str, credential: &str) -> Identity {
        Identity {
            provider: "entra",
            flow,
            authority: "https://a".into(),
            tenant: "T".into(),
            client: "C".into(),
            credential: credential.into(),
            scopes: vec!["s".into()],
            ..Identity::default()
        }
    }

    #[test]
    fn all_flows_of_a_user_are_one_sign_in_and_each_expected_user_another() {
        let who = identity("device-code", "user:ada").who();
        assert!(who.is_user());
        for flow in ["interactive-browser", "authorization-code", "password", Who::USER] {
            assert_eq!(identity(flow, "user:ada").who(), who, "{flow}");
        }
        assert_ne!(identity("device-code", "user:grace").who().key(), who.key());
        assert_ne!(identity("device-code", "").who().key(), who.key());
    }

    #[test]
    fn an_app_is_the_same_whatever_it_proves_itself_with() {
        let who = identity("client-credentials", "env:A").who();
        assert!(!who.is_user() && !identity("azure-cli", "").who().is_user());
        assert_eq!(identity("client-credentials", "file:/b").who(), who);
        assert_ne!(identity("certificate", "file:/b").who(), who);
    }
}
