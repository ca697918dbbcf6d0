//! The one road of a user's token: lock, refresh token, person, keep.

use std::time::{Duration, Instant};

use super::{Asking, NotRenewed, Policy, REFRESH_TOKEN, SignIns, SignedIn, UserFlow, secret_name};
use crate::clock::{self, Deadline};
use crate::error::{Error, Kind, Result};
use crate::interact::Means;
use crate::lock::{Lock, TryLock};
use crate::request::{CacheKey, FlowCall};
use crate::token::Token;
use crate::vault::{Label, Vault};

/// A token for `flow`: by its refresh token if it has one that lives, else by asking a person, if one may be asked.
///
/// # Errors
/// Sign-in: a person has to, and nobody may or can be asked, or refused. Else what the provider says.
pub fn fetch(flow: &dyn UserFlow, call: &FlowCall<'_>) -> Result<Token> {
    let sign_ins = call.sign_ins;
    let sign_in = flow.sign_in().who();
    let key = sign_in.key();
    let name = secret_name(&sign_in)?;
    let arrived_ms = clock::now_millis();
    let _lock = wait(flow, call, &key)?;
    let vault = sign_ins.vault()?;
    let keep = |signed_in: SignedIn| {
        keep(&vault, call, flow, &signed_in);
        SignIns::forget(&key);
        signed_in.token
    };
    let mut cause = None;
    if sign_ins.asking != Asking::Always {
        match vault.load(&name, call.log)? {
            Some((_, refresh_token)) => match flow.renew(call, &refresh_token) {
                Ok(renewed) => return Ok(keep(renewed)),
                Err(NotRenewed::Dead(error)) => {
                    call.log.step(|| format!("sign-in: the refresh token is dead ({})", error.message));
                    vault.remove(&name)?;
                    cause = Some(error);
                }
                Err(NotRenewed::WantsUser(error)) => cause = Some(error),
                Err(NotRenewed::Failed(error)) => return Err(error),
            },
            None => call.log.step(|| "sign-in: there is no refresh token".into()),
        }
    }
    // A process that renews beside its caller has nobody to ask.
    if !call.log.is_heard() && flow.means() != Means::Nothing {
        return Err(sign_ins.needed(cause, "but this process has nobody to ask"));
    }
    let policy = sign_ins.decide(flow.means(), cause)?;
    let with = flow.tried_with();
    if policy == Policy::Ask
        && let Some(memory) = SignIns::recall(&key, &with)
        && let Some(left) = memory.pause_left(clock::now_millis())
    {
        let shared = memory.at_ms >= arrived_ms;
        call.log
            .step(|| format!("sign-in: a prompt failed {}", if shared { "while this one waited" } else { "before" }));
        return Err(sign_ins.paused(flow.means(), memory.error, Duration::from_millis(left)));
    }
    (call.progress)(flow.asking());
    let limit = if flow.means() == Means::Nothing { call.limit } else { sign_ins.timeout()? };
    let asked = flow.ask(&FlowCall { deadline: Deadline::after(limit), limit, ..*call });
    sign_ins.asked.set(asked.is_ok());
    asked.map(keep).inspect_err(|error| {
        // Also where nobody did anything in time. A service that can't be reached is not the person's answer, but who was
        // shown a page for nothing is not shown the next one at once.
        if matches!(error.kind, Kind::SignIn | Kind::Refused) || sign_ins.disturbed.get() {
            SignIns::remember(&key, with, error);
        }
    })
}

/// The refresh token goes to the disk first. Where it can't, the token is as good, and the person is told.
fn keep(vault: &Vault, call: &FlowCall<'_>, flow: &dyn UserFlow, signed_in: &SignedIn) {
    let Some(refresh_token) = &signed_in.refresh_token else { return };
    let sign_in = flow.sign_in();
    let name = secret_name(&sign_in.who());
    let mut profiles =
        name.as_ref().ok().and_then(|name| vault.label(name)).map_or_else(Vec::new, |(old, _)| old.profiles);
    if let Some(profile) = call.sign_ins.settings.profile()
        && !profiles.contains(&profile.name)
    {
        profiles.push(profile.name.clone());
    }
    let label = Label {
        what: REFRESH_TOKEN.into(),
        provider: sign_in.provider.into(),
        authority: sign_in.authority.clone(),
        tenant: sign_in.tenant.clone(),
        client: sign_in.client.clone(),
        account: signed_in.token.account.clone().unwrap_or_default(),
        profiles,
        ..Label::default()
    };
    let kept = name.and_then(|name| vault.store(&name, &label, refresh_token, call.log));
    match kept {
        Ok(kind) => call.log.step(|| format!("sign-in: the refresh token is kept ({kind})")),
        Err(error) => call.log.warn(format!("the sign-in can't be kept ({}); it ends with this token", error.message)),
    }
}

/// Waits for the sign-in's lock, as long as a person may take.
fn wait(flow: &dyn UserFlow, call: &FlowCall<'_>, key: &CacheKey) -> Result<Option<Lock>> {
    let start = Instant::now();
    let bound = call.sign_ins.timeout()?.saturating_add(call.limit);
    let mut told = false;
    loop {
        match SignIns::try_lock(key)? {
            TryLock::Held(lock) => return Ok(Some(lock)),
            TryLock::Unavailable(error) => {
                call.log.warn(format!("no lock can be taken for the sign-in: {error}"));
                return Ok(None);
            }
            TryLock::Busy => {}
        }
        // (A renewal takes less.)
        if !told && start.elapsed() > Duration::from_secs(2) {
            call.log.tell(format!("waiting: another process {}", flow.asking()));
            told = true;
        }
        if start.elapsed() >= bound {
            return Err(Error::network("another process holds the sign-in and does not end")
                .hint("end that process, or wait longer with --sign-in-timeout"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
