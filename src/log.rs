//! What stderr gets besides errors: warnings once each, and the steps of `-v` with their times.

use std::cell::RefCell;
use std::io::Write as _;
use std::time::Instant;

use crate::error::clean;

/// Writes to stderr, or keeps still. Protocols that must not be disturbed make a silent one.
#[derive(Debug)]
pub struct Log {
    /// Nobody sees stderr at all.
    deaf: bool,
    warn: bool,
    verbose: bool,
    start: Instant,
    told: RefCell<Vec<String>>,
}

impl Log {
    /// `warn`: show warnings; `verbose`: show each step and its time (and warnings too).
    #[must_use]
    pub fn new(warn: bool, verbose: bool) -> Self {
        Self { deaf: false, warn: warn || verbose, verbose, start: Instant::now(), told: RefCell::default() }
    }

    /// A log that says nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self { deaf: true, ..Self::new(false, false) }
    }

    /// Something that a person has to know or do now, such as where to sign in: shown at any verbosity.
    pub fn tell(&self, text: impl AsRef<str>) {
        if !self.deaf {
            let lines: Vec<_> = text.as_ref().lines().map(clean_keeping_blanks).collect();
            print(&format!("jeton: {}\n", lines.join("\n")));
        }
    }

    /// Draws on the terminal what this program made itself (nothing of a server's): a picture, a line that is written
    /// over.
    pub fn draw(&self, text: &str) {
        if !self.deaf {
            print(text);
        }
    }

    /// Whether somebody may see what is told.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        !self.deaf
    }

    /// Whether warnings are shown at all: looking for them can be left out if not.
    #[must_use]
    pub fn warns(&self) -> bool {
        self.warn
    }

    /// Whether steps are shown.
    #[must_use]
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Something is wrong that does not stop the call. The same line is shown once.
    pub fn warn(&self, line: impl AsRef<str>) {
        let line = clean(line.as_ref());
        if self.warn && !self.told.borrow().contains(&line) {
            print(&format!("jeton: warning: {line}\n"));
            self.told.borrow_mut().push(line);
        }
    }

    /// One step of `-v`. `line` is built only when it is shown. It must not hold a secret.
    pub fn step(&self, line: impl FnOnce() -> String) {
        if self.verbose {
            let passed = self.start.elapsed();
            print(&format!("jeton: [{:>7.1} ms] {}\n", passed.as_secs_f64() * 1000.0, clean(&line())));
        }
    }
}

/// One line of this program's own: what a server put into it can't move the cursor, and its indentation stays.
fn clean_keeping_blanks(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    format!("{}{}", &line[..line.len() - text.len()], clean(text))
}

/// A closed stderr is no reason to fail.
fn print(line: &str) {
    let _ = std::io::stderr().write_all(line.as_bytes());
}
