//! The folders: whose they are, who else may look or write into them, and whether files there can be made and locked.

use std::path::Path;

use super::{Examination, Finding};
use crate::atomic::TEMPORARY;
use crate::lock::{Lock, TryLock};
use crate::platform;

pub(super) fn check(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = vec![config(&examination.config_dir)];
    findings.extend(private("cache folder", &examination.cache_dir, "JETON_CACHE_DIR"));
    findings.extend(private("data folder", &examination.data_dir, "JETON_DATA_DIR"));
    findings.extend(files("cache folder", &examination.cache_dir));
    findings.extend(files("data folder", &examination.data_dir.join("secrets")));
    findings
}

/// There is nothing secret in it, but whoever can write there decides where secrets are sent.
fn config(dir: &Path) -> Finding {
    const CHECK: &str = "config folder";
    let shown = dir.display();
    match std::fs::metadata(dir) {
        Ok(meta) if !meta.is_dir() => {
            Finding::fail(CHECK, format!("{shown} is not a folder"), "move it away, or set JETON_CONFIG_DIR")
        }
        Ok(meta) => match platform::open_to_writers(dir, &meta) {
            Some(distrust) => Finding::fail(CHECK, distrust.what, distrust.mend),
            None => Finding::ok(CHECK, shown.to_string()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::ok(CHECK, format!("{shown} is not there yet; the first profile makes it"))
        }
        Err(error) => Finding::fail(
            CHECK,
            format!("{shown} can't be read: {error}"),
            "check the permissions above it, or set JETON_CONFIG_DIR",
        ),
    }
}

fn private(check: &'static str, dir: &Path, variable: &str) -> Vec<Finding> {
    let shown = dir.display();
    let elsewhere = format!("check its permissions and its disk, or set {variable} to a folder of your own");
    let meta = match std::fs::metadata(dir) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return vec![Finding::ok(check, format!("{shown} is not there yet; it is made when it is needed"))];
        }
        Err(error) => return vec![Finding::fail(check, format!("{shown} can't be read: {error}"), elsewhere)],
    };
    if !meta.is_dir() {
        return vec![Finding::fail(check, format!("{shown} is not a folder"), elsewhere)];
    }
    if let Some(distrust) = platform::distrust(dir, &meta) {
        return vec![Finding::fail(check, distrust.what, distrust.mend)];
    }
    // A file of this process alone, so that it may be removed although it was locked.
    let trial = dir.join(format!("doctor{TEMPORARY}{}", std::process::id()));
    let locked = match platform::create_private_new(&trial) {
        Ok(_) => Lock::attempt(&trial),
        Err(error) => {
            let text = format!("{shown} can't be written to ({error}): nothing can be kept there");
            return vec![Finding::warning(check, text, elsewhere)];
        }
    };
    let finding = match locked {
        TryLock::Held(_) => Finding::ok(check, format!("{shown}, private, writable, with locks")),
        TryLock::Busy => Finding::ok(check, format!("{shown}, private and writable")),
        TryLock::Unavailable(error) => Finding::warning(
            check,
            format!("{shown} gives no locks ({error}): processes that want the same token at once ask for it each"),
            format!("set {variable} to a folder on a local disk"),
        ),
    };
    let _ = std::fs::remove_file(&trial);
    vec![finding]
}

/// The files that hold secrets. One is told, and how many more there are.
fn files(check: &'static str, dir: &Path) -> Option<Finding> {
    let entries = std::fs::read_dir(dir).ok()?;
    let holds_secret = |name: &str| name.ends_with(".token") || name.starts_with("secret-");
    let mut wrong =
        entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(holds_secret)).filter_map(|entry| {
            let path = entry.path();
            platform::distrust(&path, &entry.metadata().ok()?)
        });
    let first = wrong.next()?;
    let more = wrong.count();
    let text = if more == 0 { first.what } else { format!("{}, and so are {more} more", first.what) };
    Some(Finding::fail(check, text, first.mend))
}
