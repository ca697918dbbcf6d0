//! What a tool writes to the standard input of its helper.

use std::io::{self, Read as _};

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// Room for a question without a secret in it, in bytes. Wiping a buffer costs as much as the rest of its reading.
pub(super) const SMALL: usize = 1 << 10;

/// Room for one with a token in it, in bytes: what a growing buffer leaves behind is not wiped.
pub(super) const WITH_SECRET: usize = 16 << 10;

/// All of it, with `room` for most questions.
///
/// # Errors
/// Usage: more than `longest` bytes. What the system says.
pub(super) fn read(longest: u64, room: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    let length = io::stdin().lock().take(longest + 1).read_to_end(&mut text).map_err(|error| {
        Error::new(Kind::Failed, format!("standard input can't be read: {error}"))
            .hint("let the tool call jeton itself, or pipe the question in")
    })?;
    if length as u64 > longest {
        return Err(Error::usage(format!("the question on standard input has more than {longest} bytes"))
            .hint("see what the tool sends"));
    }
    Ok(text)
}
