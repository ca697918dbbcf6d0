//! `jeton bazel get`: Bazel's credential helper, by a link named bazel-credential-jeton.

use std::time::Duration;

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::place::{self, AZURE_ARTIFACTS};
use super::token::MARGIN;
use super::{input, output};
use crate::error::Result;
use crate::protocol::bazel::{self, Request};

/// Bazel gives up after ten seconds (`--credential_helper_timeout`).
const PATIENCE: Duration = Duration::from_secs(9);

#[derive(Debug, Args)]
pub(super) struct BazelArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// What Bazel wants done
    #[arg(value_name = "get", value_parser = ["get"], hide_possible_values = true)]
    operation: String,
    /// The URI, where it is not on standard input
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl BazelArgs {
    pub(super) fn run(self) -> Result<()> {
        let uri = match self.url {
            Some(url) => url,
            None => Request::parse(&input::document()?)?.uri,
        };
        let place = bazel::place(&uri)?;
        let road = match &place {
            Some(place) => place::road(&self.call, self.settings.flags(), place, &AZURE_ARTIFACTS)?,
            None => None,
        };
        let Some(mut road) = road else { return output::print(bazel::NOTHING) };
        road.hurry(PATIENCE);
        road.ask_again_by(place::again(place::given(), &uri));
        let request = road.entra(MARGIN)?;
        road.travel(&request, |token| Ok(bazel::render(token)), output::print)
    }
}
