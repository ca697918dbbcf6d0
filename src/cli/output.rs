//! The only place that writes to stdout, and that tells errors and what was done on stderr.

use std::io::{self, Write as _};

use crate::error::{Error, Kind, Result, clean};

/// Writes `text`, the one thing asked for, in one piece.
///
/// # Errors
/// A full disk and the like. A reader that has gone is no failure of ours.
pub(super) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::Failed, format!("stdout can't be written: {error}"))
                .hint("see where it leads to: the disk may be full"))
        }
        _ => Ok(()),
    }
}

/// Tells an error on stderr, in one write, so that the lines of parallel processes do not mix.
pub(super) fn complain(error: &Error) {
    let _ = io::stderr().write_all(format!("{error}\n").as_bytes());
}

/// Says on stderr what was done, in one line and one write.
pub(super) fn note(line: &str) {
    let _ = io::stderr().write_all(format!("jeton: {}\n", clean(line)).as_bytes());
}

/// Where questions to a person are written.
pub(super) fn questions() -> impl io::Write {
    io::stderr()
}
