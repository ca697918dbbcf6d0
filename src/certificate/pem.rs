//! PEM (RFC 7468): blocks between marks, in any order, among other text (OpenSSL's "Bag Attributes").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Contents;
use super::der::{Malformed, Reader, tag};
use super::encryption::{Password, decrypt};
use super::flaw::Flaw;
use super::key::PrivateKey;
use super::x509::Certificate;

const MARK: &[u8] = b"-----BEGIN ";
const DAMAGED: Flaw = Flaw::Damaged("a PEM block in it");

/// Whether these bytes are PEM.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len()).any(|window| window == MARK)
}

/// The certificates and keys of a PEM file, its keys decrypted.
pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Contents, Flaw> {
    let mut contents = Contents::default();
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    while let Some(line) = lines.next() {
        // (A byte order mark may stand in front.)
        let Some(start) = line.windows(MARK.len()).position(|window| window == MARK) else { continue };
        let label = line[start + MARK.len()..].strip_suffix(b"-----").ok_or(DAMAGED)?;
        let block = Block::read(label, &mut lines)?;
        match label {
            b"CERTIFICATE" | b"X509 CERTIFICATE" => contents.certificates.push(Certificate::parse(&block.decode()?)?),
            b"PRIVATE KEY" => contents.keys.push(PrivateKey::pkcs8(&block.decode()?)?),
            b"ENCRYPTED PRIVATE KEY" => contents.keys.push(encrypted_key(&block.decode()?, password)?),
            b"RSA PRIVATE KEY" => contents.keys.push(PrivateKey::pkcs1(&block.decode()?)?),
            b"EC PRIVATE KEY" => contents.keys.push(PrivateKey::EC),
            _ => {}
        }
    }
    Ok(contents)
}

/// An EncryptedPrivateKeyInfo (RFC 5958 section 3).
pub(super) fn encrypted_key(der: &[u8], password: Option<&str>) -> Result<PrivateKey, Flaw> {
    // An empty password can be meant where there is none.
    let key = decrypt_key(der, &Password::new(Some(password.unwrap_or_default())));
    key.map_err(|flaw| if flaw == Flaw::WrongPassword && password.is_none() { Flaw::NoPassword } else { flaw })
}

/// The same with this password, and no other one.
pub(super) fn decrypt_key(der: &[u8], password: &Password) -> Result<PrivateKey, Flaw> {
    let (algorithm, data) = (|| {
        let mut info = Reader::only(der, tag::SEQUENCE)?;
        Ok((info.algorithm()?, info.content(tag::OCTET_STRING)?))
    })()
    .map_err(|Malformed| Flaw::Damaged("the private key in it"))?;
    PrivateKey::pkcs8(&decrypt(algorithm, password, data)?)
}

/// What stands between two marks.
struct Block(Zeroizing<Vec<u8>>);

impl Block {
    /// Reads on to the end mark of this label.
    fn read<'a>(label: &[u8], lines: &mut impl Iterator<Item = &'a [u8]>) -> Result<Self, Flaw> {
        let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
        for line in lines {
            if let Some(end) = line.strip_prefix(b"-----END ") {
                return if end.strip_suffix(b"-----") == Some(label) { Ok(Self(text)) } else { Err(DAMAGED) };
            }
            if line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED") {
                return Err(Flaw::Unsupported {
                    what: "its private key is encrypted in OpenSSL's old way, which is hardly safer than no encryption",
                    hint: "encrypt it anew and give that file: openssl pkcs8 -topk8 -in OLD -out NEW (and add the \
                           certificate to it)",
                });
            }
            if line.starts_with(MARK) {
                break;
            }
            text.extend_from_slice(line);
        }
        Err(DAMAGED)
    }

    fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Flaw> {
        STANDARD.decode(&*self.0).map(Zeroizing::new).map_err(|_| DAMAGED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_cut_off_or_of_another_alphabet_is_damaged() {
        for bad in [
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nA_A*\n-----END CERTIFICATE-----\n",
        ] {
            assert_eq!(read(bad.as_bytes(), None).err(), Some(DAMAGED), "{bad}");
        }
        let other = "-----BEGIN DH PARAMETERS-----\n***\n-----END DH PARAMETERS-----\n";
        assert!(read(other.as_bytes(), None).is_ok(), "what is of no use is passed over");
    }

    proptest! {
        #[test]
        fn any_block_is_read_without_a_panic(
            label in prop::sample::select(vec!["CERTIFICATE", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"]),
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let text = format!("-----BEGIN {label}-----\r\n{}\r\n-----END {label}-----", STANDARD.encode(&bytes));
            let _ = read(text.as_bytes(), Some("x"));
        }
    }
}
