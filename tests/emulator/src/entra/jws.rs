//! A JSON Web Signature in its compact form (RFC 7515 section 7.1), taken apart.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

pub(super) struct Jws<'a> {
    pub(super) header: Value,
    pub(super) claims: Value,
    /// What the signature is over.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// `None` where it is not two JSON objects and a signature, all in base64url without padding.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| {
            let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
            value.is_object().then_some(value)
        };
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    pub(super) fn claim(&self, name: &str) -> Option<&str> {
        self.claims[name].as_str()
    }

    /// A time claim in epoch seconds. MSAL for .NET writes these as text.
    pub(super) fn time(&self, name: &str) -> Option<u64> {
        let value = &self.claims[name];
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }
}
