//! What is read from standard input: all of it is bounded, and wiped when it is done with.

use std::io::{self, BufRead as _, IsTerminal as _, Read, Take};

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// Room for a question without a secret in it, in bytes.
pub(super) const SMALL: usize = 1 << 10;

/// Room for one with a token in it, in bytes: what a growing buffer leaves behind is not wiped.
pub(super) const WITH_SECRET: usize = 16 << 10;

/// Room for a document or a line, in bytes: a token may stand in one, and so may a long URL.
const USUAL: usize = 4 << 10;

/// No document or line is longer than this, in bytes.
const LONGEST: u64 = 1 << 20;

/// A tool's question, with `room` for most.
///
/// # Errors
/// Usage: more than `longest` bytes. What the system says.
pub(super) fn read(longest: u64, room: usize) -> Result<Zeroizing<Vec<u8>>> {
    let text = all(io::stdin().lock(), longest, room).map_err(|error| unreadable(&error))?;
    text.ok_or_else(|| too_long(longest))
}

/// The whole document that a tool writes.
///
/// # Errors
/// Usage: a terminal (nobody types JSON). Configuration: what is too long. What is no text, and a pipe that breaks.
pub(super) fn document() -> Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        return Err(Error::usage("the question is read from standard input, and that is a terminal")
            .hint("this command is called by a tool; see its page in the documentation to try it by hand"));
    }
    // The tools that send documents count what they can't read among the configuration's errors, whatever it is.
    let bytes = all(io::stdin().lock(), LONGEST, USUAL).map_err(|error| unreadable(&error))?;
    text(bytes.ok_or_else(|| Error { kind: Kind::Configuration, ..too_long(LONGEST) })?)
}

/// The next line; `None` at the end.
///
/// # Errors
/// As of a document.
pub(super) fn line() -> Result<Option<Zeroizing<String>>> {
    let read = bounded(io::stdin().lock(), LONGEST, USUAL, |from, line| from.read_until(b'\n', line));
    match read.map_err(|error| unreadable(&error))? {
        None => Err(Error { kind: Kind::Configuration, ..too_long(LONGEST) }),
        Some(line) if line.is_empty() => Ok(None),
        Some(line) => text(line).map(Some),
    }
}

/// All that comes from there, with `room` for most; `None` where that is more than `longest` bytes.
///
/// # Errors
/// What the system says.
pub(super) fn all(from: impl Read, longest: u64, room: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    bounded(from, longest, room, |from, bytes| from.read_to_end(bytes))
}

fn bounded<R: Read>(
    from: R,
    longest: u64,
    room: usize,
    fill: impl FnOnce(&mut Take<R>, &mut Vec<u8>) -> io::Result<usize>,
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let length = fill(&mut from.take(longest + 1), &mut bytes)?;
    Ok((length as u64 <= longest).then_some(bytes))
}

fn text(mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>> {
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        unreadable(&io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8"))
    })
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(Kind::Failed, format!("standard input can't be read: {error}"))
        .hint("look at the tool that calls, which writes the question there; or pipe the question in")
}

fn too_long(longest: u64) -> Error {
    Error::usage(format!("the question on standard input is too long: it has more than {longest} bytes"))
        .hint("look at what the tool that calls sends")
}
