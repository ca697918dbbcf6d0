//! Prompts that came to nothing are remembered for a while, so that a tool which calls again and again does not open
//! one browser window after the other: a minute after the first one, twice as long after each further one, an hour at
//! the most. `jeton login` asks all the same.

use std::ffi::OsStr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::SignIns;
use crate::atomic::{self, Durability};
use crate::clock;
use crate::error::{Error, Result};
use crate::request::CacheKey;

/// Milliseconds after the first failure in which nobody is asked again.
const FIRST_PAUSE_MS: u64 = 60_000;
const LONGEST_PAUSE_MS: u64 = 3_600_000;

/// How the last prompts for a sign-in failed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memory {
    /// When: milliseconds since 1970, UTC.
    pub(super) at_ms: u64,
    /// How many in a row.
    count: u32,
    /// [`super::UserFlow::tried_with`].
    #[serde(default)]
    with: String,
    /// What the last one said.
    pub(super) error: Error,
}

impl Memory {
    /// Milliseconds until somebody may be asked again.
    pub(super) fn pause_left(&self, now_ms: u64) -> Option<u64> {
        let pause = FIRST_PAUSE_MS.saturating_mul(1 << self.count.saturating_sub(1).min(10)).min(LONGEST_PAUSE_MS);
        // A clock that was set back ends it.
        let passed = now_ms.checked_sub(self.at_ms)?;
        pause.checked_sub(passed).filter(|left| *left > 0)
    }
}

impl SignIns<'_> {
    /// How it failed before, where it was tried with the same.
    pub(super) fn recall(key: &CacheKey, with: &str) -> Option<Memory> {
        let memory: Memory = serde_json::from_slice(&std::fs::read(path(key).ok()?).ok()?).ok()?;
        (memory.with == with).then_some(memory)
    }

    pub(super) fn remember(key: &CacheKey, with: String, error: &Error) {
        let now = clock::now_millis();
        let count = Self::recall(key, &with).map_or(0, |memory| memory.count).saturating_add(1);
        let memory = Memory { at_ms: now, count, with, error: error.clone() };
        if let (Ok(path), Ok(text)) = (path(key), serde_json::to_vec(&memory)) {
            let _ = atomic::write_private(&path, &[&text], Durability::Quick);
        }
    }

    pub(super) fn recalls(key: &CacheKey) -> bool {
        path(key).is_ok_and(|path| path.exists())
    }

    pub(super) fn forget(key: &CacheKey) {
        if let Ok(path) = path(key) {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn path(key: &CacheKey) -> Result<PathBuf> {
    Ok(SignIns::dir()?.join(format!("{}{END}", key.as_str())))
}

/// The end of a memory's file name.
const END: &str = ".refused";

/// Whether this is the file name of a memory, or of what a killed writer left of one.
pub(super) fn is_one(file: &OsStr) -> bool {
    let name = file.to_string_lossy();
    name.split_once(END).is_some_and(|(key, rest)| {
        CacheKey::parse(key).is_some() && (rest.is_empty() || rest.starts_with(atomic::TEMPORARY))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(count: u32) -> Memory {
        Memory { at_ms: 1_000_000, count, with: String::new(), error: Error::network("x") }
    }

    #[test]
    fn the_pause_doubles_up_to_an_hour_and_a_clock_set_back_ends_it() {
        assert_eq!(memory(1).pause_left(1_000_000), Some(60_000));
        assert_eq!(memory(1).pause_left(1_060_000), None);
        assert_eq!(memory(3).pause_left(1_000_000), Some(240_000));
        assert_eq!(memory(40).pause_left(1_000_000), Some(LONGEST_PAUSE_MS));
        assert_eq!(memory(3).pause_left(999_999), None);
    }
}
