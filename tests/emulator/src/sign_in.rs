//! What is remembered of sign-ins: open pages, authorization codes, refresh tokens, device codes.

use std::collections::HashMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::entra::Target;

/// What a refresh token is worth once it was redeemed and a newer one was issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OldRefreshTokens {
    /// It still works, as Entra has it for all but single-page apps.
    #[default]
    Valid,
    /// It is refused with AADSTS70000.
    Revoked,
}

/// How the answer of an authorization endpoint is bent; see [`Fault::sign_in`](crate::Fault::sign_in).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInBend {
    /// Another `state` than the client's.
    #[default]
    WrongState,
    /// No `state`.
    NoState,
    /// The right `state`, and a second one.
    DoubledState,
    /// Neither `code` nor `error`.
    NoCode,
    /// An error comes back to the client in place of a code.
    Error,
    /// A page that offers nothing to click and never goes on.
    Stuck,
}

/// What a client asked for before anybody signed in.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// As in the path: a GUID, a domain, `common` or `organizations`.
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) target: Option<Target>,
    pub(crate) nonce: Option<String>,
    pub(crate) claims: Value,
}

/// An authorization request that waits for its user.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) ask: Ask,
    pub(crate) redirect_uri: String,
    pub(crate) response_mode: String,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) client_info: bool,
    pub(crate) login_hint: String,
    pub(crate) bend: Option<(SignInBend, String, String)>,
}

/// A PKCE challenge (RFC 7636 section 4.3).
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub(crate) value: String,
    pub(crate) s256: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) ask: Ask,
    pub(crate) user: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires_at: u64,
    pub(crate) used: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) client_id: String,
    pub(crate) user: String,
    pub(crate) target: Target,
    pub(crate) claims: Value,
    pub(crate) expires_at: u64,
    /// A newer one was issued for it.
    pub(crate) superseded: bool,
    /// Revoked, with this AADSTS number as the reason.
    pub(crate) revoked: Option<u32>,
    /// The client has been told that it is of no use.
    pub(crate) refused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceState {
    Pending,
    Approved,
    Declined,
    Expired,
    Redeemed,
}

#[derive(Clone, Debug)]
pub(crate) struct DeviceCode {
    pub(crate) ask: Ask,
    pub(crate) user_code: String,
    pub(crate) expires_at: u64,
    /// Seconds that must lie between two polls.
    pub(crate) interval: u64,
    pub(crate) last_poll: Option<Instant>,
    pub(crate) state: DeviceState,
    pub(crate) user: String,
    /// The client has been told how it ended.
    pub(crate) told: bool,
}

/// All of it, by page id, code, refresh token and device code.
#[derive(Default)]
pub(crate) struct SignIns {
    pub(crate) pages: HashMap<String, Page>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    pub(crate) device_codes: HashMap<String, DeviceCode>,
    /// The device codes in their order.
    pub(crate) device_order: Vec<String>,
    /// The live refresh token issued last, and those before it.
    pub(crate) refresh_order: Vec<String>,
    /// How often a superseded refresh token was redeemed or tried.
    pub(crate) refresh_reuses: usize,
}

impl SignIns {
    /// The device code of this user code, or the newest one that is pending.
    pub(crate) fn device(&mut self, user_code: Option<&str>) -> Option<&mut DeviceCode> {
        let id = self.device_order.iter().rev().find(|id| {
            let Some(device) = self.device_codes.get(*id) else { return false };
            device.state == DeviceState::Pending
                && user_code.is_none_or(|code| code.trim().eq_ignore_ascii_case(&device.user_code))
        })?;
        self.device_codes.get_mut(id)
    }
}
