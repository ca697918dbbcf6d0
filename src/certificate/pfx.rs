//! PFX files: PKCS#12 (RFC 7292) that is protected by a password, or not at all.

use ring::hmac;
use zeroize::Zeroizing;

use super::Contents;
use super::der::{Malformed, Reader, from_ber, join_pieces, tag};
use super::encryption::{Password, Purpose, decrypt, derive};
use super::flaw::Flaw;
use super::key::PrivateKey;
use super::pem::decrypt_key;
use super::x509::Certificate;

/// id-data (RFC 5652 section 4), 1.2.840.113549.1.7.1.
const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// id-encryptedData (RFC 5652 section 8), 1.2.840.113549.1.7.6.
const ENCRYPTED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
/// keyBag, pkcs8ShroudedKeyBag, certBag (RFC 7292 section 4.2), 1.2.840.113549.1.12.10.1.{1,2,3}.
const KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";
const SHROUDED_KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
const CERT_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
/// x509Certificate (RFC 7292 section 4.2.3), 1.2.840.113549.1.9.22.1.
const X509: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";

/// id-sha1 (RFC 3370 section 2.1), 1.3.14.3.2.26.
const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
/// id-sha256, id-sha384, id-sha512 (RFC 5754 section 2), 2.16.840.1.101.3.4.2.{1,2,3}.
const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";

const BY_PUBLIC_KEY: Flaw = Flaw::Unsupported {
    what: "the PFX file is protected by a public key, not by a password",
    hint: "export it anew with a password",
};

/// Whether these bytes begin as PKCS#12 does: a SEQUENCE with a version of 3, in DER or BER.
pub(super) fn is_pfx(bytes: &[u8]) -> bool {
    const VERSION: &[u8] = &[tag::INTEGER, 1, 3];
    let length = match bytes {
        [tag::SEQUENCE, first @ 0x81..=0x84, ..] => usize::from(first & 0x7f),
        [tag::SEQUENCE, ..] => 0,
        _ => return false,
    };
    bytes.get(2 + length..).is_some_and(|rest| rest.starts_with(VERSION))
}

/// The certificates and keys of a PFX file, decrypted.
pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Contents, Flaw> {
    let der = from_ber(bytes)?;
    match password.filter(|text| !text.is_empty()) {
        Some(text) => with(&der, &Password::new(Some(text))),
        // Who writes "no password" means either of these, and no two programs agree.
        None => match with(&der, &Password::new(Some(""))) {
            Err(Flaw::WrongPassword) => with(&der, &Password::new(None)),
            other => other,
        }
        .map_err(|flaw| if flaw == Flaw::WrongPassword { Flaw::NoPassword } else { flaw }),
    }
}

fn with(der: &[u8], password: &Password) -> Result<Contents, Flaw> {
    let mut pfx = Reader::only(der, tag::SEQUENCE)?;
    pfx.small()?; // version
    let (kind, mut content) = content_info(&mut pfx)?;
    if kind != DATA {
        return Err(BY_PUBLIC_KEY);
    }
    let safe = content.content(tag::OCTET_STRING)?;
    if !pfx.is_empty() {
        check_mac(pfx.sequence()?, safe, password)?;
    }
    let mut contents = Contents::default();
    let safe = from_ber(safe)?;
    let mut parts = Reader::only(&safe, tag::SEQUENCE)?;
    while !parts.is_empty() {
        let (kind, mut content) = content_info(&mut parts)?;
        match kind {
            DATA => bags(&from_ber(content.content(tag::OCTET_STRING)?)?, password, &mut contents)?,
            ENCRYPTED_DATA => bags(&decrypt_data(content, password)?, password, &mut contents)?,
            _ => return Err(BY_PUBLIC_KEY),
        }
    }
    Ok(contents)
}

/// A ContentInfo: its type, and what is in it.
fn content_info<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], Reader<'a>), Malformed> {
    let mut info = reader.sequence()?;
    Ok((info.content(tag::OID)?, info.inside(tag::CONTEXT_0_AROUND)?))
}

/// A MacData over the AuthenticatedSafe. One of a kind that is not known (PBMAC1) is passed over: the key is believed
/// because it fits the certificate, so all that the MAC is good for is to tell a wrong password from damage.
fn check_mac(mut mac: Reader<'_>, safe: &[u8], password: &Password) -> Result<(), Flaw> {
    let mut info = mac.sequence()?;
    let (oid, _) = info.algorithm()?;
    let expected = info.content(tag::OCTET_STRING)?;
    let salt = mac.content(tag::OCTET_STRING)?;
    let rounds = if mac.is_empty() { 1 } else { mac.small()? };
    let algorithm = match oid {
        SHA1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        SHA256 => hmac::HMAC_SHA256,
        SHA384 => hmac::HMAC_SHA384,
        SHA512 => hmac::HMAC_SHA512,
        _ => return Ok(()),
    };
    let hash = algorithm.digest_algorithm();
    let key = derive(hash, Purpose::Mac, password, salt, rounds, hash.output_len())?;
    hmac::verify(&hmac::Key::new(algorithm, &key), safe, expected).map_err(|_| Flaw::WrongPassword)
}

/// An EncryptedData (RFC 5652 section 8), decrypted.
fn decrypt_data(mut content: Reader<'_>, password: &Password) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let mut data = content.sequence()?;
    data.small()?; // version
    let mut info = data.sequence()?;
    info.content(tag::OID)?;
    let algorithm = info.algorithm()?;
    let (kind, bytes, _) = info.element()?;
    match kind {
        tag::CONTEXT_0 => decrypt(algorithm, password, bytes),
        // In BER it can be in pieces.
        tag::CONTEXT_0_AROUND => decrypt(algorithm, password, &join_pieces(bytes)?),
        _ => Err(Malformed.into()),
    }
}

/// A SafeContents: adds its certificates and keys to `contents`. (It can hold revocation lists and other secrets too.)
fn bags(der: &[u8], password: &Password, contents: &mut Contents) -> Result<(), Flaw> {
    let mut bags = Reader::only(der, tag::SEQUENCE)?;
    while !bags.is_empty() {
        let mut bag = bags.sequence()?;
        let kind = bag.content(tag::OID)?;
        let mut value = bag.inside(tag::CONTEXT_0_AROUND)?;
        match kind {
            KEY_BAG => contents.keys.push(PrivateKey::pkcs8(value.element()?.2)?),
            SHROUDED_KEY_BAG => contents.keys.push(decrypt_key(value.element()?.2, password)?),
            CERT_BAG => {
                let mut bag = value.sequence()?;
                if bag.content(tag::OID)? == X509 {
                    let der = bag.inside(tag::CONTEXT_0_AROUND)?.content(tag::OCTET_STRING)?;
                    contents.certificates.push(Certificate::parse(der)?);
                }
            }
            _ => {}
        }
    }
    Ok(())
}
