//! `jeton run`: a command with a token in its environment, and in nobody else's.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use clap::Args;

use super::args::{AwsArgs, CallArgs, SettingArgs};
use super::road::Road;
use super::{output, workspace};
use crate::entra::Cloud;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::platform;
use crate::profile::Field;
use crate::protocol::variables::{self, Chosen, Family, Values};
use crate::request::TokenRequest;
use crate::token::Token;

/// Seconds that a token has left when the command starts: it gets no other one. (For an hour's token a third of its life
/// counts, see [`crate::token::Token::phase`].)
const MARGIN: u64 = 1800;

/// What shells say of a command that is not there, and of one that can't be run (POSIX, "Exit Status for Commands").
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
    /// For which tools: token (JETON_TOKEN), databricks, aws, arm, psql, snowflake (repeatable; list separated by
    /// commas) [default: token]
    #[arg(long = "as", value_name = "FAMILY", value_delimiter = ',', value_parser = Family::parse)]
    families: Vec<&'static Family>,
    /// Put the token into this variable, or with =WHAT its header, type, expires-on or tenant (repeatable)
    #[arg(long = "env", value_name = "NAME[=WHAT]", value_parser = Chosen::parse)]
    chosen: Vec<Chosen>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl RunArgs {
    pub(super) fn run(mut self) -> Result<ExitCode> {
        if self.families.is_empty() && self.chosen.is_empty() {
            self.families.extend(Family::parse("token"));
        }
        if let Some((what, next)) = self.families.iter().find_map(|family| family.refusal) {
            return Err(Error::usage(what).hint(next));
        }
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        let mut road = Road::open(&self.call, flags, false)?;
        if self.families.iter().any(|family| family.needs_host()) {
            road.find_workspace()?;
        }
        self.default_resource(&mut road)?;
        let host = match self.families.iter().any(|family| family.needs_host()) {
            true => Some(workspace::url(&road.settings)?),
            false => None,
        };
        if self.families.iter().any(|family| family.name == "arm") {
            let audience = road.settings.audience()?;
            variables::check_assertion(audience.resource.as_ref().or(audience.scopes.first()).map_or("", |text| text))?;
        }
        let needs_token = !self.chosen.is_empty() || self.families.iter().any(|family| family.needs_token());
        let token = if needs_token { Some(get(&road, road.wanted(MARGIN)?)?) } else { None };
        let keys = if self.families.iter().any(|family| family.needs_keys()) { Some(keys(&road)?) } else { None };
        let values = Values { token: token.as_ref(), keys: keys.as_ref(), host };
        self.start(&values)
    }

    /// What the token is for where nobody says anything else.
    fn default_resource(&self, road: &mut Road<'_>) -> Result<()> {
        let mut resources: Vec<_> = self.families.iter().filter_map(|family| family.resource).collect();
        resources.sort_unstable();
        resources.dedup();
        let settings = &road.settings;
        let is_said = settings.get(Field::Scopes)?.is_some() || settings.get(Field::Resource)?.is_some();
        match resources[..] {
            _ if is_said => Ok(()),
            [] => Ok(()),
            // (A name such as databricks is looked up in its cloud; a URL is that of the public one.)
            [url] if url.contains("://") && settings.authority("common")?.1.is_some_and(|c| c != Cloud::Public) => {
                Err(Error::configuration("nothing says what the token is for in this cloud")
                    .hint("say so: --resource, or in the profile"))
            }
            [resource] => road.default_resource(resource),
            _ => Err(Error::usage("these tools want tokens for different resources, and one is got")
                .hint("run one in the other: jeton run --as ... -- jeton run --as ... -- COMMAND")),
        }
    }

    /// The command takes the place of this program, where the system has such a thing.
    fn start(&self, values: &Values<'_>) -> Result<ExitCode> {
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| Error::usage("no command is given").hint("jeton run -- COMMAND"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        for family in &self.families {
            for (name, value) in family.changes(values, environment::var)? {
                match value {
                    Some(value) => command.env(name, value.expose()),
                    None => command.env_remove(name),
                };
            }
        }
        for chosen in &self.chosen {
            if let Some(value) = chosen.value.of(values)? {
                command.env(&chosen.name, value.expose());
            }
        }
        platform::become_command(&mut command).or_else(|error| {
            let shown = program.to_string_lossy();
            let (code, text, next) = match error.kind() {
                io::ErrorKind::NotFound => (NOT_FOUND, "not found", "check its name, and PATH"),
                _ => (NOT_EXECUTABLE, "not run", "check that it is a program, and its permissions"),
            };
            output::complain(&Error::new(Kind::Failed, format!("{shown}: {text} ({error})")).hint(next));
            Ok(ExitCode::from(code))
        })
    }
}

/// The token of `request`. No process renews it beside this one: the command would find a child that it does not know.
fn get(road: &Road<'_>, request: TokenRequest) -> Result<Token> {
    road.get(&TokenRequest { background: false, ..request })
}

fn keys(road: &Road<'_>) -> Result<Token> {
    let request = road.aws()?.ok_or_else(|| {
        Error::configuration("no AWS role is set")
            .hint("give --aws-role-arn, set AWS_ROLE_ARN, or put aws_role_arn into the profile")
    })?;
    get(road, request)
}
