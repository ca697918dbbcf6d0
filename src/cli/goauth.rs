//! `jeton goauth [URL]`: what GOAUTH runs for Go's module downloads.

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::output;
use super::road::Road;
use super::token::MARGIN;
use crate::environment;
use crate::error::Result;
use crate::profile::{HostPattern, Place, Profile, Store};
use crate::protocol::goauth;

#[derive(Debug, Args)]
pub(super) struct GoauthArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// What could not be downloaded; go adds this. Without it, the hosts of the profile that is named are answered
    #[arg(value_name = "URL")]
    url: Option<String>,
}

impl GoauthArgs {
    /// Standard input (the server's answer) is not read: whoever answers 401, 403 or 404 gets the same token.
    pub(super) fn run(self) -> Result<()> {
        let flags = self.settings.flags();
        let (places, asked) = match &self.url {
            Some(url) => (None, Place::of_url(url)?),
            None => {
                let known = self.known()?;
                // All of them are one profile's.
                let first = known.first().cloned();
                (Some(known), first)
            }
        };
        let Some(asked) = asked else { return Ok(()) };
        let Some(road) = Road::open_for(&self.call, flags, &asked, None)? else { return Ok(()) };
        let places = match places {
            Some(known) => known,
            None => vec![root(&road, &asked)?],
        };
        let request = road.wanted(MARGIN)?;
        road.travel(&request, |token| Ok(goauth::render(&places, token)), output::print)
    }

    /// The places that the profile names without a star. Without a name there is none: go calls for every download, and
    /// that must not fetch the tokens of all profiles.
    fn known(&self) -> Result<Vec<Place>> {
        let store = Store::new(&environment::config_dir()?, &environment::cache_dir()?);
        let Some(profile) = Profile::named(self.call.profile.as_deref(), &store)? else { return Ok(Vec::new()) };
        Ok(profile.hosts()?.iter().filter_map(HostPattern::place).collect())
    }
}

/// The place at which begins what the road's profile means at `place`'s host: its headers go to all that is below.
fn root(road: &Road<'_>, place: &Place) -> Result<Place> {
    let hosts = road.settings.profile().map(Profile::hosts).transpose()?.unwrap_or_default();
    let best = hosts.iter().filter_map(|host| Some((host.fits(place)?, host))).max_by_key(|(exact, _)| *exact);
    Ok(match best {
        Some((_, host)) => host.root_of(place),
        None => Place { path: String::new(), ..place.clone() },
    })
}
