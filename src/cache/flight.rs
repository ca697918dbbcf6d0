//! The record of one key's flight: who fetches now, and how the last fetch failed.
//!
//! It is advice for others, never a lock: the lock is [`crate::lock::Lock`]. It lets a waiting process name the holder, share
//! the holder's error instead of asking again, and keep a server's `Retry-After`.

use serde::{Deserialize, Serialize};

use super::Cache;
use crate::atomic::{self, Durability};
use crate::clock;
use crate::error::Error;
use crate::request::CacheKey;
use crate::who::Who;

/// A server's wish to be left alone is kept for an hour at the most.
const LONGEST_HOLD: u64 = 3600;

/// What is known of the newest flight for a key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Flight {
    /// The process that fetches or fetched.
    pub pid: u32,
    /// When it began: milliseconds since 1970, UTC.
    pub since_ms: u64,
    /// Whose token is fetched, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
    /// What takes so long, in words: it waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<String>,
    /// How it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A failed fetch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// When: milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// What the holder told its own caller.
    pub error: Error,
}

impl Failure {
    /// Whether a caller that came at `arrived_ms` shares this failure: it waited while it happened, or the service
    /// does not want to be asked yet.
    #[must_use]
    pub fn is_shared_with(&self, arrived_ms: u64, now_ms: u64) -> bool {
        let happened_while_waiting = (arrived_ms..=now_ms).contains(&self.at_ms);
        let held = self.error.retry_at.is_some_and(|retry_at| {
            let longest = self.at_ms / 1000 + LONGEST_HOLD;
            self.at_ms <= now_ms && now_ms / 1000 < retry_at.min(longest)
        });
        happened_while_waiting || held
    }

    /// Whether the failure is so new that a caller who has a living token should not try again.
    #[must_use]
    pub fn is_recent(&self, now_ms: u64) -> bool {
        self.at_ms <= now_ms && now_ms - self.at_ms < 15_000
    }
}

impl Cache {
    /// The newest flight for `key`; `None` also where the record is damaged or can't be read.
    #[must_use]
    pub fn flight(&self, key: &CacheKey) -> Option<Flight> {
        serde_json::from_slice(&std::fs::read(self.path(key, "flight")).ok()?).ok()
    }

    /// Says that this process fetches. That it can't be said stops nothing.
    pub fn begin_flight(&self, key: &CacheKey, who: &Who) {
        self.write_flight(key, Flight { who: Some(who.clone()), ..Flight::default() });
    }

    /// Says what this process does while it fetches.
    pub fn describe_flight(&self, key: &CacheKey, who: &Who, doing: &str) {
        self.write_flight(key, Flight { who: Some(who.clone()), doing: Some(doing.to_owned()), ..Flight::default() });
    }

    /// Says how the fetch failed.
    pub fn fail_flight(&self, key: &CacheKey, error: &Error) {
        let failure = Failure { at_ms: clock::now_millis(), error: error.clone() };
        self.write_flight(key, Flight { failure: Some(failure), ..Flight::default() });
    }

    /// The fetch went well: there is nothing to share but the token.
    pub fn end_flight(&self, key: &CacheKey) {
        let _ = std::fs::remove_file(self.path(key, "flight"));
    }

    fn write_flight(&self, key: &CacheKey, flight: Flight) {
        let flight = Flight { pid: std::process::id(), since_ms: clock::now_millis(), ..flight };
        let Ok(text) = serde_json::to_vec(&flight) else { return };
        let _ = atomic::write_private(&self.path(key, "flight"), &[&text], Durability::Quick);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(at_ms: u64, retry_at: Option<u64>) -> Failure {
        let mut error = Error::network("no answer");
        error.retry_at = retry_at;
        Failure { at_ms, error }
    }

    #[test]
    fn only_those_that_waited_share_a_failure() {
        assert!(failure(5_000, None).is_shared_with(4_000, 6_000));
        assert!(!failure(5_000, None).is_shared_with(5_001, 6_000));
    }

    #[test]
    fn retry_after_holds_for_all_but_not_for_ever() {
        assert!(failure(5_000, Some(20)).is_shared_with(6_000, 19_999));
        assert!(!failure(5_000, Some(20)).is_shared_with(6_000, 20_000));
        assert!(!failure(5_000, Some(u64::MAX)).is_shared_with(6_000, 5_000 + 3_600_000));
    }

    #[test]
    fn a_clock_that_was_set_back_ends_the_hold() {
        assert!(!failure(90_000_000, Some(90_100)).is_shared_with(1_000, 2_000));
        assert!(!failure(90_000_000, None).is_recent(2_000));
    }
}
