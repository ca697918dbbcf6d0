//! Time: seconds since 1970, UTC, and the bound that a whole call keeps.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Now, in seconds since 1970, UTC. A clock before 1970 reads as 0.
#[must_use]
pub fn now() -> u64 {
    now_millis() / 1000
}

/// Now, in milliseconds since 1970, UTC.
#[must_use]
pub fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// RFC 3339 in UTC with a `Z` and no fraction: the one form that every consumer reads right.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    // humantime (like RFC 3339) ends with the year 9999.
    const YEAR_9999: u64 = 253_402_300_799;
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds.min(YEAR_9999))).to_string()
}

/// The time by which all the work of one call has to be done.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// `limit` from now.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
        Self(Instant::now() + limit.min(CENTURY))
    }

    /// The one of the two that comes first.
    #[must_use]
    pub fn sooner(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// What is left, or `None` when time is up.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_without_fraction() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_795_312_704), "2026-11-22T01:58:24Z");
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59Z");
    }
}
