//! Microsoft Entra: authorities, scopes, error advice, and one file per flow and credential.

mod advice;
mod authority;
mod claims;
mod client_credentials;
mod client_secret;
mod credential;
mod device_code;
mod grant;
mod password;
mod scope;
mod user;

use crate::error::{Error, Result};
use crate::profile::{FlowName, Settings};
use crate::request::Flow;

pub use authority::{Authority, Cloud, Endpoint};
pub(crate) use authority::{fold, refuse_shared_tenant};
pub use claims::Claims;
pub use client_credentials::ClientCredentials;
pub use client_secret::ClientSecret;
pub use credential::{Credential, Proof};
pub use device_code::{Authorization, DeviceCode, parse_authorization};
pub use grant::{Grant, parse_answer};
pub use password::Password;
pub use scope::{Audience, Resource, UserScopes, WELL_KNOWN, name_of};
pub use user::UserApp;

/// The flow that `settings` mean.
///
/// # Errors
/// Settings that are missing, unknown or contradictory, each with the way to set it.
pub fn flow(settings: &Settings) -> Result<Box<dyn Flow>> {
    match settings.flow_name()? {
        FlowName::ClientCredentials => ClientCredentials::of(settings, ClientSecret::of),
        FlowName::DeviceCode => DeviceCode::of(settings),
        FlowName::Password => Password::of(settings),
        name => Err(Error::configuration(format!("the flow {} is not built in yet", name.as_str()))),
    }
}
