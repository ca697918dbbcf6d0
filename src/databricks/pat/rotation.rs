//! A new token in the old one's place: made, proven, stored, swapped, and only then the old one revoked. The record tells
//! after each step how far it came, so a rotation that was killed goes on where it stood. It is over when what it had to
//! revoke is revoked: who comes after a kill before that ends it, and does not rotate once more.

use super::keep::{Old, Record, Rotation};
use super::making::{self, Wish};
use super::tokens;
use crate::clock;
use crate::databricks::api::{Api, Failure};
use crate::error::{Error, Kind, Result};
use crate::request::CacheKey;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// There is a new token.
    Done,
    /// An earlier rotation was brought to its end.
    Resumed,
}

/// Replaces the record's token. The old one is revoked `grace` seconds later: at once for 0, else by the next call that
/// comes after that time ([`revoke_due`]). A rotation that was begun goes on with what it was begun with.
///
/// # Errors
/// What Databricks says. The old token stays in use until the new one is proven and stored.
pub fn rotate(record: &mut Record<'_>, api: &Api<'_>, wish: &Wish, grace: u64, by: &CacheKey) -> Result<Rotated> {
    wish.check()?;
    let resumed = record.state.rotation.is_some() || record.state.next.is_some();
    let wish = if resumed {
        api.log.step(|| "pat: going on with a rotation that was begun".into());
        let state = &record.state;
        Wish { comment: state.comment.clone(), lifetime: state.lifetime(), ..wish.clone() }
    } else {
        wish.clone()
    };
    if record.state.rotation.is_none() {
        record.state.rotation = Some(Rotation { grace, swapped: false });
        // (What the resumed one goes by.)
        record.state.comment.clone_from(&wish.comment);
        record.state.lifetime = wish.lifetime.seconds();
        record.save()?;
    }
    if !record.is_swapped() {
        begin(record, api, &wish, by)?;
    }
    end(record, api)?;
    Ok(if resumed { Rotated::Resumed } else { Rotated::Done })
}

/// From the swap on.
///
/// # Errors
/// What Databricks says. Where it said nothing, or to come later, the rotation stays open; what it refuses it would refuse
/// again, and that keeps no later token from being replaced: the old one stays in the record, for [`revoke_due`].
pub(super) fn end(record: &mut Record<'_>, api: &Api<'_>) -> Result<()> {
    making::project(record)?;
    let revoked = revoke_due(record, api);
    if let Err(error) = &revoked
        && error.kind == Kind::Network
    {
        return revoked.map(drop);
    }
    if record.state.rotation.take().is_some() {
        record.save()?;
    }
    revoked.map(drop)
}

/// Up to the swap.
fn begin(record: &mut Record<'_>, api: &Api<'_>, wish: &Wish, by: &CacheKey) -> Result<()> {
    if let Err(error) = making::make(record, api, wish, by) {
        // Nothing was made: there is nothing to go on with.
        if record.state.making.is_none() && record.state.next.is_none() {
            record.state.rotation = None;
            record.save()?;
        }
        return Err(error);
    }
    prove(record, api)?;
    let grace = record.state.rotation.as_ref().map_or(0, |rotation| rotation.grace);
    let revoke_at = clock::now().saturating_add(grace);
    if let Some(old) = &record.state.current {
        record.state.old.push(Old { id: old.id.clone(), revoke_at });
    }
    record.state.current = record.state.next.take();
    record.state.since_ms = clock::now_millis();
    record.state.projected = false;
    if let Some(rotation) = &mut record.state.rotation {
        rotation.swapped = true;
    }
    record.save()
}

/// Whether the new token is taken. One that is not is revoked, and the old one stays.
fn prove(record: &mut Record<'_>, api: &Api<'_>) -> Result<()> {
    let Some(next) = record.state.next.clone() else { return Ok(()) };
    // Alone: the headers of somebody who is not in the workspace would hide what it is worth.
    let with_it = Api { token: &next.value, azure: None, ..*api };
    let (refusal, error) = match with_it.me() {
        Ok(_) => return Ok(()),
        Err(Failure::Refused { refusal, error }) => (refusal, error),
        Err(Failure::Unanswered(error)) => return Err(error),
    };
    if !matches!(refusal.status, 401 | 403) {
        return Err(error);
    }
    let all = record.state.application_id.is_some();
    tokens::delete(api, &next.id, all).map_err(Error::from)?;
    record.state.next = None;
    record.state.rotation = None;
    record.save()?;
    let message = format!("the new token was not accepted, so it was revoked and the old one stays: {}", error.message);
    Err(Error { message, kind: Kind::Refused, ..error })
}

/// Revokes the old tokens whose time has come. How many there were.
///
/// # Errors
/// What Databricks says; those that are not revoked yet stay in the record.
pub fn revoke_due(record: &mut Record<'_>, api: &Api<'_>) -> Result<usize> {
    let now = clock::now();
    let all = record.state.application_id.is_some();
    let due: Vec<String> =
        record.state.old.iter().filter(|old| old.revoke_at <= now).map(|old| old.id.clone()).collect();
    for id in &due {
        // (One that is gone already is as good.)
        tokens::delete(api, id, all).map_err(Error::from)?;
        record.state.old.retain(|old| old.id != *id);
        record.save()?;
    }
    Ok(due.len())
}

/// Revokes all that `record` knows of besides the token in use: what a rotation that never came to its end has made, and
/// the old ones whose grace is not over. For when the record is given up.
///
/// # Errors
/// What Databricks says; the record tells what is left.
pub fn give_up(record: &mut Record<'_>, api: &Api<'_>, by: &CacheKey) -> Result<()> {
    making::clear_up(record, api, by)?;
    if let Some(next) = &record.state.next {
        let all = record.state.application_id.is_some();
        tokens::delete(api, &next.id, all).map_err(Error::from)?;
        record.state.next = None;
        record.save()?;
    }
    for old in &mut record.state.old {
        old.revoke_at = 0;
    }
    revoke_due(record, api).map(drop)
}
