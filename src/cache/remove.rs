//! Removal of what the cache holds of a key, so that a process that fetches it now can't bring it back.

use std::io;
use std::path::Path;

use super::list::{ENDS, Inventory};
use super::{Cache, TryLock};
use crate::atomic::TEMPORARY;
use crate::clock::Deadline;
use crate::lock::Lock;
use crate::request::CacheKey;

/// What was removed of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Whether there was a token.
    pub token: bool,
    /// Whether there was anything else: the record of a flight, a damaged entry, what a killed writer left.
    pub leftovers: bool,
    /// Another process held the lock to the end, so it may yet store a token.
    pub busy: bool,
}

impl Inventory<'_> {
    /// Removes all files of `key` but its locks: at once, and again when nobody fetches it any more, for which it waits
    /// until `deadline` (`None`: not at all).
    ///
    /// # Errors
    /// What the file system says.
    pub fn remove(&self, key: &CacheKey, deadline: Option<Deadline>) -> io::Result<Removed> {
        let cache = self.cache;
        let mut removed = Removed::default();
        // A reader finds nothing from now on, whoever holds the lock. The record of a flight stays for those who wait.
        removed.token |= unlink(&cache.path(key, "token"))?;
        let path = cache.path(key, "lock");
        let lock = match deadline {
            // A removal makes no lock files.
            _ if !path.exists() => None,
            Some(deadline) => match Lock::wait(&path, deadline) {
                Ok(Some(lock)) => Some(lock),
                Ok(None) => return Ok(Removed { busy: true, ..removed }),
                Err(_) => None,
            },
            None => match cache.try_lock(key) {
                TryLock::Held(lock) => Some(lock),
                TryLock::Busy => return Ok(Removed { busy: true, ..removed }),
                TryLock::Unavailable(_) => None,
            },
        };
        removed.token |= unlink(&cache.path(key, "token"))?;
        for end in ENDS.iter().filter(|end| **end != "token") {
            removed.leftovers |= unlink(&cache.path(key, end))?;
        }
        for path in self.files.get(key).map(|files| files.temporary.as_slice()).unwrap_or_default() {
            removed.leftovers |= unlink(path)?;
        }
        drop(lock);
        Ok(removed)
    }
}

impl Cache {
    /// Removes what belongs to no key: the snapshots of profiles below the folder, and the mark of the last sweep. How many
    /// snapshots there were.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remove_rest(&self) -> io::Result<usize> {
        unlink(&self.dir.join("swept"))?;
        let Ok(entries) = std::fs::read_dir(self.dir.join("profiles")) else { return Ok(0) };
        let mut count = 0;
        for entry in entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_snapshot)) {
            count += usize::from(unlink(&entry.path())?);
        }
        Ok(count)
    }
}

/// 32 hexadecimal digits and `.json`, or what a killed writer left of one.
fn is_snapshot(name: &str) -> bool {
    let Some((digits, end)) = name.split_once('.') else { return false };
    digits.len() == 32
        && digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
        && (end == "json" || end.split_once(TEMPORARY).is_some_and(|(end, _)| end == "json"))
}

/// Whether there was a file. What is no file was not made by jeton, and stays.
fn unlink(path: &Path) -> io::Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(_) if path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::{key, token};
    use crate::cache::{Lookup, TryLock};
    use crate::platform;
    use crate::request::Identity;

    #[test]
    fn all_of_a_key_goes_but_its_lock_and_what_is_foreign_stays() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("c"));
        platform::create_private_dir(cache.dir()).unwrap();
        cache.store(&key("a"), &Identity::default(), None, &token("v", 10, 20), false).unwrap();
        cache.store(&key("b"), &Identity::default(), None, &token("v", 10, 20), false).unwrap();
        let TryLock::Held(lock) = cache.try_lock(&key("a")) else { panic!("a lock") };
        drop(lock);
        for end in ["flight", "damaged", "token.tmp-1-2-3", "mine"] {
            std::fs::write(cache.path(&key("a"), end), "x").unwrap();
        }
        std::fs::write(cache.dir().join("notes.token"), "x").unwrap();
        let inventory = cache.inventory().unwrap();
        let removed = inventory.remove(&key("a"), None).unwrap();
        assert_eq!(removed, Removed { token: true, leftovers: true, busy: false });
        assert_eq!(inventory.remove(&key("a"), None).unwrap(), Removed::default());
        let mut left: Vec<_> = std::fs::read_dir(cache.dir())
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap().replace(key("a").as_str(), "a"))
            .collect();
        left.sort();
        left.retain(|name| !name.starts_with(key("b").as_str()));
        assert_eq!(left, ["a.lock", "a.mine", "notes.token", "swept"]);
        assert!(matches!(cache.load(&key("b")), Lookup::Found(_)));
    }

    #[test]
    fn a_token_that_somebody_fetches_goes_at_once_and_it_is_told_that_it_may_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        cache.store(&key("a"), &Identity::default(), None, &token("v", 10, 20), false).unwrap();
        let TryLock::Held(_lock) = cache.try_lock(&key("a")) else { panic!("a lock") };
        let removed = cache.inventory().unwrap().remove(&key("a"), None).unwrap();
        assert_eq!(removed, Removed { token: true, leftovers: false, busy: true });
        assert!(matches!(cache.load(&key("a")), Lookup::Absent));
    }

    #[test]
    fn only_names_of_snapshots_are_theirs() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert!(is_snapshot(&format!("{digits}.json")) && is_snapshot(&format!("{digits}.json.tmp-1-2-3")));
        for foreign in ["a.json", "0123456789abcdef0123456789ABCDEF.json", &format!("{digits}.txt")] {
            assert!(!is_snapshot(foreign), "{foreign}");
        }
    }
}
