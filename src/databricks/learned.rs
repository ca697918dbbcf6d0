//! What was learned about a host, kept in the cache folder so that the next fetch is one request. It holds no secret, and
//! what stands in it is checked on use as if the host had just said it.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::atomic::{self, Durability};
use crate::clock;
use crate::environment;
use crate::platform;
use crate::request::CacheKey;

/// How long it is believed, in seconds: 24 hours. (What a host moved away from is thrown away at the first 404.)
const KEEP: u64 = 24 * 3600;

/// A few addresses have a few hundred bytes.
const LARGEST: u64 = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct Learned<T> {
    version: u32,
    /// Seconds since 1970, UTC.
    learned_at: u64,
    /// What it is about, since the file's name is a hash.
    about: String,
    what: T,
}

const VERSION: u32 = 1;

fn path(about: &str) -> Option<PathBuf> {
    let dir = environment::cache_dir().ok()?.join("databricks");
    Some(dir.join(format!("{}.json", CacheKey::of(about.as_bytes()).as_str())))
}

/// What is known about `about`, if it is not too old.
pub(super) fn load<T: DeserializeOwned>(about: &str) -> Option<T> {
    let path = path(about)?;
    let file = platform::open_regular(&path).ok()?;
    let meta = file.metadata().ok()?;
    if meta.len() > LARGEST || platform::distrust(&path, &meta).is_some() {
        return None;
    }
    let learned: Learned<T> = serde_json::from_str(&std::io::read_to_string(file).ok()?).ok()?;
    let age = clock::now().checked_sub(learned.learned_at)?;
    (learned.version == VERSION && learned.about == about && age < KEEP).then_some(learned.what)
}

/// Keeps it. That it can't be kept only costs requests.
pub(super) fn store<T: Serialize>(about: &str, what: &T) {
    let learned = Learned { version: VERSION, learned_at: clock::now(), about: about.to_owned(), what };
    let (Some(path), Ok(text)) = (path(about), serde_json::to_vec(&learned)) else { return };
    let Some(dir) = path.parent() else { return };
    if platform::create_private_dir(dir).is_ok() {
        let _ = atomic::write_private(&path, &[&text], Durability::Quick);
    }
}

/// Forgets it.
pub(super) fn forget(about: &str) {
    if let Some(path) = path(about) {
        let _ = std::fs::remove_file(path);
    }
}
