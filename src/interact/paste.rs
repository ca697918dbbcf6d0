//! An address that a person pastes.
//!
//! A terminal hands over lines of 4096 bytes at most (macOS: 1024) while it edits them itself, and such an address has
//! more. So it is read byte by byte, and not shown: it holds a code.

use std::io::{BufRead as _, Read as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::clock::Deadline;
use crate::platform::RawTerminal;
use crate::secret::Secret;

/// The longest line, in bytes.
const LONGEST: usize = 64 * 1024;
/// Between two looks at a pipe.
const PAUSE: Duration = Duration::from_millis(50);

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pasted {
    /// A line that is not empty.
    Line(Secret),
    /// There will be none: the end of the input, or Ctrl-C.
    End,
    /// Time is up.
    TimedOut,
}

/// Where lines come from.
pub(super) struct Paste {
    source: Source,
}

enum Source {
    Terminal(RawTerminal),
    /// Lines that a thread reads, because a pipe can't be read with a time-out.
    Pipe(Receiver<Secret>),
}

impl Paste {
    /// Reads from standard input. A terminal is as it was when this is dropped.
    #[must_use]
    pub(super) fn open() -> Self {
        Self {
            source: match RawTerminal::open() {
                Some(terminal) => Source::Terminal(terminal),
                None => Source::Pipe(lines()),
            },
        }
    }

    /// The next line with something in it. `meanwhile` is called again and again.
    pub(super) fn line(&mut self, deadline: Deadline, meanwhile: &mut dyn FnMut()) -> Pasted {
        let mut typed = Typed::default();
        loop {
            meanwhile();
            let Some(left) = deadline.left() else { return Pasted::TimedOut };
            match &mut self.source {
                Source::Pipe(lines) => match lines.recv_timeout(left.min(PAUSE)) {
                    Ok(line) if line.expose().trim().is_empty() => {}
                    Ok(line) => return Pasted::Line(line),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Pasted::End,
                },
                Source::Terminal(terminal) => {
                    let mut bytes = Zeroizing::new([0; 1024]);
                    // (It waits a tenth of a second for the first of them.)
                    let Ok(count) = terminal.read(&mut *bytes) else { return Pasted::End };
                    if count == 0 {
                        // A terminal that is gone does not wait.
                        std::thread::sleep(PAUSE);
                    }
                    // What follows a line in one paste is left: it is no second try.
                    for byte in &bytes[..count] {
                        match typed.press(*byte) {
                            Key::Text => {}
                            Key::Enter if typed.is_blank() => typed = Typed::default(),
                            Key::Enter => return Pasted::Line(typed.into_secret()),
                            Key::End => return Pasted::End,
                            Key::Interrupt => {
                                terminal.interrupt();
                                return Pasted::End;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Reads the lines of a pipe beside the wait.
fn lines() -> Receiver<Secret> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        loop {
            let mut line = Zeroizing::new(Vec::new());
            let read = std::io::stdin().lock().take(LONGEST as u64).read_until(b'\n', &mut line);
            let text = String::from_utf8_lossy(&line).into_owned();
            if !matches!(read, Ok(1..)) || sender.send(Secret::new(text)).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A line that is being typed.
#[derive(Default)]
struct Typed(Zeroizing<Vec<u8>>);

/// What a byte of the terminal means.
enum Key {
    Text,
    Enter,
    /// Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupt,
}

impl Typed {
    fn press(&mut self, byte: u8) -> Key {
        match byte {
            b'\r' | b'\n' => return Key::Enter,
            0x03 => return Key::Interrupt,
            0x04 => return Key::End,
            0x08 | 0x7f => drop(self.0.pop()),
            // Ctrl-U.
            0x15 => self.0.clear(),
            _ if self.0.len() < LONGEST => self.0.push(byte),
            _ => {}
        }
        Key::Text
    }

    fn is_blank(&self) -> bool {
        self.0.iter().all(u8::is_ascii_whitespace)
    }

    fn into_secret(self) -> Secret {
        Secret::new(String::from_utf8_lossy(&self.0).into_owned())
    }
}

/// The parameters in what was pasted: a whole address, in quotes perhaps or broken into lines, or the part behind the
/// question mark alone.
#[must_use]
pub(super) fn form_in(pasted: &Secret) -> Option<Secret> {
    let pasted: Zeroizing<String> =
        Zeroizing::new(pasted.expose().chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect());
    let text = pasted.trim_matches(['"', '\'', '<', '>', '`']);
    let form = match text.split_once('?') {
        // (Entra may end an address in an empty fragment.)
        Some((_, query)) => query.split('#').next().unwrap_or_default(),
        None => match text.split_once('#') {
            Some((_, fragment)) => fragment,
            None => text,
        },
    };
    let is_form = ["code=", "error=", "state="].iter().any(|name| form.contains(name));
    is_form.then(|| Secret::from(form))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_found_in_what_people_paste() {
        for (pasted, form) in [
            ("http://localhost:8080/?code=a%2Fb&state=s", Some("code=a%2Fb&state=s")),
            ("  'https://app.example/cb?x=1&state=s&code=a#'\r\n", Some("x=1&state=s&code=a")),
            ("code=a&state=s", Some("code=a&state=s")),
            ("http://localhost/#code=a&state=s", Some("code=a&state=s")),
            ("<http://localhost/?code=a\n  b&sta\nte=s>", Some("code=ab&state=s")),
            ("\u{1b}[200~http://localhost/?error=access_denied&state=s", Some("error=access_denied&state=s")),
            ("0.AXoA-just-the-code", None),
            ("", None),
        ] {
            assert_eq!(form_in(&Secret::from(pasted)).as_ref().map(Secret::expose), form, "{pasted}");
        }
    }

    #[test]
    fn keys_edit_the_line() {
        let mut typed = Typed::default();
        for byte in b"junk\x15ab\x7fc" {
            assert!(matches!(typed.press(*byte), Key::Text));
        }
        assert!(matches!(typed.press(b'\r'), Key::Enter));
        assert_eq!(typed.into_secret().expose(), "ac");
        assert!(matches!(Typed::default().press(3), Key::Interrupt));
        assert!(matches!(Typed::default().press(4), Key::End));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".*|([?#&='\"a-z]|code=|state=){0,30}") {
            if let Some(form) = form_in(&Secret::new(text)) {
                prop_assert!(!form.expose().contains(char::is_whitespace));
            }
        }
    }
}
