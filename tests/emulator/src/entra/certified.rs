//! Assertions that an app signs with the key of its certificate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::assertion::{Context, check_time, malformed};
use super::credentials::SubjectName;
use super::error::AadError;
use super::jws::Jws;
use crate::certificate::{Certificate, decode, hex};

/// What Entra's documentation asks for at most, in seconds; Entra itself takes more.
const LONGEST: u64 = 600;

pub(super) fn check(context: &Context<'_>, jws: &Jws<'_>) -> Result<(), AadError> {
    let id = &context.app.client_id;
    if ["iss", "sub"].iter().any(|name| jws.claim(name).is_none_or(|value| !value.eq_ignore_ascii_case(id))) {
        let text = "Client assertion application identifier doesn't match 'client_id' parameter.";
        return Err(AadError::new(401, "invalid_client", 700021, text));
    }
    let alg = jws.header["alg"].as_str().unwrap_or_default();
    if !["RS256", "PS256"].contains(&alg) {
        return Err(malformed(&format!("the algorithm '{alg}' is not supported")));
    }
    let certificate = find(context, jws)?;
    if !certificate.verifies(alg, jws.signed.as_bytes(), &jws.signature) {
        let reason = "The provided signature value did not match the expected signature value.";
        return Err(bad_signature(reason, &certificate.thumbprint()));
    }
    if !certificate.is_valid_at(context.state.epoch()) {
        return Err(bad_signature("The key used is expired.", &certificate.thumbprint()));
    }
    check_time(context.state, jws)?;
    check_audience(context, jws)?;
    note(context, jws);
    Ok(())
}

/// The certificate that the header names: one that the app registered, or one that `x5c` brings along and whose
/// issuer and subject the app registered.
fn find(context: &Context<'_>, jws: &Jws<'_>) -> Result<Certificate, AadError> {
    let id = &context.app.client_id;
    let named = |certificate: &Certificate| {
        let is = |name: &str, sha256| jws.header[name].as_str().map(|text| certificate.has_thumbprint(text, sha256));
        // With both thumbprints, both have to agree.
        match (is("x5t#S256", true), is("x5t", false)) {
            (None, None) => false,
            (long, short) => long.unwrap_or(true) && short.unwrap_or(true),
        }
    };
    let (registered, subjects) = {
        let inner = context.state.lock();
        (inner.credentials.certificates(id), inner.credentials.subjects(id))
    };
    if let Some(certificate) = registered.into_iter().find(|certificate| named(certificate)) {
        return Ok(certificate);
    }
    match chain(jws)?.as_slice() {
        [] => Err(unregistered(context, jws)),
        [leaf, ..] if subjects.is_empty() || !named(leaf) => Err(unregistered(context, jws)),
        [leaf, rest @ ..] => authorized(leaf, rest, &subjects).map(|()| leaf.clone()),
    }
}

/// The certificates of `x5c`, the signing one first (RFC 7515 section 4.1.6: standard base64).
fn chain(jws: &Jws<'_>) -> Result<Vec<Certificate>, AadError> {
    let texts = match &jws.header["x5c"] {
        serde_json::Value::Null => return Ok(Vec::new()),
        serde_json::Value::Array(list) => list.iter().map(|item| item.as_str().unwrap_or_default()).collect(),
        // MSAL for Python lets its callers give one alone.
        one => vec![one.as_str().unwrap_or_default()],
    };
    let read = |text: &str| Certificate::read(&STANDARD.decode(text).ok()?).ok();
    texts.into_iter().map(|text| read(text).ok_or_else(|| malformed("x5c holds no certificates"))).collect()
}

/// Subject name and issuer: the chain has to lead to the issuer, the subject has to be the registered one.
fn authorized(leaf: &Certificate, rest: &[Certificate], subjects: &[SubjectName]) -> Result<(), AadError> {
    let reaches = |issuer: &Certificate| {
        let mut current = leaf;
        for next in rest {
            if current.is_issued_by(issuer) {
                return true;
            }
            if !current.is_issued_by(next) {
                return false;
            }
            current = next;
        }
        current.is_issued_by(issuer)
    };
    let trusted: Vec<_> = subjects.iter().filter(|known| reaches(&known.issuer)).collect();
    if trusted.is_empty() {
        let text = "Authentication failed. A matching trusted authority policy was not found: the certificate chain \
                    does not lead to an issuer that the application trusts.";
        return Err(AadError::new(401, "invalid_client", 50012, text));
    }
    let names = leaf.names();
    if trusted.iter().any(|known| names.iter().any(|name| name.eq_ignore_ascii_case(&known.subject))) {
        return Ok(());
    }
    let text = format!(
        "Invalid certificate - subject name in certificate isn't authorized. SubjectNames/SubjectAlternativeNames (up \
         to 10) in token certificate are: {}.",
        names.join(", ")
    );
    Err(AadError::new(401, "invalid_client", 700030, text))
}

fn unregistered(context: &Context<'_>, jws: &Jws<'_>) -> AadError {
    let id = &context.app.client_id;
    let thumbprint = ["x5t", "x5t#S256"].iter().find_map(|name| decode(jws.header[*name].as_str()?));
    let thumbprint =
        thumbprint.map(|bytes| format!(" Thumbprint of key used by client: '{}',", hex(&bytes))).unwrap_or_default();
    let text = format!(
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason \
         - The key was not found.,{thumbprint} Please visit the Azure Portal, Graph Explorer or directly use MS Graph \
         to see configured keys for app Id '{id}'.]"
    );
    AadError::new(401, "invalid_client", 700027, text)
}

pub(super) fn bad_signature(reason: &str, thumbprint: &str) -> AadError {
    let text = format!(
        "Client assertion failed signature validation. [Reason - {reason}, Thumbprint of key used by client: \
         '{thumbprint}'.]"
    );
    AadError::new(401, "invalid_client", 700027, text)
}

/// The audience is a token endpoint of the tenant, v1 or v2, under the name that the client used for this host.
fn check_audience(context: &Context<'_>, jws: &Jws<'_>) -> Result<(), AadError> {
    let Context { state, request, tenant, .. } = context;
    let audience = jws.claim("aud").unwrap_or_default();
    let (scheme, host) = state.url.split_once("://").unwrap_or_default();
    let host = request.header("host").unwrap_or(host);
    if audience == format!("{scheme}://{host}{}", request.path) {
        return Ok(());
    }
    let known = tenant.iter().flat_map(|tenant| {
        [&state.url, &format!("{scheme}://{host}")]
            .map(|base| ["oauth2/v2.0/token", "oauth2/token"].map(|tail| format!("{base}/{tenant}/{tail}")))
    });
    if known.flatten().any(|known| known == audience) {
        state.violation(request, &format!("the assertion is for another endpoint, '{audience}'"));
        return Ok(());
    }
    let text = format!("Client assertion audience claim does not match Realm issuer. The audience was '{audience}'.");
    Err(AadError::new(401, "invalid_client", 700023, text))
}

/// What Entra lets pass, though its documentation asks for something else.
fn note(context: &Context<'_>, jws: &Jws<'_>) {
    let Context { state, request, .. } = context;
    match jws.claim("jti") {
        None | Some("") => state.violation(request, "the assertion has no jti"),
        Some(jti) => {
            let new = state.lock().assertions.insert(format!("{} {jti}", context.app.client_id));
            if !new {
                state.violation(request, "the assertion was used before (same jti)");
            }
        }
    }
    let from = jws.time("nbf").or_else(|| jws.time("iat")).unwrap_or_else(|| state.epoch());
    if jws.time("exp").is_some_and(|expires| expires > from.saturating_add(LONGEST)) {
        state.violation(request, "the assertion lives longer than 10 minutes");
    }
}
