//! Applications on Service Fabric. The endpoint's certificate is known by its thumbprint alone, and the secret stands for
//! the application, and so for its identity.
//!
//! Source: "How to leverage a Service Fabric application's managed identity to access Azure services".

use super::super::grant::Granted;
use super::{Ask, answer};
use crate::error::{Error, Result};
use crate::http::{self, Call, Thumbprint};
use crate::secret::Secret;

/// Asks for a token at `IDENTITY_ENDPOINT`, with the value of `IDENTITY_HEADER`, if the server has the certificate of
/// `IDENTITY_SERVER_THUMBPRINT`.
pub(super) fn ask(ask: &Ask<'_>, endpoint: &str, secret: &Secret, thumbprint: &str) -> Result<Granted> {
    ask.identity.refuse(
        "Service Fabric knows the identity by the application",
        "leave out --client-id (AZURE_CLIENT_ID, and the client id of the profile); the application's manifest names it",
    )?;
    let pin = Thumbprint::parse(thumbprint).ok_or_else(|| {
        Error::configuration(format!("IDENTITY_SERVER_THUMBPRINT is not a thumbprint (SHA-1): {thumbprint}"))
            .hint("run this with the environment that Service Fabric gave the application")
    })?;
    if !endpoint.to_ascii_lowercase().starts_with("https://") {
        return Err(Error::configuration(format!("IDENTITY_ENDPOINT is not an https URL: {endpoint}"))
            .hint("run this with the environment that Service Fabric gave the application"));
    }
    let url = http::with_query(endpoint, &[("api-version", "2019-07-01-preview"), ("resource", ask.resource)]);
    let request = Call { pin: Some(pin), ..ask.get(&url, ("secret", secret.clone())) };
    let answer = ask.call.http.send(&request, ask.call.log)?;
    answer::read(ask, &answer, "the identity endpoint of Service Fabric")
        .map_err(|error| error.without(secret.expose()))
}
