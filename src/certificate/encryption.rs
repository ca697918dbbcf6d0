//! Encryption by password, as keys and PKCS#12 files have it: PBES2 (RFC 8018 section 6.2), and the older schemes of
//! PKCS#12 (RFC 7292 appendix C), which Windows, macOS and `openssl pkcs12 -legacy` still write. Hashing is ring's; ring
//! has no CBC, and none of the old ciphers.

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit as _};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY};
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::der::{Malformed, Reader, from_ber, tag};
use super::flaw::Flaw;

/// A password in the two forms that are hashed.
pub(super) struct Password {
    /// For PBKDF2.
    utf8: Zeroizing<Vec<u8>>,
    /// For PKCS#12: UTF-16, big endian, with a zero at its end (RFC 7292 appendix B.1).
    utf16: Zeroizing<Vec<u8>>,
}

impl Password {
    /// None at all is another one than the empty text, in PKCS#12: it lacks the zero at its end.
    pub(super) fn new(text: Option<&str>) -> Self {
        let utf8 = Zeroizing::new(text.unwrap_or_default().as_bytes().to_vec());
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * utf8.len() + 2));
        if let Some(text) = text {
            text.encode_utf16().chain([0]).for_each(|unit| utf16.extend_from_slice(&unit.to_be_bytes()));
        }
        Self { utf8, utf16 }
    }
}

/// What a key is derived for (RFC 7292 appendix B.3).
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// More rounds of hashing than this are a mistake or an attack: Java has the same bound (its `PKCS12KeyStore`).
const MOST_ROUNDS: u32 = 5_000_000;

const UNSUPPORTED: Flaw = Flaw::Unsupported {
    what: "it is encrypted in a way that is not supported",
    hint: "encrypt it anew: openssl pkcs8 -topk8 -in OLD -out NEW, or for a PFX file openssl pkcs12 -export",
};

const DAMAGED: Flaw = Flaw::Damaged("the encryption in it");

/// Decrypts `data` by an AlgorithmIdentifier. What comes out is one SEQUENCE in DER, as all is that is encrypted here.
///
/// # Errors
/// [`Flaw::WrongPassword`] where anything else comes out.
pub(super) fn decrypt(
    (algorithm, parameters): (&[u8], Reader<'_>),
    password: &Password,
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let mut buffer = Zeroizing::new(data.to_vec());
    // PBES2 (RFC 8018 appendix C), 1.2.840.113549.1.5.13.
    let plain = if algorithm == b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d" {
        pbes2(parameters, password, &mut buffer)?
    } else {
        pkcs12(algorithm, parameters, password, &mut buffer)?
    };
    let plain = from_ber(plain).map_err(|Malformed| Flaw::WrongPassword)?;
    Reader::only(&plain, tag::SEQUENCE).map_err(|Malformed| Flaw::WrongPassword)?;
    Ok(plain)
}

fn pbes2<'b>(mut parameters: Reader<'_>, password: &Password, buffer: &'b mut [u8]) -> Result<&'b [u8], Flaw> {
    let mut parameters = parameters.sequence().map_err(|Malformed| DAMAGED)?;
    let (derivation, derivation_parameters) = parameters.algorithm().map_err(|Malformed| DAMAGED)?;
    let (cipher, mut iv) = parameters.algorithm().map_err(|Malformed| DAMAGED)?;
    // 1.2.840.113549.1.5.12; another one is scrypt.
    if derivation != b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c" {
        return Err(UNSUPPORTED);
    }
    let (key_length, decrypt): (usize, Decrypt) = match cipher {
        // id-aes128-CBC-PAD and its larger ones (RFC 8018 appendix B.2.5), 2.16.840.1.101.3.4.1.{2,22,42}.
        b"\x60\x86\x48\x01\x65\x03\x04\x01\x02" => (16, cbc::<Aes128>),
        b"\x60\x86\x48\x01\x65\x03\x04\x01\x16" => (24, cbc::<Aes192>),
        b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a" => (32, cbc::<Aes256>),
        // des-EDE3-CBC (RFC 8018 appendix B.2.2), 1.2.840.113549.3.7.
        b"\x2a\x86\x48\x86\xf7\x0d\x03\x07" => (24, cbc::<TdesEde3>),
        _ => return Err(UNSUPPORTED),
    };
    let iv = iv.content(tag::OCTET_STRING).map_err(|Malformed| DAMAGED)?;
    let mut key = Zeroizing::new([0; 32]);
    let key = &mut key[..key_length];
    pbkdf2(derivation_parameters, &password.utf8, key)?;
    let length = decrypt(key, iv, buffer)?;
    Ok(&buffer[..length])
}

/// PBKDF2 with the parameters of RFC 8018 appendix A.2.
fn pbkdf2(mut parameters: Reader<'_>, password: &[u8], key: &mut [u8]) -> Result<(), Flaw> {
    let (salt, rounds, hash) = (|| {
        let mut parameters = parameters.sequence()?;
        let salt = parameters.content(tag::OCTET_STRING)?;
        let rounds = parameters.small()?;
        parameters.skip_if(tag::INTEGER)?; // the key's length, which the cipher says too
        let hash = if parameters.is_empty() { None } else { Some(parameters.algorithm()?.0) };
        Ok((salt, rounds, hash))
    })()
    .map_err(|Malformed| DAMAGED)?;
    // hmacWithSHA1 and its larger ones (RFC 8018 appendix B.1), 1.2.840.113549.2.{7,9,10,11}.
    let hash = match hash {
        None | Some(b"\x2a\x86\x48\x86\xf7\x0d\x02\x07") => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(b"\x2a\x86\x48\x86\xf7\x0d\x02\x09") => pbkdf2::PBKDF2_HMAC_SHA256,
        Some(b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a") => pbkdf2::PBKDF2_HMAC_SHA384,
        Some(b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b") => pbkdf2::PBKDF2_HMAC_SHA512,
        Some(_) => return Err(UNSUPPORTED),
    };
    let rounds = NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= MOST_ROUNDS).ok_or(DAMAGED)?;
    pbkdf2::derive(hash, rounds, salt, password, key);
    Ok(())
}

/// The schemes of PKCS#12 with SHA-1 and CBC, 1.2.840.113549.1.12.1.{3,4,5,6}. (1 and 2 are RC4, which nobody writes.)
fn pkcs12<'b>(
    algorithm: &[u8],
    mut parameters: Reader<'_>,
    password: &Password,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], Flaw> {
    const IV_LENGTH: usize = 8;
    let [b'\x2a', b'\x86', b'\x48', b'\x86', b'\xf7', b'\x0d', 1, 12, 1, number] = algorithm else {
        return Err(UNSUPPORTED);
    };
    let (key_length, decrypt): (usize, Decrypt) = match number {
        3 => (24, cbc::<TdesEde3>),
        4 => (16, cbc::<TdesEde2>),
        5 => (16, cbc::<Rc2>),
        6 => (5, cbc::<Rc2>),
        _ => return Err(UNSUPPORTED),
    };
    let (salt, rounds) = (|| {
        let mut parameters = parameters.sequence()?;
        Ok((parameters.content(tag::OCTET_STRING)?, parameters.small()?))
    })()
    .map_err(|Malformed| DAMAGED)?;
    let hash = &SHA1_FOR_LEGACY_USE_ONLY;
    let key = derive(hash, Purpose::Key, password, salt, rounds, key_length)?;
    let iv = derive(hash, Purpose::Iv, password, salt, rounds, IV_LENGTH)?;
    let length = decrypt(&key, &iv, buffer)?;
    Ok(&buffer[..length])
}

/// [`cbc`] with one of the ciphers: key, initial vector, what is encrypted.
type Decrypt = fn(&[u8], &[u8], &mut [u8]) -> Result<usize, Flaw>;

/// Decrypts in place; the length of what is there without its padding.
fn cbc<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Result<usize, Flaw> {
    let cipher = Decryptor::<C>::new_from_slices(key, iv).map_err(|_| DAMAGED)?;
    if buffer.is_empty() || !buffer.len().is_multiple_of(C::block_size()) {
        return Err(DAMAGED);
    }
    cipher.decrypt_padded::<Pkcs7>(buffer).map(<[u8]>::len).map_err(|_| Flaw::WrongPassword)
}

/// Derives `length` bytes as PKCS#12 does (RFC 7292 appendix B.2; the names are those of the RFC).
pub(super) fn derive(
    hash: &'static digest::Algorithm,
    purpose: Purpose,
    password: &Password,
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    if rounds == 0 || rounds > MOST_ROUNDS {
        return Err(DAMAGED);
    }
    let v = hash.block_len();
    let filled = |text: &[u8]| text.len().div_ceil(v) * v;
    let d = vec![purpose as u8; v];
    let mut i = Zeroizing::new(Vec::with_capacity(filled(salt) + filled(&password.utf16)));
    for text in [salt, &password.utf16] {
        i.extend(text.iter().cycle().take(filled(text)));
    }
    let mut out = Zeroizing::new(Vec::with_capacity(length + hash.output_len()));
    loop {
        let mut context = digest::Context::new(hash);
        context.update(&d);
        context.update(&i);
        let mut a = context.finish();
        for _ in 1..rounds {
            a = digest::digest(hash, a.as_ref());
        }
        out.extend_from_slice(a.as_ref());
        if out.len() >= length {
            out.truncate(length);
            return Ok(out);
        }
        for block in i.chunks_exact_mut(v) {
            // block + (a, repeated) + 1, as numbers of v bytes
            let mut carry = 1;
            for (at, digit) in block.iter_mut().enumerate().rev() {
                let sum = u16::from(*digit) + u16::from(a.as_ref()[at % hash.output_len()]) + carry;
                *digit = sum as u8;
                carry = sum >> 8;
            }
        }
    }
}
