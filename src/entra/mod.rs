//! Microsoft Entra: authorities, scopes, error advice, and one file per flow and credential.

mod advice;
mod authority;
mod authorization;
mod authorization_code;
mod auto;
mod azd;
mod azure_cli;
mod azure_pipelines;
mod certificate;
mod claims;
mod client_credentials;
mod client_secret;
mod credential;
mod developer_tool;
mod device_code;
mod expiry;
mod federated;
mod github_oidc;
mod grant;
mod interactive_browser;
mod managed_identity;
mod password;
mod scope;
mod user;

use crate::error::{Error, Result};
use crate::profile::{FlowName, Settings};
use crate::request::Flow;

pub use authority::{Authority, Cloud, Endpoint};
pub(crate) use authority::{fold, refuse_shared_tenant};
pub use authorization_code::AuthorizationCode;
pub use auto::Auto;
pub use azd::Azd;
pub use azure_cli::{AzureCli, current_subscription};
pub use azure_pipelines::AzurePipelines;
pub(crate) use azure_pipelines::job as azure_pipelines_job;
pub use certificate::CertificateCredential;
pub use claims::Claims;
pub use client_credentials::ClientCredentials;
pub use client_secret::ClientSecret;
pub use credential::{Credential, Proof};
pub use developer_tool::parse_tool_output;
pub(crate) use developer_tool::settings_dir;
pub use device_code::{Authorization, DeviceCode, parse_authorization};
pub use federated::FederatedToken;
pub(crate) use federated::checked as checked_jwt;
pub use github_oidc::GithubOidc;
pub use grant::{Grant, Granted, parse_answer};
pub use interactive_browser::InteractiveBrowser;
pub use managed_identity::ManagedIdentity;
pub use password::Password;
pub use scope::{Audience, Resource, UserScopes, WELL_KNOWN, name_of};
pub use user::UserApp;
pub(crate) use user::{account_of, client_of, tenant_of};

/// The flow of this name, by what `settings` say.
///
/// # Errors
/// Settings that are missing, unknown or contradictory, each with the way to set it.
pub(crate) fn named(name: FlowName, settings: &Settings) -> Result<Box<dyn Flow>> {
    match name {
        FlowName::ClientCredentials => ClientCredentials::of(settings, ClientSecret::of),
        FlowName::InteractiveBrowser => InteractiveBrowser::of(settings),
        FlowName::AuthorizationCode => AuthorizationCode::of(settings),
        FlowName::DeviceCode => DeviceCode::of(settings),
        FlowName::Password => Password::of(settings),
        FlowName::Certificate => ClientCredentials::of(settings, CertificateCredential::of),
        FlowName::WorkloadIdentity => ClientCredentials::of(settings, FederatedToken::of),
        FlowName::GithubOidc => ClientCredentials::of(settings, GithubOidc::of),
        FlowName::ManagedIdentity => Ok(Box::new(ManagedIdentity::of(settings)?)),
        FlowName::AzureCli => Ok(Box::new(AzureCli::of(settings)?)),
        FlowName::Azd => Ok(Box::new(Azd::of(settings)?)),
        FlowName::Auto => Ok(Box::new(Auto::of(settings)?)),
        FlowName::AzurePipelines => AzurePipelines::flow(settings),
        FlowName::DatabricksM2m
        | FlowName::DatabricksU2m
        | FlowName::DatabricksFederation
        | FlowName::DatabricksMetadataService
        | FlowName::DatabricksPat
        | FlowName::DatabricksManagedPat => {
            Err(Error::configuration(format!("the flow {} is none of Entra", name.as_str()))
                .hint("name another one with --flow"))
        }
    }
}
