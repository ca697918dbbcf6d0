//! `jeton cargo`: a credential provider in cargo's own protocol, and in one line for `cargo:token-from-stdout`.

use std::ffi::OsString;

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::road::{Road, foreign};
use super::token::MARGIN;
use super::{alone_from, input, output};
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Place, Service};
use crate::protocol::cargo::{self, Action, Request};
use crate::protocol::plain;

#[derive(Debug, Args)]
pub(super) struct CargoArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// Speak cargo's protocol on standard input and output; cargo adds this
    #[arg(long, conflicts_with = "url")]
    cargo_plugin: bool,
    /// URL of the registry's index (or CARGO_REGISTRY_INDEX_URL, which cargo sets)
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl CargoArgs {
    pub(super) fn run(self) -> Result<()> {
        if self.cargo_plugin { self.converse() } else { self.one_line() }
    }

    /// What `cargo:token-from-stdout` reads.
    fn one_line(self) -> Result<()> {
        let Some(url) = self.url.clone().or_else(|| environment::var("CARGO_REGISTRY_INDEX_URL")) else {
            return Err(Error::usage("it was not said which registry the token is for")
                .hint("give --url; cargo sets CARGO_REGISTRY_INDEX_URL"));
        };
        let Some(place) = cargo::place(&url)? else {
            // Told as for any other place.
            return Err(Place::parse(&url).map_or_else(|error| error, |place| foreign(&place)));
        };
        let road = Road::open_for(&self.call, self.settings.flags(), &place, Some(Service::AZURE_ARTIFACTS))?;
        let Some(road) = road else { return Err(foreign(&place)) };
        let request = road.wanted(MARGIN)?;
        road.travel(&request, |token| Ok(plain::authorization_line(token)), output::print)
    }

    /// One answer for each line, until cargo closes the pipe. Failures are answers too: stderr stays empty.
    fn converse(self) -> Result<()> {
        output::print(cargo::HELLO)?;
        loop {
            let answered = match input::line() {
                Ok(None) => return Ok(()),
                Ok(Some(line)) => self.answer(&line),
                Err(error) => return output::print(&cargo::failed(&error)),
            };
            if let Err(error) = answered {
                output::print(&cargo::failed(&error))?;
            }
        }
    }

    fn answer(&self, line: &str) -> Result<()> {
        let request = Request::parse(line)?;
        // cargo hands over what stands behind the program in its configuration in here, not on the command line.
        let mut words = request.args.iter().map(OsString::from).collect::<Vec<_>>();
        if words.first().is_some_and(|word| word == "cargo") {
            words.remove(0);
        }
        let parsed = if words.is_empty() { None } else { Some(parse(&words)?) };
        let args = parsed.as_ref().unwrap_or(self);
        let road = match cargo::place(&request.index_url)? {
            Some(place) => Road::open_for(&args.call, args.settings.flags(), &place, Some(Service::AZURE_ARTIFACTS))?,
            None => None,
        };
        let Some(road) = road else { return output::print(&cargo::not_ours()) };
        if request.action != Action::Get {
            return output::print(&cargo::not_supported());
        }
        let request = road.wanted(MARGIN)?;
        road.asked(line.as_bytes()).travel(&request, |token| Ok(cargo::got(token)), output::print)
    }
}

fn parse(words: &[OsString]) -> Result<CargoArgs> {
    alone_from(words).map_err(|error| {
        let told = error.to_string();
        let told = told.lines().next().unwrap_or_default();
        Error::usage(told.strip_prefix("error: ").unwrap_or(told))
            .hint("mend credential-provider in cargo's configuration; jeton cargo --help lists the options")
    })
}
