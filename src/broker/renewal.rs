//! Renewal that no caller waits for: this program once more, with the same command line and question, cut off from its
//! parent's pipes and terminal, told to renew and to print nothing.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::cache::Cache;
use crate::environment::RENEWAL_MARK;
use crate::log::Log;
use crate::platform;
use crate::request::CacheKey;

/// How this program is called once more for the same token.
#[derive(Debug, Clone, Copy)]
pub struct Again<'a> {
    /// Gives the command line behind the program's name, with the command that the name may have stood for.
    pub args: fn() -> Vec<OsString>,
    /// What is read from standard input, where the command reads it. It goes through a pipe, so that nobody else sees
    /// what may be in a URL.
    pub input: &'a [u8],
}

/// What a pipe takes without a reader at its other end (one page at least: POSIX, `PIPE_BUF`).
const PIPE: usize = 4096;

/// Starts a renewal of `key`, unless one was started a moment ago. That none can be started is no error: the token
/// lives, and is renewed in the foreground when it gets stale.
pub(super) fn start(cache: &Cache, key: &CacheKey, again: Again<'_>, log: &Log) {
    if again.input.len() > PIPE || !cache.claim_renewal(key) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    // A child that kept the caller's stdout or stderr would keep a tool waiting that reads to the end of the pipe.
    command.args((again.args)()).env(RENEWAL_MARK, "1");
    let input = if again.input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    platform::detach(&mut command);
    match command.spawn() {
        Ok(mut child) => {
            // (A child that ended at once needs none.)
            if let Some(mut input) = child.stdin.take() {
                let _ = input.write_all(again.input);
            }
            log.step(|| format!("renewal: started as process {}", child.id()));
        }
        Err(error) => log.step(|| format!("renewal: not started: {error}")),
    }
}
