//! What the emulator can be told to do instead of, or besides, its honest answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capture::Request;
use crate::databricks::ErrorShape;
use crate::settings::Shape;
use crate::sign_in::SignInBend;

/// One scripted misbehaviour, made by one of the constructors and refined by the chained methods.
///
/// Without [`on`](Self::on) a fault waits for the next *token* request; with it, for the next request whose path
/// begins with the given text; [`sign_in`](Self::sign_in) waits for the next authorization request. As JSON, for `POST /_emulator/script`, the fields have the same names as the methods:
/// `{"kind":"error","status":400,"error":"invalid_grant","code":70008,"delay_ms":100,"times":2}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) code: Option<u32>,
    pub(crate) suberror: Option<String>,
    pub(crate) claims: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) shape: Option<Shape>,
    pub(crate) error_shape: Option<ErrorShape>,
    pub(crate) bend: Option<SignInBend>,
    pub(crate) retry_after: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) delay_ms: u64,
    pub(crate) times: Option<u32>,
    pub(crate) path: Option<String>,
}

/// What kind of misbehaviour; the other fields of [`Fault`] refine it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The honest answer, perhaps late or with other headers.
    #[default]
    Pass,
    /// An Entra error body.
    Error,
    /// Any status and body.
    Respond,
    /// The connection is reset before a byte of the answer.
    Reset,
    /// The request has its effect, then the connection is reset before a byte of the answer.
    ResetAfter,
    /// Content-Length promises more than is sent.
    TruncatedBody,
    /// The JSON ends in its middle, the HTTP around it is well-formed.
    TruncatedJson,
    /// Nothing is answered until the client goes away.
    Hang,
    /// The request is honoured, and its answer never comes.
    Lost,
    /// A redirect.
    Redirect,
    /// An honest answer whose success body is bent.
    Shape,
    /// The answer of an authorization endpoint is bent.
    SignIn,
}

impl Fault {
    fn of(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// The honest answer: to say "the first two are well, the third fails", or to refine with a delay or header.
    pub fn pass() -> Self {
        Self::of(Kind::Pass)
    }

    /// An error in Entra's JSON: HTTP status, OAuth `error`, and the number after `AADSTS`.
    pub fn error(status: u16, error: &str, code: u32) -> Self {
        Self { status: Some(status), error: Some(error.into()), code: Some(code), ..Self::of(Kind::Error) }
    }

    /// 429 with Entra's throttling error (AADSTS90055); `retry_after` is seconds or an HTTP date.
    pub fn throttled(retry_after: &str) -> Self {
        Self::error(429, "temporarily_unavailable", 90055).retry_after(retry_after)
    }

    /// Any answer at all.
    pub fn respond(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status: Some(status),
            content_type: Some(content_type.into()),
            body: Some(body.into()),
            ..Self::of(Kind::Respond)
        }
    }

    /// A bare status with an HTML page, as load balancers and proxies send it (also useful with status 200).
    pub fn html(status: u16) -> Self {
        let body = format!(
            "<!DOCTYPE html>\r\n<html><head><title>{status}</title></head><body><h1>Our services aren't \
             available right now</h1></body></html>\r\n"
        );
        Self::respond(status, "text/html; charset=utf-8", &body)
    }

    /// A well-formed HTTP answer with this status and no body.
    pub fn empty(status: u16) -> Self {
        Self::respond(status, "application/json; charset=utf-8", "")
    }

    /// The TCP connection is reset before anything is answered.
    pub fn reset() -> Self {
        Self::of(Kind::Reset)
    }

    /// The request has its effect (a token is created, a refresh token used up), then the connection is reset before
    /// anything is answered.
    pub fn reset_after() -> Self {
        Self::of(Kind::ResetAfter)
    }

    /// Half of the honest answer's body, then the connection ends.
    pub fn truncated_body() -> Self {
        Self::of(Kind::TruncatedBody)
    }

    /// Half of the honest answer's JSON, with a Content-Length that agrees with it.
    pub fn truncated_json() -> Self {
        Self::of(Kind::TruncatedJson)
    }

    /// No answer until the client goes away or the emulator is dropped.
    pub fn hang() -> Self {
        Self::of(Kind::Hang)
    }

    /// The request is honoured (what it uses up is used up, what it issues is issued), but nothing is answered until the
    /// client goes away or the emulator is dropped.
    pub fn lost() -> Self {
        Self::of(Kind::Lost)
    }

    /// A redirect (302, 307, ...) to `location`.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self { status: Some(status), location: Some(location.into()), ..Self::of(Kind::Redirect) }
    }

    /// The honest answer, with a success body of this shape.
    pub fn shaped(shape: Shape) -> Self {
        Self { shape: Some(shape), ..Self::of(Kind::Shape) }
    }

    /// For the next authorization request: what goes back to the client is bent, or nothing ever does.
    pub fn sign_in(bend: SignInBend) -> Self {
        Self { bend: Some(bend), ..Self::of(Kind::SignIn) }
    }

    /// For the next authorization request: this error goes back to the client, with the number after `AADSTS`.
    pub fn sign_in_error(error: &str, code: u32) -> Self {
        Self { error: Some(error.into()), code: Some(code), ..Self::sign_in(SignInBend::Error) }
    }

    /// The honest answer, late.
    pub fn slow(delay: Duration) -> Self {
        Self::pass().delay(delay)
    }

    /// The `error_description` (after `AADSTS<code>: `, before the ids); may hold CR, LF and control characters.
    pub fn text(mut self, text: &str) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The `suberror` of an error.
    pub fn suberror(mut self, suberror: &str) -> Self {
        self.suberror = Some(suberror.into());
        self
    }

    /// The `claims` of an error, as Conditional Access sends it.
    pub fn claims(mut self, claims: &str) -> Self {
        self.claims = Some(claims.into());
        self
    }

    /// A `Retry-After` header: seconds or an HTTP date.
    pub fn retry_after(mut self, value: &str) -> Self {
        self.retry_after = Some(value.into());
        self
    }

    /// The `Date` header, in place of the true one.
    pub fn date(mut self, value: &str) -> Self {
        self.date = Some(value.into());
        self
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Waits this long before the answer (whole milliseconds).
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Happens for this many requests (at least one).
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Waits for a request whose path begins with `path_prefix`, not for a token request. `"/"` means exactly `/`.
    pub fn on(mut self, path_prefix: &str) -> Self {
        self.path = Some(path_prefix.into());
        self
    }

    pub(crate) fn matches(&self, request: &Request) -> bool {
        let path = &request.path;
        match self.path.as_deref() {
            None if self.kind == Kind::SignIn => request.is_authorize_request(),
            None => request.is_token_request(),
            Some("/") => path == "/",
            Some(prefix) => path.starts_with(prefix),
        }
    }
}
