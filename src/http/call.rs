//! One call and its answer.

use ureq::http::HeaderMap;

use super::pinned::Thumbprint;
use crate::clock::Deadline;
use crate::secret::Secret;

/// The method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether a call may be made again after the server may have got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Asking twice does no more than asking once (a token request, any GET).
    Safe,
    /// Asking twice may make two things (a personal access token), or use up what works once (an authorization code). It
    /// is still asked again where no connection was made at all.
    Never,
}

/// How a call is made again, as far as its [`Repeat`] allows that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Up to three times more: after a connection that could not be made, and after 408, 429, 500, 502, 503 and 504.
    Usual,
    /// As the metadata service of Azure's virtual machines (IMDS) wants it: up to five times more after 404, 408, 429
    /// and every 5xx, and for up to 70 s after 410. Where it is, it is next door: a connection that is not made within a
    /// second shows that it is not there, and is not tried again.
    /// Source: "How to use managed identities on an Azure VM to acquire an access token", "Retry guidance".
    Metadata,
}

/// How a call may reach its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// By the proxy that the environment names for the host, if it names one.
    Environment,
    /// Never by a proxy: services of this machine or link (managed identities). Plain http reaches 169.254.0.0/16 too.
    Direct,
}

/// What a call sends.
pub enum Body<'a> {
    /// Nothing (a POST says so with `Content-Length: 0`).
    None,
    /// Names and values as `application/x-www-form-urlencoded`, not yet encoded.
    Form(Vec<(&'a str, &'a str)>),
    /// A JSON text as `application/json`.
    Json(&'a str),
}

/// One call. It has no `Debug`: nearly all of it may be secret.
///
/// ```text
/// let call = Call { body: Body::Form(form), repeat: Repeat::Safe, ..Call::new(Method::Post, &url, deadline) };
/// ```
pub struct Call<'a> {
    /// The method.
    pub method: Method,
    /// An absolute URL: https, or http to this machine.
    pub url: &'a str,
    /// Headers in addition to the usual ones, or in place of one of the same name.
    pub headers: Vec<(&'a str, String)>,
    /// Headers whose values are secret (`Authorization`).
    pub secret_headers: Vec<(&'a str, Secret)>,
    /// What is sent.
    pub body: Body<'a>,
    /// Whether asking again is harmless.
    pub repeat: Repeat,
    /// When it is asked again, where that is harmless.
    pub retry: Retry,
    /// Whether a proxy may be used.
    pub via: Via,
    /// The one certificate that the server may have, in place of those that a root vouches for.
    pub pin: Option<Thumbprint>,
    /// Whether the URL's path is secret, and not shown.
    pub hides_path: bool,
    /// Whether to send `client-request-id` and `return-client-request-id`, Entra's headers for support
    /// (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>).
    pub client_request_id: bool,
    /// The bound for all attempts and the delays between them.
    pub deadline: Deadline,
}

impl<'a> Call<'a> {
    /// A call without headers or body of its own, by the environment's proxy, with a client request id. A GET may be
    /// repeated, a POST may not.
    #[must_use]
    pub fn new(method: Method, url: &'a str, deadline: Deadline) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            secret_headers: Vec::new(),
            body: Body::None,
            repeat: if method == Method::Get { Repeat::Safe } else { Repeat::Never },
            retry: Retry::Usual,
            via: Via::Environment,
            pin: None,
            hides_path: false,
            client_request_id: true,
            deadline,
        }
    }
}

/// What the server said in the end, whatever its status.
pub struct Answer {
    /// The HTTP status. A redirect is an answer too: none is followed.
    pub status: u16,
    /// The body; bytes that are no UTF-8 are replaced by U+FFFD.
    pub body: Secret,
    /// The `client-request-id` that was sent with all attempts of the call; empty if none was.
    pub request_id: String,
    /// The server's own id of the call (`x-ms-request-id`, `x-amzn-requestid` or `x-request-id`).
    pub server_request_id: Option<String>,
    /// `Content-Type`, as it came.
    pub content_type: Option<String>,
    /// The server asked not to be called before this time: epoch seconds, UTC, by this machine's clock.
    pub retry_at: Option<u64>,
    /// The server's clock (`Date`): epoch seconds, UTC.
    pub date: Option<u64>,
    /// The seconds of `Retry-After`.
    pub(super) retry_after: Option<u64>,
    pub(super) headers: HeaderMap,
}

impl Answer {
    /// The first header of this name (in any case) if it is ASCII: `www-authenticate`, `location`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl std::fmt::Debug for Answer {
    /// Without body and headers (a `Location` may hold a code).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("server_request_id", &self.server_request_id)
            .finish_non_exhaustive()
    }
}
