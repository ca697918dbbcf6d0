//! The file of one secret: a line of JSON in clear, then the secret.
//!
//! ```text
//! {"jeton_secret":1,"name":"…","store":"keyring","key":"<id>","length":…,"label":{…}}
//! <nonce, ciphertext and tag; or the secret itself, where the store is "file">
//! ```
//!
//! All of the first line is bound to the ciphertext: a file can't be put in another's place, and its label can't be
//! changed. The length tells a whole file from a cut one where nothing is sealed.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::data_key::DataKey;
use super::{SecretName, StoreKind};
use crate::secret::Secret;

/// The version of the format that this program reads and writes.
const VERSION: u32 = 1;

/// What a secret is, in words that may be read by who may read its file: never a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// `refresh token`, `secret`, `personal access token`, ...
    pub what: String,
    /// `entra`, `databricks`, ...
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// The user name of the account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// Tenant id or domain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Client id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// Scheme and host of the authority or workspace.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authority: String,
    /// The profiles it was kept for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// When a secret of this name was first kept: seconds since 1970, UTC. The vault fills it in.
    #[serde(default)]
    pub created_at: u64,
    /// When it was last replaced: seconds since 1970, UTC. The vault fills it in.
    #[serde(default)]
    pub updated_at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    jeton_secret: u32,
    pub(super) name: String,
    pub(super) store: StoreKind,
    /// [`DataKey::id`], where it is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Bytes after the first line, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    pub(super) label: Label,
}

#[derive(Deserialize)]
struct VersionOnly {
    jeton_secret: u32,
}

/// Why bytes are not the file of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Cut short, changed, or not made by jeton.
    Damaged,
    /// Written by a newer jeton.
    Newer,
    /// A whole file, but of another name.
    OtherName,
}

impl Defect {
    /// The end of a sentence that begins with the file's name.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Damaged => "is damaged or holds no secret of jeton's",
            Self::Newer => "was written by a newer version of jeton",
            Self::OtherName => "belongs to another secret",
        }
    }
}

/// A file that was taken apart, not opened yet.
#[derive(Debug)]
pub struct Parts<'a> {
    pub(super) header: Header,
    /// The first line, with its end.
    line: &'a [u8],
    body: &'a [u8],
}

/// Takes the file of `name` apart.
///
/// # Errors
/// Bytes that are no such file.
pub fn decode<'a>(name: &SecretName, bytes: &'a [u8]) -> Result<Parts<'a>, Defect> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Defect::Damaged)?;
    let (line, body) = bytes.split_at(end + 1);
    match serde_json::from_slice::<VersionOnly>(line) {
        Ok(VersionOnly { jeton_secret: VERSION }) => {}
        Ok(VersionOnly { jeton_secret }) if jeton_secret > VERSION => return Err(Defect::Newer),
        _ => return Err(Defect::Damaged),
    }
    let header: Header = serde_json::from_slice(line).map_err(|_| Defect::Damaged)?;
    if header.name != name.as_str() {
        return Err(Defect::OtherName);
    }
    let is_sealed = header.store != StoreKind::File;
    if is_sealed != header.key.is_some() || (!is_sealed && header.length != Some(body.len())) {
        return Err(Defect::Damaged);
    }
    Ok(Parts { header, line, body })
}

impl Parts<'_> {
    /// The secret. `key` is the one that [`Header::key`] names.
    pub(super) fn open(&self, key: Option<&DataKey>) -> Result<Secret, Defect> {
        let mut text = match (self.header.store, key) {
            (StoreKind::File, _) => Zeroizing::new(self.body.to_vec()),
            (_, Some(key)) => key.open(self.line, self.body).ok_or(Defect::Damaged)?,
            (_, None) => return Err(Defect::Damaged),
        };
        let text = String::from_utf8(std::mem::take(&mut *text)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            Defect::Damaged
        })?;
        Ok(Secret::new(text))
    }
}

/// The two parts of a file, for [`crate::atomic::write_private`]. `None` where the system has no random bytes.
pub(super) fn encode(
    name: &SecretName,
    store: StoreKind,
    key: Option<&DataKey>,
    label: &Label,
    secret: &Secret,
) -> Option<[Zeroizing<Vec<u8>>; 2]> {
    let header = Header {
        jeton_secret: VERSION,
        name: name.as_str().to_owned(),
        store,
        key: key.map(DataKey::id),
        length: key.is_none().then(|| secret.expose().len()),
        label: label.clone(),
    };
    // Strings and numbers always serialise, and JSON has no line ends in strings.
    let mut line = serde_json::to_vec(&header).unwrap_or_default();
    line.push(b'\n');
    let text = secret.expose().as_bytes();
    let body = match key {
        Some(key) => key.seal(&line, text)?,
        None => text.to_vec(),
    };
    Some([line.into(), body.into()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name() -> SecretName {
        "prod".parse().unwrap()
    }

    fn label() -> Label {
        Label { what: "secret".into(), account: "a\nb".into(), ..Label::default() }
    }

    fn bytes(store: StoreKind, key: Option<&DataKey>, secret: &str) -> Vec<u8> {
        encode(&name(), store, key, &label(), &Secret::from(secret))
            .unwrap()
            .iter()
            .flat_map(|part| part.to_vec())
            .collect()
    }

    #[test]
    fn each_kind_is_read_back() {
        let key = DataKey::random().unwrap();
        for (store, key) in [(StoreKind::File, None), (StoreKind::Keyring, Some(&key)), (StoreKind::Kernel, Some(&key))]
        {
            for secret in ["s", "two\nlines\n", "é", ""] {
                let bytes = bytes(store, key, secret);
                let parts = decode(&name(), &bytes).unwrap();
                assert_eq!(parts.open(key).unwrap().expose(), secret);
                assert_eq!((parts.header.store, &parts.header.label), (store, &label()));
            }
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_damaged() {
        let key = DataKey::random().unwrap();
        for (store, key) in [(StoreKind::File, None), (StoreKind::Keyring, Some(&key))] {
            let bytes = bytes(store, key, "secret");
            for end in 0..bytes.len() {
                let opened = decode(&name(), &bytes[..end]).and_then(|parts| parts.open(key));
                assert_eq!(opened.err(), Some(Defect::Damaged), "cut at {end}");
            }
        }
    }

    #[test]
    fn a_changed_byte_of_a_sealed_file_is_noticed_also_in_its_label() {
        let key = DataKey::random().unwrap();
        let bytes = bytes(StoreKind::Keyring, Some(&key), "secret");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(decode(&name(), &changed).and_then(|parts| parts.open(Some(&key))).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_newer_version_and_another_name_have_their_own_words() {
        let newer = b"{\"jeton_secret\":2,\"name\":[]}\nx";
        assert_eq!(decode(&name(), newer).err(), Some(Defect::Newer));
        let bytes = bytes(StoreKind::File, None, "x");
        assert_eq!(decode(&"dev".parse().unwrap(), &bytes).err(), Some(Defect::OtherName));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&name(), &bytes).map(|parts| parts.open(None).is_ok());
        }

        #[test]
        fn any_secret_is_read_back(secret in ".*") {
            let key = DataKey::random().unwrap();
            let bytes = bytes(StoreKind::Keyring, Some(&key), &secret);
            let opened = decode(&name(), &bytes).unwrap().open(Some(&key)).unwrap();
            prop_assert_eq!(opened.expose(), &secret);
        }
    }
}
