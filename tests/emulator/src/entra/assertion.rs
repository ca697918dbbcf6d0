//! Client assertions (RFC 7523): what an app sends in place of a secret. Who issued it decides what it is: the app
//! itself, signed with the key of a certificate, or somebody whom the app trusts (a federated credential).

use std::time::{Duration, SystemTime};

use super::error::AadError;
use super::jws::Jws;
use super::{certified, federated};
use crate::capture::Request;
use crate::registry::App;
use crate::state::State;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds that clocks may differ.
const SKEW: u64 = 300;

/// The request whose assertion is judged.
pub(super) struct Context<'a> {
    pub(super) state: &'a State,
    pub(super) request: &'a Request,
    /// As it stands in the path, and as GUID.
    pub(super) tenant: [&'a str; 2],
    pub(super) app: &'a App,
}

pub(super) fn check(context: &Context<'_>, assertion: &str) -> Result<(), AadError> {
    let Context { state, request, .. } = context;
    if request.field("client_secret").is_some() {
        state.violation(request, "both client_secret and client_assertion");
    }
    match request.field("client_assertion_type") {
        Some(TYPE) => {}
        Some("") | None => return Err(AadError::missing("client_assertion_type")),
        Some(other) => {
            let text = format!("Invalid request. The client_assertion_type '{other}' is not '{TYPE}'.");
            return Err(AadError::new(400, "invalid_request", 9002313, text));
        }
    }
    let jws = Jws::parse(assertion).ok_or_else(|| malformed("it is not in compact form"))?;
    let issuer = jws.claim("iss").ok_or_else(|| malformed("no claim 'iss'"))?;
    // Issuers of federated credentials are URLs, apps are GUIDs.
    if issuer.contains("://") {
        federated::check(context, &jws, assertion, issuer)
    } else {
        certified::check(context, &jws)
    }
}

pub(super) fn malformed(reason: &str) -> AadError {
    AadError::new(401, "invalid_client", 50027, format!("JWT token is invalid or malformed: {reason}."))
}

/// Refuses an assertion outside `nbf` (where it has one) to `exp`, with five minutes of tolerance.
pub(super) fn check_time(state: &State, jws: &Jws<'_>) -> Result<(), AadError> {
    let now = state.epoch();
    let expires = jws.time("exp").ok_or_else(|| malformed("no claim 'exp'"))?;
    let from = jws.time("nbf").or_else(|| jws.time("iat"));
    if from.is_none_or(|from| from <= now + SKEW) && expires.saturating_add(SKEW) > now {
        return Ok(());
    }
    let iso = |epoch: u64| {
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(epoch.min(253_402_300_799)));
        time.map_or_else(String::new, |time| humantime::format_rfc3339_seconds(time).to_string())
    };
    let text = format!(
        "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time \
         of assertion {}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/\
         certificate-credentials.",
        iso(now),
        iso(from.unwrap_or_default()),
        iso(expires)
    );
    Err(AadError::new(401, "invalid_client", 700024, text))
}
