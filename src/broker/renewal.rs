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

/// How the same token is asked for once more.
#[derive(Clone, Copy)]
pub enum Again<'a> {
    /// This program is called anew.
    Program {
        /// Gives the command line behind the program's name, with the command that the name may have stood for.
        args: fn() -> Vec<OsString>,
        /// What is read from standard input, where the command reads it. It goes through a pipe, so that nobody else
        /// sees what may be in a URL.
        input: &'a [u8],
    },
    /// By this process, which stays: it sees to that in a thread of its own.
    Here(&'a dyn Fn()),
}

impl std::fmt::Debug for Again<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Program { .. } => "Program",
            Self::Here(_) => "Here",
        })
    }
}

/// What a pipe takes without a reader at its other end (one page at least: POSIX, `PIPE_BUF`).
const PIPE: usize = 4096;

/// Starts a renewal of `key`, unless one was started a moment ago. That none can be started is no error: the token
/// lives, and is renewed in the foreground when it gets stale.
pub(super) fn start(cache: &Cache, key: &CacheKey, again: Again<'_>, log: &Log) {
    let (args, input) = match again {
        Again::Here(begin) => {
            if cache.claim_renewal(key) {
                begin();
            }
            return;
        }
        Again::Program { args, input } => (args, input),
    };
    if input.len() > PIPE || !cache.claim_renewal(key) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    // A child that kept the caller's stdout or stderr would keep a tool waiting that reads to the end of the pipe.
    command.args(args()).env(RENEWAL_MARK, "1");
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    command.stdout(Stdio::null()).stderr(Stdio::null());
    platform::detach(&mut command);
    match command.spawn() {
        Ok(mut child) => {
            // (A child that ended at once needs none.)
            if let Some(mut stdin) = child.stdin.take() {
                let _ = stdin.write_all(input);
            }
            log.step(|| format!("renewal: started as process {}", child.id()));
        }
        Err(error) => log.step(|| format!("renewal: not started: {error}")),
    }
}
