//! Making one token, and exactly one, whatever becomes of the answer.

use super::keep::{Keep, Making, Record};
use super::lifetime::Lifetime;
use super::{mark, tokens};
use crate::clock;
use crate::databricks::api::{Api, Failure};
use crate::error::{Error, Result};
use crate::request::CacheKey;

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Without a mark.
    pub comment: String,
    /// Its life.
    pub lifetime: Lifetime,
    /// The service principal that it is for, where that is not the caller.
    pub application_id: Option<String>,
}

impl Wish {
    /// Refuses what can't be made.
    ///
    /// # Errors
    /// A comment that no token can have.
    pub fn check(&self) -> Result<()> {
        mark::check(&self.comment)
    }
}

/// Makes the token that `record` waits for, unless it has been made already: it is in the record, sealed on disk, when
/// this returns. `by` tells who makes it.
///
/// What an earlier process may have made is looked for first, by its comment. Its value was told once, to nobody, so it is
/// revoked. The same is done here when an answer does not come, and then one more is made: never without having looked.
///
/// # Errors
/// What Databricks says. After an answer that did not come and could not be looked into, the record remembers that.
pub fn make(record: &mut Record<'_>, api: &Api<'_>, wish: &Wish, by: &CacheKey) -> Result<()> {
    wish.check()?;
    if record.state.next.is_some() {
        return Ok(());
    }
    record.state.host = api.host.origin().to_owned();
    record.state.comment.clone_from(&wish.comment);
    record.state.lifetime = wish.lifetime.seconds();
    record.state.application_id.clone_from(&wish.application_id);
    if record.state.making.is_some() {
        clear_up(record, api, by)?;
    }
    let mut tries = 0;
    loop {
        tries += 1;
        let comment = mark::marked(&wish.comment, &mark::new()?);
        record.state.making = Some(Making { comment: comment.clone(), by: by.as_str().to_owned() });
        record.save()?;
        let error = match tokens::create(api, &comment, wish.lifetime, wish.application_id.as_deref()) {
            Ok(piece) => {
                record.state.making = None;
                record.state.next = Some(piece);
                return record.save();
            }
            // (What stands before the service may say so of a request that was honoured.)
            Err(Failure::Refused { refusal, error }) if refusal.status < 500 && refusal.status != 408 => {
                record.state.making = None;
                record.save()?;
                return Err(error);
            }
            Err(failure) => Error::from(failure),
        };
        api.log
            .step(|| format!("pat: no answer ({}); looking for a token with the comment {comment:?}", error.message));
        clear_up(record, api, by).map_err(|trouble| {
            let message = format!(
                "it is not known whether a token was made: {}; and its comment could not be looked for ({})",
                error.message, trouble.message
            );
            let hint = format!(
                "run this again later, which looks first; or revoke it: jeton pat revoke --if-exists --comment '{comment}'"
            );
            Error { message: crate::error::clean(&message), ..error.clone() }.hint(hint)
        })?;
        if tries == 2 {
            return Err(error);
        }
    }
}

/// Revokes the token that a making without an answer may have left.
pub(super) fn clear_up(record: &mut Record<'_>, api: &Api<'_>, by: &CacheKey) -> Result<()> {
    let Some(making) = record.state.making.clone() else { return Ok(()) };
    let all = record.state.application_id.is_some();
    let found = tokens::list(api, all).map_err(Error::from)?;
    let mut orphans = found.iter().filter(|info| info.comment == making.comment).peekable();
    if orphans.peek().is_none() && making.by != by.as_str() {
        // Its list does not tell of tokens of others.
        api.log.warn(format!(
            "another principal began to make a token with the comment {:?}; if there is one, an admin finds it with jeton \
             pat list --all",
            making.comment
        ));
    }
    for orphan in orphans {
        tokens::delete(api, &orphan.id, all).map_err(Error::from)?;
        api.log.warn(format!(
            "a token was made whose value never arrived; it was revoked ({}, comment {:?})",
            orphan.id, orphan.comment
        ));
    }
    record.state.making = None;
    record.save()
}

/// Revokes what killed processes left at this host: tokens that were made and never kept. Trouble with it is no failure of
/// who came to do something else.
pub fn sweep(keep: Keep<'_>, api: &Api<'_>, by: &CacheKey) {
    for mut record in keep.abandoned(api.host.origin()) {
        if record.state.making.as_ref().is_none_or(|making| making.by != by.as_str()) {
            continue;
        }
        match clear_up(&mut record, api, by) {
            // Nothing else is in it.
            Ok(()) if record.state.current.is_none() => drop(record.forget()),
            Ok(()) => {}
            Err(error) => api.log.step(|| format!("pat: an unfinished making was left: {}", error.message)),
        }
    }
}

/// The new token takes its place, and stands under its name.
///
/// # Errors
/// See [`crate::vault::Vault::store`].
pub fn project(record: &mut Record<'_>) -> Result<()> {
    if let Some(next) = record.state.next.take() {
        record.state.current = Some(next);
        record.state.since_ms = clock::now_millis();
        record.state.projected = false;
        record.save()?;
    }
    let (Some(name), Some(current)) = (record.state.name.clone(), record.state.current.clone()) else { return Ok(()) };
    if !record.state.projected {
        record.store_value(&name, &current.value)?;
        record.state.projected = true;
        record.save()?;
    }
    Ok(())
}
