//! The key that secrets are sealed with: 32 random bytes, kept by a [`super::keeper::Keeper`].

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::request::CacheKey;

/// Bytes of a key.
pub(super) const KEY_LENGTH: usize = 32;

/// A key; wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct DataKey(Zeroizing<[u8; KEY_LENGTH]>);

impl DataKey {
    /// A new one. `None` where the system has no random bytes.
    pub(super) fn random() -> Option<Self> {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        SystemRandom::new().fill(&mut *bytes).ok()?;
        Some(Self(bytes))
    }

    /// The one that was kept. `None` for what can't be a key.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// For the keeper.
    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// Tells keys apart without telling anything of them: stands in the file of each sealed secret, so that a lost key
    /// is told from a damaged file.
    pub(super) fn id(&self) -> String {
        let mut text = Zeroizing::new(b"jeton data key id\0".to_vec());
        text.extend_from_slice(&*self.0);
        CacheKey::of(&text).as_str()[..16].to_owned()
    }

    /// Seals `text`: a random nonce, the ciphertext, the tag (RFC 8439). `header` is bound to it. `None` where the system
    /// has no random bytes.
    ///
    /// ChaCha20-Poly1305, because it takes the same time on every processor. Nonces of 96 random bits are good for
    /// billions of secrets under one key.
    pub(super) fn seal(&self, header: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        // Room for all of it: growing would leave a copy of the text behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(header),
                &mut sealed[NONCE_LEN..],
            )
            .ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// Opens what [`DataKey::seal`] made. `None` for anything else, or another header.
    pub(super) fn open(&self, header: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self.cipher()?.open_in_place(nonce, Aad::from(header), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        Some(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &*self.0).ok()?))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_by_its_key_and_header_alone() {
        let (key, other) = (DataKey::random().unwrap(), DataKey::random().unwrap());
        let sealed = key.seal(b"header", b"text").unwrap();
        assert_eq!(key.open(b"header", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(key.open(b"Header", &sealed), None);
        assert_eq!(other.open(b"header", &sealed), None);
        assert_ne!(key.id(), other.id());
        assert_ne!(key.seal(b"header", b"text"), Some(sealed));
    }

    #[test]
    fn a_changed_or_cut_text_is_not_opened() {
        let key = DataKey::random().unwrap();
        let sealed = key.seal(b"h", b"text").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(b"h", &changed), None, "byte {at}");
            assert_eq!(key.open(b"h", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn only_32_bytes_are_a_key_and_debug_shows_nothing_of_it() {
        assert!(DataKey::from_bytes(&[7; 31]).is_none() && DataKey::from_bytes(&[7; 33]).is_none());
        assert_eq!(format!("{:?}", DataKey::from_bytes(&[7; 32]).unwrap()), "DataKey(…)");
    }
}
