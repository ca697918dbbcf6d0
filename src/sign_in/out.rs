//! Signing out: what lasts of a sign-in goes, and nothing that runs now brings it back.

use super::SignIns;
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::request::CacheKey;
use crate::vault::{Label, SecretName, StoreKind, Vault};

/// What there was of a sign-in.
#[derive(Debug, Default)]
pub struct SignedOut {
    /// Whether a refresh token was removed.
    pub refresh_token: bool,
    /// What it was, where that could be read.
    pub label: Option<(Label, StoreKind)>,
    /// Whether a failed prompt was remembered.
    pub memory: bool,
}

impl SignIns<'_> {
    /// Removes the refresh token of the sign-in `key` ([`crate::who::Who::key`]) and the memory of failed prompts, under the sign-in's lock: a renewal that is
    /// under way has either kept its new refresh token before, or finds none.
    ///
    /// # Errors
    /// A process that holds the sign-in beyond `deadline`; what the file system says.
    pub fn sign_out(key: &CacheKey, vault: &Vault, deadline: Deadline) -> Result<SignedOut> {
        let path = Self::lock_path(key)?;
        // No lock where nobody ever had one: a sign-out leaves nothing behind.
        let lock = if path.exists() { Lock::wait(&path, deadline) } else { Ok(None) };
        if matches!(lock, Ok(None)) && path.exists() {
            return Err(Error::network("another process holds the sign-in: it renews it, or waits for a person")
                .hint("let it end, or end it, and run this again"));
        }
        let name = SecretName::new(key.as_str())?;
        let label = vault.label(&name);
        let refresh_token = vault.remove(&name)?;
        let memory = Self::recalls(key);
        Self::forget(key);
        Ok(SignedOut { refresh_token, label, memory })
    }

    /// Removes all memories of failed prompts; how many there were.
    ///
    /// # Errors
    /// No home folder.
    pub fn forget_all() -> Result<usize> {
        let Ok(entries) = std::fs::read_dir(Self::dir()?) else { return Ok(0) };
        let memories = entries.flatten().filter(|entry| super::memory::is_one(&entry.file_name()));
        Ok(memories.filter(|entry| std::fs::remove_file(entry.path()).is_ok()).count())
    }
}
