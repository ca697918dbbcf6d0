//! A file of another program: read whole, shown to its owner, and replaced only if it is still what was shown.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::format::{Document, Format};
use super::receipt::Entry;
use crate::atomic;
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::platform;

/// A larger file is no configuration, in bytes.
const LARGEST: u64 = 16 << 20;

/// How long another writer's lock is waited for: writers hold it for the time of a write.
const LOCK_WAIT: Duration = Duration::from_secs(3);

/// How long the hash of a text is, in bytes: enough to know it again.
const HASH: usize = 32;

/// A file as it is, and as it is to be.
pub(crate) struct Draft {
    /// Where it is; a link stays one.
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    /// What is there now.
    pub(crate) original: Option<String>,
    document: Box<dyn Document>,
    style: Style,
    /// What was changed, in order.
    pub(crate) entries: Vec<Entry>,
    /// The text that is to be there, where it is not made of entries (`Some(None)`: no file).
    pub(crate) whole: Option<Option<String>>,
}

/// What is not part of the text: a byte order mark, and Windows' line ends.
#[derive(Debug, Clone, Copy, Default)]
struct Style {
    mark: bool,
    crlf: bool,
}

impl Draft {
    /// Reads `path`, which may not be there yet.
    ///
    /// # Errors
    /// Configuration: an unreadable file, or one that `format` does not understand.
    pub(crate) fn open(path: &Path, format: Format) -> Result<Self> {
        let original = read(path)?;
        let (text, style) = Style::take(original.as_deref().unwrap_or_default()).ok_or_else(|| {
            Error::configuration(format!("{} mixes the line ends of Unix and Windows", path.display()))
                .hint("save it with one of them; it was left as it is")
        })?;
        let document = format.parse(&text).map_err(|error| at(path, error))?;
        Ok(Self { path: path.to_owned(), format, original, document, style, entries: Vec::new(), whole: None })
    }

    /// The entry at `path`.
    ///
    /// # Errors
    /// Configuration: it can't be changed safely.
    pub(crate) fn get(&self, path: &[&str]) -> Result<Option<String>> {
        self.document.get(path).map_err(|error| at(&self.path, error))
    }

    /// Sets the entry at `path`, unless it already says so.
    ///
    /// # Errors
    /// Configuration: it can't be changed safely.
    pub(crate) fn set(&mut self, path: &[&str], text: Option<&str>) -> Result<()> {
        let before = self.get(path)?;
        let same = match (&before, text) {
            (Some(before), Some(text)) => self.document.same(path, before, text),
            (before, text) => before.is_none() && text.is_none(),
        };
        if same {
            return Ok(());
        }
        self.document.set(path, text).map_err(|error| at(&self.path, error))?;
        let path = path.iter().map(|&part| part.to_owned()).collect();
        self.entries.push(Entry { path, before, after: text.map(str::to_owned) });
        Ok(())
    }

    /// Makes the entry at `path` where there is none, as a place for others.
    ///
    /// # Errors
    /// Configuration: it can't be changed safely.
    pub(crate) fn ensure(&mut self, path: &[&str], empty: &str) -> Result<()> {
        if self.get(path)?.is_none() { self.set(path, Some(empty)) } else { Ok(()) }
    }

    /// Takes an entry back; whether it was still as it had been set.
    ///
    /// # Errors
    /// Configuration: it can't be changed safely.
    pub(crate) fn revert(&mut self, entry: &Entry) -> Result<bool> {
        let path: Vec<&str> = entry.path.iter().map(String::as_str).collect();
        let now = self.get(&path)?;
        let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => self.document.same(&path, one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        if same(&now, &entry.before) {
            return Ok(true);
        }
        if !same(&now, &entry.after) {
            return Ok(false);
        }
        self.document.set(&path, entry.before.as_deref()).map_err(|error| at(&self.path, error))?;
        Ok(true)
    }

    /// The text that is to be there; `None`: no file.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.whole {
            Some(whole) => whole.clone(),
            None if self.entries.is_empty() => self.original.clone(),
            None => Some(self.style.give(&self.document.text())),
        }
    }

    /// The same, of a draft whose entries were reverted.
    pub(crate) fn reverted_text(&self) -> String {
        self.style.give(&self.document.text())
    }

    /// Whether there is anything to write.
    pub(crate) fn is_changed(&self) -> bool {
        self.text() != self.original
    }

    /// Writes it: beside the file and then in its place, its mode and owner's link kept; if it is still what was shown.
    ///
    /// # Errors
    /// Configuration: it was changed meanwhile, another program holds its lock, or the disk can't be written.
    pub(crate) fn write(&self) -> Result<()> {
        let target = target(&self.path);
        let _lock = match self.format {
            Format::Kubeconfig | Format::Git => Some(Neighbour::lock(&target)?),
            _ => None,
        };
        if read(&self.path)? != self.original {
            return Err(Error::configuration(format!(
                "{} was changed by another program just now",
                self.path.display()
            ))
            .hint("run the same command again"));
        }
        match self.text() {
            Some(text) => atomic::write_keeping_mode(&target, text.as_bytes()),
            None => std::fs::remove_file(&target),
        }
        .map_err(|error| unwritable(&self.path, &error))
    }
}

impl Style {
    /// The text in plain form. `None` where its line ends are mixed.
    fn take(text: &str) -> Option<(String, Self)> {
        let plain = text.strip_prefix('\u{feff}');
        let mark = plain.is_some();
        let plain = plain.unwrap_or(text);
        let (returns, pairs, ends) =
            (plain.matches('\r').count(), plain.matches("\r\n").count(), plain.matches('\n').count());
        let crlf = returns > 0 && returns == pairs && pairs == ends;
        (returns == 0 || crlf).then(|| (plain.replace("\r\n", "\n"), Self { mark, crlf }))
    }

    fn give(self, text: &str) -> String {
        let text = if self.crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        if self.mark { format!("\u{feff}{text}") } else { text }
    }
}

/// Where a link leads to: it is that file which is replaced.
pub(crate) fn target(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The file's text; `None` where there is no file.
///
/// # Errors
/// Configuration: it can't be read, or is no text.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    use std::io::Read as _;
    let unreadable = |why: &str| {
        Error::configuration(format!("{} can't be read: {why}", path.display()))
            .hint("check the path and its permissions; it was left as it is")
    };
    let mut text = String::new();
    match platform::open_regular(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)) {
        Ok(length) if length as u64 > LARGEST => Err(unreadable("it is too large")),
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.symlink_metadata() {
            Ok(_) => Err(unreadable("it is a link that leads nowhere")),
            Err(_) => Ok(None),
        },
        Err(error) => Err(unreadable(&error.to_string())),
    }
}

/// Copies the file to `FILE.jeton-backup`, or where that is taken, to one with a number; its mode is the owner's alone.
/// A backup of the same text is used again.
///
/// # Errors
/// Configuration: the disk can't be written.
pub(crate) fn back_up(path: &Path, text: &str) -> Result<PathBuf> {
    let target = target(path);
    for number in 1..1000 {
        let mut name = target.as_os_str().to_owned();
        name.push(".jeton-backup");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let backup = PathBuf::from(name);
        match read(&backup)? {
            Some(known) if known == text => return Ok(backup),
            Some(_) => continue,
            None => {}
        }
        return atomic::write_private(&backup, &[text.as_bytes()], atomic::Durability::Synced)
            .map(|()| backup)
            .map_err(|error| unwritable(path, &error));
    }
    Err(Error::configuration(format!("there are too many backups of {}", path.display()))
        .hint("remove those that you do not need"))
}

/// By what a text is known again.
pub(crate) fn hash(text: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(text.as_bytes());
    digest.iter().take(HASH).map(|byte| format!("{byte:02x}")).collect()
}

fn at(path: &Path, error: Error) -> Error {
    Error { message: crate::error::clean(&format!("{}: {}", path.display(), error.message)), ..error }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::configuration(format!("{} can't be written: {error}", path.display()))
        .hint("check that the file and its folder are yours")
}

/// The lock that kubectl (client-go, clientcmd `lockFile`) and git take for a file: one named `FILE.lock` that is there.
struct Neighbour(PathBuf);

impl Neighbour {
    fn lock(path: &Path) -> Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock = PathBuf::from(name);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).map_err(|error| unwritable(path, &error))?;
        }
        let deadline = Deadline::after(LOCK_WAIT);
        loop {
            match platform::create_private_new(&lock) {
                Ok(_) => return Ok(Self(lock)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(path, &error)),
            }
            let Some(left) = deadline.left() else {
                return Err(Error::configuration(format!("another program is changing {}", path.display()))
                    .hint(format!("wait for it; if none is, remove what a killed one left: rm '{}'", lock.display())));
            };
            std::thread::sleep(left.min(Duration::from_millis(20)));
        }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
