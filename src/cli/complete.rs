//! `jeton __complete KIND`: the values that a shell offers where the grammar can't know them. The scripts that
//! packaging/pages makes ask for it at a press of Tab, so it reads what is on the disk at once, and says nothing else:
//! where something is wrong, there is nothing to offer.

use std::ffi::OsString;

use super::output;
use crate::databricks::pat;
use crate::entra::{Cloud, WELL_KNOWN};
use crate::environment;
use crate::error::{Result, clean};
use crate::profile::{Field, FlowName, Profile, Store};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Names of profiles, with their flows.
    Profiles,
    /// Well-known scopes, with what they stand for.
    Scopes,
    Flows,
    Clouds,
    /// What `jeton pat list` showed last: ids, and names that tokens are kept under.
    Pats,
    /// Those names alone.
    KeptPats,
    /// A kind of a newer script.
    Unknown,
}

/// A value, and what is said of it.
type Offer = (String, String);

impl Kind {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        match arguments.first().and_then(|kind| kind.to_str()) {
            Some("profiles") => Self::Profiles,
            Some("scopes") => Self::Scopes,
            Some("flows") => Self::Flows,
            Some("clouds") => Self::Clouds,
            Some("pats") => Self::Pats,
            Some("kept-pats") => Self::KeptPats,
            _ => Self::Unknown,
        }
    }

    /// Prints a line for each: the value, and behind a tab what is said of it.
    pub(super) fn run(self) -> Result<()> {
        let mut text = String::new();
        for (value, about) in self.offers().into_iter().filter(|(value, _)| is_plain(value)) {
            text.push_str(&value);
            if !about.is_empty() {
                text.push('\t');
                text.push_str(&clean(&about));
            }
            text.push('\n');
        }
        output::print(&text)
    }

    fn offers(self) -> Vec<Offer> {
        let alone = |name: &'static str| (name.to_owned(), String::new());
        match self {
            Self::Profiles => profiles().unwrap_or_default(),
            Self::Scopes => WELL_KNOWN.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            Self::Flows => FlowName::names().map(alone).collect(),
            Self::Clouds => Cloud::names().map(alone).collect(),
            Self::Pats => {
                let listed = pat::remembered();
                let ids = listed.iter().map(|pat| (pat.id.clone(), pat.comment.clone()));
                ids.chain(kept(&listed)).collect()
            }
            Self::KeptPats => kept(&pat::remembered()).collect(),
            Self::Unknown => Vec::new(),
        }
    }
}

/// Whether no shell has anything to expand in it: Bash expands what it is offered, and ids come from a server.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.@:/+".contains(&c))
}

fn profiles() -> Result<Vec<Offer>> {
    let document = Store::new(&environment::config_dir()?, &environment::cache_dir()?).load()?;
    let text = |profile: &Profile, field| profile.get(field).ok().flatten();
    let about = |profile: &Profile| text(profile, Field::Flow).or_else(|| text(profile, Field::Tenant));
    Ok(document.profiles().map(|profile| (profile.name.clone(), about(&profile).unwrap_or_default())).collect())
}

fn kept(listed: &[pat::Listed]) -> impl Iterator<Item = Offer> + '_ {
    listed.iter().filter_map(|pat| pat.name.clone().map(|name| (name, pat.comment.clone())))
}
