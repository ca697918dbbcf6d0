//! How an app proves itself at the token endpoint: RFC 6749 section 2.3 (a secret), RFC 7523 section 2.2 (an assertion).

use std::fmt::Debug;

use crate::error::{Error, Result};
use crate::request::FlowCall;
use crate::secret::Secret;

/// `client_assertion_type` of every signed assertion: RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The parameters of an assertion (RFC 7523 section 2.2).
pub(super) fn assertion(signed: Secret) -> Vec<(&'static str, Secret)> {
    vec![("client_assertion_type", Secret::from(JWT_BEARER)), ("client_assertion", signed)]
}

/// What a token request is about, as far as a credential needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The URL that the request goes to: the audience of an assertion.
    pub token_url: &'a str,
    /// The application (client) id.
    pub client_id: &'a str,
}

/// A secret, a certificate, or the token of another issuer.
pub trait Credential: Debug {
    /// The flow's name, where an app gets its own token with it.
    fn flow(&self) -> &'static str;

    /// In words, for the cache key and `status` ([`crate::request::Identity::credential`]): never the credential itself.
    fn describe(&self) -> String;

    /// Tells two values apart, where reading it costs nothing ([`crate::request::Identity::fingerprint`]).
    fn fingerprint(&self) -> Option<[u8; 32]> {
        None
    }

    /// Whether a process without terminal and standard input can read it.
    fn is_unattended(&self) -> bool {
        true
    }

    /// Adds to a refusal what only the credential knows: `codes` are its AADSTS numbers, `sent` is what
    /// [`Credential::prove`] gave.
    fn explain(&self, error: Error, _codes: &[u32], _sent: &[(&'static str, Secret)]) -> Error {
        error
    }

    /// The parameters that go into the token request's body.
    ///
    /// # Errors
    /// A credential that is missing, unreadable or unfit, before any request is made.
    fn prove(&self, call: &FlowCall<'_>, proof: &Proof<'_>) -> Result<Vec<(&'static str, Secret)>>;
}
