//! What was set up: kept in the data folder, so that `--undo` takes back just that.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::{self, Draft};
use super::format::Format;
use crate::atomic::{self, Durability};
use crate::environment;
use crate::error::{Error, Result};
use crate::platform;

/// The version of receipts that this program reads and writes.
const VERSION: u64 = 1;

/// What one tool's setup changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    version: u64,
    pub(crate) files: Vec<Changed>,
    /// Links to this program that were made.
    #[serde(default)]
    pub(crate) links: Vec<PathBuf>,
}

/// One file's changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    /// Where the text before the first change is; `None`: there was no file.
    pub(crate) backup: Option<PathBuf>,
    /// By what that text is known.
    backup_hash: Option<String>,
    /// By what the text after the last change is known; empty once others changed the file in between.
    written_hash: String,
    /// In the order of the changes.
    pub(crate) entries: Vec<Entry>,
}

/// One entry, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
}

/// A file that is to go back.
pub(crate) struct Undo {
    pub(crate) draft: Draft,
    /// Entries that somebody changed since: they stay as they are.
    pub(crate) kept: Vec<Entry>,
}

impl Default for Receipt {
    fn default() -> Self {
        Self { version: VERSION, files: Vec::new(), links: Vec::new() }
    }
}

impl Receipt {
    fn path(tool: &str) -> Result<PathBuf> {
        Ok(environment::data_dir()?.join("setup").join(format!("{tool}.json")))
    }

    /// What was set up for `tool`; nothing where there is no receipt.
    ///
    /// # Errors
    /// Configuration: it can't be read, is malformed or of another version.
    pub(crate) fn load(tool: &str) -> Result<Self> {
        let path = Self::path(tool)?;
        let Some(text) = file::read(&path)? else { return Ok(Self::default()) };
        match serde_json::from_str::<Self>(&text) {
            Ok(receipt) if receipt.version == VERSION => Ok(receipt),
            Ok(_) => Err(Error::configuration(format!("{} is of another version of jeton", path.display()))
                .hint("use that version, or move the file away and mend the tool's configuration by hand")),
            Err(error) => {
                Err(Error::configuration(format!("{} is malformed at line {}", path.display(), error.line()))
                    .hint("move it away, and mend the tool's configuration by hand; the backups lie beside it"))
            }
        }
    }

    /// Keeps it; an empty one is removed.
    ///
    /// # Errors
    /// Configuration: the disk can't be written.
    pub(crate) fn save(&self, tool: &str) -> Result<()> {
        let path = Self::path(tool)?;
        let done = if self.files.is_empty() && self.links.is_empty() {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        } else {
            let text = serde_json::to_string_pretty(self).unwrap_or_default();
            let dir = path.parent().unwrap_or(Path::new("."));
            platform::create_private_dir(dir)
                .and_then(|()| atomic::write_private(&path, &[text.as_bytes(), b"\n"], Durability::Synced))
        };
        done.map_err(|error| {
            Error::configuration(format!("{} can't be written: {error}", path.display()))
                .hint("check that the folder is yours, or set JETON_DATA_DIR to one that is")
        })
    }

    /// Adds what is about to be written. Of an entry that was changed before, the first text stays the one to go back to.
    ///
    /// # Errors
    /// Configuration: the backup can't be written.
    pub(crate) fn add(&mut self, draft: &Draft) -> Result<()> {
        let known = self.files.iter().position(|changed| changed.path == draft.path);
        let written = draft.text().map(|text| file::hash(&text)).unwrap_or_default();
        let Some(at) = known else {
            let backup = draft.original.as_deref().map(|text| file::back_up(&draft.path, text)).transpose()?;
            self.files.push(Changed {
                path: draft.path.clone(),
                format: draft.format,
                backup,
                backup_hash: draft.original.as_deref().map(file::hash),
                written_hash: written,
                entries: draft.entries.clone(),
            });
            return Ok(());
        };
        let changed = &mut self.files[at];
        let untouched = draft.original.as_deref().map(file::hash).as_ref() == Some(&changed.written_hash);
        changed.written_hash = if untouched { written } else { String::new() };
        for entry in &draft.entries {
            match changed.entries.iter_mut().find(|known| known.path == entry.path) {
                // (Unless its owner had set it again in between.)
                Some(known) if known.after == entry.before || untouched => known.after.clone_from(&entry.after),
                Some(known) => known.clone_from(entry),
                None => changed.entries.push(entry.clone()),
            }
        }
        Ok(())
    }
}

impl Changed {
    /// How the file goes back: to its old text, if it is what was written; else entry by entry, those that still stand.
    ///
    /// # Errors
    /// Configuration: the file is unreadable, or can't be changed safely.
    pub(crate) fn undo(&self) -> Result<Option<Undo>> {
        let Some(now) = file::read(&self.path)? else { return Ok(None) };
        let mut draft = Draft::open(&self.path, self.format)?;
        if file::hash(&now) == self.written_hash
            && let Some(before) = self.before()?
        {
            draft.whole = Some(before);
            return Ok(Some(Undo { draft, kept: Vec::new() }));
        }
        let mut kept = Vec::new();
        for entry in self.entries.iter().rev() {
            if !draft.revert(entry)? {
                kept.push(entry.clone());
            }
        }
        draft.whole = Some(Some(draft.reverted_text()));
        Ok(Some(Undo { draft, kept }))
    }

    /// Removes the backup of a file that is back as it was.
    pub(crate) fn discard_backup(&self) {
        let (Some(backup), Some(hash)) = (&self.backup, &self.backup_hash) else { return };
        let is_back = matches!(file::read(&self.path), Ok(Some(text)) if file::hash(&text) == *hash);
        let is_ours = matches!(file::read(backup), Ok(Some(text)) if file::hash(&text) == *hash);
        if is_back && is_ours {
            let _ = std::fs::remove_file(backup);
        }
    }

    /// The text before the first change (`Some(None)`: no file), if it is still to be had.
    #[allow(clippy::option_option)]
    fn before(&self) -> Result<Option<Option<String>>> {
        let (Some(backup), Some(hash)) = (&self.backup, &self.backup_hash) else { return Ok(Some(None)) };
        Ok(file::read(backup)?.filter(|text| file::hash(text) == *hash).map(Some))
    }
}
