//! The token cache: one private file per key, replaced atomically, read without a lock.
//!
//! Beside `<key>.token` there may be `<key>.lock` (see [`crate::lock`]), `<key>.flight` (see [`Flight`]), `<key>.renewal`
//! (when a background renewal last began) and `<key>.damaged` (what was set aside).

mod entry;
mod flight;
mod list;
mod remove;
mod renewal;
mod sweep;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::atomic::{self, Durability};
use crate::clock::{self, Deadline};
use crate::lock::{Lock, TryLock};
use crate::platform;
use crate::request::{CacheKey, Identity};
use crate::secret::Secret;
use crate::token::Token;
use crate::who::Who;

pub use entry::{Defect, Entry, Listed, decode, describe};
pub use flight::{Failure, Flight};
pub use list::{Inventory, Listing};
pub use remove::Removed;

/// A token with groups and roles may have tens of kilobytes; more than this is no entry of ours.
const LARGEST_ENTRY: u64 = 1 << 20;

/// A folder of cached tokens.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

/// What the cache has for a key.
#[derive(Debug)]
pub enum Lookup {
    /// An entry, of whatever age.
    Found(Entry),
    /// Nothing.
    Absent,
    /// Something that must not be used; the text says what and why.
    Bad(String),
}

impl Cache {
    /// The cache in `dir`, which is made when something is first stored.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, key: &CacheKey, extension: &str) -> PathBuf {
        let mut name = String::with_capacity(key.as_str().len() + 1 + extension.len());
        name.push_str(key.as_str());
        name.push('.');
        name.push_str(extension);
        self.dir.join(name)
    }

    /// Tries to take the lock of `key`, without waiting.
    #[must_use]
    pub fn try_lock(&self, key: &CacheKey) -> TryLock {
        Lock::attempt(&self.path(key, "lock"))
    }

    /// Waits for the lock of `key` until `deadline`; `Ok(None)` when time is up.
    ///
    /// # Errors
    /// Where there is no lock to be had at all.
    pub fn wait_for_lock(&self, key: &CacheKey, deadline: Deadline) -> io::Result<Option<Lock>> {
        Lock::wait(&self.path(key, "lock"), deadline)
    }

    /// Looks `key` up: one open, no lock, no write.
    #[must_use]
    pub fn load(&self, key: &CacheKey) -> Lookup {
        let path = self.path(key, "token");
        let file = match platform::open_regular(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Lookup::Absent;
            }
            Err(error) => return Lookup::Bad(format!("the cache file {} can't be read: {error}", path.display())),
        };
        let text = match file.metadata() {
            Ok(meta) if !meta.is_file() => Err(format!("the cache file {} is not a file", path.display())),
            Ok(meta) => match platform::distrust(&path, &meta) {
                Some(distrust) => Err(format!("the cache file {}", distrust.what)),
                None => {
                    let mut text =
                        zeroize::Zeroizing::new(Vec::with_capacity(meta.len().min(LARGEST_ENTRY) as usize + 1));
                    match file.take(LARGEST_ENTRY).read_to_end(&mut text) {
                        Ok(_) => Ok(text),
                        Err(error) => Err(format!("the cache file {} can't be read: {error}", path.display())),
                    }
                }
            },
            Err(error) => Err(format!("the cache file {} can't be read: {error}", path.display())),
        };
        match text {
            Err(why) => Lookup::Bad(why),
            Ok(text) => match entry::decode(key, &text) {
                Ok(entry) => Lookup::Found(entry),
                Err(defect) => Lookup::Bad(format!("the cache file {} {}", path.display(), defect.text())),
            },
        }
    }

    /// Puts a token on the disk, for good. `via`: whose token it was exchanged for.
    ///
    /// # Errors
    /// What the file system says. The token is as good without the cache: the caller goes on.
    pub fn store(
        &self,
        key: &CacheKey,
        identity: &Identity,
        via: Option<&Who>,
        token: &Token,
        shared: bool,
    ) -> io::Result<()> {
        let parts = entry::encode(key, identity, via, token, clock::now_millis(), shared);
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        atomic::write_private(&self.path(key, "token"), &parts, Durability::Synced)?;
        self.sweep_now_and_then();
        Ok(())
    }

    /// Moves what is in the place of `key`'s entry out of the way, so that it is kept for a look but never read again.
    /// Only the holder of the lock may do this: nobody else can be sure that it is still the bad file. Whether it was done.
    pub fn set_aside(&self, key: &CacheKey) -> bool {
        let aside = self.path(key, "damaged");
        if aside.is_dir() {
            let _ = std::fs::remove_dir_all(&aside);
        }
        std::fs::rename(self.path(key, "token"), &aside).is_ok()
    }

    /// Takes `key`'s token away because a service said that it is no good, if it is `rejected` (or whatever it is, where
    /// that is not known): a newer one stays. Only the holder
    /// of the lock may do this: somebody else could store a newer one in between. Whether it was done.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remove_rejected(&self, key: &CacheKey, rejected: Option<&Secret>) -> io::Result<bool> {
        // Digests, because how long a comparison of the tokens takes would tell how far they agree.
        let digest = |secret: &Secret| Sha256::digest(secret.expose());
        match self.load(key) {
            Lookup::Found(entry) if rejected.is_none_or(|rejected| digest(&entry.token.value) == digest(rejected)) => {
                std::fs::remove_file(self.path(key, "token")).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// Why this folder must not hold secrets, and the command that mends it. A folder that is not there yet is fine.
    #[must_use]
    pub fn distrust(&self) -> Option<(String, String)> {
        let meta = std::fs::metadata(&self.dir).ok()?;
        platform::distrust(&self.dir, &meta).map(|distrust| (distrust.what, distrust.mend))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::request::tests::request;

    pub(crate) fn key(client: &str) -> CacheKey {
        request(client).key()
    }

    pub(crate) fn token(value: &str, issued_at: u64, life: u64) -> Token {
        Token {
            value: Secret::from(value),
            token_type: "Bearer".into(),
            issued_at,
            expires_at: issued_at + life,
            refresh_at: None,
            scopes: vec!["r/.default".into()],
            tenant: Some("t".into()),
            account: None,
        }
    }

    #[test]
    fn a_stored_token_is_found_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("new"));
        assert!(matches!(cache.load(&key("a")), Lookup::Absent));
        platform::create_private_dir(cache.dir()).unwrap();
        cache.store(&key("a"), &Identity::default(), None, &token("v", 10, 20), false).unwrap();
        let Lookup::Found(entry) = cache.load(&key("a")) else { panic!("not found") };
        assert_eq!(entry.token, token("v", 10, 20));
        assert!(cache.distrust().is_none());
    }

    #[test]
    fn a_rejected_token_goes_and_a_newer_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        let rejected = |value: &str| cache.remove_rejected(&key("a"), Some(&Secret::from(value))).unwrap();
        assert!(!rejected("old"));
        cache.store(&key("a"), &Identity::default(), None, &token("new", 10, 20), false).unwrap();
        assert!(!rejected("old") && !rejected("") && !rejected("new "));
        assert!(matches!(cache.load(&key("a")), Lookup::Found(_)));
        assert!(rejected("new"));
        assert!(matches!(cache.load(&key("a")), Lookup::Absent));
    }

    #[test]
    fn what_was_set_aside_is_gone_from_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        for _ in 0..2 {
            std::fs::create_dir(cache.path(&key("a"), "token")).unwrap();
            assert!(matches!(cache.load(&key("a")), Lookup::Bad(_)));
            cache.set_aside(&key("a"));
            assert!(matches!(cache.load(&key("a")), Lookup::Absent));
        }
    }
}
