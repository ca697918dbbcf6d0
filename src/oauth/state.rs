//! `state`: what binds an answer to the request it belongs to (RFC 6749 section 10.12).

use crate::error::Result;
use crate::secret::{Guard, Secret};

/// The state of one sign-in: 256 random bits.
pub struct State {
    text: Secret,
    guard: Guard,
}

impl State {
    /// A new one.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn new() -> Result<Self> {
        let text = Secret::random()?;
        Ok(Self { guard: Guard::new(text.expose())?, text })
    }

    /// The text for the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.expose()
    }

    /// Whether `given` is it. The time this takes says nothing about how much of it is right.
    #[must_use]
    pub fn matches(&self, given: &str) -> bool {
        self.guard.matches(given)
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_text_matches() {
        let state = State::new().unwrap();
        let text = state.as_str().to_owned();
        assert_eq!(text.len(), 43);
        assert!(state.matches(&text));
        for other in ["", &text[1..], &format!("{text}x"), State::new().unwrap().as_str()] {
            assert!(!state.matches(other), "{other}");
        }
        assert!(!format!("{state:?}").contains(&text));
    }
}
