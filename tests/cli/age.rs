//! Cached tokens of a chosen age. The emulator's tokens live for an hour, less a second.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{Home, age_token, rewrite_token};

/// Seconds since 1970, UTC.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

/// Makes the token of the home look as if it had been issued so long ago that `seconds` are left; 0 for a dead one.
#[track_caller]
pub(crate) fn leave(home: &Home, seconds: u64) {
    leave_in(&home.token_file(), seconds);
}

/// The same for the token in this file.
#[track_caller]
pub(crate) fn leave_in(path: &Path, seconds: u64) {
    let mut expires_at = 0;
    rewrite_token(path, |header| expires_at = header["expires_at"].as_u64().expect("a time"));
    age_token(path, expires_at - now() - seconds);
}

/// What happens to a token when the clock is set back by an hour: it comes from the future.
#[track_caller]
pub(crate) fn put_an_hour_ahead(home: &Home) {
    rewrite_token(&home.token_file(), |header| {
        for (name, ahead) in [("issued_at", 3600), ("expires_at", 3600), ("stored_ms", 3_600_000)] {
            header[name] = (header[name].as_u64().expect("a time") + ahead).into();
        }
    });
}

/// The only cached token of this type, such as `Bearer`.
#[track_caller]
pub(crate) fn file_of_type(home: &Home, token_type: &str) -> PathBuf {
    let mut files = home.cached(".token");
    files.retain(|path| {
        let text = std::fs::read_to_string(path).expect("a cached token");
        let header: Value = serde_json::from_str(text.lines().next().expect("a header")).expect("JSON");
        header["token_type"] == token_type
    });
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}
