//! What holds for Databricks until it is changed.

use serde::{Deserialize, Serialize};

use crate::{TENANT, USER};

/// The cloud that the workspaces are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// Entra tokens are taken; no tokens on behalf of others.
    #[default]
    Azure,
    /// No Entra tokens; tokens on behalf of service principals.
    Aws,
    /// As [`Aws`](Self::Aws).
    Gcp,
}

/// What becomes of a refresh token when it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The answer has none; the old one stays.
    Off,
    /// The answer has a new one; the old one still works.
    #[default]
    Lenient,
    /// The answer has a new one. Who uses the old one again loses the new one too (RFC 9700 section 4.14.2).
    Strict,
}

/// The settings of both workspaces and the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabricksSettings {
    /// The cloud.
    pub cloud: Cloud,
    /// Whether there is `/.well-known/databricks-config`; 404 without.
    pub host_metadata: bool,
    /// Whether there is `/oidc/.well-known/oauth-authorization-server`; 404 without.
    pub discovery: bool,
    /// Seconds that an OAuth token lives.
    pub token_lifetime: u64,
    /// What becomes of used refresh tokens.
    pub rotation: Rotation,
    /// Seconds that a refresh token lives.
    pub refresh_token_lifetime: u64,
    /// `token_federation_default_oidc_audiences` of the host metadata; `None` is the site's token endpoint.
    pub default_audiences: Option<Vec<String>>,
    /// The Entra tenant of the workspaces: where `/aad/auth` leads, and whose tokens are taken.
    pub tenant: String,
    /// Personal access tokens that a principal may have in one workspace.
    pub pat_quota: usize,
    /// `maxTokenLifetimeDays`; `None` for no bound.
    pub max_token_lifetime_days: Option<u32>,
    /// Seconds that a personal access token lives when its creator says nothing.
    pub default_pat_lifetime: u64,
    /// `enableTokensConfig`: whether there are personal access tokens.
    pub tokens_enabled: bool,
    /// Whether the group `users` may use tokens from the start. Without it only admins, and who is permitted later.
    pub users_may_use_tokens: bool,
    /// Whether tokens are made on behalf of service principals; `None` is what the cloud has.
    pub on_behalf_of: Option<bool>,
    /// The users that were added to the instance of Azure Data Manager for Energy.
    pub adme_users: Vec<String>,
    /// Whether the list of data partitions comes as `value` in place of `dataPartitionInfo`.
    pub adme_partitions_as_value: bool,
}

impl Default for DatabricksSettings {
    fn default() -> Self {
        Self {
            cloud: Cloud::Azure,
            host_metadata: true,
            discovery: true,
            token_lifetime: 3600,
            rotation: Rotation::Lenient,
            // 90 days.
            refresh_token_lifetime: 7_776_000,
            default_audiences: None,
            tenant: TENANT.into(),
            pat_quota: 600,
            max_token_lifetime_days: Some(730),
            // Two years.
            default_pat_lifetime: 63_072_000,
            tokens_enabled: true,
            users_may_use_tokens: true,
            on_behalf_of: None,
            adme_users: vec![USER.into()],
            adme_partitions_as_value: false,
        }
    }
}

impl DatabricksSettings {
    pub(super) fn makes_tokens_for_others(&self) -> bool {
        self.on_behalf_of.unwrap_or(self.cloud != Cloud::Azure)
    }

    /// Whether it is the tenant of this GUID.
    pub(super) fn knows_tenant(&self, tenant: &str) -> bool {
        self.tenant.eq_ignore_ascii_case(tenant)
    }
}
