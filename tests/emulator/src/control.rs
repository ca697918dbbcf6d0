//! The emulator's own paths, for clients in other languages. They are neither captured nor faulted.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::capture::Request;
use crate::databricks;
use crate::entra::{self, decide, pending_device_codes};
use crate::fault::Fault;
use crate::settings::Settings;
use crate::sign_in::DeviceState;
use crate::source::Source;
use crate::state::State;
use crate::user_side::revoke;
use crate::wire::Response;

const PREFIX: &str = "/_emulator/";

pub(crate) fn is_control(request: &Request) -> bool {
    request.path.starts_with(PREFIX)
}

/// A list of faults, or one alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Script {
    Many(Vec<Fault>),
    One(Box<Fault>),
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    let name = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), name) {
        ("GET", "requests") => Response::json(200, &json!(state.lock().requests)),
        ("GET", "count") => count(state),
        ("GET", "violations") => Response::json(200, &json!(state.lock().violations)),
        ("GET", "settings") => Response::json(200, &json!(state.lock().settings)),
        ("POST", "settings") => settings(state, request),
        ("POST", "script") => script(state, request),
        ("POST", "hold") => done(|| state.set_held(true)),
        ("POST", "release") => done(|| state.set_held(false)),
        ("GET", "device") => Response::json(200, &pending_device_codes(state)),
        ("POST", "device/approve") => device(state, request, DeviceState::Approved),
        ("POST", "device/decline") => device(state, request, DeviceState::Declined),
        ("POST", "device/expire") => device(state, request, DeviceState::Expired),
        ("POST", "revoke") => revocation(state, request),
        ("POST", "reset") => done(|| state.reset()),
        _ => match entra::control(state, name, request).or_else(|| databricks::control(state, name, request)) {
            Some(result) => result.unwrap_or_else(|text| refusal(400, &text)),
            None => refusal(404, "no such control path; see the crate's documentation"),
        },
    }
}

fn done(action: impl FnOnce()) -> Response {
    action();
    Response::json(200, &json!({"ok": true}))
}

fn refusal(status: u16, text: &str) -> Response {
    Response::json(status, &json!({"ok": false, "error": text}))
}

fn count(state: &State) -> Response {
    let inner = state.lock();
    let token_requests = inner.requests.iter().filter(|request| request.is_token_request()).count();
    let mut sources = serde_json::Map::new();
    for source in Source::ALL {
        let count = inner.requests.iter().filter(|request| request.source() == Some(source)).count();
        sources.insert(json!(source).as_str().unwrap_or_default().into(), json!(count));
    }
    Response::json(
        200,
        &json!({
            "requests": inner.requests.len(), "token_requests": token_requests, "issued": inner.issued.len(),
            "violations": inner.violations.len(), "scripted": inner.faults.len(), "sources": sources,
            "refresh_reuses": inner.sign_ins.refresh_reuses,
        }),
    )
}

/// A decision about a device code: the newest pending one, or that of a user code.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    user: Option<String>,
    user_code: Option<String>,
}

fn device(state: &State, request: &Request, end: DeviceState) -> Response {
    let decision = if request.body.is_empty() {
        Decision::default()
    } else {
        match serde_json::from_slice(&request.body) {
            Ok(decision) => decision,
            Err(error) => return refusal(400, &error.to_string()),
        }
    };
    let user = decision.user.unwrap_or_else(|| state.lock().settings.sign_in_user.clone());
    if decide(state, decision.user_code.as_deref(), end, &user) {
        Response::json(200, &json!({"ok": true}))
    } else {
        refusal(404, "no such device code is pending")
    }
}

/// Which refresh tokens are refused from now on, and with which AADSTS number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    user: String,
    code: u32,
}

fn revocation(state: &State, request: &Request) -> Response {
    match serde_json::from_slice::<Revocation>(&request.body) {
        Ok(wanted) => Response::json(200, &json!({"ok": true, "revoked": revoke(state, &wanted.user, wanted.code)})),
        Err(error) => refusal(400, &error.to_string()),
    }
}

fn script(state: &State, request: &Request) -> Response {
    match serde_json::from_slice(&request.body) {
        Ok(Script::Many(faults)) => done(|| state.lock().faults.extend(faults)),
        Ok(Script::One(fault)) => done(|| state.lock().faults.push_back(*fault)),
        // The untagged form loses the reason; reading once more tells it.
        Err(_) => match serde_json::from_slice::<Vec<Fault>>(&request.body) {
            Err(error) => refusal(400, &error.to_string()),
            Ok(_) => refusal(400, "not a list of faults"),
        },
    }
}

/// Changes the settings that are named and leaves the others alone.
fn settings(state: &State, request: &Request) -> Response {
    let Ok(Value::Object(changes)) = serde_json::from_slice(&request.body) else {
        return refusal(400, "not a JSON object");
    };
    let mut inner = state.lock();
    let mut merged = json!(inner.settings);
    merge(&mut merged, Value::Object(changes));
    match serde_json::from_value::<Settings>(merged) {
        Ok(settings) => {
            inner.settings = settings;
            Response::json(200, &json!(inner.settings))
        }
        Err(error) => refusal(400, &error.to_string()),
    }
}

/// Puts objects into objects; everything else takes the place of what was there.
fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                merge(old.entry(name).or_insert(Value::Null), value);
            }
        }
        (old, new) => *old = new,
    }
}
