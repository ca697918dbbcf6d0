//! Tidying: dead entries and the leftovers of killed writers, once a day, by a process that has just stored a token.

use std::time::{Duration, SystemTime};

use super::Cache;
use crate::atomic::{self, Durability, TEMPORARY};

/// Days after which an entry that nobody wrote again is dead whatever it is: tokens live a day at the most.
const KEEP: Duration = Duration::from_secs(14 * 24 * 3600);
/// A temporary file that is older belongs to a process that was killed.
const KEEP_TEMPORARY: Duration = Duration::from_secs(3600);
/// How often the folder is looked through.
const EVERY: Duration = Duration::from_secs(24 * 3600);

impl Cache {
    /// Looks the folder through if that was not done today. Lock files stay: they must never be deleted.
    pub(super) fn sweep_now_and_then(&self) {
        let stamp = self.dir.join("swept");
        if age(&stamp).is_some_and(|age| age < EVERY) {
            return;
        }
        let _ = atomic::write_private(&stamp, &[], Durability::Quick);
        let Ok(files) = std::fs::read_dir(&self.dir) else { return };
        for file in files.flatten() {
            let name = file.file_name();
            let name = name.to_string_lossy();
            let keep = if name.contains(TEMPORARY) {
                KEEP_TEMPORARY
            } else if [".token", ".flight", ".renewal", ".damaged"].iter().any(|end| name.ends_with(end)) {
                KEEP
            } else {
                continue;
            };
            if age(&file.path()).is_some_and(|age| age > keep) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}

/// How long ago the file was written; `None` for one that is not there or lies in the future.
fn age(path: &std::path::Path) -> Option<Duration> {
    SystemTime::now().duration_since(path.metadata().ok()?.modified().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn old_leftovers_go_and_locks_stay() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        let old = SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
        for name in ["a.token", "a.lock", "a.token.tmp-1-0-ff", "profiles.json"] {
            File::create(dir.path().join(name)).unwrap().set_modified(old).unwrap();
        }
        File::create(dir.path().join("b.token")).unwrap();
        cache.sweep_now_and_then();
        let mut left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["a.lock", "b.token", "profiles.json", "swept"]);
    }
}
