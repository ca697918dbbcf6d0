//! The road for tools that name a place and want its credential: which profile answers, and whether any does.

use std::ffi::OsString;

use super::args::CallArgs;
use super::personality;
use super::road::Road;
use crate::cache::Cache;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, Flags, HostPattern, Origin, Place, Profile, Settings, Store};

/// Hosts of a service that everybody knows, and what a token for them is for.
pub(super) struct Service {
    /// As in a profile's `hosts`.
    pub(super) hosts: &'static [&'static str],
    /// A well-known resource.
    pub(super) resource: &'static str,
}

/// No host but those of profiles.
pub(super) const NO_SERVICE: Service = Service { hosts: &[], resource: "" };

/// Feeds of packages in Azure DevOps ("Allowed IP addresses and domain URLs", Microsoft Learn).
pub(super) const AZURE_ARTIFACTS: Service =
    Service { hosts: &["pkgs.dev.azure.com", "*.visualstudio.com"], resource: "devops" };

impl Service {
    fn is_at(&self, place: &Place) -> bool {
        self.hosts.iter().filter_map(|host| host.parse::<HostPattern>().ok()).any(|host| host.fits(place).is_some())
    }
}

/// The road to a token for `place`; `None` where it is none of ours, which opens no socket and no other file than
/// profiles.json.
///
/// The profile that is named (`-p`, JETON_PROFILE) has to have the place in its `hosts`; without a name it is the one
/// that has. At a place of `service`, a profile without any `hosts` and the environment alone are good as well, and the
/// token is for the service's resource, whatever the profile's other tokens are for.
///
/// # Errors
/// A profile that is not there, a malformed profiles.json, two profiles that mean the place equally well.
pub(super) fn road<'a>(
    call: &'a CallArgs,
    mut flags: Flags,
    place: &Place,
    service: &Service,
) -> Result<Option<Road<'a>>> {
    let cache_dir = environment::cache_dir()?;
    let store = Store::new(&environment::config_dir()?, &cache_dir);
    let profile = match name(call) {
        Some(name) => Some(store.find(&name)?),
        None => store.find_for(place)?,
    };
    let hosts = profile.as_ref().map(Profile::hosts).transpose()?.unwrap_or_default();
    let listed = hosts.iter().any(|host| host.fits(place).is_some());
    let served = service.is_at(place);
    let implied = served && hosts.is_empty();
    if !listed && !implied {
        return Ok(None);
    }
    let says_audience = flags.given().any(|(field, _)| matches!(field, Field::Scopes | Field::Resource));
    if !listed && !says_audience {
        // (Ranks with the flags: it must not lose against the profile's scopes.)
        flags.set_from(Field::Resource, Some(service.resource), Origin::Caller("the host"));
    }
    let mut road = Road::begin(call, Settings::join(flags, profile), Cache::new(cache_dir), true)?;
    if served {
        road.default_resource(service.resource)?;
    }
    road.ask_nobody()?;
    Ok(Some(road))
}

/// The profile that is named (`-p`, JETON_PROFILE).
///
/// # Errors
/// A profile that is not there, a malformed profiles.json.
pub(super) fn named(call: &CallArgs) -> Result<Option<Profile>> {
    let store = Store::new(&environment::config_dir()?, &environment::cache_dir()?);
    name(call).map(|name| store.find(&name)).transpose()
}

fn name(call: &CallArgs) -> Option<String> {
    call.profile.clone().filter(|name| !name.is_empty()).or_else(environment::profile)
}

/// The place at which begins what the road's profile means at `place`'s host: its headers go to all that is below.
pub(super) fn root(road: &Road<'_>, place: &Place) -> Result<Place> {
    let hosts = road.settings.profile().map(Profile::hosts).transpose()?.unwrap_or_default();
    let best = hosts.iter().filter_map(|host| Some((host.fits(place)?, host))).max_by_key(|(exact, _)| *exact);
    Ok(match best {
        Some((_, host)) => host.root_of(place),
        None => Place { path: String::new(), ..place.clone() },
    })
}

/// What is said where a place is none of ours and the caller's protocol has no word for that.
pub(super) fn foreign(place: &Place) -> Error {
    let host = &place.host;
    Error::configuration(format!("no token is set up for {host}"))
        .hint(format!("if {host} may have one, say so: jeton profile edit NAME --host {host}"))
}

/// The arguments that ask for `url` without standard input. Its query is left out: it may hold what is nobody's business.
pub(super) fn again(mut given: Vec<OsString>, url: &str) -> Vec<OsString> {
    given.push(format!("--url={}", url.split(['?', '#']).next().unwrap_or_default()).into());
    given
}

/// The arguments of this process, under its own name.
pub(super) fn given() -> Vec<OsString> {
    match personality::arguments() {
        Some(arguments) => arguments.to_vec(),
        None => std::env::args_os().skip(1).collect(),
    }
}
