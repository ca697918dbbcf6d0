//! Proof key for code exchange: a code is worth nothing to anybody but who asked for it (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::Result;
use crate::http;
use crate::secret::Secret;

/// The name of the method, the only one that is used (section 4.2).
pub const METHOD: &str = "S256";

/// One verifier and its challenge.
#[derive(Debug)]
pub struct Pkce {
    verifier: Secret,
    challenge: String,
}

impl Pkce {
    /// A new one: 256 random bits, which are 43 characters (section 4.1).
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn new() -> Result<Self> {
        let bytes = Zeroizing::new(http::random_bytes::<32>()?);
        Ok(Self::of(Secret::new(URL_SAFE_NO_PAD.encode(*bytes))))
    }

    fn of(verifier: Secret) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        Self { verifier, challenge }
    }

    /// `code_verifier`, for the token endpoint alone.
    #[must_use]
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// `code_challenge`, for the URL.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.challenge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_holds() {
        // Appendix B.
        let pkce = Pkce::of(Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn each_is_new_and_of_the_right_length() {
        let (one, other) = (Pkce::new().unwrap(), Pkce::new().unwrap());
        assert_ne!(one.verifier(), other.verifier());
        assert_eq!((one.verifier().expose().len(), one.challenge().len()), (43, 43));
    }
}
