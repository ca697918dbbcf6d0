//! The handle's part for users: who there is, device codes, refresh tokens.

use std::time::Duration;

use crate::capture::Request;
use crate::emulator::Emulator;
use crate::entra::decide;
use crate::sign_in::DeviceState;
use crate::state::State;
use crate::user::User;

impl Emulator {
    /// Adds a user, or replaces the one of the same name.
    pub fn add_user(&self, user: User) {
        self.state.lock().registry.add_user(user);
    }

    /// The requests to authorization endpoints; [`Request::query_value`] has what they asked for.
    pub fn authorize_requests(&self) -> Vec<Request> {
        self.state.lock().requests.iter().filter(|request| request.is_authorize_request()).cloned().collect()
    }

    // ---- device codes

    /// Blocks until a device code waits for its person, and gives the user code of the newest; `None` when `timeout`
    /// passes first.
    pub fn wait_for_device_code(&self, timeout: Duration) -> Option<String> {
        self.state.wait_until(timeout, |inner| inner.sign_ins.device(None).map(|device| device.user_code.clone()))
    }

    /// Signs this user (a sign-in name) in for the newest pending device code; false when none waits.
    pub fn approve_device_code(&self, user: &str) -> bool {
        decide(&self.state, None, DeviceState::Approved, user)
    }

    /// The person declines the newest pending device code; false when none waits.
    pub fn decline_device_code(&self) -> bool {
        decide(&self.state, None, DeviceState::Declined, "")
    }

    /// The newest pending device code expires now; false when none waits.
    pub fn expire_device_code(&self) -> bool {
        decide(&self.state, None, DeviceState::Expired, "")
    }

    // ---- refresh tokens

    /// The refresh tokens issued so far, oldest first.
    pub fn refresh_tokens(&self) -> Vec<String> {
        self.state.lock().sign_ins.refresh_order.clone()
    }

    /// Makes Entra refuse all refresh tokens that this user has now, with this AADSTS number: 50173 (password changed),
    /// 700082 (unused for too long), 70043 (sign-in frequency), ... Later sign-ins are not touched.
    /// How many there were.
    pub fn revoke_user(&self, user: &str, code: u32) -> usize {
        revoke(&self.state, user, code)
    }

    /// How often a refresh token came for which a newer one had been issued, refused or not.
    pub fn refresh_reuses(&self) -> usize {
        self.state.lock().sign_ins.refresh_reuses
    }
}

pub(crate) fn revoke(state: &State, user: &str, code: u32) -> usize {
    let mut inner = state.lock();
    let mine = inner.sign_ins.refresh_tokens.values_mut().filter(|token| token.user.eq_ignore_ascii_case(user));
    mine.map(|token| token.revoked = Some(code)).count()
}
