//! The name of a secret, which is a part of its file's name too.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The longest name that a person may choose, in characters. It is less than the digits of a hash, so that a chosen name
/// is never that of a secret which jeton keeps for itself.
const LONGEST: usize = 60;

/// The name of one secret: a hash, or what a person chose. It can't lead out of a folder, and two names differ in more
/// than the case of their letters (file systems may not tell those apart).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretName(String);

impl SecretName {
    /// A hash in hex, such as a [`crate::request::CacheKey`], or a chosen name.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn new(name: &str) -> Result<Self> {
        Self::from_file(name).map_or_else(|| name.parse(), Ok)
    }

    /// Whether a person chose it.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.0.len() <= LONGEST
    }

    /// Lower-case letters, digits, `-` and `_`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in a file's name, be it hash or chosen.
    pub(super) fn from_file(name: &str) -> Option<Self> {
        let is_hash = name.len() == 64 && name.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash { Some(Self(name.to_owned())) } else { name.parse().ok() }
    }
}

impl FromStr for SecretName {
    type Err = Error;

    /// Reads a chosen name.
    fn from_str(name: &str) -> Result<Self> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(fits) || name.starts_with(['-', '_']) {
            // Not shown: somebody may have put the secret itself here.
            return Err(Error::configuration("this can't be a secret's name").hint(format!(
                "use lower-case letters, digits, - and _, beginning with a letter or digit, at most {LONGEST}"
            )));
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::request::CacheKey;

    #[test]
    fn chosen_names_and_hashes_never_meet() {
        assert!("prod-sp_2".parse::<SecretName>().unwrap().is_chosen());
        let hash = SecretName::new(CacheKey::of(b"x").as_str()).unwrap();
        assert!(!hash.is_chosen());
        assert!(hash.as_str().parse::<SecretName>().is_err());
        assert_eq!(SecretName::from_file(hash.as_str()), Some(hash));
    }

    #[test]
    fn what_could_leave_the_folder_or_meet_another_name_is_refused() {
        for name in ["", ".", "..", "a/b", "a\\b", "../x", "a.b", "A", "a b", "a\0", "é", "-a", "_a", &"x".repeat(61)]
        {
            assert!(name.parse::<SecretName>().is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_one_component_of_a_path(name in ".*") {
            if let Some(name) = SecretName::from_file(&name) {
                let path = std::path::Path::new(name.as_str());
                prop_assert_eq!(path.components().count(), 1);
                prop_assert!(matches!(path.components().next(), Some(std::path::Component::Normal(_))));
            }
        }
    }
}
