//! Private keys in their containers: PKCS#8 (RFC 5958) and PKCS#1 (RFC 8017 appendix A.1.2).

use zeroize::Zeroizing;

use super::der::{Malformed, Reader, tag};
use super::flaw::Flaw;

/// rsaEncryption (RFC 8017 appendix A.1), 1.2.840.113549.1.1.1.
const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// id-ecPublicKey (RFC 5480 section 2.1.1), 1.2.840.10045.2.1.
const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";

/// A private key that was found.
#[derive(Clone)]
pub(super) enum PrivateKey {
    /// RSA.
    Rsa(RsaKey),
    /// Of a kind that Entra does not take: what it is.
    Other(&'static str),
}

/// An RSA key: PKCS#1 RSAPrivateKey in DER.
#[derive(Clone)]
pub(super) struct RsaKey {
    pub(super) der: Zeroizing<Vec<u8>>,
    /// The size of its modulus, in bits.
    pub(super) bits: usize,
}

impl PrivateKey {
    /// PKCS#1, in PEM the block `RSA PRIVATE KEY`.
    pub(super) fn pkcs1(der: &[u8]) -> Result<Self, Flaw> {
        let bits = modulus_bits(der).map_err(|Malformed| Flaw::Damaged("the private key in it"))?;
        Ok(Self::Rsa(RsaKey { der: Zeroizing::new(der.to_vec()), bits }))
    }

    /// PKCS#8, in PEM the block `PRIVATE KEY`, in PKCS#12 a KeyBag.
    pub(super) fn pkcs8(der: &[u8]) -> Result<Self, Flaw> {
        let (algorithm, key) = parts(der).map_err(|Malformed| Flaw::Damaged("the private key in it"))?;
        match algorithm {
            RSA => Self::pkcs1(key),
            EC => Ok(Self::EC),
            _ => Ok(Self::Other("no plain RSA key")),
        }
    }

    /// An elliptic curve's, in PEM the block `EC PRIVATE KEY` too.
    pub(super) const EC: Self = Self::Other("an EC key");
}

/// Algorithm and key of a PrivateKeyInfo.
fn parts(der: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut info = Reader::only(der, tag::SEQUENCE)?;
    // 1 is a PrivateKeyInfo that has its public key after the attributes.
    if info.small()? > 1 {
        return Err(Malformed);
    }
    let (algorithm, _) = info.algorithm()?;
    Ok((algorithm, info.content(tag::OCTET_STRING)?))
}

fn modulus_bits(der: &[u8]) -> Result<usize, Malformed> {
    let mut key = Reader::only(der, tag::SEQUENCE)?;
    // 1 is a key of more than two primes.
    if key.small()? != 0 {
        return Err(Malformed);
    }
    let digits = key.content(tag::INTEGER)?;
    let digits = &digits[digits.iter().position(|digit| *digit != 0).ok_or(Malformed)?..];
    Ok(digits.len() * 8 - digits[0].leading_zeros() as usize)
}
