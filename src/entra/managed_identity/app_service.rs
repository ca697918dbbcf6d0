//! App Service, Functions, Container Apps.
//!
//! Source: "How to use managed identities for App Service and Azure Functions", "REST endpoint reference".

use super::super::grant::Granted;
use super::{Ask, answer};
use crate::error::Result;
use crate::http;
use crate::secret::Secret;

/// Asks for a token at `IDENTITY_ENDPOINT`, with the value of `IDENTITY_HEADER`.
pub(super) fn ask(ask: &Ask<'_>, endpoint: &str, secret: &Secret) -> Result<Granted> {
    let mut query = vec![("api-version", "2019-08-01"), ("resource", ask.resource)];
    query.extend(ask.identity.parameter("client_id", "object_id", "mi_res_id"));
    let url = http::with_query(endpoint, &query);
    let request = ask.get(&url, ("x-identity-header", secret.clone()));
    let answer = ask.call.http.send(&request, ask.call.log)?;
    answer::read(ask, &answer, "the identity endpoint of App Service").map_err(|error| error.without(secret.expose()))
}
