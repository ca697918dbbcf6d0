//! The kinds of places in which a secret can be kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where a secret is kept. The secret's file is in one folder for all of them; they differ in what it takes to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// Sealed with a key from the system's keyring: Secret Service, Keychain, Credential Manager.
    Keyring,
    /// Not sealed: the file's owner and mode protect it.
    File,
    /// Sealed with a key in the memory of the Linux kernel, which is gone after a restart.
    Kernel,
}

impl StoreKind {
    const ALL: [Self; 3] = [Self::Keyring, Self::File, Self::Kernel];

    /// The kind of that name, whatever its case.
    ///
    /// # Errors
    /// Another name; the hint lists those that there are.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            Error::configuration(format!("this is no place to keep secrets in: {name}"))
                .hint(format!("JETON_SECRET_STORE is one of: {}", Self::ALL.map(Self::name).join(", ")))
        })
    }

    /// Its name, as `JETON_SECRET_STORE` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Kernel => "kernel",
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_by_its_name_and_nothing_else_is() {
        for kind in StoreKind::ALL {
            assert_eq!(StoreKind::parse(kind.name()), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(StoreKind::parse("File"), Ok(StoreKind::File));
        assert!(StoreKind::parse("plain").is_err());
    }
}
