//! Assertions that somebody else signed: GitHub, Azure Pipelines, a Kubernetes cluster, a managed identity. All of
//! these issuers are this emulator, whatever the name in `iss`; so there is one key to verify them with.

use serde_json::Value;

use super::assertion::{Context, check_time};
use super::certified::bad_signature;
use super::error::AadError;
use super::jws::Jws;

pub(super) fn check(context: &Context<'_>, jws: &Jws<'_>, token: &str, issuer: &str) -> Result<(), AadError> {
    let state = context.state;
    let mut known = state.lock().credentials.federations(&context.app.client_id);
    known.retain(|federation| federation.issuer == issuer);
    if known.is_empty() {
        return Err(no_match(700211, "issuer", issuer));
    }
    if state.signer.signed_claims(token).is_none() {
        let kid = jws.header["kid"].as_str().unwrap_or_default();
        return Err(bad_signature("The key was not found.", kid));
    }
    check_time(state, jws)?;

    let subject = jws.claim("sub").unwrap_or_default();
    if !known.iter().any(|federation| federation.subject == subject) {
        // Matching has been case-sensitive since 2025; what differs in case alone has a number of its own.
        let near = known.iter().any(|federation| federation.subject.eq_ignore_ascii_case(subject));
        return Err(no_match(if near { 7002138 } else { 700213 }, "subject", subject));
    }
    known.retain(|federation| federation.subject == subject);
    // Kubernetes writes a list, the others a text (RFC 7519 section 4.1.3 allows both).
    let audiences = match &jws.claims["aud"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        one => vec![one.as_str().unwrap_or_default()],
    };
    if !known.iter().any(|federation| audiences.contains(&&*federation.audience)) {
        return Err(no_match(700212, "audience", &audiences.join(" ")));
    }
    Ok(())
}

fn no_match(code: u32, what: &str, value: &str) -> AadError {
    let text = format!(
        "No matching federated identity record found for presented assertion {what} '{value}'. Check your federated \
         identity credential Subject, Audience and Issuer against the presented assertion. \
         https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
    );
    AadError::new(401, "invalid_client", code, text)
}
