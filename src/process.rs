//! Other programs, run for what they print: bounded in time and in what is kept of their output.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::clock::Deadline;
use crate::environment::RENEWAL_MARK;
use crate::platform;

/// What is kept of each output, in bytes; the rest is read and dropped, so that the program does not hang on it.
const LONGEST: usize = 256 * 1024;

/// How long a program's output is waited for after its end: something that it started may keep the pipe open.
const GRACE: Duration = Duration::from_millis(200);

/// How often it is looked whether the program has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// Where the program's errors go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errors {
    /// To this program's stderr.
    Shown,
    /// Into [`Finished::stderr`].
    Kept,
}

/// A program that has ended.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    /// It may hold a secret.
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    pub(crate) stderr: Zeroizing<Vec<u8>>,
}

/// A program that did not end by itself.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It could not be started.
    NotStarted(io::Error),
    /// Time was up, and it was ended.
    TooLong,
    /// The system lost track of it.
    Lost(io::Error),
}

/// The programs of this name on `PATH`, in its order. Relative folders are left out: they mean another one everywhere.
pub(crate) fn on_path(name: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let files = platform::program_files(name);
    let candidates = folders.flat_map(|folder| files.iter().map(move |file| folder.join(file)).collect::<Vec<_>>());
    candidates.filter(|path| path.metadata().is_ok_and(|meta| platform::is_program(&meta))).collect()
}

/// Runs `command` to its end, with no input.
pub(crate) fn run(command: &mut Command, errors: Errors, deadline: Deadline) -> Result<Finished, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if errors == Errors::Kept { Stdio::piped() } else { Stdio::inherit() });
    // It may start jeton itself; that one is no renewal.
    command.env_remove(RENEWAL_MARK);
    let mut child = command.spawn().map_err(Failure::NotStarted)?;
    let (sender, ends) = channel();
    let stdout = child.stdout.take().map(|pipe| keep(pipe, sender.clone()));
    let stderr = child.stderr.take().map(|pipe| keep(pipe, sender.clone()));
    drop(sender);
    let ended = wait(&mut child, &ends, deadline);
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let taken = |kept: Option<Kept>| kept.map(take).unwrap_or_default();
    Ok(Finished { status: ended?, stdout: taken(stdout), stderr: taken(stderr) })
}

fn wait(child: &mut Child, ends: &Receiver<()>, deadline: Deadline) -> Result<ExitStatus, Failure> {
    loop {
        // Woken by the end of the outputs (then by nothing more: all senders are gone).
        let open = match ends.recv_timeout(PAUSE) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        if let Some(status) = child.try_wait().map_err(Failure::Lost)? {
            let grace = Deadline::after(GRACE);
            while let Some(left) = grace.left() {
                if ends.recv_timeout(left) == Err(RecvTimeoutError::Disconnected) {
                    break;
                }
            }
            return Ok(status);
        }
        if deadline.left().is_none() {
            return Err(Failure::TooLong);
        }
        if !open {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

type Kept = Arc<Mutex<Zeroizing<Vec<u8>>>>;

/// Reads `pipe` to its end in a thread of its own. What can be taken at any time is what came so far.
fn keep(mut pipe: impl Read + Send + 'static, end: Sender<()>) -> Kept {
    // All at once: a buffer that grows leaves its old copies behind.
    let kept: Kept = Arc::new(Mutex::new(Zeroizing::new(Vec::with_capacity(LONGEST))));
    let shared = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut chunk = Zeroizing::new([0; 8192]);
        loop {
            match pipe.read(&mut *chunk) {
                Ok(0) => break,
                Ok(read) => {
                    let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = LONGEST.saturating_sub(kept.len());
                    kept.extend_from_slice(&chunk[..read.min(room)]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        // Nobody may wait any more.
        let _ = end.send(());
    });
    kept
}

fn take(kept: Kept) -> Zeroizing<Vec<u8>> {
    std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(line: &str, limit: u64) -> Result<Finished, Failure> {
        run(&mut platform::shell(line), Errors::Kept, Deadline::after(Duration::from_millis(limit)))
    }

    #[test]
    fn both_outputs_and_the_status_are_kept() {
        let finished = shell("echo out; echo err >&2; exit 3", 20_000).unwrap();
        assert_eq!((finished.stdout.as_slice(), finished.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(finished.status.code(), Some(3));
    }

    #[test]
    fn a_flood_is_cut_and_a_hang_is_ended() {
        let finished = shell("head -c 1000000 /dev/zero", 20_000).unwrap();
        assert_eq!((finished.stdout.len(), finished.status.success()), (LONGEST, true));
        assert!(matches!(shell("exec sleep 100", 50), Err(Failure::TooLong)));
    }

    #[test]
    fn what_a_program_leaves_running_is_not_waited_for() {
        let start = std::time::Instant::now();
        let finished = shell("sleep 100 & echo done", 60_000).unwrap();
        assert_eq!(finished.stdout.as_slice(), b"done\n");
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
