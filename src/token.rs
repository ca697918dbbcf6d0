//! What a flow yields and a protocol renders.

use crate::secret::Secret;

/// The end of a token that does not say when it ends, in seconds since 1970, UTC.
pub const NEVER: u64 = u64::MAX;

/// A credential with its life. Times are seconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token itself. For AWS keys it is the JSON text that [`crate::aws::Keys`] reads.
    pub value: Secret,
    /// `Bearer`, or what else the server said.
    pub token_type: String,
    /// When it was asked for.
    pub issued_at: u64,
    /// When it dies; [`NEVER`] where nobody knows.
    pub expires_at: u64,
    /// When the server wants it renewed (`refresh_in`), if it said so.
    pub refresh_at: Option<u64>,
    /// The scopes it was asked for (a v1 resource stands as one scope).
    pub scopes: Vec<String>,
    /// The tenant that issued it, if there is one.
    pub tenant: Option<String>,
    /// The user who signed in for it, by name, if a user did.
    pub account: Option<String>,
}

/// Where a token stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Handed out as it is.
    Fresh,
    /// Past half its life (or the server's `refresh_in`): handed out, and renewed beside that.
    Due,
    /// Near its end: renewed first, handed out only if that fails for lack of network.
    Stale,
    /// Past its end.
    Dead,
}

/// The times of a token: seconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When it was asked for.
    pub issued_at: u64,
    /// When it dies.
    pub expires_at: u64,
    /// When the server wants it renewed (`refresh_in`), if it said so.
    pub refresh_at: Option<u64>,
}

impl Token {
    /// Its times.
    #[must_use]
    pub fn life(&self) -> Life {
        Life { issued_at: self.issued_at, expires_at: self.expires_at, refresh_at: self.refresh_at }
    }

    /// See [`Life::phase`].
    #[must_use]
    pub fn phase(&self, now: u64, margin: u64) -> Phase {
        self.life().phase(now, margin)
    }

    /// The end that a tool is told: up to two minutes early, because tools use a token up to the very second and a
    /// request takes a while; a sixth of a short life, which would be told dead at once else.
    #[must_use]
    pub fn told_end(&self) -> u64 {
        const EARLY: u64 = 120;
        self.expires_at - EARLY.min(self.expires_at.saturating_sub(self.issued_at) / 6)
    }

    /// When it dies, if that is known.
    #[must_use]
    pub fn expiry(&self) -> Option<u64> {
        (self.expires_at != NEVER).then_some(self.expires_at)
    }
}

impl Life {
    /// The phase at `now`, when a caller wants `margin` seconds left.
    ///
    /// For a short-lived token the margin shrinks to a third of its life, so that it is used at all. A token that was
    /// issued more than a minute in the future shows that the clock was set back: what it says of its end can't be
    /// trusted any more, so it is stale.
    #[must_use]
    pub fn phase(&self, now: u64, margin: u64) -> Phase {
        let life = self.expires_at.saturating_sub(self.issued_at);
        let left = self.expires_at.saturating_sub(now);
        let due_at = self.refresh_at.unwrap_or(self.issued_at + life / 2);
        if left == 0 {
            Phase::Dead
        } else if left <= margin.min(life / 3) || self.issued_at > now + 60 {
            Phase::Stale
        } else if now >= due_at {
            Phase::Due
        } else {
            Phase::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(issued_at: u64, life: u64) -> Token {
        Token {
            value: Secret::from("t"),
            token_type: "Bearer".into(),
            issued_at,
            expires_at: issued_at + life,
            refresh_at: None,
            scopes: vec![],
            tenant: None,
            account: None,
        }
    }

    #[test]
    fn an_hour_long_token_goes_through_its_phases() {
        let token = token(10_000, 3600);
        for (now, phase) in [
            (10_000, Phase::Fresh),
            (11_799, Phase::Fresh),
            (11_800, Phase::Due),
            (13_299, Phase::Due),
            (13_300, Phase::Stale),
            (13_599, Phase::Stale),
            (13_600, Phase::Dead),
            (99_999, Phase::Dead),
        ] {
            assert_eq!(token.phase(now, 300), phase, "at {now}");
        }
    }

    #[test]
    fn a_short_life_shrinks_the_margin_and_refresh_in_moves_due() {
        assert_eq!(token(0, 90).phase(40, 300), Phase::Fresh);
        assert_eq!(token(0, 90).phase(50, 300), Phase::Due);
        assert_eq!(token(0, 90).phase(60, 300), Phase::Stale);
        let mut early = token(0, 3600);
        early.refresh_at = Some(60);
        assert_eq!(early.phase(61, 300), Phase::Due);
    }

    #[test]
    fn a_token_from_the_future_is_stale() {
        assert_eq!(token(10_000, 3600).phase(9_000, 300), Phase::Stale);
        assert_eq!(token(10_000, 3600).phase(9_970, 300), Phase::Fresh);
    }
}
