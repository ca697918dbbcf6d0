//! Renewal that no caller waits for: this program once more, with the same command line (or one that asks the same),
//! cut off from its parent's pipes and terminal, told to renew and to print nothing.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use crate::cache::Cache;
use crate::environment::RENEWAL_MARK;
use crate::log::Log;
use crate::platform;
use crate::request::CacheKey;

/// Starts a renewal of `key`, unless one was started a moment ago. That none can be started is no error: the token
/// lives, and is renewed in the foreground when it gets stale.
pub(super) fn start(cache: &Cache, key: &CacheKey, again: Option<&[OsString]>, log: &Log) {
    if !cache.claim_renewal(key) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    // A child that kept the caller's stdout or stderr would keep a tool waiting that reads to the end of the pipe.
    match again {
        Some(arguments) => command.args(arguments),
        None => command.args(std::env::args_os().skip(1)),
    };
    command.env(RENEWAL_MARK, "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    platform::detach(&mut command);
    match command.spawn() {
        Ok(child) => log.step(|| format!("renewal: started as process {}", child.id())),
        Err(error) => log.step(|| format!("renewal: not started: {error}")),
    }
}
