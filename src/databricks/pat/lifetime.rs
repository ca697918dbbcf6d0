//! How long a personal access token lives: always said, and never forever by mistake.

use std::str::FromStr;

use crate::environment;
use crate::error::{Error, Result};

/// The life of a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Seconds, at least 1 and at most [`Lifetime::LONGEST`].
    Seconds(u64),
    /// As long as the workspace lets it: nothing is said in the request.
    NoExpiry,
}

const DAY: u64 = 24 * 3600;
const FORM: &str = "give a time with its unit, such as 30d, 12h or 1w2d, or a number of seconds";

impl Lifetime {
    /// Databricks' bound, in seconds: 730 days ("Token management", `maxTokenLifetimeDays`).
    pub const LONGEST: u64 = 730 * DAY;

    /// Where nothing is said: 90 days, after which Databricks revokes unused ones anyway.
    pub const USUAL: Self = Self::Seconds(90 * DAY);

    /// In seconds, if there is an end.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::NoExpiry => None,
        }
    }

    /// Whether it is longer than what is advised.
    #[must_use]
    pub fn is_long(self) -> bool {
        self.seconds().is_none_or(|seconds| seconds > 90 * DAY)
    }
}

impl FromStr for Lifetime {
    type Err = Error;

    /// Reads a time; what means "forever" elsewhere is no time.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let wrong = |why: &str| Error::usage(format!("{text:?} can't be a token's lifetime: {why}"));
        let folded = text.to_ascii_lowercase();
        if ["forever", "never", "none", "infinite", "unlimited"].contains(&folded.as_str()) {
            return Err(wrong("every token has an end").hint(format!("{FORM}; --no-expiry asks for the longest")));
        }
        if text.starts_with('-') {
            return Err(wrong("it is before now").hint(format!("{FORM}; --no-expiry asks for the longest")));
        }
        let seconds =
            environment::parse_duration(text).map_err(|_| wrong("it is no length of time").hint(FORM))?.as_secs();
        match seconds {
            0 => Err(wrong("it would never live").hint(format!("{FORM}; --no-expiry asks for the longest"))),
            1..=Self::LONGEST => Ok(Self::Seconds(seconds)),
            _ => Err(wrong("Databricks' longest is 730 days").hint("give 730d or less; 90 days and less are advised")),
        }
    }
}

/// How long an old token stays good after its successor is there: a time, 0 for not at all. Seconds.
///
/// # Errors
/// A text that is no length of time.
pub fn parse_grace(text: &str) -> Result<u64> {
    environment::parse_duration(text.trim())
        .map(|grace| grace.as_secs().min(Lifetime::LONGEST))
        .map_err(|_| Error::usage(format!("{text:?} is no length of time")).hint(format!("{FORM}; 0 for none")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lifetime_has_a_unit_and_an_end() {
        for (text, seconds) in [
            ("30d", 30 * DAY),
            ("12h", DAY / 2),
            ("7776000s", 7_776_000),
            ("7776000", 7_776_000),
            ("1w2d", 9 * DAY),
            ("730d", 730 * DAY),
            ("1", 1),
            ("1.5d", DAY + DAY / 2),
        ] {
            assert_eq!(text.parse::<Lifetime>(), Ok(Lifetime::Seconds(seconds)), "{text}");
        }
        for text in
            ["", "0", "0d", "-1", "-1d", "731d", "3y", "forever", "NEVER", "soon", "30 x", "99999999999999999999"]
        {
            let error = text.parse::<Lifetime>().unwrap_err();
            assert!(error.hint.is_some() && error.kind == crate::error::Kind::Usage, "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_one_that_is_out_of_bounds(text in ".{0,30}") {
            if let Ok(lifetime) = text.parse::<Lifetime>() {
                prop_assert!(matches!(lifetime, Lifetime::Seconds(1..=Lifetime::LONGEST)));
            }
        }
    }
}
