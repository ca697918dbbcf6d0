//! Device codes (RFC 8628): the endpoint that gives them out, and the polls.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::device_page;
use super::error::{AadError, with_headers};
use super::target::Target;
use super::user::{Asked, claims, client, user};
use super::user_token::{self, Issue, opaque, permit};
use crate::capture::Request;
use crate::sign_in::{Ask, DeviceCode, DeviceState};
use crate::state::State;
use crate::token::{random_bytes, uuid};
use crate::wire::Response;

/// Letters and digits that are not taken for one another.
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

pub(super) fn answer(state: &State, request: &Request, tenant: &str, version: u8) -> Response {
    start(state, request, tenant, version).unwrap_or_else(|error| error.response(state, request))
}

/// Gives out a code. v1 takes its parameters in the query too, as older libraries send them.
fn start(state: &State, request: &Request, tenant: &str, version: u8) -> Result<Response, AadError> {
    let value = |name: &str| request.field(name).or(request.query_value(name)).filter(|value| !value.is_empty());
    if version == 2 && request.method != "POST" {
        let text = "The endpoint only accepts POST, OPTIONS requests.";
        return Err(AadError::new(400, "invalid_request", 900561, text));
    }
    let id = value("client_id").ok_or_else(|| AadError::missing("client_id"))?;
    let app = client(state, tenant, id)?;
    let target = if version == 1 {
        value("resource").map(Target::of_resource)
    } else {
        let scope = value("scope").ok_or_else(|| AadError::missing("scope"))?;
        Some(Target::of_scope(scope, false)?)
    };
    let ask =
        Ask { tenant: tenant.into(), client_id: app.client_id, target, nonce: None, claims: claims(value("claims"))? };
    let device_code = opaque();
    let user_code: String =
        random_bytes::<9>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let uri = format!("{}{}", state.url, device_page::PATH);
    let now = state.epoch();
    let mut inner = state.lock();
    let (interval, expires_in) = (inner.settings.device_interval, inner.settings.device_expires_in);
    let message = inner.settings.device_message.clone().unwrap_or_else(|| {
        format!("To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate.")
    });
    let record = DeviceCode {
        ask,
        user_code: user_code.clone(),
        expires_at: now.saturating_add(expires_in),
        interval,
        last_poll: None,
        state: DeviceState::Pending,
        user: String::new(),
        told: false,
    };
    inner.sign_ins.device_codes.insert(device_code.clone(), record);
    inner.sign_ins.device_order.push(device_code.clone());
    drop(inner);
    state.tell();
    let mut body = json!({"user_code": user_code, "device_code": device_code, "message": message});
    if version == 1 {
        body["verification_url"] = json!(uri);
        body["expires_in"] = json!(expires_in.to_string());
        body["interval"] = json!(interval.to_string());
    } else {
        body["verification_uri"] = json!(uri);
        body["expires_in"] = json!(expires_in);
        body["interval"] = json!(interval);
    }
    Ok(with_headers(Response::json(200, &body), request, &uuid()))
}

/// The token request that is repeated until the person has decided.
pub(super) fn poll(asked: &Asked) -> Result<Response, AadError> {
    let app = asked.client()?;
    let Some(key) = asked.field("device_code").or(asked.field("code")) else {
        return Err(AadError::missing("device_code"));
    };
    let error = |error: &str, code, text: &str| AadError::new(400, error, code, text);
    let device = paced(asked, key)?;
    if !device.ask.client_id.eq_ignore_ascii_case(&app.client_id) {
        return Err(error("bad_verification_code", 70018, "The verification code is another client's."));
    }
    if device.told {
        asked.state.violation(asked.request, "a device code is polled after its end");
    }
    let expired = device.expires_at <= asked.state.epoch();
    match device.state {
        DeviceState::Approved if !expired => {}
        DeviceState::Declined => {
            tell(asked.state, key, DeviceState::Declined);
            return Err(error("authorization_declined", 70018, "The user has declined the authorization request."));
        }
        DeviceState::Redeemed => {
            tell(asked.state, key, DeviceState::Redeemed);
            return Err(error("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed."));
        }
        DeviceState::Pending if !expired => {
            let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return Err(error("authorization_pending", 70016, text));
        }
        _ => {
            tell(asked.state, key, DeviceState::Expired);
            let text = "The verification code has expired. Have the user retry the sign-in.";
            return Err(error("expired_token", 70019, text));
        }
    }
    let target = asked.target()?.or(device.ask.target.clone()).ok_or_else(|| AadError::missing("resource"))?;
    let own = asked.claims()?;
    let issue = Issue {
        app,
        user: user(asked.state, &device.user)?,
        refresh_token: target.offline,
        target,
        nonce: None,
        claims: if own.is_null() { device.ask.claims.clone() } else { own },
        session_claims: device.ask.claims.clone(),
    };
    let tenant = permit(asked.state, &device.ask.tenant, &issue)?;
    tell(asked.state, key, DeviceState::Redeemed);
    Ok(user_token::answer(asked, &tenant, &issue))
}

/// Notes that the client knows how it ended.
fn tell(state: &State, key: &str, end: DeviceState) {
    if let Some(device) = state.lock().sign_ins.device_codes.get_mut(key) {
        device.state = end;
        device.told = true;
    }
}

/// The device code, unless the client is too fast: then its interval grows.
fn paced(asked: &Asked, key: &str) -> Result<DeviceCode, AadError> {
    let mut inner = asked.state.lock();
    let step = inner.settings.device_slow_down;
    let Some(device) = inner.sign_ins.device_codes.get_mut(key) else {
        let text = "The device code is not valid, or was issued to somebody else.";
        return Err(AadError::new(400, "bad_verification_code", 70018, text));
    };
    // Both clocks count: a client that waits exactly long enough may look early by a little.
    let least = Duration::from_secs(device.interval).mul_f64(0.95);
    let early = device.last_poll.is_some_and(|last| last.elapsed() < least);
    device.last_poll = Some(Instant::now());
    if !early {
        return Ok(device.clone());
    }
    let interval = device.interval;
    device.interval = interval.saturating_add(step);
    drop(inner);
    asked.state.violation(asked.request, &format!("a device code is polled sooner than after {interval} s"));
    Err(AadError::new(400, "slow_down", 90120, "The client polls too fast; it must wait longer between its requests."))
}

/// Pending device codes for `GET /_emulator/device`, oldest first.
pub(crate) fn pending(state: &State) -> Value {
    let inner = state.lock();
    let codes = inner.sign_ins.device_order.iter().filter_map(|key| inner.sign_ins.device_codes.get(key));
    let pending = codes.filter(|device| device.state == DeviceState::Pending);
    Value::Array(
        pending
            .map(|device| json!({"user_code": device.user_code, "client_id": device.ask.client_id, "tenant": device.ask.tenant}))
            .collect(),
    )
}
