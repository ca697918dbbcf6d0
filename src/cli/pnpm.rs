//! `jeton pnpm`: what `tokenHelper` in a user's .npmrc runs.

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::output;
use super::road::{Road, foreign};
use super::token::MARGIN;
use crate::error::Result;
use crate::profile::{Place, Service};
use crate::protocol::plain;

#[derive(Debug, Args)]
pub(super) struct PnpmArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// URL of the registry, to have the profile found by its host; pnpm itself does not say it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl PnpmArgs {
    pub(super) fn run(self) -> Result<()> {
        let flags = self.settings.flags();
        let road = match &self.url {
            Some(url) => {
                let place = Place::parse(url)?;
                let road = Road::open_for(&self.call, flags, &place, Some(Service::AZURE_ARTIFACTS))?;
                road.ok_or_else(|| foreign(&place))?
            }
            // Whoever wrote the line beside the registry's URL has said which token it gets.
            None => {
                let mut road = Road::open(&self.call, flags, true)?;
                road.default_resource(Service::AZURE_ARTIFACTS.resource)?;
                road.ask_nobody_by_default()?;
                road
            }
        };
        let request = road.wanted(MARGIN)?;
        // With its scheme: older versions send what they get as the whole header.
        road.travel(&request, |token| Ok(plain::authorization_line(token)), output::print)
    }
}
