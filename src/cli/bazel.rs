//! `jeton bazel get`: Bazel's credential helper, by a link named bazel-credential-jeton.

use std::time::Duration;

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::road::Road;
use super::token::MARGIN;
use super::{input, output};
use crate::error::Result;
use crate::profile::Service;
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
        let (uri, question) = match self.url {
            Some(url) => (url, None),
            None => {
                let text = input::document()?;
                (Request::parse(&text)?.uri, Some(text))
            }
        };
        let road = match bazel::place(&uri)? {
            Some(place) => Road::open_for(&self.call, self.settings.flags(), &place, Some(Service::AZURE_ARTIFACTS))?,
            None => None,
        };
        let Some(mut road) = road else { return output::print(bazel::NOTHING) };
        road.hurry(PATIENCE);
        let request = road.wanted(MARGIN)?;
        road.asked(question.as_deref().map_or(&[], |text| text.as_bytes())).travel(
            &request,
            |token| Ok(bazel::render(token)),
            output::print,
        )
    }
}
