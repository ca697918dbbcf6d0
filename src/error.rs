//! What can go wrong, as decisions: each [`Kind`] is one exit code and one way to go on.
//!
//! An error carries a line that says what failed, a line that says what to do next, and ids for support. It never
//! carries a secret: what a server sends is shown only through [`clean`], and request bodies are not shown at all.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of a failure. The discriminant is the process's exit code (README, "Exit codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing more exact fits.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A person has to sign in.
    SignIn = 3,
    /// A profile, a setting or a file is missing, unreadable or contradictory.
    Configuration = 4,
    /// Network, service or time-out: the same call may work later.
    Network = 5,
    /// The provider refused these credentials.
    Refused = 6,
    /// A token is expired or is no token.
    Token = 7,
}

impl Kind {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        self as u8
    }
}

/// A failure on its way to the user. It can be stored, so that a failed flight is told to all that waited for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// What to do about it, as a class.
    pub kind: Kind,
    /// What failed: one line without a full stop at its end.
    pub message: String,
    /// What to do next: one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Ids for support, in the order they are shown (`correlation id`, `tenant`, ...).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
    /// The service asked not to be called before this time (seconds since 1970, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<u64>,
}

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: clean(&message.into()), hint: None, details: Vec::new(), retry_at: None }
    }

    /// Wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Missing, unreadable or contradictory configuration.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(Kind::Configuration, message)
    }

    /// Network, service or time-out.
    pub fn network(message: impl Into<String>) -> Self {
        Self::new(Kind::Network, message)
    }

    /// Adds the line that says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(clean(&hint.into()));
        self
    }

    /// Adds one id for support; empty values are left out.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let value = clean(value.as_ref());
        if !value.is_empty() && !self.details.iter().any(|(known, _)| known == name) {
            self.details.push((name.to_owned(), value));
        }
        self
    }
}

impl Error {
    /// The same error without `secret`, which a server may have repeated.
    #[must_use]
    pub fn without(mut self, secret: &str) -> Self {
        // (A shorter one is no secret, and would tear words apart.)
        if secret.len() >= 4 {
            self.message = self.message.replace(secret, "…");
            self.details.iter_mut().for_each(|(_, value)| *value = value.replace(secret, "…"));
        }
        self
    }
}

impl fmt::Display for Error {
    /// Up to three lines: what failed, what to do next, ids for support.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jeton: {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  next: {hint}")?;
        }
        if !self.details.is_empty() {
            let details: Vec<_> = self.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            write!(f, "\n  {}", details.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Text from elsewhere, made safe for a terminal: one line, no control characters, no bidirectional overrides, of a
/// bounded length.
#[must_use]
pub fn clean(text: &str) -> String {
    const LONGEST: usize = 1000;
    let mut line = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars() {
        let shown = match c {
            // Bidirectional and invisible formatting can make a line read as something else.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => continue,
            c if c.is_control() || c.is_whitespace() => ' ',
            c => c,
        };
        if shown == ' ' && (line.is_empty() || line.ends_with(' ')) {
            continue;
        }
        line.push(shown);
        if line.len() >= LONGEST {
            line.push('…');
            break;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_text_cannot_move_the_cursor_or_add_lines() {
        assert_eq!(clean("AADSTS1\u{1b}[2J:\r\n  bad\u{7}\u{202e} end \n"), "AADSTS1 [2J: bad end");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), 1001);
    }

    #[test]
    fn the_lines_stand_in_order_and_empty_ids_are_left_out() {
        let error = Error::network("no answer").hint("try later").detail("tenant", "t1").detail("scope", "");
        assert_eq!(error.to_string(), "jeton: no answer\n  next: try later\n  tenant: t1");
    }
}
