//! `jeton logout`: what was kept of a sign-in or an app goes: refresh token, tokens, and whatever else was written for it.

use std::collections::BTreeSet;
use std::io;

use clap::Args;

use super::args::{AwsArgs, SettingArgs};
use super::output;
use super::road::{bounds, default_audience};
use crate::cache::{Cache, Inventory};
use crate::clock::Deadline;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::flow;
use crate::log::Log;
use crate::profile::{FIELDS, Settings, Store};
use crate::request::{CacheKey, Flow as _};
use crate::secret::SecretSource;
use crate::sign_in::SignIns;
use crate::vault::{SecretName, Vault};
use crate::who::Who;

#[derive(Debug, Args)]
pub(super) struct LogoutArgs {
    /// Profile whose sign-in or app is meant (or JETON_PROFILE)
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Everything that jeton ever kept, except profiles.json and the secrets that were set by hand
    #[arg(long, conflicts_with = "profile")]
    all: bool,
    /// Nothing on stderr on success
    #[arg(long)]
    silent: bool,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

/// What was removed.
#[derive(Debug, Default)]
struct Gone {
    refresh_tokens: usize,
    /// Whose those were, and the tokens.
    accounts: BTreeSet<String>,
    tokens: usize,
    /// Records of failed fetches and prompts, damaged entries, what killed writers left.
    leftovers: usize,
    snapshots: usize,
    /// Keys that another process fetches and does not end.
    busy: usize,
}

impl LogoutArgs {
    pub(super) fn run(self) -> Result<()> {
        let (_, wait) = bounds(None)?;
        let place = Place {
            cache: Cache::new(environment::cache_dir()?),
            vault: Vault::from_environment()?,
            deadline: Deadline::after(wait),
        };
        let (gone, whose, kept) = if self.all { self.everything(&place)? } else { self.one(&place)? };
        if !self.silent {
            output::note(&gone.told(&whose));
            for name in kept {
                output::note(&format!(
                    "kept the secret {name}, because somebody set it by hand; to remove it: jeton secret remove {name}"
                ));
            }
        }
        if gone.busy > 0 {
            return Err(Error::network("another process is still fetching such a token, and may keep it")
                .hint("let it end, or end it, and run this again"));
        }
        Ok(())
    }

    /// The sign-in or app of the settings: what was removed, whose it was, and which secrets stay.
    fn one(&self, place: &Place) -> Result<(Gone, String, Vec<SecretName>)> {
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        let store = Store::new(&environment::config_dir()?, place.cache.dir());
        let mut settings = Settings::load(flags, self.profile.as_deref(), &store)?;
        default_audience(&mut settings)?;
        let flow = flow::of(&settings)?.flow;
        let who = flow.identity().who();
        let keys = settings.aws_role()?.map(|role| role.identity().who());
        let mut gone = Gone::default();
        if who.is_user() {
            gone.sign_out(&who.key(), place)?;
        }
        // After that nobody gets a token by the sign-in any more. Who got one before it has a record of the flight.
        let inventory = place.inventory()?;
        let is_meant = |of: &Who| *of == who || keys.as_ref() == Some(of);
        let listing = inventory.list();
        let tokens = listing.tokens.iter().filter(|listed| is_meant(&listed.who) || listed.via.as_ref() == Some(&who));
        let mut meant: BTreeSet<CacheKey> = BTreeSet::new();
        for listed in tokens {
            gone.accounts.extend(listed.account.clone());
            meant.insert(listed.key.clone());
        }
        let flights = inventory.flights().filter(|(_, flight)| flight.who.as_ref().is_some_and(is_meant));
        meant.extend(flights.map(|(key, _)| key.clone()));
        // Of a failed fetch or a damaged entry, nothing says whose it was.
        meant.insert(CacheKey::of_flow(&*flow));
        meant.iter().try_for_each(|key| gone.remove(key, &inventory, place))?;
        let whose = match gone.accounts.iter().next() {
            Some(_) => Vec::from_iter(gone.accounts.iter().map(String::as_str)).join(", "),
            None if who.is_user() => format!("the sign-in to the app {}", who.client),
            None if who.client.is_empty() => format!("the flow {}", who.flow),
            None => format!("the app {}", who.client),
        };
        let whose = if who.tenant.is_empty() { whose } else { format!("{whose} (tenant {})", who.tenant) };
        Ok((gone, whose, named_secrets(&settings, &place.vault)?))
    }

    fn everything(&self, place: &Place) -> Result<(Gone, String, Vec<SecretName>)> {
        if self.settings.flags().given().next().is_some() {
            return Err(Error::usage("--all leaves nothing to choose by other settings")
                .hint("leave --all out to sign out of what these settings mean"));
        }
        let mut gone = Gone::default();
        for name in place.vault.own_names()? {
            if let Some(key) = CacheKey::parse(name.as_str()) {
                gone.sign_out(&key, place)?;
            }
        }
        gone.leftovers += SignIns::forget_all()?;
        place.vault.forget_notice();
        let inventory = place.inventory()?;
        let accounts = inventory.list().tokens.into_iter().filter_map(|listed| listed.account);
        gone.accounts.extend(accounts);
        inventory.keys().try_for_each(|key| gone.remove(key, &inventory, place))?;
        gone.snapshots = place.cache.remove_rest().map_err(|error| place.failed(&error))?;
        let whose = match gone.accounts.is_empty() {
            true => "everybody".to_owned(),
            false => format!("everybody ({})", Vec::from_iter(gone.accounts.iter().map(String::as_str)).join(", ")),
        };
        let secrets = place.vault.list(&Log::silent())?;
        let kept = secrets.into_iter().map(|(name, ..)| name).filter(SecretName::is_chosen).collect();
        Ok((gone, whose, kept))
    }
}

/// Where things are removed, and how long others are waited for.
struct Place {
    cache: Cache,
    vault: Vault,
    deadline: Deadline,
}

impl Place {
    fn inventory(&self) -> Result<Inventory<'_>> {
        self.cache.inventory().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::new(Kind::Failed, format!("not all could be removed from {}: {error}", self.cache.dir().display()))
            .hint("see to the folder's permissions, and run this again")
    }
}

impl Gone {
    fn sign_out(&mut self, key: &CacheKey, place: &Place) -> Result<()> {
        let out = SignIns::sign_out(key, &place.vault, place.deadline)?;
        self.refresh_tokens += usize::from(out.refresh_token);
        self.leftovers += usize::from(out.memory);
        self.accounts.extend(out.label.map(|(label, _)| label.account).filter(|account| !account.is_empty()));
        Ok(())
    }

    fn remove(&mut self, key: &CacheKey, inventory: &Inventory<'_>, place: &Place) -> Result<()> {
        let removed = inventory.remove(key, Some(place.deadline)).map_err(|error| place.failed(&error))?;
        self.tokens += usize::from(removed.token);
        self.leftovers += usize::from(removed.leftovers);
        self.busy += usize::from(removed.busy);
        Ok(())
    }

    /// What was done, as a line.
    fn told(&self, whose: &str) -> String {
        let parts: Vec<String> = [
            (self.refresh_tokens, "refresh token"),
            (self.tokens, "cached token"),
            (self.leftovers, "leftover"),
            (self.snapshots, "snapshot of a profile"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
        match parts.split_last() {
            None => format!("there was nothing to remove of {whose}"),
            Some((last, [])) => format!("signed out {whose}: removed {last}"),
            Some((last, first)) => format!("signed out {whose}: removed {} and {last}", first.join(", ")),
        }
    }
}

/// `1 cached token`, `2 snapshots of a profile`.
fn counted(count: usize, what: &str) -> String {
    let (noun, rest) = match what.split_once(" of ") {
        Some((noun, rest)) => (noun, format!(" of {rest}")),
        None => (what, String::new()),
    };
    format!("{count} {noun}{}{rest}", if count == 1 { "" } else { "s" })
}

/// The secrets that the settings name and the vault has.
fn named_secrets(settings: &Settings, vault: &Vault) -> Result<Vec<SecretName>> {
    let mut names = Vec::new();
    for field in FIELDS.iter().map(|spec| spec.field).filter(|field| field.is_source()) {
        // What is no source is told where it is used.
        if let Some(source) = settings.text(field)?
            && let Ok(SecretSource::Keyring(name)) = source.parse()
            && vault.contains(&name)
        {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_in_words_what_went() {
        let gone = Gone { refresh_tokens: 1, tokens: 2, snapshots: 2, ..Gone::default() };
        let told = gone.told("ada");
        assert_eq!(told, "signed out ada: removed 1 refresh token, 2 cached tokens and 2 snapshots of a profile");
        assert_eq!(Gone { leftovers: 1, ..Gone::default() }.told("ada"), "signed out ada: removed 1 leftover");
        assert_eq!(Gone::default().told("ada"), "there was nothing to remove of ada");
    }
}
