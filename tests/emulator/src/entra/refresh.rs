//! The refresh token grant: for any resource, and any tenant that knows the user.

use super::error::AadError;
use super::user::{Asked, user};
use super::user_token::{self, Issue, permit};
use crate::sign_in::OldRefreshTokens;
use crate::state::State;
use crate::wire::Response;

pub(super) fn redeem(asked: &Asked) -> Result<Response, AadError> {
    let app = asked.client()?;
    let key = asked.need("refresh_token")?;
    let state = asked.state;
    if state.lock().sign_ins.refresh_tokens.get(key).is_some_and(|token| token.refused) {
        state.violation(asked.request, "a refresh token that was refused is sent again");
    }
    usable(state, key, &app.client_id).inspect_err(|error| {
        // A client with a token of another client's has not lost it.
        if error.suberror.is_none()
            && let Some(token) = state.lock().sign_ins.refresh_tokens.get_mut(key)
        {
            token.refused = true;
        }
    })?;
    let token = state.lock().sign_ins.refresh_tokens.get(key).cloned().ok_or_else(|| refusal(70000))?;
    let own = asked.claims()?;
    let rotate = state.lock().settings.rotate;
    let issue = Issue {
        app,
        user: user(state, &token.user)?,
        target: asked.target()?.unwrap_or_else(|| token.target.clone()),
        nonce: None,
        claims: if own.is_null() { token.claims.clone() } else { own },
        session_claims: token.claims,
        refresh_token: rotate,
    };
    let tenant = permit(state, asked.tenant, &issue)?;
    if rotate {
        supersede(asked, key)?;
    }
    Ok(user_token::answer(asked, &tenant, &issue))
}

/// Marks the token as an old one. Of two clients that redeem it at once, where old ones are revoked, one wins.
fn supersede(asked: &Asked, key: &str) -> Result<(), AadError> {
    let mut inner = asked.state.lock();
    let strict = inner.settings.old_refresh_tokens == OldRefreshTokens::Revoked;
    let Some(token) = inner.sign_ins.refresh_tokens.get_mut(key) else { return Err(refusal(70000)) };
    let reused = std::mem::replace(&mut token.superseded, true);
    if reused && strict {
        token.refused = true;
        inner.sign_ins.refresh_reuses += 1;
        return Err(refusal(70000));
    }
    inner.sign_ins.refresh_reuses += usize::from(reused);
    Ok(())
}

/// Whether the token is one of this client's and alive.
fn usable(state: &State, key: &str, client_id: &str) -> Result<(), AadError> {
    let now = state.epoch();
    let mut inner = state.lock();
    let strict = inner.settings.old_refresh_tokens == OldRefreshTokens::Revoked;
    let token = inner.sign_ins.refresh_tokens.get(key).ok_or_else(|| refusal(70000))?;
    if !token.client_id.eq_ignore_ascii_case(client_id) {
        return Err(AadError { suberror: Some("client_mismatch".into()), ..refusal(70000) });
    }
    if let Some(code) = token.revoked {
        return Err(refusal(code));
    }
    if token.expires_at <= now {
        return Err(refusal(700082));
    }
    if token.superseded && strict {
        inner.sign_ins.refresh_reuses += 1;
        return Err(refusal(70000));
    }
    Ok(())
}

/// Why a refresh token is of no use, by Entra's number.
fn refusal(code: u32) -> AadError {
    let text = match code {
        50173 => {
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have \
             changed or reset their password."
        }
        700082 => {
            "The refresh token has expired due to inactivity. The token was issued too long ago and was inactive for \
             90.00:00:00."
        }
        70043 => "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
        70000 => "Provided grant is invalid or malformed.",
        _ => "The provided authorization code or refresh token has expired. Send a new interactive sign-in request.",
    };
    AadError::new(400, "invalid_grant", code, text)
}
