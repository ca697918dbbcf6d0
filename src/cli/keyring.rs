//! `jeton keyring get URL [USER]`: what pip and uv run as `keyring`.

use std::process::ExitCode;

use clap::Args;

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
    /// password (what is done without it) needs USER and prints the token; creds prints a user name as well
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
    /// plain (what is done without it) for lines, or json
    #[arg(long = "output", value_name = "FORM")]
    form: Option<String>,
    /// get (set and del are refused, since there is nothing to keep), URL or host of the index, and a user name that goes
    /// with the token; any will do
    // (One argument: three take 15,000 instructions more.)
    #[arg(required = true, num_args = 1..=3, value_names = ["OPERATION", "URL", "USER"])]
    words: Vec<String>,
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
        let mut words = self.words.iter().map(String::as_str);
        match words.next().unwrap_or_default() {
            "get" => {}
            "set" | "del" => {
                return Err(Error::new(Kind::Failed, "jeton keeps no passwords: it fetches tokens").hint(
                    "answer no where a tool offers to save one; jeton profile edit NAME --host HOST sets a host up",
                ));
            }
            other => {
                return Err(
                    Error::usage(format!("keyring has no operation {other:?} here")).hint("use: keyring get URL USER")
                );
            }
        }
        let (service, user) = (words.next(), words.next());
        let mode = match (self.mode.as_deref().unwrap_or("password"), user) {
            ("password", None) => {
                return Err(Error::usage("get requires service and username")
                    .hint("give both: keyring get URL USER; or use --mode creds"));
            }
            ("password", Some(_)) => keyring::Mode::Password,
            ("creds", _) => keyring::Mode::Credentials,
            (other, _) => {
                return Err(Error::usage(format!("keyring has no mode {other:?}")).hint("use one of: password, creds"));
            }
        };
        let json = match self.form.as_deref() {
            None | Some("plain") => false,
            Some("json") => true,
            Some(other) => {
                return Err(Error::usage(format!("keyring has no output {other:?}")).hint("use one of: plain, json"));
            }
        };
        let Some(service) = service else {
            return Err(Error::usage("get requires service").hint("give the index's URL"));
        };
        user.map_or(Ok(()), keyring::check_user)?;
        let Some(place) = Place::of_url(service)? else { return Ok(false) };
        let road = Road::open_for(&self.call, self.settings.flags(), &place, Some(Service::AZURE_ARTIFACTS))?;
        let Some(road) = road else { return Ok(false) };
        let request = road.wanted(MARGIN)?;
        road.travel(&request, |token| Ok(keyring::render(mode, json, user, token)), output::print)?;
        Ok(true)
    }
}
