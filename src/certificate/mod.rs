//! A client certificate with its private key, from a PEM or PFX file: an app's proof of who it is, in place of a secret.
//!
//! [`ClientCertificate::read`] tells the forms apart by content, not by the file's name. What is wrong with a file, its
//! password, its key or its dates is an error that is found here, before any request.
//!
//! Passwords, decrypted buffers and the key are wiped from memory; the copy that ring makes to sign with is not.

mod assertion;
mod der;
mod encryption;
mod flaw;
mod key;
mod pem;
mod pfx;
#[cfg(test)]
mod tests;
mod x509;

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ring::digest;
use ring::signature::{KeyPair as _, RsaKeyPair};
use zeroize::Zeroizing;

pub use assertion::{Algorithm, AssertionRequest};

use self::key::{PrivateKey, RsaKey};
use self::x509::Certificate;
use crate::clock;
use crate::error::{Error, Result};
use crate::platform;
use crate::secret::Secret;

/// A file longer than this is no certificate, in bytes: 1 MiB. One with a long chain has some 10 KiB.
const LONGEST: u64 = 1 << 20;

/// The smallest RSA key that ring signs with, in bits.
const SMALLEST_KEY: usize = 2048;
/// The largest one.
const LARGEST_KEY: usize = 4096;

/// What stands in a file, before it is known what belongs together.
#[derive(Default)]
struct Contents {
    certificates: Vec<Certificate>,
    keys: Vec<PrivateKey>,
}

/// A certificate, its private key, and the certificates above it.
pub struct ClientCertificate {
    /// Where it was read from, for messages; empty if it was not a file.
    path: PathBuf,
    key: RsaKey,
    leaf: Certificate,
    /// From the leaf's issuer upwards.
    chain: Vec<Certificate>,
}

impl ClientCertificate {
    /// Reads a PEM file (keys in PKCS#8, also encrypted, or PKCS#1) or a PFX file (PKCS#12). A password that is not
    /// needed is not looked at; none and an empty one are the same.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::error::Kind::Configuration), with the path: the file is unreadable, too large or
    /// damaged, lacks key or certificate; its password is wrong or missing; the key is not RSA, not of 2048 to 4096
    /// bits, or belongs to none of the certificates. Dates are not checked here: [`ClientCertificate::check`].
    pub fn read(path: &Path, password: Option<&Secret>) -> Result<Self> {
        let bytes = read_file(path)?;
        let read = Self::parse(&bytes, password).map_err(|error| about(path, error))?;
        Ok(Self { path: path.to_owned(), ..read })
    }

    /// The same for the bytes of such a file.
    ///
    /// # Errors
    /// As [`ClientCertificate::read`], without the path.
    pub fn parse(bytes: &[u8], password: Option<&Secret>) -> Result<Self> {
        let password = password.map(Secret::expose).filter(|text| !text.is_empty());
        let text = utf16(bytes);
        let bytes = text.as_ref().map_or(bytes, |text| text.as_slice());
        let contents = if pem::is_pem(bytes) {
            pem::read(bytes, password)?
        } else if pfx::is_pfx(bytes) {
            pfx::read(bytes, password)?
        } else {
            return Err(Error::configuration("it is neither PEM nor PFX (PKCS#12)").hint(
                "give a PEM file with certificate and private key, or a PFX file (base64 of one: decode it first)",
            ));
        };
        contents.join()
    }

    /// The certificate's SHA-256 thumbprint, in hexadecimal, lower case.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in digest::digest(&digest::SHA256, &self.leaf.der).as_ref() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// The last second that the certificate is valid in, since 1970, UTC.
    #[must_use]
    pub fn not_after(&self) -> u64 {
        self.leaf.not_after
    }

    /// Whether the certificate ends within `seconds` after `now` (since 1970, UTC), or has ended.
    #[must_use]
    pub fn expires_within(&self, now: u64, seconds: u64) -> bool {
        self.not_after() < now.saturating_add(seconds)
    }

    /// Whether the certificate is valid at `now` (since 1970, UTC).
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::error::Kind::Configuration), with the date: it has expired, or is not valid yet.
    pub fn check(&self, now: u64) -> Result<()> {
        let error = if now > self.leaf.not_after {
            Error::configuration(format!("the certificate expired on {}", clock::rfc3339(self.leaf.not_after)))
                .hint("make a new certificate, add it to the app's registration in Entra, and put it into this file")
        } else if now < self.leaf.not_before {
            Error::configuration(format!("the certificate is valid from {} only", clock::rfc3339(self.leaf.not_before)))
                .hint(format!("check this machine's clock, which says {}", clock::rfc3339(now)))
        } else {
            return Ok(());
        };
        Err(about(&self.path, error).detail("thumbprint", self.thumbprint()))
    }
}

impl fmt::Debug for ClientCertificate {
    /// Nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

impl Contents {
    /// Finds the key, the certificate that belongs to it, and its chain.
    fn join(self) -> Result<ClientCertificate> {
        let rsa = self.keys.iter().filter_map(|key| if let PrivateKey::Rsa(key) = key { Some(key) } else { None });
        let rsa: Vec<_> = rsa.collect();
        match (self.keys.as_slice(), self.certificates.is_empty()) {
            ([], true) => {
                return Err(Error::configuration("there is neither a certificate nor a private key in it")
                    .hint("give a PEM file with both, or a PFX file"));
            }
            ([], false) => {
                return Err(Error::configuration("there is a certificate in it, but no private key")
                    .hint("put both into one file: cat CERTIFICATE KEY > BOTH"));
            }
            (_, true) => {
                return Err(Error::configuration("there is a private key in it, but no certificate")
                    .hint("put both into one file: cat CERTIFICATE KEY > BOTH"));
            }
            ([PrivateKey::Other(what), ..], false) if rsa.is_empty() => {
                return Err(Error::configuration(format!("its private key is {what}; Entra takes RSA keys"))
                    .hint("make a certificate with an RSA key of 2048 bits or more, and add it to the app in Entra"));
            }
            _ => {}
        }
        // What is wrong with one key counts only if no other one fits.
        let mut error = None;
        for key in rsa {
            match signer(key) {
                Ok(signer) => {
                    if let Some(leaf) = self.leaf(signer.public_key().as_ref()) {
                        let (leaf, chain) = (leaf.clone(), self.chain(leaf));
                        return Ok(ClientCertificate { path: PathBuf::new(), key: key.clone(), leaf, chain });
                    }
                }
                Err(flaw) => error = error.or(Some(flaw)),
            }
        }
        Err(error.unwrap_or_else(|| {
            Error::configuration("its private key belongs to none of its certificates")
                .hint("put the certificate and the key that it was made with into one file")
        }))
    }

    /// The certificate with this public key; the one that ends last, where a renewal left the old one in the file.
    fn leaf(&self, public_key: &[u8]) -> Option<&Certificate> {
        self.certificates.iter().filter(|one| one.public_key == public_key).max_by_key(|one| one.not_after)
    }

    /// The other certificates, each after the one that it signed (RFC 7515 section 4.1.6), and then those that seem to
    /// belong to none: the names are compared by their bytes, which a CA may have changed.
    fn chain(&self, leaf: &Certificate) -> Vec<Certificate> {
        let mut rest: Vec<&Certificate> = Vec::new();
        for one in &self.certificates {
            if one.public_key != leaf.public_key && !rest.contains(&one) {
                rest.push(one);
            }
        }
        let mut chain: Vec<Certificate> = Vec::with_capacity(rest.len());
        while let Some(next) = rest.iter().position(|one| one.subject == chain.last().unwrap_or(leaf).issuer) {
            chain.push(rest.remove(next).clone());
        }
        chain.extend(rest.into_iter().cloned());
        chain
    }
}

/// ring's form of a key.
fn signer(key: &RsaKey) -> Result<RsaKeyPair> {
    if !(SMALLEST_KEY..=LARGEST_KEY).contains(&key.bits) {
        return Err(Error::configuration(format!("its RSA key has {} bits", key.bits))
            .hint(format!("make a certificate with a key of {SMALLEST_KEY} to {LARGEST_KEY} bits")));
    }
    RsaKeyPair::from_der(&key.der).map_err(|rejected| {
        Error::configuration(format!("its RSA key is damaged or unusual ({rejected})"))
            .hint("export it again, or make a new key with the exponent 65537")
    })
}

/// The error with the file that it is about, if it is one.
fn about(path: &Path, error: Error) -> Error {
    if path.as_os_str().is_empty() {
        return error;
    }
    let message = format!("the certificate file {}: {}", path.display(), error.message);
    Error { message: crate::error::clean(&message), ..error }
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let failed = |error: std::io::Error| {
        about(path, Error::configuration(format!("it can't be read: {error}")))
            .hint("check the path and its permissions")
    };
    let file = platform::open_regular(path).map_err(failed)?;
    // All at once: a buffer that grows leaves its old copies behind.
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(LONGEST) as usize + 1));
    let read = file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if read as u64 > LONGEST {
        return Err(about(path, Error::configuration("it is too large")).hint("check the path"));
    }
    Ok(bytes)
}

/// Text in UTF-16, which Windows PowerShell makes of PEM with `>`, as UTF-8.
fn utf16(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
    // (All that counts in PEM is ASCII.)
    text.extend(bytes.chunks_exact(2).map(|pair| u8::try_from(unit([pair[0], pair[1]])).unwrap_or(b'?')));
    Some(text)
}
