//! Single profiles of a large profiles.json, kept in the cache folder with the mark of the file they were read from.
//!
//! A snapshot only saves time. It is believed only while length, time of change and inode of profiles.json are what
//! they were, and it is not made while the file is so new that a second change could have the same time.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::atomic::{self, Durability};
use crate::platform;

/// File systems keep times to two seconds at worst (FAT).
const COARSEST_CLOCK: Duration = Duration::from_secs(3);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    bytes: u64,
    modified_ns: u64,
    file: u64,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    mark: Mark,
    name: String,
    fields: Map<String, Value>,
}

fn mark(meta: &Metadata) -> Option<Mark> {
    let modified = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Mark { bytes: meta.len(), modified_ns: modified.as_nanos().try_into().ok()?, file: platform::file_id(meta) })
}

fn path(dir: &Path, name: &str) -> PathBuf {
    let digest = Sha256::digest(name);
    dir.join(format!("{:032x}.json", u128::from_be_bytes(std::array::from_fn(|at| digest[at]))))
}

/// The fields of profile `name`, if they were read from just the file that `meta` describes.
pub(super) fn load(dir: &Path, name: &str, meta: &Metadata) -> Option<Map<String, Value>> {
    let path = path(dir, name);
    let file = platform::open_regular(&path).ok()?;
    if platform::distrust(&path, &file.metadata().ok()?).is_some() {
        return None;
    }
    let snapshot: Snapshot = serde_json::from_str(&std::io::read_to_string(file).ok()?).ok()?;
    (snapshot.name == name && Some(snapshot.mark) == mark(meta)).then_some(snapshot.fields)
}

/// Keeps the fields of profile `name`; that it can't be done only costs time.
pub(super) fn store(dir: &Path, name: &str, meta: &Metadata, fields: &Map<String, Value>) {
    let Some(mark) = mark(meta) else { return };
    let settled = meta.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    if settled.is_none_or(|age| age < COARSEST_CLOCK) {
        return;
    }
    let snapshot = Snapshot { mark, name: name.to_owned(), fields: fields.clone() };
    let Ok(text) = serde_json::to_vec(&snapshot) else { return };
    if platform::create_private_dir(dir).is_ok() {
        let _ = atomic::write_private(&path(dir, name), &[&text], Durability::Quick);
    }
}
