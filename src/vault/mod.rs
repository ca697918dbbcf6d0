//! placeholder until the vault is merged
use crate::error::{Error, Result};
use crate::log::Log;
use crate::secret::Secret;
use std::path::PathBuf;
#[derive(Debug)]
pub struct Vault {
    dir: PathBuf,
}
#[derive(Debug, Clone, Copy)]
pub enum StoreKind {
    File,
}
impl std::fmt::Display for StoreKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("file")
    }
}
impl StoreKind {
    pub fn parse(_: &str) -> Result<Self> {
        Ok(Self::File)
    }
}
#[derive(Debug, Clone)]
pub struct SecretName(String);
impl SecretName {
    pub fn new(s: &str) -> Result<Self> {
        Ok(Self(s.to_owned()))
    }
}
#[derive(Debug, Clone, Default)]
pub struct Label {
    pub what: String,
    pub provider: String,
    pub authority: String,
    pub tenant: String,
    pub client: String,
    pub account: String,
    pub stored_at: u64,
}
impl Vault {
    pub fn open(dir: PathBuf, _: Option<StoreKind>) -> Self {
        Self { dir: dir.join("secrets") }
    }
    pub fn load(&self, name: &SecretName) -> Result<Option<(Label, Secret)>> {
        Ok(std::fs::read_to_string(self.dir.join(&name.0)).ok().map(|t| (Label::default(), Secret::new(t))))
    }
    pub fn store(&self, name: &SecretName, _: &Label, secret: &Secret, _: &Log) -> Result<StoreKind> {
        crate::platform::create_private_dir(&self.dir).ok();
        crate::atomic::write_private(
            &self.dir.join(&name.0),
            &[secret.expose().as_bytes()],
            crate::atomic::Durability::Synced,
        )
        .map_err(|e| Error::configuration(e.to_string()))?;
        Ok(StoreKind::File)
    }
    pub fn remove(&self, name: &SecretName) -> Result<bool> {
        Ok(std::fs::remove_file(self.dir.join(&name.0)).is_ok())
    }
}
