//! Waiting for the process that fetches the same token: bounded, and over as soon as that one is done, fails or dies.

use std::time::{Duration, Instant};

use super::Broker;
use crate::cache::Lookup;
use crate::clock;
use crate::error::{Error, Result};
use crate::lock::{Lock, TryLock};
use crate::request::{CacheKey, TokenRequest};
use crate::token::Token;

/// The first pause between two looks; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// A crowd of 200 that looks every 20 ms costs little, and the last of them is answered soon after the first.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How a wait ended.
pub(super) enum Turn {
    /// It is this process's turn to fetch; `None` where no lock is to be had at all.
    Ours(Option<Lock>),
    /// Another process stored the token.
    Answered(Token),
    /// Another process tried, and this is what it was told.
    Failed(Error),
}

/// Waits for the key's lock, or for what makes it unnecessary.
pub(super) fn for_lock(broker: &Broker<'_>, request: &TokenRequest, key: &CacheKey, arrived_ms: u64) -> Result<Turn> {
    let start = Instant::now();
    let bound = if request.flow.asks_a_person() {
        broker.limits.lock_wait.saturating_add(broker.limits.person)
    } else {
        broker.limits.lock_wait
    };
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        match broker.cache.try_lock(key) {
            TryLock::Held(lock) => return Ok(Turn::Ours(Some(lock))),
            TryLock::Unavailable(error) => {
                broker.log.warn(format!(
                    "no lock can be taken in {}: {error}; other processes may fetch the same token at the same time",
                    broker.cache.dir().display()
                ));
                return Ok(Turn::Ours(None));
            }
            TryLock::Busy => {}
        }
        if broker.renews {
            return Err(Error::network("another process is renewing this token"));
        }
        if pause == FIRST_PAUSE {
            broker.log.step(|| format!("lock: waiting for {}", holder(broker, key)));
        }
        if !told && let Some(doing) = broker.cache.flight(key).and_then(|flight| flight.doing) {
            broker.log.tell(format!("waiting: {} {doing}", holder(broker, key)));
            told = true;
        }
        std::thread::sleep(pause.min(bound));
        pause = (pause * 2).min(LONGEST_PAUSE);
        if let Lookup::Found(entry) = broker.cache.load(key)
            && broker.answers(request, &entry, arrived_ms)
        {
            return Ok(Turn::Answered(entry.token));
        }
        if let Some(failure) = broker.shared_failure(request, key, arrived_ms) {
            return Ok(Turn::Failed(failure));
        }
        if start.elapsed() >= bound {
            let waited = humantime::format_duration(Duration::from_secs(start.elapsed().as_secs().max(1)));
            let error =
                Error::network(format!("{} holds the lock of this token for more than {waited}", holder(broker, key)))
                    .hint("end that process if it hangs, or wait longer with JETON_LOCK_TIMEOUT=2m");
            return broker.fall_back(request, key, error).map(Turn::Answered);
        }
    }
}

/// The process that holds the lock, as far as it said so.
fn holder(broker: &Broker<'_>, key: &CacheKey) -> String {
    match broker.cache.flight(key) {
        Some(flight) if flight.failure.is_none() => {
            let since = clock::now_millis().saturating_sub(flight.since_ms) / 1000;
            format!("process {} (fetching since {since} s)", flight.pid)
        }
        _ => "another process".into(),
    }
}
