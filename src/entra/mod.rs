//! Microsoft Entra: authorities, scopes, error advice, and one file per flow.

mod advice;
mod authority;
mod client_credentials;
mod grant;
mod scope;

pub(crate) use authority::fold;
pub use authority::{Authority, Cloud, Endpoint};
pub use client_credentials::ClientCredentials;
pub use grant::{Grant, parse_answer};
pub use scope::{Audience, Resource, WELL_KNOWN, name_of};
