//! `jeton keyring get URL [USER]`: what pip and uv run as `keyring`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::args::{CallArgs, SettingArgs};
use super::output;
use super::road::Road;
use super::token::MARGIN;
use crate::error::{Error, Kind, Result};
use crate::profile::{Place, Service};
use crate::protocol::keyring;

#[derive(Debug, Args)]
pub(super) struct KeyringArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// password needs USER and prints the token; creds prints a user name as well
    #[arg(long, value_enum, value_name = "MODE", default_value = "password")]
    mode: Mode,
    /// Lines, or a JSON object
    #[arg(long = "output", value_enum, value_name = "FORM", default_value = "plain")]
    form: Form,
    /// get; set and del are refused, since there is nothing to keep
    #[arg(value_enum, value_name = "OPERATION", hide_possible_values = true)]
    operation: Operation,
    /// URL or host of the index
    #[arg(value_name = "URL")]
    service: Option<String>,
    /// User name that goes with the token; any will do
    #[arg(value_name = "USER")]
    user: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    Password,
    Creds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Plain,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Operation {
    Get,
    Set,
    Del,
}

impl KeyringArgs {
    /// keyring ends with 1 where it has no password, whatever the reason is, and with 2 where it was called wrongly.
    pub(super) fn run(self) -> Result<ExitCode> {
        match self.answer() {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::FAILURE),
            Err(error) if error.kind == Kind::Usage => Err(error),
            Err(error) => Err(Error { kind: Kind::Failed, ..error }),
        }
    }

    /// Whether there was something to answer.
    fn answer(self) -> Result<bool> {
        if self.operation != Operation::Get {
            return Err(Error::new(Kind::Failed, "jeton keeps no passwords: it fetches tokens").hint(
                "answer no where a tool offers to save one; jeton profile edit NAME --host HOST sets a host up",
            ));
        }
        let mode = match (self.mode, &self.user) {
            (Mode::Password, None) => {
                return Err(Error::usage("get requires service and username")
                    .hint("give both: keyring get URL USER; or use --mode creds"));
            }
            (Mode::Password, Some(_)) => keyring::Mode::Password,
            (Mode::Creds, _) => keyring::Mode::Credentials,
        };
        let Some(service) = &self.service else {
            return Err(Error::usage("get requires service").hint("give the index's URL"));
        };
        let user = self.user.as_deref();
        user.map_or(Ok(()), keyring::check_user)?;
        let Some(place) = Place::of_url(service)? else { return Ok(false) };
        let road = Road::open_for(&self.call, self.settings.flags(), &place, Some(Service::AZURE_ARTIFACTS))?;
        let Some(road) = road else { return Ok(false) };
        let request = road.wanted(MARGIN)?;
        let json = self.form == Form::Json;
        road.travel(&request, |token| Ok(keyring::render(mode, json, user, token)), output::print)?;
        Ok(true)
    }
}
