//! The names of flows, as `--flow`, the environment and profiles write them, and which one is meant where none is named.

use super::{Field, Settings};
use crate::entra::fold;
use crate::error::{Error, Result};

/// A flow that a setting can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowName {
    /// An app's own token, for its secret.
    ClientCredentials,
    /// An app's own token, for its certificate.
    Certificate,
    /// A user's token: browser, loopback listener, PKCE.
    InteractiveBrowser,
    /// A user's token for a confidential web app.
    AuthorizationCode,
    /// A user's token: a code that is typed on another device.
    DeviceCode,
    /// An app's own token, for a token of another issuer that lies in a file.
    WorkloadIdentity,
    /// The same with the token of a GitHub Actions job.
    GithubOidc,
    /// The same with the token of an Azure Pipelines job.
    AzurePipelines,
    /// The token of the machine's or service's identity.
    ManagedIdentity,
    /// Whatever `az` gives.
    AzureCli,
    /// Whatever `azd` gives.
    Azd,
    /// A user's token for name and password.
    Password,
    /// The first of the others that works.
    Auto,
    /// A service principal's token of Databricks, for its OAuth secret.
    DatabricksM2m,
    /// A user's token of Databricks: browser, PKCE.
    DatabricksU2m,
    /// A token of Databricks for that of another issuer.
    DatabricksFederation,
    /// A token of Databricks from a service on this machine.
    DatabricksMetadataService,
    /// A personal access token that somebody made.
    DatabricksPat,
    /// A personal access token that jeton makes and replaces.
    DatabricksManagedPat,
}

impl FlowName {
    const ALL: &[(Self, &str)] = &[
        (Self::ClientCredentials, "client-credentials"),
        (Self::Certificate, "certificate"),
        (Self::InteractiveBrowser, "interactive-browser"),
        (Self::AuthorizationCode, "authorization-code"),
        (Self::DeviceCode, "device-code"),
        (Self::WorkloadIdentity, "workload-identity"),
        (Self::GithubOidc, "github-oidc"),
        (Self::AzurePipelines, "azure-pipelines"),
        (Self::ManagedIdentity, "managed-identity"),
        (Self::AzureCli, "azure-cli"),
        (Self::Azd, "azd"),
        (Self::Password, "password"),
        (Self::Auto, "auto"),
        (Self::DatabricksM2m, "databricks-m2m"),
        (Self::DatabricksU2m, "databricks-u2m"),
        (Self::DatabricksFederation, "databricks-federation"),
        (Self::DatabricksMetadataService, "databricks-metadata-service"),
        (Self::DatabricksPat, "databricks-pat"),
        (Self::DatabricksManagedPat, "databricks-managed-pat"),
    ];

    /// Other programs' names: kubelogin's login modes, and short forms.
    const ALIASES: &[(&str, Self)] = &[
        ("spn", Self::ClientCredentials),
        ("interactive", Self::InteractiveBrowser),
        ("browser", Self::InteractiveBrowser),
        ("msi", Self::ManagedIdentity),
        ("ropc", Self::Password),
        ("github", Self::GithubOidc),
        ("azurecli", Self::AzureCli),
        ("default", Self::Auto),
    ];

    /// What the Databricks SDKs call them (`auth_type`; databricks-sdk-go `config/auth_default.go`). Those of Azure get
    /// Entra's tokens for Azure Databricks.
    const AUTH_TYPES: &[(&str, Self)] = &[
        ("pat", Self::DatabricksPat),
        ("oauth-m2m", Self::DatabricksM2m),
        ("databricks-cli", Self::DatabricksU2m),
        ("external-browser", Self::DatabricksU2m),
        ("env-oidc", Self::DatabricksFederation),
        ("file-oidc", Self::DatabricksFederation),
        ("github-oidc", Self::DatabricksFederation),
        ("azure-devops-oidc", Self::DatabricksFederation),
        ("metadata-service", Self::DatabricksMetadataService),
        ("azure-client-secret", Self::ClientCredentials),
        ("azure-msi", Self::ManagedIdentity),
        ("azure-cli", Self::AzureCli),
        ("github-oidc-azure", Self::GithubOidc),
    ];

    /// All names, as this program writes them.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|(_, name)| *name)
    }

    /// As this program writes it.
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(flow, _)| *flow == self).map_or("", |(_, name)| name)
    }

    /// Reads a name; case, dashes and underscores do not matter (`ClientCredentials` is entratool's spelling).
    pub(crate) fn parse(name: &str) -> Result<Self> {
        if let Some(own) = Self::named(name) {
            return Ok(own);
        }
        let folded = fold(name);
        let own = Self::ALL.iter().find(|(_, own)| fold(own) == folded).map(|(flow, _)| *flow);
        let alias = || Self::ALIASES.iter().find(|(alias, _)| *alias == folded).map(|(_, flow)| *flow);
        own.or_else(alias).ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            Error::configuration(format!("there is no flow {name:?}")).hint(format!("use one of: {}", names.join(", ")))
        })
    }

    /// Reads an `auth_type` of the Databricks SDKs.
    pub(crate) fn of_auth_type(name: &str) -> Result<Self> {
        let known = Self::AUTH_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        known.map(|(_, flow)| *flow).ok_or_else(|| {
            let names: Vec<_> = Self::AUTH_TYPES.iter().map(|(name, _)| *name).collect();
            Error::configuration(format!("jeton has no flow for the auth type {name:?}"))
                .hint(format!("use one of: {}; or name a flow with --flow", names.join(", ")))
        })
    }

    /// What the SDKs call it; its own name where they have none.
    pub(crate) fn auth_type(self) -> &'static str {
        Self::AUTH_TYPES.iter().find(|(_, flow)| *flow == self).map_or(self.as_str(), |(name, _)| name)
    }

    /// Whether Databricks itself issues the token.
    pub(crate) fn is_databricks(self) -> bool {
        matches!(
            self,
            Self::DatabricksM2m
                | Self::DatabricksU2m
                | Self::DatabricksFederation
                | Self::DatabricksMetadataService
                | Self::DatabricksPat
                | Self::DatabricksManagedPat
        )
    }

    /// The flow of exactly this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == name).map(|(flow, _)| *flow)
    }

    /// Whether a user signs in to this program itself, which then keeps a refresh token.
    pub(crate) fn keeps_a_sign_in(self) -> bool {
        self.is_for_users() && !matches!(self, Self::AzureCli | Self::Azd)
    }

    /// Whether a person gets the token, not an app.
    pub(crate) fn is_for_users(self) -> bool {
        matches!(
            self,
            Self::InteractiveBrowser
                | Self::AuthorizationCode
                | Self::DeviceCode
                | Self::Password
                | Self::AzureCli
                | Self::Azd
                | Self::DatabricksU2m
        )
    }

    /// The flow that `settings` mean where they name none.
    pub(crate) fn infer(settings: &Settings) -> Result<Self> {
        settings.databricks_flow()?.map_or_else(|| Self::of_credential(settings), Ok)
    }

    /// The flow of Entra that they mean: by the credential that is there, in the order of azure-identity's EnvironmentCredential (secret, certificate, user name and password), a federated token before the
    /// last. A profile without any credential is a person's.
    pub(crate) fn of_credential(settings: &Settings) -> Result<Self> {
        let has = |field| Ok::<_, Error>(settings.get(field)?.is_some());
        Ok(if has(Field::ClientSecret)? {
            Self::ClientCredentials
        } else if has(Field::Certificate)? {
            Self::Certificate
        } else if has(Field::FederatedToken)? {
            Self::WorkloadIdentity
        } else if has(Field::Username)? && has(Field::Password)? {
            Self::Password
        } else if settings.profile().is_some() {
            Self::InteractiveBrowser
        } else {
            Self::ClientCredentials
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_the_documentation_leads_to_every_flow() {
        let index = include_str!("../../docs/README.md");
        for (_, name) in FlowName::ALL {
            assert!(index.contains(&format!("\n| `{name}` | [")), "docs/README.md has no row for {name}");
        }
    }

    #[test]
    fn a_flow_has_one_name_and_many_spellings() {
        for (flow, name) in FlowName::ALL {
            assert_eq!(FlowName::parse(name), Ok(*flow));
            assert_eq!(FlowName::parse(&name.replace('-', "_").to_uppercase()), Ok(*flow));
            assert_eq!(flow.as_str(), *name);
        }
        assert_eq!(FlowName::parse("InteractiveBrowser"), Ok(FlowName::InteractiveBrowser));
        assert_eq!(FlowName::parse("devicecode"), Ok(FlowName::DeviceCode));
        assert!(FlowName::parse("2").unwrap_err().hint.unwrap().contains("device-code"));
    }
}
