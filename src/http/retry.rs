//! When a call is made again, and after how long.

use std::time::{Duration, UNIX_EPOCH};

use super::{Repeat, Retry, ids};
use crate::error::Result;

/// Gone: the metadata service is being updated, which takes up to 70 s.
const GONE: u16 = 410;

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

impl Retry {
    /// What an answer's status allows: 408, 429 and the 5xx that tell of a passing trouble (RFC 9110 section 15, RFC 6585
    /// section 4), and what the metadata service names besides.
    pub(super) fn after_status(self, status: u16) -> Again {
        match (status, self) {
            (408 | 429 | 500 | 502 | 503 | 504, _) | (404 | GONE | 500.., Self::Metadata) => Again::IfSafe,
            _ => Again::Never,
        }
    }

    /// What a failed attempt allows, which allows `again` by itself.
    pub(super) fn after_fault(self, again: Again) -> Again {
        match self {
            Self::Metadata if again == Again::Always => Again::Never,
            _ => again,
        }
    }

    /// How often a call is made again after its first attempt, which ended in `status` (0: without an answer).
    pub(super) fn most(self, status: u16) -> u32 {
        match self {
            Self::Usual => 3,
            Self::Metadata if status == GONE => 7,
            Self::Metadata => 5,
        }
    }

    /// The bound for making a connection, which is `usual` otherwise.
    pub(super) fn connect_timeout(self, usual: Duration) -> Duration {
        match self {
            Self::Usual => usual,
            Self::Metadata => usual.min(Duration::from_secs(1)),
        }
    }

    /// The delay before attempt `done + 1`, where the server did not name one: 0.5 s, 1 s, 2 s (from the metadata service
    /// 0.8 s, 1.6 s, ... and 10 s after 410), each up to a quarter shorter or longer, so that callers that failed together
    /// do not come back together.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub(super) fn delay(self, done: u32, status: u16) -> Result<Duration> {
        Ok(jittered(self.middle(done, status), u16::from_le_bytes(ids::random_bytes()?)))
    }

    fn middle(self, done: u32, status: u16) -> Duration {
        let first = match self {
            Self::Metadata if status == GONE => return Duration::from_secs(10),
            Self::Metadata => Duration::from_millis(800),
            Self::Usual => Duration::from_millis(500),
        };
        first * 2_u32.saturating_pow(done)
    }
}

fn jittered(middle: Duration, random: u16) -> Duration {
    let share = f64::from(random) / f64::from(u16::MAX);
    middle.mul_f64(0.75 + 0.5 * share)
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
        for (retry, done, status, middle) in [
            (Retry::Usual, 0, 503, 500),
            (Retry::Usual, 1, 503, 1000),
            (Retry::Usual, 2, 0, 2000),
            (Retry::Metadata, 0, 404, 800),
            (Retry::Metadata, 4, 500, 12_800),
            (Retry::Metadata, 0, 410, 10_000),
            (Retry::Metadata, 6, 410, 10_000),
        ] {
            let middle = Duration::from_millis(middle);
            assert_eq!(retry.middle(done, status), middle);
            let (least, most) = (jittered(middle, 0), jittered(middle, u16::MAX));
            assert_eq!((least, most), (middle * 3 / 4, middle * 5 / 4));
            let drawn = retry.delay(done, status).unwrap();
            assert!(drawn >= least && drawn <= most, "{drawn:?}");
        }
    }

    #[test]
    fn only_what_was_never_sent_is_repeated_blindly() {
        assert!(Again::Always.allows(Repeat::Never));
        assert!(!Again::IfSafe.allows(Repeat::Never));
        assert!(Again::IfSafe.allows(Repeat::Safe));
        assert!(!Again::Never.allows(Repeat::Safe));
        let repeated = |retry: Retry| {
            (100..506).filter(move |status| retry.after_status(*status) != Again::Never).collect::<Vec<u16>>()
        };
        assert_eq!(repeated(Retry::Usual), [408, 429, 500, 502, 503, 504]);
        assert_eq!(repeated(Retry::Metadata), [404, 408, 410, 429, 500, 501, 502, 503, 504, 505]);
        assert_eq!(Retry::Metadata.after_fault(Again::Always), Again::Never);
        assert_eq!(Retry::Metadata.after_fault(Again::IfSafe), Again::IfSafe);
    }
}
