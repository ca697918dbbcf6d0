//! `jeton run`: a command with a token in its environment, and in nobody else's.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use clap::Args;

use super::args::{AwsArgs, CallArgs, SettingArgs};
use super::live::Roads;
use super::road::Road;
use super::{output, serve, workspace};
use crate::entra::Cloud;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::platform;
use crate::profile::{Field, Flags};
use crate::protocol::variables::{self, Change, Chosen, Family, Live, Values};
use crate::request::TokenRequest;
use crate::secret::Secret;
use crate::serve::{AccessLog, Address, Listener, Protocol, Route, Server};
use crate::setup::aws::default_credentials;
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
    /// For which tools: token (JETON_TOKEN), databricks, aws, azure, arm, psql, snowflake (repeatable; list separated by
    /// commas) [default: token]
    #[arg(long = "as", value_name = "FAMILY", value_delimiter = ',', value_parser = Family::parse)]
    families: Vec<&'static Family>,
    /// Answer the command for as long as it runs, at an address of its own (done for databricks, aws and azure)
    #[arg(long, conflicts_with = "fixed")]
    live: bool,
    /// Put a token into the environment, which ends when it does
    #[arg(id = "fixed", long = "static")]
    fixed: bool,
    /// Put the token into this variable, or with =WHAT its header, type, expires-on or tenant (repeatable)
    #[arg(long = "env", value_name = "NAME[=WHAT]", value_parser = Chosen::parse)]
    chosen: Vec<Chosen>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// A family of tools that asks this program for as long as the command runs.
struct Served {
    live: &'static Live,
    route: Route,
}

impl RunArgs {
    pub(super) fn run(mut self) -> Result<ExitCode> {
        if self.families.is_empty() && self.chosen.is_empty() {
            self.families.extend(Family::parse("token"));
        }
        if self.live && self.families.iter().all(|family| family.live.is_none()) {
            return Err(Error::usage("these tools can't ask again: they read a variable once")
                .hint("leave out --live, or say for which tools it is: --as databricks, aws or azure"));
        }
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        let mut road = Road::open(&self.call, flags.clone(), false)?;
        let (served, fixed) = self.split(&flags)?;
        Self::default_resource(&mut road, &fixed)?;
        if fixed.iter().any(|family| family.name == "arm") {
            let audience = road.settings.audience()?;
            variables::check_assertion(audience.resource.as_ref().or(audience.scopes.first()).map_or("", |text| text))?;
        }
        let needs_host = fixed.iter().any(|family| family.needs_host());
        let host = if needs_host { Some(workspace::url(&road.settings)?) } else { None };
        let needs_token = !self.chosen.is_empty() || fixed.iter().any(|family| family.needs_token());
        let token = if needs_token { Some(get(&road, road.wanted(MARGIN)?)?) } else { None };
        let keys = if fixed.iter().any(|family| family.needs_keys()) { Some(keys(&road)?) } else { None };
        // A command that asks later finds what it asks for, or is not started at all.
        for served in &served {
            if let Some(want) = served.route.first() {
                Roads::begin(&self.call, flags.clone(), &want)?;
            }
        }
        let values = Values { token: token.as_ref(), keys: keys.as_ref(), host, client: None };
        self.start(&values, served, &fixed)
    }

    /// Which families are answered while the command runs, and which get plain variables.
    fn split(&self, flags: &Flags) -> Result<(Vec<Served>, Vec<&'static Family>)> {
        let (mut served, mut fixed) = (Vec::new(), Vec::new());
        for family in &self.families {
            match self.serve(family, flags) {
                Ok(Some(route)) => served.push(route),
                Ok(None) if family.sets.is_empty() => {
                    return Err(Error::usage("the Azure SDKs, az and azd read no variable that holds a token").hint(
                        "leave out --static, or keep an assertion in a file: jeton write FILE --watch, with \
                         AZURE_FEDERATED_TOKEN_FILE=FILE (docs/run.md)",
                    ));
                }
                // What stands in the way of an endpoint is no reason to start nothing, unless one was asked for.
                Err(error) if self.live || family.sets.is_empty() => return Err(error),
                Ok(None) | Err(_) => fixed.push(*family),
            }
        }
        Ok((served, fixed))
    }

    fn serve(&self, family: &Family, flags: &Flags) -> Result<Option<Served>> {
        let Some(live) = family.live.filter(|_| !self.fixed) else { return Ok(None) };
        let program = self.command.first().map(Path::new).and_then(Path::file_stem).unwrap_or_default();
        if !self.live && live.unknown_to.iter().any(|known| program == *known) {
            return Ok(None);
        }
        if live.protocol == Protocol::Aws
            && let Some(file) = default_credentials()
        {
            return Err(Error::configuration(format!(
                "the AWS SDKs would take the credentials of the default profile in {}",
                file.display()
            ))
            .hint("give those another name than default, or use --static"));
        }
        let roads = Roads::new(&self.call, self.call.profile.as_deref(), flags.clone());
        let route = serve::route(live.protocol, self.call.profile.as_deref(), Arc::new(roads))?;
        Ok(Some(Served { live, route }))
    }

    /// What the token is for where nobody says anything else.
    fn default_resource(road: &mut Road<'_>, fixed: &[&Family]) -> Result<()> {
        let mut resources: Vec<_> = fixed.iter().filter_map(|family| family.resource).collect();
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

    /// The command takes the place of this program, where the system has such a thing and nobody has to answer it.
    fn start(&self, values: &Values<'_>, served: Vec<Served>, fixed: &[&'static Family]) -> Result<ExitCode> {
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| Error::usage("no command is given").hint("jeton run -- COMMAND"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        let mut changes = Vec::new();
        for family in fixed {
            changes.extend(family.changes(values, environment::var)?);
        }
        let is_served = !served.is_empty();
        if is_served {
            changes.extend(self.answer(served)?);
            changes.extend(variables::around_proxies(environment::var));
        }
        for (name, value) in changes {
            match value {
                Some(value) => command.env(name, value.expose()),
                None => command.env_remove(name),
            };
        }
        for chosen in &self.chosen {
            if let Some(value) = chosen.value.of(values)? {
                command.env(&chosen.name, value.expose());
            }
        }
        let ended = if is_served { platform::run_beside(&mut command) } else { platform::become_command(&mut command) };
        ended.or_else(|error| {
            let shown = program.to_string_lossy();
            let (code, text, next) = match error.kind() {
                io::ErrorKind::NotFound => (NOT_FOUND, "not found", "check its name, and PATH"),
                _ => (NOT_EXECUTABLE, "not run", "check that it is a program, and its permissions"),
            };
            output::complain(&Error::new(Kind::Failed, format!("{shown}: {text} ({error})")).hint(next));
            Ok(ExitCode::from(code))
        })
    }

    /// Begins to answer, until this process ends: what the command is told.
    fn answer(&self, served: Vec<Served>) -> Result<Vec<Change>> {
        let listener = Listener::bind(&Address::ANY)?;
        let address = listener
            .address()
            .map_err(|error| Error::new(Kind::Failed, format!("the system does not say where it listens: {error}")))?;
        let (origin, secret) = (format!("http://{address}"), Secret::random()?);
        let (mut changes, mut routes) = (Vec::new(), Vec::new());
        for Served { live, route } in served {
            let client = route.client(&origin, &secret);
            let values = Values { host: route.workspace_url(), client: Some(&client), ..Values::default() };
            changes.extend(live.changes(&values)?);
            routes.push(route);
        }
        let log = if self.call.verbose { AccessLog::Stderr } else { AccessLog::Off };
        Server::start(vec![listener], routes, &secret, log)?;
        Ok(changes)
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
