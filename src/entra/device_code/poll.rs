//! Asking again and again whether the person has signed in: RFC 8628 sections 3.4 and 3.5.

use std::time::Duration;

use super::{Authorization, ONE_REQUEST};
use crate::clock::{self, Deadline};
use crate::entra::authority::Endpoint;
use crate::entra::grant::Refusal;
use crate::entra::user::{Refused, UserApp};
use crate::error::{Error, Kind, Result};
use crate::http::Repeat;
use crate::interact::Countdown;
use crate::request::FlowCall;
use crate::sign_in::SignedIn;

/// `grant_type` of a poll.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What `slow_down` adds to the interval, for all further polls.
const SLOWER: Duration = Duration::from_secs(5);

/// The longest pause after trouble with the network, if the interval is not longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// AADSTS numbers by which Conditional Access or the state of the device keep somebody out (for advice alone).
const POLICY: &[u32] =
    &[50_005, 50_097, 50_131, 53_000, 53_001, 53_002, 53_003, 53_004, 530_002, 530_003, 530_032, 530_034, 530_035];

/// What an answer means for the next poll.
enum Next {
    /// Ask again at the usual pace.
    Pending,
    /// Ask less often.
    Slower,
    /// The service could not be asked.
    Trouble(Error),
    /// It is over.
    End(Error),
}

/// Polls until the person has signed in or declined, or time is up.
pub(super) fn wait(app: &UserApp, call: &FlowCall<'_>, code: &Authorization) -> Result<SignedIn> {
    let life = Duration::from_secs(code.expires_in);
    let expires_first = call.deadline.left().is_none_or(|left| life < left);
    let end = Deadline::after(life).sooner(call.deadline);
    let countdown = Countdown::new(call.log, end);
    let device_code = code.device_code.expose();
    let grant = match app.endpoint {
        // go-autorest `adal/devicetoken.go`.
        Endpoint::V1 => [("grant_type", "device_code"), ("code", device_code)],
        Endpoint::V2 => [("grant_type", GRANT_TYPE), ("device_code", device_code)],
    };
    let mut interval = Duration::from_secs(code.interval);
    let mut pause = interval;
    let mut trouble: Option<Error> = None;
    while countdown.wait(pause) {
        let once = FlowCall { deadline: Deadline::after(ONE_REQUEST).sooner(end), ..*call };
        // Not repeated by itself: a poll that comes early makes the server slow all down.
        let refused = match app.request(&once, &grant, Repeat::Never) {
            Ok(signed_in) => return Ok(signed_in),
            Err(refused) => refused,
        };
        match next(refused) {
            Next::Pending => (pause, trouble) = (interval, None),
            Next::Slower => {
                interval += SLOWER;
                (pause, trouble) = (interval, None);
            }
            Next::Trouble(error) => {
                call.log.step(|| format!("device code: this poll failed ({}); polling goes on", error.message));
                // A client has to ask less often after a time-out (RFC 8628 section 3.5).
                pause = after_trouble(pause, interval, &error);
                trouble = Some(error);
            }
            Next::End(error) => return Err(error),
        }
    }
    Err(trouble.unwrap_or_else(|| {
        if expires_first {
            expired(Error::new(Kind::SignIn, ""))
        } else {
            let limit = humantime::format_duration(call.limit);
            Error::new(Kind::SignIn, format!("nobody signed in with the code within {limit}"))
                .hint(format!("allow more time with --sign-in-timeout, and run: {}", call.sign_ins.login_command()))
        }
    }))
}

/// Twice as long as before, within bounds, and not before the service wants to be asked.
fn after_trouble(pause: Duration, interval: Duration, error: &Error) -> Duration {
    let asked = error.retry_at.map(|at| Duration::from_secs(at.saturating_sub(clock::now())));
    (pause * 2).min(LONGEST_PAUSE).max(interval).max(asked.unwrap_or_default())
}

/// Reads a refusal by its field `error` alone.
fn next(refused: Refused) -> Next {
    let Refused { error, refusal } = refused;
    match refusal.as_ref().map_or("", |refusal| refusal.error.as_str()) {
        "authorization_pending" => Next::Pending,
        "slow_down" => Next::Slower,
        // (The second is RFC 8628's.)
        "authorization_declined" | "access_denied" => Next::End(told(error, Kind::Refused, "the sign-in was declined")),
        // (The second is v1's.)
        "expired_token" | "code_expired" => Next::End(expired(error)),
        "bad_verification_code" => {
            let error = told(error, Kind::SignIn, "the service does not know the device code (any more)");
            Next::End(error.hint("start the sign-in again; if this comes again, check --tenant and --client-id"))
        }
        _ if error.kind == Kind::Network => Next::Trouble(error),
        _ => Next::End(advise(error, refusal.as_deref())),
    }
}

fn expired(error: Error) -> Error {
    told(error, Kind::SignIn, "the code expired before anybody signed in with it").hint(
        "start the sign-in again; if the page said that access is blocked, a policy may forbid device codes: use \
         --flow interactive-browser",
    )
}

/// The same error in other words. It has no hint then.
fn told(error: Error, kind: Kind, message: &str) -> Error {
    Error { kind, hint: None, message: message.to_owned(), ..error }
}

/// Adds what helps where a policy keeps somebody out: many of them forbid device codes, because nobody can see on which
/// device the code is typed.
pub(super) fn advise(error: Error, refusal: Option<&Refusal>) -> Error {
    if refusal.is_some_and(|refusal| refusal.error_codes.iter().any(|code| POLICY.contains(code))) {
        return error.hint(
            "policies often forbid device codes: sign in with --flow interactive-browser; a new code does not help",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(error: &str, code: u32) -> Next {
        let refusal = Refusal { error: error.into(), error_codes: vec![code], ..Refusal::default() };
        next(Refused { error: Error::new(Kind::SignIn, "x").hint("y"), refusal: Some(Box::new(refusal)) })
    }

    #[test]
    fn the_field_error_decides_how_it_goes_on() {
        assert!(matches!(after("authorization_pending", 70_016), Next::Pending));
        assert!(matches!(after("slow_down", 70_016), Next::Slower));
        let network = Refused { error: Error::network("x"), refusal: None };
        assert!(matches!(next(network), Next::Trouble(_)));
        for (error, code, kind, says) in [
            ("authorization_declined", 70_018, Kind::Refused, "declined"),
            ("access_denied", 0, Kind::Refused, "declined"),
            ("expired_token", 70_019, Kind::SignIn, "expired"),
            ("code_expired", 0, Kind::SignIn, "expired"),
            ("bad_verification_code", 70_018, Kind::SignIn, "does not know"),
        ] {
            let Next::End(end) = after(error, code) else { panic!("{error} ends it") };
            assert!(end.kind == kind && end.message.contains(says), "{end:?}");
        }
        let Next::End(blocked) = after("invalid_grant", 53_003) else { panic!("a policy ends it") };
        assert!(blocked.hint.unwrap().contains("--flow interactive-browser"));
    }

    #[test]
    fn trouble_doubles_the_pause_and_the_service_may_ask_for_more() {
        let seconds = Duration::from_secs;
        let error = Error::network("x");
        assert_eq!(after_trouble(seconds(5), seconds(5), &error), seconds(10));
        assert_eq!(after_trouble(seconds(40), seconds(5), &error), seconds(60));
        assert_eq!(after_trouble(seconds(100), seconds(100), &error), seconds(100));
        let later = Error { retry_at: Some(clock::now() + 100), ..error };
        assert!(after_trouble(seconds(5), seconds(5), &later) >= seconds(99));
    }
}
