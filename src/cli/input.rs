//! Standard input of the protocols that define it.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// No question is longer than this, in bytes.
const LONGEST: u64 = 1 << 20;

/// The whole document that a tool writes.
///
/// # Errors
/// A terminal (nobody types JSON), what is too long or no text, and a pipe that breaks.
pub(super) fn document() -> Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        return Err(Error::usage("the question is read from standard input, and that is a terminal")
            .hint("this command is called by a tool; see its page in the documentation to try it by hand"));
    }
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let length = io::stdin().lock().take(LONGEST + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if length as u64 > LONGEST { Err(too_long()) } else { Ok(text) }
}

/// The next line; `None` at the end.
///
/// # Errors
/// What is too long or no text, and a pipe that breaks.
pub(super) fn line() -> Result<Option<Zeroizing<String>>> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let length = io::stdin().lock().take(LONGEST + 1).read_line(&mut text).map_err(|error| unreadable(&error))?;
    match length as u64 {
        0 => Ok(None),
        length if length > LONGEST => Err(too_long()),
        _ => Ok(Some(text)),
    }
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(Kind::Failed, format!("standard input can't be read: {error}"))
        .hint("look at the tool that calls: it writes the question there")
}

fn too_long() -> Error {
    Error::configuration("standard input is too long for a question")
        .hint(format!("{} MiB are the most that is read", LONGEST >> 20))
}
