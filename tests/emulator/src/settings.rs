//! What holds for every answer until it is changed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::databricks::DatabricksSettings;
use crate::managed_identity::ManagedIdentitySettings;
use crate::oidc::OidcSettings;
use crate::sign_in::OldRefreshTokens;
use crate::{AKS_AUDIENCE, USER};

/// How the body of a successful token answer is bent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// As Entra sends it.
    #[default]
    Normal,
    /// Without `expires_in` (and `ext_expires_in`, `expires_on`).
    NoExpiry,
    /// Without `expires_in`, but with `expires_on`, an epoch time.
    ExpiresOnOnly,
    /// `expires_in` is a text of digits.
    ExpiresInText,
    /// `expires_in` is a floating point number.
    ExpiresInFloat,
    /// `expires_in` is 0.
    ExpiresInZero,
    /// `expires_in` is -1.
    ExpiresInNegative,
    /// `expires_in` is a word.
    ExpiresInGarbage,
    /// `expires_in` is larger than any time (2^63).
    ExpiresInHuge,
    /// Without `access_token`.
    NoAccessToken,
    /// `access_token` is an empty text.
    EmptyAccessToken,
    /// `access_token` is an object.
    AccessTokenNotText,
    /// `access_token` holds a line feed.
    AccessTokenWithNewline,
    /// The token carries this many bytes more of claims (before base64).
    BigToken(usize),
    /// With fields that nobody knows.
    ExtraFields,
    /// An array instead of an object.
    NotAnObject,
}

/// The standing settings; `POST /_emulator/settings` takes the same names as JSON and leaves the others alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Seconds that a token lives.
    pub lifetime: u64,
    /// `refresh_in` of success bodies, in seconds.
    pub refresh_in: Option<u64>,
    /// Milliseconds before every answer (control requests aside).
    pub latency_ms: u64,
    /// How success bodies are bent.
    pub shape: Shape,
    /// Seconds added to the true time: in the `Date` header, in tokens and when tokens are judged.
    pub clock_offset: i64,
    /// The audiences that the Kubernetes API takes.
    pub kubernetes_audiences: Vec<String>,
    /// The audiences that AWS STS takes; `None` takes all.
    pub sts_audiences: Option<Vec<String>>,
    /// Seconds that AWS STS's keys live, whatever is asked for (AWS has no less than 900); `None` is as asked.
    pub sts_lifetime: Option<u64>,
    /// The folder of the git repositories; `None` has none.
    pub git_root: Option<PathBuf>,
    /// Seconds that a refresh token of the container registry lives.
    pub registry_lifetime: u64,
    /// Whether an authorization request is answered at once; without it a page asks for name and password.
    pub auto_sign_in: bool,
    /// Who signs in where nothing else tells (no `login_hint`): a sign-in name.
    pub sign_in_user: String,
    /// Seconds that an authorization code lives.
    pub code_lifetime: u64,
    /// Whether each redemption of a refresh token gives a new one; without it the answer has none.
    pub rotate: bool,
    /// What a refresh token is worth after a newer one was issued for it.
    pub old_refresh_tokens: OldRefreshTokens,
    /// Seconds that a refresh token lives.
    pub refresh_token_lifetime: u64,
    /// Seconds between the polls of a device code; 0 allows any pace.
    pub device_interval: u64,
    /// Seconds that `slow_down` adds to the interval (RFC 8628 section 3.5 has 5).
    pub device_slow_down: u64,
    /// Seconds that a device code lives.
    pub device_expires_in: u64,
    /// The `message` of a device code's answer; `None` is Entra's own.
    pub device_message: Option<String>,
    /// Resources whose tokens need a sign-in with these `claims` (JSON text). Without it: `interaction_required`.
    pub required_claims: BTreeMap<String, String>,
    /// The managed identity endpoints.
    pub managed_identity: ManagedIdentitySettings,
    /// The ID tokens of pipelines.
    pub oidc: OidcSettings,
    /// The Databricks workspaces and account, and Azure Data Manager for Energy.
    pub databricks: DatabricksSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // What Entra's shortest-lived tokens report.
            lifetime: 3599,
            refresh_in: None,
            latency_ms: 0,
            shape: Shape::Normal,
            clock_offset: 0,
            kubernetes_audiences: vec![AKS_AUDIENCE.into(), format!("api://{AKS_AUDIENCE}")],
            sts_audiences: None,
            sts_lifetime: None,
            git_root: None,
            // What Azure's were seen to have: three hours.
            registry_lifetime: 10_800,
            auto_sign_in: true,
            sign_in_user: USER.into(),
            // About ten minutes, says Entra's documentation.
            code_lifetime: 600,
            rotate: true,
            old_refresh_tokens: OldRefreshTokens::Valid,
            // 90 days.
            refresh_token_lifetime: 7_776_000,
            // Entra has 5; tests are in a hurry.
            device_interval: 1,
            device_slow_down: 5,
            device_expires_in: 900,
            device_message: None,
            required_claims: BTreeMap::new(),
            managed_identity: ManagedIdentitySettings::default(),
            oidc: OidcSettings::default(),
            databricks: DatabricksSettings::default(),
        }
    }
}
