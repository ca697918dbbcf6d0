//! Who renews a due token: one process in half a minute, however many see that it is due.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use super::Cache;
use crate::clock;
use crate::lock::{Lock, TryLock};
use crate::platform;
use crate::request::CacheKey;

/// Milliseconds in which a second renewal of the same key is not begun. A renewal that failed is tried again after it.
const PAUSE_MS: u64 = 30_000;

impl Cache {
    /// Whether this process is the one to begin a renewal. On a disk that can't be written, nobody is: the token is
    /// renewed in the foreground when it gets stale.
    #[must_use]
    pub fn claim_renewal(&self, key: &CacheKey) -> bool {
        let path = self.path(key, "renewal");
        // First without a lock: of a thousand processes, all but a few end here.
        if std::fs::read_to_string(&path).is_ok_and(|text| is_recent(&text)) {
            return false;
        }
        let TryLock::Held(_lock) = Lock::attempt(&self.path(key, "renewal-lock")) else { return false };
        let Ok(mut file) = platform::open_lock(&path) else { return false };
        let mut text = String::new();
        if file.read_to_string(&mut text).is_ok() && is_recent(&text) {
            return false;
        }
        let stamp = clock::now_millis().to_string();
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(stamp.as_bytes()))
            .is_ok()
    }
}

fn is_recent(stamp: &str) -> bool {
    let now = clock::now_millis();
    stamp.parse::<u64>().is_ok_and(|at| at <= now && now - at < PAUSE_MS)
}
