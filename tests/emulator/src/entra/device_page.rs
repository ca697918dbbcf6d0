//! The page where a person enters the code that a device shows, and signs in for it.

use super::page;
use super::user::signed_in;
use crate::capture::Request;
use crate::sign_in::DeviceState;
use crate::state::State;
use crate::wire::Response;

pub(super) const PATH: &str = "/devicelogin";

pub(super) fn answer(state: &State, request: &Request) -> Response {
    let field = |name: &str| request.field(name).unwrap_or_default();
    if request.method != "POST" {
        return page::user_code(PATH, None);
    }
    let code = field("otc");
    let now = state.epoch();
    let (auto, default, waiting) = {
        let mut inner = state.lock();
        let waiting =
            !code.is_empty() && inner.sign_ins.device(Some(code)).is_some_and(|device| device.expires_at > now);
        (inner.settings.auto_sign_in, inner.settings.sign_in_user.clone(), waiting)
    };
    if !waiting {
        return page::user_code(PATH, Some("That code didn't work. Check the code and try again."));
    }
    if field("action") == "cancel" {
        decide(state, Some(code), DeviceState::Declined, "");
        return page::message(200, "Cancelled", "The sign-in was cancelled. You may close this window.");
    }
    if auto {
        decide(state, Some(code), DeviceState::Approved, &default);
        return done();
    }
    if request.field("login").is_none() {
        return page::sign_in(PATH, ("otc", code), "", None);
    }
    match signed_in(state, field("login"), field("passwd")) {
        Ok(user) => {
            decide(state, Some(code), DeviceState::Approved, &user.upn);
            done()
        }
        Err(error) => {
            let text = format!("AADSTS{}: {}", error.code, error.text);
            page::sign_in(PATH, ("otc", code), field("login"), Some(&text))
        }
    }
}

fn done() -> Response {
    page::message(200, "Signed in", "You have signed in on your device. You may now close this window.")
}

/// Ends the waiting of a device code (the newest pending one, without a user code); false when none waits.
pub(crate) fn decide(state: &State, user_code: Option<&str>, end: DeviceState, user: &str) -> bool {
    let mut inner = state.lock();
    let Some(device) = inner.sign_ins.device(user_code) else { return false };
    device.state = end;
    device.user = user.into();
    true
}
