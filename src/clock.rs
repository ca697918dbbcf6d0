//! Time: seconds since 1970, UTC, and the bound that a whole call keeps.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::platform;

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

/// The end of the year 9999, with which RFC 3339 (and humantime) ends.
const YEAR_9999: u64 = 253_402_300_799;

/// RFC 3339 in UTC with a `Z` and no fraction: the one form that every consumer reads right.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds.min(YEAR_9999))).to_string()
}

/// The wall clock at `seconds` (since 1970, UTC) in this process's time zone, `2026-11-22 01:58:24`, and how many seconds
/// that is ahead of UTC. The zone is that of `TZ`, else the system's; a `TZ` that is empty or names no zone means UTC, as
/// to the C library (tzset(3)), Python and Go.
#[must_use]
pub fn local(seconds: u64) -> (String, i32) {
    let seconds = seconds.min(YEAR_9999);
    let offset = i64::try_from(seconds).map_or(0, platform::local_offset);
    let wall_clock = rfc3339(seconds.saturating_add_signed(offset.into()));
    (wall_clock.trim_end_matches('Z').replace('T', " "), offset)
}

/// RFC 3339 in this process's time zone (see [`local`]), with a fraction: `2026-11-22T10:58:24.000000+09:00`, `Z` in UTC.
#[must_use]
pub fn local_rfc3339(seconds: u64) -> String {
    let (wall_clock, offset) = local(seconds);
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    let zone = if minutes == 0 { "Z".to_owned() } else { format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60) };
    format!("{}.000000{zone}", wall_clock.replace(' ', "T"))
}

/// How far `at` is from `now` (both seconds since 1970, UTC), in the largest unit that leaves a number of two: `in 42
/// minutes`, `3 hours ago`, `now`.
#[must_use]
pub fn in_words(at: u64, now: u64) -> String {
    const UNITS: [(&str, u64); 5] =
        [("year", 31_557_600), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let distance = at.abs_diff(now);
    let (unit, length) = UNITS.into_iter().find(|(_, length)| distance >= 2 * length).unwrap_or(("second", 1));
    let count = distance / length;
    let plural = if count == 1 { "" } else { "s" };
    match at.cmp(&now) {
        std::cmp::Ordering::Greater => format!("in {count} {unit}{plural}"),
        std::cmp::Ordering::Less => format!("{count} {unit}{plural} ago"),
        std::cmp::Ordering::Equal => "now".to_owned(),
    }
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

    #[test]
    fn distances_are_told_in_the_unit_that_fits() {
        for (seconds, words) in [
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
            (63_115_199, "730 days"),
            (63_115_200, "2 years"),
        ] {
            assert_eq!(in_words(100 + seconds, 100), format!("in {words}"));
            assert_eq!(in_words(100, 100 + seconds), format!("{words} ago"));
        }
        assert_eq!(in_words(7, 7), "now");
        assert!(in_words(u64::MAX, 0).starts_with("in "));
    }
}
