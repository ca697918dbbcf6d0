//! What is in the cache, for those who show it or remove it: file names, and the first line of each entry.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::entry::{self, Listed};
use super::{Cache, Flight, LARGEST_ENTRY};
use crate::atomic::TEMPORARY;
use crate::platform;
use crate::request::CacheKey;
use crate::token::Life;

/// Bytes that are read at a time until a first line is whole; most have fewer than this.
const CHUNK: usize = 1024;

/// The ends of names of files that hold something of a key. Lock files hold nothing, and must never be deleted.
pub(super) const ENDS: [&str; 4] = ["token", "flight", "renewal", "damaged"];

/// The files of the cache folder, by key. What is not jeton's is not in it.
#[derive(Debug)]
pub struct Inventory<'a> {
    pub(super) cache: &'a Cache,
    pub(super) files: BTreeMap<CacheKey, Files>,
}

/// The files of one key.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those that stand under their own names, by their ends.
    pub(super) ends: Vec<&'static str>,
    /// What writers have not renamed yet, or never will.
    pub(super) temporary: Vec<PathBuf>,
}

/// The entries of the cache.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be read, in the order of their keys.
    pub tokens: Vec<Listed>,
    /// What is wrong with the others: one sentence each.
    pub unreadable: Vec<String>,
}

impl Cache {
    /// The times of `key`'s token, without reading the token; `None` where there is none, or none that can be used.
    #[must_use]
    pub fn life(&self, key: &CacheKey) -> Option<Life> {
        let line = first_line(&self.path(key, "token")).ok()??;
        entry::describe(key, &line).ok().map(|listed| listed.life)
    }

    /// Looks through the folder's names. A folder that is not there has none.
    ///
    /// # Errors
    /// What the file system says.
    pub fn inventory(&self) -> io::Result<Inventory<'_>> {
        let mut files: BTreeMap<CacheKey, Files> = BTreeMap::new();
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Inventory { cache: self, files });
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some((key, end)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
            let Some(key) = CacheKey::parse(key) else { continue };
            if let Some(known) = ENDS.iter().find(|known| **known == end) {
                files.entry(key).or_default().ends.push(known);
            } else if end.split_once(TEMPORARY).is_some_and(|(end, _)| ENDS.contains(&end)) {
                files.entry(key).or_default().temporary.push(entry.path());
            }
        }
        Ok(Inventory { cache: self, files })
    }
}

impl Inventory<'_> {
    /// All keys that there are files of.
    pub fn keys(&self) -> impl Iterator<Item = &CacheKey> {
        self.files.keys()
    }

    /// The entries: of each file the first line.
    #[must_use]
    pub fn list(&self) -> Listing {
        let mut listing = Listing::default();
        for (key, _) in self.files.iter().filter(|(_, files)| files.ends.contains(&"token")) {
            let path = self.cache.path(key, "token");
            match first_line(&path) {
                Ok(Some(line)) => match entry::describe(key, &line) {
                    Ok(listed) => listing.tokens.push(listed),
                    Err(defect) => {
                        listing.unreadable.push(format!("the cache file {} {}", path.display(), defect.text()));
                    }
                },
                // Removed meanwhile.
                Ok(None) => {}
                Err(error) => {
                    listing.unreadable.push(format!("the cache file {} can't be read: {error}", path.display()));
                }
            }
        }
        listing
    }

    /// The flights that have a record.
    pub fn flights(&self) -> impl Iterator<Item = (&CacheKey, Flight)> {
        let recorded = self.files.iter().filter(|(_, files)| files.ends.contains(&"flight"));
        recorded.filter_map(|(key, _)| Some((key, self.cache.flight(key)?)))
    }
}

/// The first line of a private file, without its end. What was read of the second, the token, is wiped.
fn first_line(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match platform::open_regular(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if let Some(distrust) = platform::distrust(path, &meta) {
        return Err(io::Error::other(distrust.what));
    }
    let mut file = file.take(LARGEST_ENTRY);
    let mut line = Vec::new();
    let mut chunk = zeroize::Zeroizing::new([0; CHUNK]);
    loop {
        let count = file.read(&mut *chunk)?;
        let part = &chunk[..count];
        match part.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                line.extend_from_slice(&part[..end]);
                return Ok(Some(line));
            }
            // Cut short: not a whole line, which the reader of lines finds.
            None if count == 0 => return Ok(Some(line)),
            None => line.extend_from_slice(part),
        }
    }
}
