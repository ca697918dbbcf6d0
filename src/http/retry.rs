//! When a call is made again, and after how long.

use std::time::{Duration, UNIX_EPOCH};

use super::{Repeat, ids};
use crate::error::Result;

/// How often a call is made again after its first attempt.
pub(super) const MOST: u32 = 3;

/// The first delay; each further one is twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(500);

/// What a failed attempt allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would fail the same way.
    Never,
    /// The server may have done what it was asked: only where repeating is harmless.
    IfSafe,
    /// The request never reached the server.
    Always,
}

impl Again {
    /// Whether a call of this kind may be made again.
    pub(super) fn allows(self, repeat: Repeat) -> bool {
        match self {
            Self::Never => false,
            Self::IfSafe => repeat == Repeat::Safe,
            Self::Always => true,
        }
    }
}

/// What an answer's status allows: 408, 429 and the 5xx that tell of a passing trouble (RFC 9110 section 15, RFC 6585
/// section 4).
pub(super) fn after_status(status: u16) -> Again {
    match status {
        408 | 429 | 500 | 502 | 503 | 504 => Again::IfSafe,
        _ => Again::Never,
    }
}

/// The delay before attempt `done + 1`, where the server did not name one: 0.5 s, 1 s, 2 s, each up to a quarter shorter
/// or longer, so that callers that failed together do not come back together.
///
/// # Errors
/// The system has no randomness to give.
pub(super) fn delay(done: u32) -> Result<Duration> {
    Ok(jittered(done, u16::from_le_bytes(ids::random_bytes()?)))
}

fn jittered(done: u32, random: u16) -> Duration {
    let share = f64::from(random) / f64::from(u16::MAX);
    (FIRST_DELAY * 2_u32.saturating_pow(done)).mul_f64(0.75 + 0.5 * share)
}

/// Seconds to wait by a `Retry-After` header (RFC 9110 section 10.2.3): a number, or a date, which is compared with the
/// server's own clock (`date`) where it told it, and with ours (`now`) otherwise. Epoch seconds, UTC.
pub(super) fn retry_after(value: &str, date: Option<u64>, now: u64) -> Option<u64> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok();
    }
    Some(http_date(value)?.saturating_sub(date.unwrap_or(now)))
}

/// Epoch seconds of an HTTP date, in any of its three forms (RFC 9110 section 5.6.7).
pub(super) fn http_date(value: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(value.trim()).ok()?;
    Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        const DATE: &str = "Fri, 31 Dec 1999 23:59:59 GMT"; // 946684799
        let cases = [
            ("120", None, Some(120)),
            (" 0 ", None, Some(0)),
            (DATE, None, Some(99)),
            (DATE, Some(946_684_789), Some(10)),
            (DATE, Some(946_684_999), Some(0)),
            ("Friday, 31-Dec-99 23:59:59 GMT", None, Some(99)),
            ("", None, None),
            ("-5", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("99999999999999999999999", None, None),
        ];
        for (value, date, seconds) in cases {
            assert_eq!(retry_after(value, date, 946_684_700), seconds, "{value}");
        }
    }

    #[test]
    fn delays_double_and_keep_within_a_quarter() {
        for (done, middle) in [(0, 500), (1, 1000), (2, 2000)] {
            assert_eq!(jittered(done, 0), Duration::from_millis(middle * 3 / 4));
            assert_eq!(jittered(done, u16::MAX), Duration::from_millis(middle * 5 / 4));
            let drawn = delay(done).unwrap();
            assert!(drawn >= jittered(done, 0) && drawn <= jittered(done, u16::MAX), "{drawn:?}");
        }
    }

    #[test]
    fn only_what_was_never_sent_is_repeated_blindly() {
        assert!(Again::Always.allows(Repeat::Never));
        assert!(!Again::IfSafe.allows(Repeat::Never));
        assert!(Again::IfSafe.allows(Repeat::Safe));
        assert!(!Again::Never.allows(Repeat::Safe));
        let repeated: Vec<u16> = (100..600).filter(|status| after_status(*status) != Again::Never).collect();
        assert_eq!(repeated, [408, 429, 500, 502, 503, 504]);
    }
}
