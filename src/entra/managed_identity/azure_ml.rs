//! Computes of Azure Machine Learning, whose endpoint has App Service's form of 2017.
//!
//! Source: azidentity, `managed_identity_client.go` (`createAzureMLAuthRequest`).

use super::super::grant::Granted;
use super::{Ask, Assigned, answer};
use crate::error::Result;
use crate::secret::Secret;
use crate::{environment, http};

/// The identity that is meant where none is named.
const DEFAULT_CLIENT_ID: &str = "DEFAULT_IDENTITY_CLIENT_ID";

/// Asks for a token at `MSI_ENDPOINT`, with the value of `MSI_SECRET`.
pub(super) fn ask(ask: &Ask<'_>, endpoint: &str, secret: &Secret) -> Result<Granted> {
    let client = match ask.identity {
        Assigned::ClientId(id) => Some(id.clone()),
        Assigned::BySystem => environment::var(DEFAULT_CLIENT_ID),
        other => {
            other.refuse("Azure ML knows identities by their client id alone", "name it with --client-id")?;
            None
        }
    };
    let mut query = vec![("api-version", "2017-09-01"), ("resource", ask.resource)];
    query.extend(client.as_deref().map(|id| ("clientid", id)));
    let url = http::with_query(endpoint, &query);
    let request = ask.get(&url, ("secret", secret.clone()));
    let answer = ask.call.http.send(&request, ask.call.log)?;
    answer::read(ask, &answer, "the identity endpoint of Azure ML").map_err(|error| error.without(secret.expose()))
}
