//! `jeton status`: profiles and cached tokens, whose they are, what for, and until when. It reads metadata alone: no
//! token, no keyring, no network, so it is quick with ten thousand of them and works where all of that is broken.

mod render;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::output;
use super::road::default_audience;
use crate::cache::{Cache, Listed};
use crate::clock;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::flow;
use crate::log::Log;
use crate::profile::{Field, Profile, Settings, Store};
use crate::request::{CacheKey, Flow as _};
use crate::sign_in::{REFRESH_TOKEN, secret_name};
use crate::vault::{Label, SecretName, StoreKind, Vault};
use crate::who::Who;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// This profile alone
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Print a JSON object: profiles, and what belongs to none
    #[arg(long)]
    json: bool,
    /// No warnings on stderr
    #[arg(long)]
    silent: bool,
}

/// A profile, or somebody whose tokens belong to none.
#[derive(Debug)]
struct Owner {
    /// `None` for what belongs to no profile.
    profile: Option<String>,
    flow: String,
    /// Whose the tokens are; `None` where the profile can't be used as it is.
    who: Option<Who>,
    /// Why not.
    problem: Option<Error>,
    tokens: Vec<Listed>,
    refresh_token: Option<(Label, StoreKind)>,
}

/// What a profile means, for finding its tokens.
struct Meant {
    who: Who,
    /// The AWS role's.
    keys: Option<Who>,
    own: CacheKey,
    flow: &'static str,
}

/// All refresh tokens, by name.
type RefreshTokens = BTreeMap<SecretName, (Label, StoreKind)>;

impl StatusArgs {
    pub(super) fn run(self) -> Result<()> {
        let log = Log::new(!self.silent, false);
        let cache = Cache::new(environment::cache_dir()?);
        let store = Store::new(&environment::config_dir()?, cache.dir());
        let profiles: Vec<Profile> = match &self.profile {
            Some(name) => Profile::named(Some(name), &store)?.into_iter().collect(),
            None => store.load()?.profiles().collect(),
        };
        let listing = match cache.inventory() {
            Ok(inventory) => inventory.list(),
            Err(error) => {
                return Err(Error::new(
                    Kind::Failed,
                    format!("the cache folder {} can't be read: {error}", cache.dir().display()),
                )
                .hint("check its permissions, or set JETON_CACHE_DIR"));
            }
        };
        match listing.unreadable.as_slice() {
            [] => {}
            [one] => log.warn(one),
            [one, others @ ..] => log.warn(format!("{one}; and {} others are no better", others.len())),
        }
        let secrets = Vault::from_environment()?.list(&log)?.into_iter();
        let refresh_tokens: RefreshTokens = secrets
            .filter(|(_, label, _)| label.what == REFRESH_TOKEN)
            .map(|(name, label, kind)| (name, (label, kind)))
            .collect();
        let owners = owners(profiles, listing.tokens, refresh_tokens, self.profile.is_none());
        let now = clock::now();
        if self.json {
            return output::print(&render::json(&owners, now));
        }
        if owners.is_empty() {
            if !self.silent {
                output::note("there are no profiles and no cached tokens; make a profile: jeton profile create NAME");
            }
            return Ok(());
        }
        output::print(&render::table(&owners, now, render::Look::of_stdout()))
    }
}

/// Puts tokens to their profiles. A token is of each profile that would be answered with it; one that no profile would be
/// answered with is of those with the same sign-in or app.
fn owners(
    profiles: Vec<Profile>,
    tokens: Vec<Listed>,
    mut refresh_tokens: RefreshTokens,
    with_orphans: bool,
) -> Vec<Owner> {
    let mut owners: Vec<Owner> = Vec::with_capacity(profiles.len());
    let (mut by_key, mut by_who) = (BTreeMap::<_, Vec<usize>>::new(), BTreeMap::<_, Vec<usize>>::new());
    let mut used = BTreeSet::new();
    for profile in profiles {
        let name = profile.name.clone();
        let index = owners.len();
        let named = profile.get(Field::Flow).ok().flatten().unwrap_or_default();
        owners.push(match meant(profile) {
            Ok(meant) => {
                let refresh_token = secret_name(&meant.who).ok().and_then(|secret| {
                    let found = refresh_tokens.get(&secret).cloned();
                    used.insert(secret);
                    found
                });
                by_key.entry(meant.own).or_default().push(index);
                by_who.entry(meant.who.clone()).or_default().push(index);
                if let Some(keys) = meant.keys {
                    by_who.entry(keys).or_default().push(index);
                }
                Owner {
                    profile: Some(name),
                    flow: meant.flow.to_owned(),
                    who: Some(meant.who),
                    problem: None,
                    tokens: Vec::new(),
                    refresh_token,
                }
            }
            Err(problem) => Owner {
                profile: Some(name),
                flow: named,
                who: None,
                problem: Some(problem),
                tokens: Vec::new(),
                refresh_token: None,
            },
        });
    }
    let mut orphans: BTreeMap<Who, Owner> = BTreeMap::new();
    for token in tokens {
        let whose = by_key.get(&token.key).or_else(|| by_who.get(&token.who));
        let whose = whose.or_else(|| by_who.get(token.via.as_ref()?));
        match whose {
            Some(indices) => indices.iter().for_each(|index| owners[*index].tokens.push(token.clone())),
            None => {
                let mut refresh_token = || {
                    let secret = secret_name(&token.who).ok()?;
                    refresh_tokens.remove(&secret)
                };
                let orphan = orphans.entry(token.who.clone()).or_insert_with(|| Owner {
                    profile: None,
                    flow: token.flow.clone(),
                    who: Some(token.who.clone()),
                    problem: None,
                    tokens: Vec::new(),
                    refresh_token: refresh_token(),
                });
                orphan.tokens.push(token);
            }
        }
    }
    if with_orphans {
        owners.extend(orphans.into_values());
        let left = refresh_tokens.into_iter().filter(|(name, _)| !used.contains(name));
        owners.extend(left.map(|(_, (label, kind))| Owner {
            profile: None,
            flow: Who::USER.to_owned(),
            who: Some(Who::new(&label.provider, Who::USER, &label.authority, &label.tenant, &label.client, "")),
            problem: None,
            tokens: Vec::new(),
            refresh_token: Some((label, kind)),
        }));
    }
    for owner in &mut owners {
        owner.tokens.sort_by(|one, other| one.scopes.cmp(&other.scopes).then(one.key.cmp(&other.key)));
    }
    owners
}

/// What a profile means, together with the environment, as a call of `jeton token -p` would.
fn meant(profile: Profile) -> Result<Meant> {
    let mut settings = Settings::of_read(profile);
    default_audience(&mut settings)?;
    let flow = flow::of(&settings)?.flow;
    let identity = flow.identity();
    Ok(Meant {
        who: identity.who(),
        keys: settings.aws_role()?.map(|role| role.identity().who()),
        own: CacheKey::of_flow(&*flow),
        flow: identity.flow,
    })
}
