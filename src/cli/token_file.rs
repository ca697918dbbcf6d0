//! Files that hold a token, for tools that read one.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::atomic::{self, Durability};
use crate::error::{Error, Kind, Result};

/// Writes `text` as all that is in `file`: a new file that its owner alone can read takes the place of the old one in
/// one step. A device or pipe (`/dev/stderr`, a FIFO) is written into: it is there for others too. A link stays a link.
///
/// # Errors
/// What the file system says.
pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    replace(file, text).map_err(|error| {
        Error::new(Kind::Failed, format!("{} can't be written: {error}", file.display()))
            .hint("check the folder and its permissions, and whether the disk is full")
    })
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    match std::fs::metadata(file) {
        Ok(meta) if !meta.is_file() && !meta.is_dir() => {
            std::fs::OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes())
        }
        _ => atomic::write_private(&target(file), &[text.as_bytes()], Durability::Synced),
    }
}

/// Where a link leads, also where nothing is there yet.
fn target(file: &Path) -> PathBuf {
    let linked = || Some(file.parent()?.join(std::fs::read_link(file).ok()?));
    // (A name without a folder has one all the same.)
    let given = if file.parent() == Some(Path::new("")) { Path::new(".").join(file) } else { file.to_owned() };
    std::fs::canonicalize(file).ok().or_else(linked).unwrap_or(given)
}
