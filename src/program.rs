//! Programs on PATH, and which of them are this one.

use std::fs::{File, Metadata};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::environment::HANDED_ON_MARK;
use crate::{platform, process};

/// The programs called `name` on PATH that are not this one, in its order.
pub(crate) fn others(name: &str) -> impl Iterator<Item = PathBuf> {
    let own = Own::find();
    process::on_path(name).into_iter().filter(move |path| own.as_ref().is_none_or(|own| !own.is(path)))
}

/// The same, those first that stand behind this one on PATH: what would run there if this one did not. Those before it may
/// be scripts that call it.
pub(crate) fn others_behind(name: &str) -> impl Iterator<Item = PathBuf> {
    let (own, all) = (Own::find(), process::on_path(name));
    let is_own: Vec<_> = all.iter().map(|path| own.as_ref().is_some_and(|own| own.is(path))).collect();
    let first = is_own.iter().position(|own| *own).unwrap_or(0);
    let mut others: Vec<_> = all.into_iter().zip(is_own).collect();
    others.rotate_left(first);
    others.into_iter().filter(|(_, is_own)| !is_own).map(|(path, _)| path)
}

/// This program's file.
pub(crate) struct Own {
    path: PathBuf,
    meta: Metadata,
}

impl Own {
    /// `None` where the system does not tell.
    pub(crate) fn find() -> Option<Self> {
        let path = std::env::current_exe().ok()?.canonicalize().ok()?;
        let meta = path.metadata().ok()?;
        Some(Self { path, meta })
    }

    /// Without links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether `path` is this program: the same file, a link to it, or a copy.
    pub(crate) fn is(&self, path: &Path) -> bool {
        let Ok(meta) = path.metadata() else { return false };
        platform::same_file(&self.meta, &meta)
            || path.canonicalize().is_ok_and(|path| path == self.path)
            || (meta.len() == self.meta.len() && same_content(&self.path, path))
    }
}

/// Whether the file is some jeton: what jeton says to itself in the environment stands in its program.
pub(crate) fn is_a_jeton(path: &Path) -> bool {
    const MARK: &[u8] = HANDED_ON_MARK.as_bytes();
    let Ok(mut file) = File::open(path) else { return false };
    let (mut buffer, mut kept) = (vec![0; 65536], 0);
    loop {
        // Only a file of some size is a program; a script that speaks of jeton is none of ours.
        match file.read(&mut buffer[kept..]) {
            Ok(0) | Err(_) => return false,
            Ok(count) => {
                let filled = kept + count;
                if buffer[..filled].windows(MARK.len()).any(|part| part == MARK) {
                    return file.metadata().is_ok_and(|meta| meta.len() > 1024 * 1024);
                }
                // The mark may stand across two parts.
                kept = filled.min(MARK.len() - 1);
                buffer.copy_within(filled - kept..filled, 0);
            }
        }
    }
}

fn same_content(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (File::open(one), File::open(other)) else { return false };
    let (mut one, mut other) = (BufReader::with_capacity(65536, one), BufReader::with_capacity(65536, other));
    loop {
        let (Ok(left), Ok(right)) = (one.fill_buf(), other.fill_buf()) else { return false };
        let count = left.len().min(right.len());
        if left[..count] != right[..count] {
            return false;
        }
        if count == 0 {
            return left.len() == right.len();
        }
        one.consume(count);
        other.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_this_program_and_another_file_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let own = Own::find().unwrap();
        let (copy, other) = (dir.path().join("copy"), dir.path().join("other"));
        std::fs::copy(own.path(), &copy).unwrap();
        assert!(own.is(&copy) && is_a_jeton(&copy));
        std::fs::write(&other, "#!/bin/sh\n").unwrap();
        assert!(!own.is(&other) && !is_a_jeton(&other));
        // As long, but with another end.
        let mut content = std::fs::read(own.path()).unwrap();
        *content.last_mut().unwrap() ^= 1;
        std::fs::write(&copy, content).unwrap();
        assert!(!own.is(&copy) && is_a_jeton(&copy));
    }
}
