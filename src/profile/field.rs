//! Settings by what they mean; their names are in [`super::table`].

use super::table::{FIELDS, Shape, Spec};

/// A setting that flags, environment and profiles can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Directory (tenant) id or domain.
    Tenant,
    /// Application (client) id.
    ClientId,
    /// A place to read the secret from, never the secret.
    ClientSecret,
    /// Scopes.
    Scopes,
    /// The resource, where no scopes are given.
    Resource,
    /// How the token is got.
    Flow,
    /// National cloud.
    Cloud,
    /// Authority host, where the cloud's is not meant.
    AuthorityHost,
    /// Version of the token endpoint.
    Endpoint,
    /// A claims challenge that the token has to answer.
    Claims,
    /// Data partition of Azure Data Manager for Energy.
    DataPartitionId,
    /// File with a certificate and its private key.
    Certificate,
    /// A place to read the certificate file's password from.
    CertificatePassword,
    /// How an assertion is signed.
    AssertionAlgorithm,
    /// Whether the certificates go along with an assertion.
    SendCertificateChain,
    /// A place to read the token of another issuer from.
    FederatedToken,
    /// The audience that a federated token is asked for.
    FederatedAudience,
    /// Service connection of Azure Pipelines.
    ServiceConnection,
    /// A user-assigned managed identity, by its object.
    IdentityObjectId,
    /// A user-assigned managed identity, by its resource.
    IdentityResourceId,
    /// User name for the flow password.
    Username,
    /// A place to read the user's password from.
    Password,
    /// Subscription by which az finds the account.
    Subscription,
    /// Whether a person may be asked.
    Interactive,
    /// The user who is expected to sign in.
    LoginHint,
    /// Where the user signs in.
    DomainHint,
    /// What the sign-in page is to ask.
    Prompt,
    /// Where the browser is sent after the sign-in.
    RedirectUri,
    /// The port on which the answer is awaited.
    RedirectPort,
    /// How the browser brings the answer.
    ResponseMode,
    /// Whether the answer is pasted.
    Paste,
    /// Whether the URL is only printed.
    NoBrowser,
    /// How long a person has for signing in.
    SignInTimeout,
    /// Where lasting secrets are kept.
    SecretStore,
    /// Role whose keys are wanted.
    AwsRoleArn,
    /// Region of the token service that gives the keys.
    AwsRegion,
    /// Name of the session.
    AwsSessionName,
    /// Life of the keys.
    AwsDuration,
    /// URL of the token service, where the region's is not meant.
    AwsEndpoint,
    /// Workspace or account of Databricks.
    DatabricksHost,
    /// Account of Databricks.
    DatabricksAccountId,
    /// Id of a workspace of Databricks, where a host has several.
    DatabricksWorkspaceId,
    /// Service principal of Databricks, or app that its users sign in to.
    DatabricksClientId,
    /// A place to read the service principal's OAuth secret from.
    DatabricksClientSecret,
    /// A place to read a personal access token from.
    DatabricksToken,
    /// A place to read the address of a metadata service from.
    DatabricksMetadataUrl,
    /// OAuth scopes of Databricks.
    DatabricksScopes,
    /// Where the token comes from that is exchanged for one of Databricks.
    DatabricksSubject,
    /// The audience that such a token is asked for.
    DatabricksAudience,
    /// The workspace as a resource in Azure.
    AzureResourceId,
    /// Life of the personal access tokens that jeton makes.
    PatLifetime,
    /// Comment of them.
    PatComment,
    /// How long one stays good after its successor is there.
    PatGrace,
    /// The flow of the token with which they are made.
    PatFlow,
    /// Whether due tokens are renewed beside the caller.
    Background,
    /// The hosts that the token may be handed to.
    Hosts,
    /// Whether other tools' variables are left out of account.
    IgnoreEnvironment,
}

impl Field {
    /// All its names.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        // The table is in the order of the enum; a test holds it to that.
        &FIELDS[self as usize]
    }

    /// Its name in profiles.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.spec().key
    }

    /// What its value looks like.
    #[must_use]
    pub fn form(self) -> &'static str {
        self.spec().form
    }

    /// Its value where nobody says anything else.
    #[must_use]
    pub fn built_in(self) -> Option<&'static str> {
        Some(match self {
            Self::Cloud => "public",
            Self::Endpoint => "v2",
            Self::AssertionAlgorithm => "PS256",
            Self::Interactive => "auto",
            Self::SignInTimeout => "5m",
            Self::SendCertificateChain | Self::Paste | Self::NoBrowser => "false",
            Self::AwsSessionName => "jeton",
            Self::AwsDuration | Self::PatGrace => "1h",
            Self::PatLifetime => "90d",
            Self::Background => "true",
            Self::IgnoreEnvironment => "false",
            _ => return None,
        })
    }

    /// The field of this name in profiles.json.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        FIELDS.iter().find(|spec| spec.key == key).map(|spec| spec.field)
    }

    pub(super) fn is_list(self) -> bool {
        self.spec().shape == Shape::List
    }

    /// Whether its value is `true` or `false`.
    #[must_use]
    pub fn is_switch(self) -> bool {
        self == Self::Background || self.spec().shape == Shape::Switch
    }

    /// Whether its value is a place to read a secret from.
    #[must_use]
    pub fn is_source(self) -> bool {
        self.spec().shape == Shape::Source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, spec) in FIELDS.iter().enumerate() {
            assert_eq!(spec.field as usize, at, "{}", spec.key);
            assert_eq!(Field::of_key(spec.key), Some(spec.field));
        }
    }
}
