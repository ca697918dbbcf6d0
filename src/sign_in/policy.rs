//! Whether a person is asked.

use std::time::Duration;

use super::{Asking, SignIns};
use crate::error::{Error, Kind, Result};
use crate::interact::{Interactive, Means, Surroundings};
use crate::profile::Field;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Ask, also where somebody refused a moment ago.
    AskAnyway,
    /// Ask, unless somebody refused a moment ago.
    Ask,
}

impl SignIns<'_> {
    /// Whether a person may be asked here and now.
    ///
    /// # Errors
    /// Sign-in: nobody may or can be asked; `cause` is why that would be needed.
    pub(super) fn decide(&self, means: Means, cause: Option<Error>) -> Result<Policy> {
        if self.asking == Asking::Always {
            return Ok(Policy::AskAnyway);
        }
        if self.asking == Asking::Never && means != Means::Nothing {
            return Err(self.needed(cause, "but nobody is asked: this command renews without asking"));
        }
        let interactive = Interactive::parse(&self.settings.text(Field::Interactive)?.unwrap_or_default())?;
        let why = match interactive {
            Interactive::Always => None,
            Interactive::Never if means != Means::Nothing => {
                Some("--interactive never (or JETON_INTERACTIVE) forbids it")
            }
            Interactive::Never | Interactive::Auto => means.missing(&Surroundings::look()),
        };
        match why {
            None => Ok(Policy::Ask),
            Some(why) => Err(self.needed(cause, &format!("but nobody is asked: {why}"))),
        }
    }

    /// The error of who comes within `pause` after a prompt, or what was tried in place of one, failed with `error`.
    pub(super) fn paused(&self, means: Means, error: Error, pause: Duration) -> Error {
        let pause = humantime::format_duration(Duration::from_secs(pause.as_millis().div_ceil(1000) as u64));
        if means == Means::Nothing {
            let message = format!("{}; the same is not tried again for {pause}", error.message);
            return Error { message, ..error }
                .hint(format!("correct the settings; what is new is tried at once; or run: {}", self.login_command()));
        }
        self.needed(Some(error), &format!("and is not asked again for {pause} unless somebody runs the command below"))
    }

    /// The error that says which command signs in.
    pub(super) fn needed(&self, cause: Option<Error>, why: &str) -> Error {
        let base = match cause {
            Some(cause) => Error {
                kind: Kind::SignIn,
                message: format!("{}; a person has to sign in, {why}", cause.message),
                ..cause
            },
            None => Error::new(Kind::SignIn, format!("a person has to sign in, {why}")),
        };
        base.hint(format!("run: {}", self.login_command()))
    }
}
