//! A secret that others have to name, and a comparison whose time says nothing of it.

use ring::hmac;

use crate::error::Result;
use crate::http;

/// Knows a secret when it is given.
pub struct Guard {
    /// Known to nobody: it makes the comparison one of MACs, which takes the same time whatever is compared.
    key: hmac::Key,
    tag: hmac::Tag,
}

impl Guard {
    /// One that knows `secret`.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn new(secret: &str) -> Result<Self> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &http::random_bytes::<32>()?);
        let tag = hmac::sign(&key, secret.as_bytes());
        Ok(Self { key, tag })
    }

    /// Whether `given` is it. The time this takes says nothing about how much of it is right.
    #[must_use]
    pub fn matches(&self, given: &str) -> bool {
        hmac::verify(&self.key, given.as_bytes(), self.tag.as_ref()).is_ok()
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
