//! The only place that writes to stdout, and that tells errors and what was done on stderr.

use std::fmt::Write as _;
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

/// Tells an error in the words of a protocol, in one write.
pub(super) fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Says on stderr what was done, in one line and one write.
pub(super) fn note(line: &str) {
    let _ = io::stderr().write_all(format!("jeton: {}\n", clean(line)).as_bytes());
}

/// Says several lines on stderr, in one write; the ends of lines in `text` are this program's own.
pub(super) fn block(text: &str) {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            format!("{}{}", &line[..blanks], clean(line))
        })
        .collect();
    let _ = io::stderr().write_all(format!("jeton: {}\n", lines.join("\n")).as_bytes());
}

/// Where questions to a person are written.
pub(super) fn questions() -> impl io::Write {
    io::stderr()
}

/// JSON for stdout: the same values, with everything escaped that a terminal could take for a command.
pub(super) fn json(value: &serde_json::Value) -> String {
    escape(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// Escapes in a JSON text what [`crate::error::clean`] would take out of a line. Outside of JSON's strings there is
/// only plain ASCII, so what is replaced stands in a string.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.trim_end().chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_values_and_holds_no_commands_for_a_terminal() {
        let value = serde_json::json!({"a": "\u{1b}[2J \u{9b}2J \u{202e} é \u{7f}"});
        let text = json(&value);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
