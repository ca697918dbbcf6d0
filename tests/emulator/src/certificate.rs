//! X.509 certificates that apps sign their assertions with.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OID_PKCS1_RSAENCRYPTION;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

/// A certificate that was parsed once; DER is kept, because the parser's types borrow.
#[derive(Clone, Debug)]
pub(crate) struct Certificate(Vec<u8>);

impl Certificate {
    /// Reads DER, or the first certificate of a PEM text (which may hold the private key as well).
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let der = match CertificateDer::from_pem_slice(bytes) {
            Ok(der) => der.to_vec(),
            Err(_) => bytes.to_vec(),
        };
        match X509Certificate::from_der(&der) {
            Ok(([], _)) => Ok(Self(der)),
            Ok(_) => Err("there is something behind the certificate".into()),
            Err(error) => Err(format!("not a certificate: {error}")),
        }
    }

    fn parsed(&self) -> X509Certificate<'_> {
        X509Certificate::from_der(&self.0).map(|(_, certificate)| certificate).expect("read() parsed it")
    }

    /// Entra takes RSA keys only.
    pub(crate) fn is_rsa(&self) -> bool {
        self.parsed().public_key().algorithm.algorithm == OID_PKCS1_RSAENCRYPTION
    }

    /// The SHA-1 thumbprint in upper case hexadecimal, as portals show it.
    pub(crate) fn thumbprint(&self) -> String {
        hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.0).as_ref())
    }

    /// Whether a header's `x5t` (SHA-1) or `x5t#S256` names this certificate, in either alphabet of base64 (the
    /// documentation says base64url, MSAL for Go sends the standard one).
    pub(crate) fn has_thumbprint(&self, text: &str, sha256: bool) -> bool {
        let algorithm = if sha256 { &SHA256 } else { &SHA1_FOR_LEGACY_USE_ONLY };
        decode(text).is_some_and(|bytes| bytes == digest(algorithm, &self.0).as_ref())
    }

    /// Verifies the signature of a JWS; `alg` is `RS256` or `PS256`.
    pub(crate) fn verifies(&self, alg: &str, signed: &[u8], signature: &[u8]) -> bool {
        let parsed = self.parsed();
        let key = &parsed.public_key().subject_public_key.data;
        let algorithm = if alg == "PS256" { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
        self.is_rsa() && UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok()
    }

    /// Whether `now`, an epoch time, is within its validity.
    pub(crate) fn is_valid_at(&self, now: u64) -> bool {
        let now = i64::try_from(now).ok().and_then(|now| ASN1Time::from_timestamp(now).ok());
        now.is_some_and(|now| self.parsed().validity().is_valid_at(now))
    }

    /// Whether `issuer` signed this certificate.
    pub(crate) fn is_issued_by(&self, issuer: &Self) -> bool {
        let (parsed, issuer) = (self.parsed(), issuer.parsed());
        parsed.issuer().as_raw() == issuer.subject().as_raw()
            && parsed.verify_signature(Some(issuer.public_key())).is_ok()
    }

    /// Common names and DNS names.
    pub(crate) fn names(&self) -> Vec<String> {
        let parsed = self.parsed();
        let common = parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok());
        let mut names: Vec<String> = common.map(str::to_owned).collect();
        if let Ok(Some(alternative)) = parsed.subject_alternative_name() {
            names.extend(alternative.value.general_names.iter().filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            }));
        }
        names
    }
}

/// Upper case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// base64 in either alphabet, padded or not.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    URL_SAFE_NO_PAD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()
}
