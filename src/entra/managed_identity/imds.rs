//! The Instance Metadata Service of Azure's virtual machines (and of what runs on them: scale sets, AKS nodes).
//!
//! Source: "How to use managed identities for Azure resources on an Azure VM to acquire an access token".

use super::super::grant::Granted;
use super::{Ask, answer};
use crate::error::Result;
use crate::http::{self, Call, Method, Retry, Via};

/// Where it is on every machine.
pub(super) const HOST: &str = "http://169.254.169.254";

/// Where it is instead, as AAD Pod Identity's users set it.
pub(super) const HOST_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

const WHOSE: &str = "the metadata service (IMDS)";

/// Asks for a token.
pub(super) fn ask(ask: &Ask<'_>, host: &str) -> Result<Granted> {
    let mut query = vec![("api-version", "2018-02-01"), ("resource", ask.resource)];
    query.extend(ask.identity.parameter("client_id", "object_id", "msi_res_id"));
    let url = http::with_query(&format!("{}/metadata/identity/oauth2/token", host.trim_end_matches('/')), &query);
    let request = Call {
        headers: vec![("metadata", "true".into())],
        via: Via::Direct,
        retry: Retry::Metadata,
        ..Call::new(Method::Get, &url, ask.call.deadline)
    };
    let answer = ask.call.http.send(&request, ask.call.log).map_err(|error| {
        // (A wrong address is a fault of another kind.)
        if error.kind != crate::error::Kind::Network {
            return error;
        }
        crate::error::Error::network(format!("there is no managed identity here: {}", error.message))
            .hint("run this on an Azure machine or service with a managed identity, or name another flow (--flow)")
    })?;
    answer::read(ask, &answer, WHOSE)
}
