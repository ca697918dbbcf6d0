//! The tokens of managed identities, and the forms of their expiry.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::settings::{ExpiresOn, Identity};
use crate::TOKEN_EXCHANGE_AUDIENCE;
use crate::settings::Shape;
use crate::state::State;
use crate::token::uuid;

/// A token and what success bodies say of it.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) lifetime: u64,
    pub(super) not_before: u64,
    pub(super) expires_on: u64,
}

impl Issued {
    /// Gives a body the shape that a fault or the settings ask for.
    pub(super) fn bend(&self, mut body: Value, shape: Shape) -> Value {
        crate::entra::bend(&mut body, shape, json!(self.expires_on.to_string()));
        body
    }
}

/// The claims that all tokens have; the caller adds whom they are for.
fn common(state: &State, resource: &str) -> (Value, Issued) {
    let (now, lifetime) = (state.epoch(), state.lock().settings.lifetime);
    let tenant = state.lock().settings.managed_identity.tenant.clone();
    let issued = Issued { token: String::new(), lifetime, not_before: now - 300, expires_on: now + lifetime };
    let claims = json!({
        "aud": resource, "iat": issued.not_before, "nbf": issued.not_before, "exp": issued.expires_on,
        "tid": tenant, "jti": uuid(), "uti": uuid(), "iss": format!("{}/{tenant}/", state.url), "ver": "1.0",
    });
    (claims, issued)
}

fn sign(state: &State, claims: &Value, mut issued: Issued) -> Issued {
    issued.token = state.signer.sign(claims);
    state.lock().issued.push(issued.token.clone());
    issued
}

/// A token of an identity. It has v1's claims, except as an assertion for the token exchange, which is v2's.
pub(super) fn issue(state: &State, identity: &Identity, resource: &str) -> Issued {
    let (mut claims, issued) = common(state, resource);
    claims["idtyp"] = json!("app");
    claims["oid"] = json!(identity.object_id);
    claims["sub"] = json!(identity.object_id);
    claims["xms_mirid"] = json!(identity.resource_id);
    if resource.trim_end_matches('/') == TOKEN_EXCHANGE_AUDIENCE {
        let tenant = claims["tid"].as_str().unwrap_or_default();
        claims["iss"] = json!(format!("{}/{tenant}/v2.0", state.url));
        claims["ver"] = json!("2.0");
        claims["azp"] = json!(identity.client_id);
    } else {
        claims["appid"] = json!(identity.client_id);
        claims["appidacr"] = json!("2");
    }
    sign(state, &claims, issued)
}

/// A token of the person whose Cloud Shell it is.
pub(super) fn issue_user(state: &State, resource: &str) -> Issued {
    let (mut claims, issued) = common(state, resource);
    claims["idtyp"] = json!("user");
    claims["oid"] = json!("99999999-9999-9999-9999-999999999999");
    claims["sub"] = json!("cloud-shell-user");
    claims["upn"] = json!("someone@contoso.example");
    // The application of the portal's shell.
    claims["appid"] = json!("b677c290-cf4b-4a8e-a60e-91ba650a4abe");
    sign(state, &claims, issued)
}

/// `expires_on` in the form that the settings ask for.
pub(super) fn expires_on(epoch: u64, form: ExpiresOn) -> String {
    let time = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(epoch)).to_string();
    // YYYY-MM-DDTHH:MM:SSZ
    let (date, clock) = (&time[..10], &time[11..19]);
    let (year, month, day) = (&date[..4], &date[5..7], &date[8..]);
    match form {
        ExpiresOn::Epoch => epoch.to_string(),
        ExpiresOn::Rfc3339 => time,
        ExpiresOn::Dashes => format!("{date} {clock}"),
        ExpiresOn::Slashes => format!("{month}/{day}/{year} {clock}"),
        ExpiresOn::TwelveHours => {
            let hour: u32 = clock[..2].parse().unwrap_or_default();
            let half = if hour < 12 { "AM" } else { "PM" };
            let hour = (hour + 11) % 12 + 1;
            let plain = |digits: &str| digits.trim_start_matches('0').to_owned();
            format!("{}/{}/{year} {hour}:{} {half} +00:00", plain(month), plain(day), &clock[3..])
        }
    }
}
