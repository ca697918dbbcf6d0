//! Azure Cloud Shell: the token is that of the person in front of it, for a fixed list of resources.
//!
//! Source: azidentity, `managed_identity_client.go` (`createCloudShellAuthRequest`); MSAL's `CloudShellManagedIdentitySource`.

use super::super::grant::Granted;
use super::{Ask, answer};
use crate::error::Result;
use crate::http::{Body, Call, Method, Repeat, Via};

/// Asks for a token at `MSI_ENDPOINT`.
pub(super) fn ask(ask: &Ask<'_>, endpoint: &str) -> Result<Granted> {
    ask.identity.refuse(
        "Cloud Shell gives the token of the person who is signed in to it",
        "leave out --client-id (AZURE_CLIENT_ID, and the client id of the profile)",
    )?;
    let request = Call {
        headers: vec![("metadata", "true".into())],
        body: Body::Form(vec![("resource", ask.resource)]),
        repeat: Repeat::Safe,
        via: Via::Direct,
        ..Call::new(Method::Post, endpoint, ask.call.deadline)
    };
    let answer = ask.call.http.send(&request, ask.call.log)?;
    answer::read(ask, &answer, "Cloud Shell")
}
