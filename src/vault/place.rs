//! Where a secret would go now, for `jeton doctor`.

use super::keeper::{Keeper as _, Trouble};
use super::kernel::KernelKeyring;
use super::os_keyring::OsKeyring;
use super::{StoreKind, Vault};
use crate::error::Result;

impl Vault {
    /// Where a new secret would go, and why that is not the keyring where nobody chose. Nothing is made, and nobody is
    /// asked to unlock anything.
    ///
    /// # Errors
    /// The chosen place is absent, locked, silent or broken; a variable that is no duration.
    pub fn place(&self) -> Result<(StoreKind, Option<String>)> {
        match self.choice {
            Some(StoreKind::File) => Ok((StoreKind::File, None)),
            Some(StoreKind::Kernel) => match KernelKeyring.read() {
                Ok(_) => Ok((StoreKind::Kernel, None)),
                Err(trouble) => Err(trouble.into_error(KernelKeyring.name())),
            },
            Some(StoreKind::Keyring) | None => {
                let keyring = OsKeyring { may_prompt: Some(false), ..self.keyring()? };
                match keyring.read() {
                    Ok(_) => Ok((StoreKind::Keyring, None)),
                    Err(Trouble::Absent(why)) if self.choice.is_none() => Ok((StoreKind::File, Some(why))),
                    Err(trouble) => Err(trouble.into_error(keyring.name())),
                }
            }
        }
    }
}
