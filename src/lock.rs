//! Locks between processes: advisory locks on files of their own, which the system releases when the holder dies.
//!
//! A lock file is never the data file (Windows locks are mandatory, and a rename would swap the file under the lock)
//! and is never deleted (two processes would hold locks on two files of one name).

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::clock::Deadline;
use crate::platform;

/// Held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What became of an attempt to take a lock.
#[derive(Debug)]
pub enum TryLock {
    /// It is ours.
    Held(Lock),
    /// Another process has it.
    Busy,
    /// This file system or folder gives no locks: read-only, full, or a network file system without them.
    Unavailable(io::Error),
}

impl Lock {
    /// Tries to lock the file at `path`, without waiting. Folders that are missing above it are made, private.
    #[must_use]
    pub fn attempt(path: &Path) -> TryLock {
        let opened = match (platform::open_lock(path), path.parent()) {
            (Err(error), Some(dir)) if error.kind() == io::ErrorKind::NotFound => {
                platform::create_private_dir(dir).and_then(|()| platform::open_lock(path))
            }
            (opened, _) => opened,
        };
        let file = match opened {
            Ok(file) => file,
            Err(error) => return TryLock::Unavailable(error),
        };
        // Qualified: std's File has methods of the same names since 1.89.
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) => TryLock::Held(Self { _file: file }),
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => TryLock::Busy,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => TryLock::Busy,
            Err(error) => TryLock::Unavailable(error),
        }
    }

    /// Waits for the lock until `deadline`; `Ok(None)` when time is up.
    ///
    /// # Errors
    /// Where there is no lock to be had at all.
    pub fn wait(path: &Path, deadline: Deadline) -> io::Result<Option<Self>> {
        loop {
            match Self::attempt(path) {
                TryLock::Held(lock) => return Ok(Some(lock)),
                TryLock::Unavailable(error) => return Err(error),
                TryLock::Busy => {}
            }
            let Some(left) = deadline.left() else { return Ok(None) };
            std::thread::sleep(left.min(Duration::from_millis(10)));
        }
    }
}
