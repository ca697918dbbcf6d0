//! The authorization code grant, with PKCE (RFC 7636 section 4.6).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::error::AadError;
use super::user::{Asked, user};
use super::user_token::{self, Issue, permit};
use crate::sign_in::Challenge;
use crate::wire::Response;

pub(super) fn redeem(asked: &Asked) -> Result<Response, AadError> {
    let app = asked.client()?;
    let key = asked.need("code")?;
    let redirect_uri = asked.need("redirect_uri")?;
    let code = asked.state.lock().sign_ins.codes.get(key).cloned();
    let refused = |code, text: &str| AadError::new(400, "invalid_grant", code, text);
    let code = code.ok_or_else(|| refused(70000, "The provided value for the 'code' parameter is not valid."))?;
    if !code.ask.client_id.eq_ignore_ascii_case(&app.client_id) {
        return Err(refused(70000, "The provided authorization code was issued to another client."));
    }
    if code.used {
        return Err(used(asked));
    }
    if code.expires_at <= asked.state.epoch() {
        let text = "The provided authorization code or refresh token has expired due to inactivity. Send a new \
                    interactive authorization request for this user and resource.";
        return Err(refused(70008, text));
    }
    if code.redirect_uri != redirect_uri {
        let text = format!(
            "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting \
             Authorization code.",
            code.redirect_uri
        );
        return Err(AadError::new(400, "invalid_grant", 500112, text));
    }
    verify(code.challenge.as_ref(), asked.field("code_verifier"))?;
    let target = asked.target()?.or(code.ask.target.clone()).ok_or_else(|| AadError::missing("resource"))?;
    let own = asked.claims()?;
    let issue = Issue {
        app,
        user: user(asked.state, &code.user)?,
        refresh_token: target.offline,
        target,
        nonce: code.ask.nonce.clone(),
        claims: if own.is_null() { code.ask.claims.clone() } else { own },
        session_claims: code.ask.claims.clone(),
    };
    let tenant = permit(asked.state, &signed_in_at(asked, &code.ask.tenant)?, &issue)?;
    // Of two at once, one wins.
    let first =
        asked.state.lock().sign_ins.codes.get_mut(key).is_some_and(|code| !std::mem::replace(&mut code.used, true));
    if first { Ok(user_token::answer(asked, &tenant, &issue)) } else { Err(used(asked)) }
}

/// A code is redeemed where it was asked for, or under `common`.
fn signed_in_at(asked: &Asked, at: &str) -> Result<String, AadError> {
    let id = |name: &str| asked.state.lock().registry.tenant(name);
    match (id(asked.tenant), id(at)) {
        (Some(here), Some(there)) if here != there => {
            let text = "The provided authorization code is intended to be used against another tenant.";
            Err(AadError::new(400, "invalid_grant", 700005, text))
        }
        (Some(here), _) => Ok(here),
        (None, _) => Ok(at.to_owned()),
    }
}

fn used(asked: &Asked) -> AadError {
    asked.state.violation(asked.request, "an authorization code is redeemed a second time");
    AadError::new(
        400,
        "invalid_grant",
        54005,
        "OAuth2 Authorization code was already redeemed. Please retry with a new valid code or use an existing refresh token.",
    )
}

pub(crate) fn verify(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), AadError> {
    let good = match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) if challenge.s256 => {
            challenge.value == URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
        }
        (Some(challenge), Some(verifier)) => challenge.value == verifier,
        _ => false,
    };
    if good {
        return Ok(());
    }
    let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    Err(AadError::new(400, "invalid_grant", 501481, text))
}
