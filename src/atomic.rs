//! Files that are replaced in one step: a reader sees the old text or the new one, never a part, also after kill -9 or
//! a power cut.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::platform;

/// How hard a write has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On the disk before the old text is gone.
    Synced,
    /// May be lost by a power cut, but is never torn for another process.
    Quick,
}

/// Writes `parts`, one after the other, as the new content of `path`: a new file (0600) in the same folder, then a
/// rename.
///
/// # Errors
/// What the file system says; the old content is still there then and no temporary file is left.
pub fn write_private(path: &Path, parts: &[&[u8]], durability: Durability) -> io::Result<()> {
    write(path, parts, durability, None)
}

/// Writes `content` to the disk as the new content of `path`, with the mode of the file that is there; one that is not
/// there yet is made for its owner alone, with the folders above it.
///
/// # Errors
/// What the file system says; the old content is still there then and no temporary file is left.
pub fn write_keeping_mode(path: &Path, content: &[u8]) -> io::Result<()> {
    let mode = match std::fs::metadata(path) {
        Ok(meta) => Some(meta.permissions()),
        Err(_) => {
            path.parent().map_or(Ok(()), platform::create_private_dir)?;
            None
        }
    };
    write(path, &[content], Durability::Synced, mode)
}

fn write(path: &Path, parts: &[&[u8]], durability: Durability, mode: Option<std::fs::Permissions>) -> io::Result<()> {
    let dir = path.parent().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a path without a folder"))?;
    let (mut file, temporary) = create_beside(path)?;
    let written = (|| {
        for part in parts {
            file.write_all(part)?;
        }
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        if durability == Durability::Synced {
            file.sync_all()?;
        }
        drop(file);
        platform::replace(&temporary, path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    } else if durability == Durability::Synced {
        platform::sync_dir(dir);
    }
    written
}

/// The mark by which leftovers of killed writers are known.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// A new file beside `path` under a name that no one else uses.
fn create_beside(path: &Path) -> io::Result<(std::fs::File, PathBuf)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut attempt = 0;
    loop {
        let mut name = path.as_os_str().to_owned();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let nanos =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        name.push(format!("{TEMPORARY}{}-{count}-{nanos:x}", std::process::id()));
        let name = PathBuf::from(name);
        match platform::create_private_new(&name) {
            // A process of the same number, on another machine or before a reboot, left its file here.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 16 => attempt += 1,
            created => return created.map(|file| (file, name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_text_and_no_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("taken");
        std::fs::create_dir(&target).unwrap();
        assert!(write_private(&target, &[b"new"], Durability::Quick).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_parts_are_joined_and_replace_the_old_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write_private(&path, &[b"old and longer"], Durability::Synced).unwrap();
        write_private(&path, &[b"ne", b"w"], Durability::Synced).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }
}
