//! The signed statement that proves an app's identity: a JWT (RFC 7523 section 3) in the form that Entra documents
//! (learn.microsoft.com/entra/identity-platform/certificate-credentials).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use serde_json::{Value, json};

use super::ClientCertificate;
use crate::error::{Error, Kind, Result};
use crate::http::uuid_v4;
use crate::secret::Secret;

/// How long an assertion is good for, in seconds: the longest that Entra's documentation advises.
const LIFETIME: u64 = 600;

/// How an assertion is signed, and how it names its certificate (RFC 7518 section 3.1, RFC 7515 section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// RSASSA-PSS, with `x5t#S256`: what Entra asks for.
    #[default]
    Ps256,
    /// RSASSA-PKCS1-v1_5, with `x5t` (SHA-1): for ADFS, which knows nothing else.
    Rs256,
}

impl Algorithm {
    /// `alg`, the thumbprint's name and hash, and the way to sign.
    fn parts(self) -> (&'static str, &'static str, &'static digest::Algorithm, &'static dyn RsaEncoding) {
        match self {
            Self::Ps256 => ("PS256", "x5t#S256", &SHA256, &RSA_PSS_SHA256),
            Self::Rs256 => ("RS256", "x5t", &SHA1_FOR_LEGACY_USE_ONLY, &RSA_PKCS1_SHA256),
        }
    }
}

/// What an assertion says.
#[derive(Debug, Clone, Copy)]
pub struct AssertionRequest<'a> {
    /// Who is to believe it: the URL of the token endpoint.
    pub audience: &'a str,
    /// Who makes it: the application (client) id.
    pub client_id: &'a str,
    /// Now, in seconds since 1970, UTC. It is good for the ten minutes that follow.
    pub now: u64,
    /// How it is signed.
    pub algorithm: Algorithm,
    /// Whether it holds the certificate and its chain (`x5c`), for apps that trust a subject name and issuer.
    pub send_chain: bool,
}

impl ClientCertificate {
    /// Signs a new assertion for `client_assertion`.
    ///
    /// # Errors
    /// [`Kind::Configuration`] where the certificate is not valid at `now`; [`Kind::Failed`] where the system has no
    /// randomness to give.
    pub fn assertion(&self, request: &AssertionRequest<'_>) -> Result<Secret> {
        self.check(request.now)?;
        let (name, thumbprint, hash, encoding) = request.algorithm.parts();
        let mut header = json!({
            "alg": name,
            "typ": "JWT",
            thumbprint: URL_SAFE_NO_PAD.encode(digest(hash, &self.leaf.der)),
        });
        if request.send_chain {
            let all = std::iter::once(&self.leaf).chain(&self.chain);
            // Not base64url: RFC 7515 section 4.1.6.
            header["x5c"] = all.map(|one| Value::String(STANDARD.encode(&one.der))).collect();
        }
        let claims = json!({
            "aud": request.audience,
            "iss": request.client_id,
            "sub": request.client_id,
            "jti": uuid_v4()?,
            "nbf": request.now,
            "iat": request.now,
            "exp": request.now.saturating_add(LIFETIME),
        });
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let mut text = format!("{}.{}", part(&header), part(&claims));
        let signer = super::signer(&self.key)?;
        let mut signature = vec![0; signer.public().modulus_len()];
        signer
            .sign(encoding, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| Error::new(Kind::Failed, "the assertion could not be signed"))?;
        text.push('.');
        text.push_str(&URL_SAFE_NO_PAD.encode(&signature));
        Ok(Secret::new(text))
    }
}
