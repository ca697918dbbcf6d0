//! The token endpoint's answer, good or bad, for every grant.
//!
//! v2 sends numbers, v1 the same numbers as strings; some proxies and old servers mix them. Sources: RFC 6749 sections
//! 5.1 and 5.2; "OAuth 2.0 client credentials flow" (v2); `v1-oauth2-client-creds-grant-flow.md` (v1).

use serde::Deserialize;
use serde_json::Value;

use super::{advice, expiry};
use crate::error::{Error, Kind, clean};
use crate::http::Answer;
use crate::secret::Secret;
use crate::token::Token;

/// A life for tokens whose answer has none, in seconds: what MSAL for Python assumes (`oauth2cli/oauth2.py`).
const ASSUMED_LIFE: u64 = 600;

/// No longer life is believed, in seconds: Entra's longest-lived tokens (continuous access evaluation) last 28 hours.
const LONGEST_LIFE: u64 = 48 * 3600;

/// What a token endpoint granted.
#[derive(Debug, PartialEq, Eq)]
pub struct Granted {
    /// The access token.
    pub access_token: Secret,
    /// `Bearer` as a rule.
    pub token_type: String,
    /// Seconds of life from the time the request was sent.
    pub expires_in: u64,
    /// Seconds after which the server wants it renewed.
    pub refresh_in: Option<u64>,
    /// What renews the sign-in of a user.
    pub refresh_token: Option<Secret>,
    /// Who signed in, as a JWT.
    pub id_token: Option<Secret>,
}

impl Granted {
    /// The token, asked for at `issued_at` (seconds since 1970, UTC).
    pub(crate) fn into_token(self, issued_at: u64, scopes: Vec<String>, tenant: &str) -> Token {
        Token {
            value: self.access_token,
            token_type: self.token_type,
            issued_at,
            expires_at: issued_at + self.expires_in,
            refresh_at: self.refresh_in.map(|seconds| issued_at + seconds),
            scopes,
            tenant: Some(tenant.to_owned()).filter(|tenant| !tenant.is_empty()),
            account: None,
        }
    }
}

/// What a token endpoint refused, in its own words.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// RFC 6749's `error`: the one field that decides what happens.
    #[serde(default)]
    pub error: String,
    /// For people.
    #[serde(default)]
    pub error_description: String,
    /// AADSTS numbers, for advice alone.
    #[serde(default)]
    pub error_codes: Vec<u32>,
    /// Entra's finer reason.
    pub suberror: Option<String>,
    /// For Microsoft's support.
    pub correlation_id: Option<String>,
    /// For Microsoft's support.
    pub trace_id: Option<String>,
}

/// An answer's body, read.
#[derive(Debug, PartialEq, Eq)]
pub enum Grant {
    /// A token.
    Granted(Granted),
    /// An OAuth error.
    Refused(Refusal),
    /// No JSON, or JSON with neither.
    Foreign,
}

/// Reads a token endpoint's answer that came `now` (seconds since 1970, UTC).
#[must_use]
pub fn parse_answer(status: u16, body: &str, now: u64) -> Grant {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(body) else { return Grant::Foreign };
    let mut secret = |name: &str| match fields.remove(name) {
        // What has blanks or line ends can't stand in a header, nor in the cache.
        Some(Value::String(token)) if is_visible(&token) => Some(Secret::new(token)),
        _ => None,
    };
    let token = secret("access_token");
    let (refresh_token, id_token) = (secret("refresh_token"), secret("id_token"));
    let object = Value::Object(fields);
    match token {
        Some(access_token) if (200..300).contains(&status) => Grant::Granted(Granted {
            access_token,
            token_type: object
                .get("token_type")
                .and_then(Value::as_str)
                .filter(|text| is_visible(text))
                .unwrap_or("Bearer")
                .to_owned(),
            expires_in: life(&object, now).min(LONGEST_LIFE),
            refresh_in: number(object.get("refresh_in")).filter(|seconds| (1..LONGEST_LIFE).contains(seconds)),
            refresh_token,
            id_token,
        }),
        _ if object.get("error").is_some_and(Value::is_string) => Grant::Refused(refusal(&object)),
        _ => Grant::Foreign,
    }
}

/// One word of visible ASCII (RFC 6749 appendix A, without the blank).
pub(super) fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The life of a token: the shorter of `expires_in` and `expires_on`, as far as they are there.
fn life(object: &Value, now: u64) -> u64 {
    let from_in = number(object.get("expires_in"));
    let from_on = object.get("expires_on").and_then(expiry::moment).map(|at| at.saturating_sub(now));
    match (from_in, from_on) {
        // A clock that is wrong here makes expires_on useless; expires_in needs no clock.
        (Some(seconds), _) => seconds,
        (None, Some(seconds)) => seconds,
        (None, None) => ASSUMED_LIFE,
    }
}

/// A whole number, also as a string, also with a fraction; negative ones are 0.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    let float = match value? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    // Saturating, and NaN becomes 0.
    float.is_finite().then_some(float as u64)
}

fn refusal(object: &Value) -> Refusal {
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let codes = object.get("error_codes").and_then(Value::as_array);
    let mut error_codes: Vec<u32> =
        codes.into_iter().flatten().filter_map(|code| number(Some(code))?.try_into().ok()).collect();
    let error_description = text("error_description").unwrap_or_default();
    if error_codes.is_empty() {
        error_codes = advice::codes_in(&error_description);
    }
    Refusal {
        error: text("error").unwrap_or_default(),
        error_description,
        error_codes,
        suberror: text("suberror"),
        correlation_id: text("correlation_id"),
        trace_id: text("trace_id"),
    }
}

/// Whom a request was about: shown with every refusal.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) tenant: &'a str,
    pub(super) client: &'a str,
    pub(super) scope: &'a str,
    pub(super) endpoint: &'a str,
    /// A person could sign in to mend what the server refuses.
    pub(super) interactive: bool,
}

/// What a token endpoint did not grant.
#[derive(Debug)]
pub(super) struct NotGranted {
    /// For the user.
    pub(super) error: Error,
    /// In the server's words, if it said so in OAuth's.
    pub(super) refusal: Option<Box<Refusal>>,
}

impl From<NotGranted> for Error {
    fn from(not: NotGranted) -> Self {
        not.error
    }
}

impl About<'_> {
    /// Reads an answer into a grant or an error with advice.
    pub(super) fn read(&self, answer: &Answer, now: u64) -> std::result::Result<Granted, NotGranted> {
        let not = |error, refusal| Err(NotGranted { error, refusal });
        match parse_answer(answer.status, answer.body.expose(), now) {
            Grant::Granted(granted) if granted.expires_in == 0 => {
                let error = Error::network("the service sent a token that has no life left (expires_in is 0)")
                    .hint("try again; if it stays so, report the ids below to the service's owner");
                not(self.with_ids(error, answer), None)
            }
            Grant::Granted(granted) => Ok(granted),
            Grant::Refused(refusal) => not(self.refused(&refusal, answer), Some(Box::new(refusal))),
            Grant::Foreign => not(self.foreign(answer), None),
        }
    }

    fn refused(&self, refusal: &Refusal, answer: &Answer) -> Error {
        let mut error = self.explain(refusal, answer.status);
        error.retry_at = answer.retry_at;
        self.with_ids(error, answer)
    }

    /// The error for a refusal that came with this HTTP status.
    pub(super) fn explain(&self, refusal: &Refusal, status: u16) -> Error {
        let mut kind = advice::kind_of(&refusal.error, refusal.suberror.as_deref(), status);
        if kind == Kind::SignIn && !self.interactive {
            kind = Kind::Refused;
        }
        let first_line = clean(refusal.error_description.split("Trace ID:").next().unwrap_or_default());
        // A failing service may say anything in its body. What it says of credentials is not to be believed then.
        let failing = matches!(status, 429 | 500..) && advice::kind_of(&refusal.error, None, 0) != Kind::Network;
        let known = if failing { None } else { refusal.error_codes.iter().find_map(|code| advice::for_code(*code)) };
        let said = if first_line.is_empty() { clean(&refusal.error) } else { first_line };
        let context = advice::Context { tenant: self.tenant, client: self.client, scope: self.scope };
        let error = match known {
            Some(advice) => Error::new(kind, format!("{} ({said})", advice.meaning)).hint(advice.next(&context)),
            None => Error::new(kind, format!("Entra refused: {} ({said})", clean(&refusal.error))).hint(hint_for(kind)),
        };
        error
            .detail("correlation id", refusal.correlation_id.as_deref().unwrap_or_default())
            .detail("trace id", refusal.trace_id.as_deref().unwrap_or_default())
    }

    pub(super) fn foreign(&self, answer: &Answer) -> Error {
        let what = answer.content_type.as_deref().unwrap_or("an unknown form");
        let status = answer.status;
        let mut error = match status {
            429 => Error::network("the service is throttling (HTTP 429)").hint("wait, then try again"),
            500.. => Error::network(format!("the service failed (HTTP {status})")).hint("try again in a minute"),
            300..400 => Error::network(format!("the authority redirects elsewhere (HTTP {status})"))
                .hint("check the authority host; secrets are not sent on to another host"),
            404 => Error::configuration("there is no token endpoint at this address (HTTP 404)")
                .hint("check --authority-host, --cloud and --tenant"),
            _ => Error::network(format!("the answer is no token and no OAuth error (HTTP {status}, {what})")).hint(
                "a proxy or sign-in portal may have answered: check HTTPS_PROXY, NO_PROXY and the authority host",
            ),
        };
        error.retry_at = answer.retry_at;
        self.with_ids(error, answer)
    }

    fn with_ids(&self, error: Error, answer: &Answer) -> Error {
        let error = error
            .detail("correlation id", &answer.request_id)
            .detail("request id", answer.server_request_id.as_deref().unwrap_or_default());
        self.with_names(error)
    }

    /// Says whom and what it was about.
    pub(super) fn with_names(&self, error: Error) -> Error {
        error
            .detail("tenant", self.tenant)
            .detail("client", self.client)
            .detail("scope", self.scope)
            .detail("endpoint", self.endpoint)
    }
}

/// The next step where no code says more.
fn hint_for(kind: Kind) -> &'static str {
    match kind {
        Kind::SignIn => "sign in again",
        Kind::Refused => "check the client id, its secret, and that both belong to this tenant",
        Kind::Configuration => "check tenant, client id and scope; -v shows where each came from",
        Kind::Network => "try again in a minute",
        _ => "look the code up at https://login.microsoftonline.com/error, or ask the tenant's administrator",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn granted(body: &str) -> Granted {
        match parse_answer(200, body, 1_000) {
            Grant::Granted(granted) => granted,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_may_be_strings_fractions_or_absent() {
        for (fields, expires_in, refresh_in) in [
            (r#""expires_in":3599,"refresh_in":1800"#, 3599, Some(1800)),
            (r#""expires_in":"3599","expires_on":"4599","not_before":"1""#, 3599, None),
            (r#""expires_on":"4600""#, 3600, None),
            (r#""expires_on":"1/1/1970 1:16:40 AM +00:00""#, 3600, None),
            (r#""expires_in":3599.9"#, 3599, None),
            (r#""expires_in":0"#, 0, None),
            (r#""expires_in":-5"#, 0, None),
            (r#""expires_in":"soon""#, ASSUMED_LIFE, None),
            (r#""token_type":"Bearer""#, ASSUMED_LIFE, None),
            (r#""expires_in":1e300,"refresh_in":1e300"#, LONGEST_LIFE, None),
        ] {
            let granted = granted(&format!(r#"{{"access_token":"t",{fields}}}"#));
            assert_eq!((granted.expires_in, granted.refresh_in), (expires_in, refresh_in), "{fields}");
        }
    }

    #[test]
    fn codes_are_found_in_the_list_or_in_the_text() {
        let of = |body: &str| match parse_answer(401, body, 0) {
            Grant::Refused(refusal) => refusal.error_codes,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(r#"{"error":"invalid_client","error_codes":[7000215]}"#), [7_000_215]);
        assert_eq!(of(r#"{"error":"invalid_client","error_description":"AADSTS7000222: old"}"#), [7_000_222]);
    }

    #[test]
    fn what_is_neither_token_nor_error_is_foreign() {
        for body in ["", "<html>", "[]", "{}", "null", r#"{"access_token":""}"#, r#"{"access_token":5}"#]
            .into_iter()
            .chain([r#"{"access_token":"a b"}"#, r#"{"access_token":"a\r\nb"}"#])
        {
            assert_eq!(parse_answer(200, body, 0), Grant::Foreign, "{body}");
        }
        assert_eq!(parse_answer(500, r#"{"access_token":"t"}"#, 0), Grant::Foreign);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(body in ".{0,200}", status in 100_u16..600) {
            let _ = parse_answer(status, &body, 1_000);
        }
    }
}
