//! The mark in a comment by which a token is found whose making was not answered.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::http::random_bytes;

const BEGIN: &str = " [jeton ";
const DIGITS: usize = 12;

/// A new mark: random hexadecimal digits.
pub(super) fn new() -> Result<String> {
    let bytes: [u8; DIGITS / 2] = random_bytes()?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// `comment` with `mark`.
pub(super) fn marked(comment: &str, mark: &str) -> String {
    format!("{comment}{BEGIN}{mark}]").trim_start().to_owned()
}

/// A comment without the mark that jeton gave it.
#[must_use]
pub fn unmarked(comment: &str) -> &str {
    let without = || {
        let (text, mark) = comment.strip_suffix(']')?.rsplit_once(BEGIN.trim_start())?;
        let is_mark = mark.len() == DIGITS && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_mark.then(|| text.strip_suffix(' ').unwrap_or(text))
    };
    without().unwrap_or(comment)
}

/// Refuses what no comment can hold.
pub(super) fn check(comment: &str) -> Result<()> {
    if comment.chars().any(char::is_control) || comment.chars().count() > 200 {
        return Err(Error::usage("this can't be a token's comment").hint("use one line of at most 200 characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_off_again_and_nothing_else_does() {
        for comment in ["ci", "", "a [jeton b]", "x]"] {
            let mark = new().unwrap();
            assert_eq!(unmarked(&marked(comment, &mark)), comment);
        }
        assert_eq!(unmarked("ci [jeton 12]"), "ci [jeton 12]");
        assert_ne!(new().unwrap(), new().unwrap());
    }
}
