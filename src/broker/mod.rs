//! The one road of a token: cache, lock, cache again, flow, store.
//!
//! Only this module touches cache and lock. A hit takes no lock; a miss takes the key's lock, so that of N processes
//! with one cold key one asks the provider, and the others take what it stored, or its error.

mod renewal;
mod wait;

use std::time::Duration;

use crate::cache::{Cache, Entry, Listed, Lookup};
use crate::clock::{self, Deadline};
use crate::error::{Error, Kind, Result};
use crate::http::Http;
use crate::log::Log;
use crate::platform;
use crate::request::{CacheKey, FlowCall, TokenRequest};
use crate::secret::Secret;
use crate::sign_in::SignIns;
use crate::token::{Phase, Token};
use crate::who::Who;

pub use renewal::Again;

/// The bounds that every call keeps.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For all work of one fetch, retries and pauses included.
    pub total: Duration,
    /// For waiting on another process that fetches the same token.
    pub lock_wait: Duration,
    /// How much longer where that process may be waiting for a person.
    pub person: Duration,
}

/// Answers [`TokenRequest`]s.
#[derive(Debug)]
pub struct Broker<'a> {
    /// Where tokens are kept.
    pub cache: &'a Cache,
    /// How a flow reaches its provider. It does nothing until a flow calls it.
    pub http: &'a Http,
    /// The sign-ins of people. Nothing is read or opened before a flow asks.
    pub sign_ins: &'a SignIns<'a>,
    /// Where warnings and steps go.
    pub log: &'a Log,
    /// The bounds.
    pub limits: Limits,
    /// This process was started to renew a due token: it waits for nobody and answers nobody.
    pub renews: bool,
    /// How such a process is started.
    pub again: Again<'a>,
}

/// How long a rejection waits for a process that fetches.
const REJECTION: Duration = Duration::from_secs(5);

/// What to do with a token from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Hand it out.
    Use,
    /// Hand it out, and see that it is renewed.
    UseAndRenew,
    /// Get a new one; if that fails for lack of network, this one still lives.
    RenewFirst,
    /// It is dead.
    Drop,
}

impl Broker<'_> {
    /// A token for `request`: from the cache, or fresh and stored.
    ///
    /// # Errors
    /// What the flow says, what the flow of the process said that this one waited for, or that the wait was too long.
    pub fn get(&self, request: &TokenRequest) -> Result<Token> {
        self.obtain(request, request.background)
    }

    /// Takes the token of `request` out of the cache, because a service refused it: the next one who asks gets a fresh one.
    /// Where `rejected` is given, a token other than that one stays. No sign-in ends by this.
    ///
    /// # Errors
    /// Where the cache can't be changed.
    pub fn reject(&self, request: &TokenRequest, rejected: Option<&Secret>) -> Result<()> {
        let key = request.key();
        if !matches!(self.cache.load(&key), Lookup::Found(_)) {
            return Ok(());
        }
        let failed = |error: std::io::Error| {
            Error::new(Kind::Failed, format!("a rejected token can't be taken out of the cache: {error}"))
                .hint(format!("see whether {} can be written", self.cache.dir().display()))
        };
        // Who holds the lock for longer is fetching what will replace it.
        let Some(_lock) = self.cache.wait_for_lock(&key, Deadline::after(REJECTION)).map_err(failed)? else {
            return Ok(());
        };
        let removed = self.cache.remove_rejected(&key, rejected).map_err(failed)?;
        self.log.step(|| {
            format!("cache: the token was rejected, {}", if removed { "and is gone" } else { "not this one" })
        });
        Ok(())
    }

    fn obtain(&self, request: &TokenRequest, may_renew: bool) -> Result<Token> {
        if !request.flow.is_kept() {
            return self.pass(request, may_renew);
        }
        let key = request.key();
        let found = self.cache.load(&key);
        if let Lookup::Found(entry) = &found {
            let verdict = self.judge(request, &entry.token);
            self.log.step(|| format!("cache: found, {verdict:?} ({} s left)", left(&entry.token)));
            if !request.force_refresh && !self.renews {
                match verdict {
                    Verdict::Use => return Ok(entry.token.clone()),
                    Verdict::UseAndRenew => {
                        if may_renew {
                            renewal::start(self.cache, &key, self.again, self.log);
                        }
                        return Ok(entry.token.clone());
                    }
                    Verdict::RenewFirst | Verdict::Drop => {}
                }
            }
        } else {
            self.log.step(|| "cache: no usable entry".into());
        }
        self.fly(request, &key)
    }

    /// The road of a token that is not kept in the cache: its flow has its own, or none at all.
    fn pass(&self, request: &TokenRequest, may_renew: bool) -> Result<Token> {
        let call = self.call(&|_| ());
        let held = request.flow.held(&call)?;
        if let Some(token) = &held
            && !request.force_refresh
            && !self.renews
        {
            match self.judge(request, token) {
                Verdict::Use => return Ok(token.clone()),
                Verdict::UseAndRenew => {
                    if may_renew {
                        renewal::start(self.cache, &request.key(), self.again, self.log);
                    }
                    return Ok(token.clone());
                }
                Verdict::RenewFirst | Verdict::Drop => {}
            }
        }
        let fetched = self.subject(request).and_then(|subject| request.flow.fetch(&call, subject.as_ref()));
        match (fetched, held) {
            (Err(error), Some(token))
                if error.kind == Kind::Network
                    && !request.force_refresh
                    && token.phase(clock::now(), 0) != Phase::Dead =>
            {
                self.warn_of_old(&error, &token);
                Ok(token)
            }
            (fetched, _) => fetched,
        }
    }

    /// The token that is exchanged for another, if one is.
    fn subject(&self, request: &TokenRequest) -> Result<Option<Token>> {
        // A due one is as good for this. A renewal would run this same command: it would renew `request`, not it.
        let get = |subject| Broker { renews: false, ..*self }.obtain(subject, false);
        request.subject.as_deref().map(get).transpose()
    }

    fn warn_of_old(&self, error: &Error, token: &Token) {
        self.log.warn(format!(
            "the token could not be renewed ({}); it is handed out with {} s left",
            error.message,
            left(token)
        ));
    }

    fn judge(&self, request: &TokenRequest, token: &Token) -> Verdict {
        let now = clock::now();
        let phase = token.phase(now, request.margin);
        // A token whose whole life is shorter than what is asked for can't be bettered by asking again and again.
        let life = token.expires_at.saturating_sub(token.issued_at);
        let too_short = request.min_ttl.is_some_and(|wanted| {
            let left = token.expires_at.saturating_sub(now);
            left < wanted && (life > wanted || phase != Phase::Fresh)
        });
        match phase {
            Phase::Dead => Verdict::Drop,
            Phase::Stale => Verdict::RenewFirst,
            _ if too_short => Verdict::RenewFirst,
            Phase::Due => Verdict::UseAndRenew,
            Phase::Fresh => Verdict::Use,
        }
    }

    /// The slow road: under the lock, if there is one to be had.
    fn fly(&self, request: &TokenRequest, key: &CacheKey) -> Result<Token> {
        if let Some((what, mend)) = self.cache.distrust() {
            return Err(
                Error::configuration(format!("the cache folder is not safe: {what}")).hint(format!("run: {mend}"))
            );
        }
        let arrived_ms = clock::now_millis();
        if let Some(failure) = self.shared_failure(request, key, arrived_ms) {
            return self.fall_back(request, key, failure);
        }
        let lock = match wait::for_lock(self, request, key, arrived_ms)? {
            wait::Turn::Ours(lock) => lock,
            wait::Turn::Answered(token) => return Ok(token),
            wait::Turn::Failed(failure) => return self.fall_back(request, key, failure),
        };
        // Whoever had the lock before may have stored what is wanted here.
        match self.cache.load(key) {
            Lookup::Found(entry) if self.answers(request, &entry, arrived_ms) => return Ok(entry.token),
            Lookup::Bad(why) => {
                let aside = if self.cache.set_aside(key) { "it was set aside, and " } else { "" };
                self.log.warn(format!("{why}; {aside}the token is fetched anew"));
            }
            Lookup::Found(_) | Lookup::Absent => {}
        }
        if let Some(failure) = self.shared_failure(request, key, arrived_ms) {
            return self.fall_back(request, key, failure);
        }
        self.cache.begin_flight(key, &request.flow.identity().who());
        let fetched = self.fetch(request, key);
        match fetched {
            Ok(token) => {
                self.cache.end_flight(key);
                drop(lock);
                if self.sign_ins.take_asked() {
                    self.forget_others(&request.flow.identity().who(), key, &token);
                }
                Ok(token)
            }
            Err(error) => {
                self.cache.fail_flight(key, &error);
                drop(lock);
                self.fall_back(request, key, error)
            }
        }
    }

    /// What a flow gets for its work, from now on.
    fn call<'a>(&'a self, progress: &'a dyn Fn(&str)) -> FlowCall<'a> {
        FlowCall {
            http: self.http,
            deadline: Deadline::after(self.limits.total),
            limit: self.limits.total,
            log: self.log,
            sign_ins: self.sign_ins,
            progress,
            renews: self.renews,
            arrived_ms: clock::now_millis(),
        }
    }

    /// Runs the flow, and stores its token before anyone sees it.
    fn fetch(&self, request: &TokenRequest, key: &CacheKey) -> Result<Token> {
        // Before the subject: one bound for the work on both.
        let who = request.flow.identity().who();
        let progress = |doing: &str| self.cache.describe_flight(key, &who, doing);
        let call = self.call(&progress);
        let subject = self.subject(request)?;
        let identity = request.flow.identity();
        self.log.step(|| format!("flow {}: asking {}", identity.flow, identity.authority));
        let token = request.flow.fetch(&call, subject.as_ref())?;
        let via = request.subject.as_ref().map(|subject| subject.flow.identity().who());
        let stored = platform::create_private_dir(self.cache.dir()).and_then(|()| {
            self.cache.store(
                key,
                &identity,
                via.as_ref(),
                &token,
                request.force_refresh && request.shares_refresh_ms > 0,
            )
        });
        match stored {
            Ok(()) => self.log.step(|| format!("cache: stored, {} s left", left(&token))),
            Err(error) => self.log.warn(format!(
                "the token can't be cached in {}: {error}; every call will fetch a new one until that is mended",
                self.cache.dir().display()
            )),
        }
        Ok(token)
    }

    /// Removes the cached tokens of `who` that are not of the user who signed in for `new`: somebody else may have done so
    /// before. No lock is held here, so those who fetch one of them can end; they are waited for.
    fn forget_others(&self, who: &Who, key: &CacheKey, new: &Token) {
        let deadline = Deadline::after(self.limits.lock_wait);
        let outcome = self.cache.inventory().map(|inventory| {
            let is_other = |listed: &Listed| match (&listed.account, &new.account) {
                (Some(known), Some(account)) => !known.eq_ignore_ascii_case(account),
                // Nobody says whose it is, so it may be anybody's, but for the new one itself.
                _ => listed.key != *key || listed.life != new.life(),
            };
            let listing = inventory.list();
            let (own, exchanged) = (
                listing.tokens.iter().filter(|listed| listed.who == *who && is_other(listed)),
                // (An exchange under way in this very process holds its lock; what it stores is the new user's.)
                listing.tokens.iter().filter(|listed| listed.via.as_ref() == Some(who)),
            );
            let removed = own.map(|listed| inventory.remove(&listed.key, Some(deadline)));
            let removed: Vec<_> = removed.chain(exchanged.map(|listed| inventory.remove(&listed.key, None))).collect();
            self.log.step(|| format!("cache: removed {} tokens of an earlier sign-in", removed.len()));
            removed.into_iter().collect::<std::io::Result<Vec<_>>>()
        });
        if let Err(error) | Ok(Err(error)) = outcome {
            self.log.warn(format!(
                "the cached tokens of the user before can't be removed from {}: {error}",
                self.cache.dir().display()
            ));
        }
    }

    /// Whether an entry found while or after waiting is an answer to `request`.
    fn answers(&self, request: &TokenRequest, entry: &Entry, arrived_ms: u64) -> bool {
        // (From the future: stored before the clock was set back.)
        let stored_since = |ms: u64| (ms..=clock::now_millis()).contains(&entry.stored_ms);
        if stored_since(arrived_ms) {
            // Fetched since we asked: as new as it gets, whatever life it has.
            return entry.token.phase(clock::now(), 0) != Phase::Dead;
        }
        if entry.shared && stored_since(arrived_ms.saturating_sub(request.shares_refresh_ms)) {
            // Fetched just before, for somebody who wanted the same. (A token of seconds may have come to its end since.)
            return matches!(entry.token.phase(clock::now(), request.margin), Phase::Fresh | Phase::Due);
        }
        let verdict = self.judge(request, &entry.token);
        let good =
            if self.renews { verdict == Verdict::Use } else { matches!(verdict, Verdict::Use | Verdict::UseAndRenew) };
        good && !request.force_refresh
    }

    /// The failure of another process's flight, if it is ours too.
    fn shared_failure(&self, request: &TokenRequest, key: &CacheKey, arrived_ms: u64) -> Option<Error> {
        let failure = self.cache.flight(key)?.failure?;
        let now_ms = clock::now_millis();
        let shared = failure.is_shared_with(arrived_ms, now_ms)
            // (Who forces a refresh would get the failure, not the token that lives.)
            || (failure.error.kind == Kind::Network
                && !request.force_refresh
                && failure.is_recent(now_ms)
                && self.living(key).is_some());
        shared.then_some(failure.error)
    }

    /// What is told to the caller when a fetch failed: the token that still lives, if only the network is at fault.
    fn fall_back(&self, request: &TokenRequest, key: &CacheKey, error: Error) -> Result<Token> {
        if error.kind == Kind::Network
            && !request.force_refresh
            && let Some(token) = self.living(key)
        {
            self.warn_of_old(&error, &token);
            return Ok(token);
        }
        Err(error)
    }

    /// The cached token, if it still lives.
    fn living(&self, key: &CacheKey) -> Option<Token> {
        match self.cache.load(key) {
            Lookup::Found(entry) if entry.token.phase(clock::now(), 0) != Phase::Dead => Some(entry.token),
            _ => None,
        }
    }
}

/// Seconds until the token dies.
fn left(token: &Token) -> u64 {
    token.expires_at.saturating_sub(clock::now())
}
