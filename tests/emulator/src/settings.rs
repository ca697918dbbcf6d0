//! What holds for every answer until it is changed.

use serde::{Deserialize, Serialize};

use crate::AKS_AUDIENCE;
use crate::managed_identity::ManagedIdentitySettings;
use crate::oidc::OidcSettings;

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
    /// The managed identity endpoints.
    pub managed_identity: ManagedIdentitySettings,
    /// The ID tokens of pipelines.
    pub oidc: OidcSettings,
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
            managed_identity: ManagedIdentitySettings::default(),
            oidc: OidcSettings::default(),
        }
    }
}
