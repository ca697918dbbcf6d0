//! People: whether one can be asked here, and how.

mod browser;
mod countdown;
pub mod listener;
mod paste;
pub mod qr;
mod redirect;
mod surroundings;
mod terminal;

pub use countdown::Countdown;
pub use redirect::{Redirect, RedirectSettings};
pub use surroundings::Surroundings;
pub use terminal::Terminal;

use crate::error::{Error, Result};

/// Whether a person may be asked to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interactive {
    /// Where one can answer.
    #[default]
    Auto,
    /// Not at all: scripts and services.
    Never,
    /// Whatever it looks like here.
    Always,
}

impl Interactive {
    /// Reads `auto`, `never` or `always`.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "never" => Ok(Self::Never),
            "always" => Ok(Self::Always),
            _ => Err(Error::configuration(format!("{text:?} does not say whether a person may be asked"))
                .hint("use one of: auto, never, always")),
        }
    }
}

/// What a person needs to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A browser on this machine, or a terminal to read its URL from.
    Browser,
    /// A terminal to read a code or a URL from.
    Terminal,
    /// A terminal to read from and to write to.
    Dialogue,
    /// Nobody: what is needed is configured.
    Nothing,
}

impl Means {
    /// Why nobody can be asked here, if so: the end of a sentence that begins with "a person has to sign in, but".
    #[must_use]
    pub fn missing(self, here: &Surroundings) -> Option<&'static str> {
        if self == Self::Nothing {
            return None;
        }
        if here.ci {
            return Some("this is a CI job");
        }
        match self {
            Self::Browser if !here.display && !here.shown => Some("there is neither a display nor a terminal"),
            Self::Terminal if !here.shown => Some("there is no terminal to show the sign-in on"),
            Self::Dialogue if !here.shown || !here.typed => Some("there is no terminal to paste into"),
            _ => None,
        }
    }
}
