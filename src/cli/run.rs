//! `jeton run`: a command with a token in its environment, and in nobody else's.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use clap::Args;

use super::live::Roads;
use super::variables::VariableArgs;
use super::{output, serve};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::platform;
use crate::profile::Flags;
use crate::protocol::shell::Assignment;
use crate::protocol::variables::{self, Family, Live, Values};
use crate::secret::Secret;
use crate::serve::{AccessLog, Address, Listener, Protocol, Route, Server};
use crate::setup::aws::default_credentials;

/// What shells say of a command that is not there, and of one that can't be run (POSIX, "Exit Status for Commands").
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    variables: VariableArgs,
    /// Answer the command for as long as it runs, at an address of its own (done for databricks, aws and azure)
    #[arg(long, conflicts_with = "fixed")]
    live: bool,
    /// Put a token into the environment, which ends when it does
    #[arg(id = "fixed", long = "static")]
    fixed: bool,
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
        if self.live && self.variables.families.iter().all(|family| family.live.is_none()) {
            return Err(Error::usage("these tools can't ask again: they read a variable once")
                .hint("leave out --live, or say for which tools it is: --as databricks, aws or azure"));
        }
        let flags = self.variables.flags();
        let served = self.split(&flags)?;
        let (call, is_served) = (self.variables.call.again(), !served.is_empty());
        let mut changes = match is_served && self.variables.is_empty() {
            true => Vec::new(),
            false => self.variables.get()?.variables,
        };
        // A command that asks later finds what it asks for, or is not started at all.
        for served in &served {
            if let Some(want) = served.route.first() {
                Roads::begin(&call, flags.clone(), &want)?;
            }
        }
        if is_served {
            changes.extend(answer(served, call.verbose)?);
            let around = variables::around_proxies(environment::var);
            changes.extend(around.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| Error::usage("no command is given").hint("jeton run -- COMMAND"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        for (name, value) in changes {
            match value {
                Some(value) => command.env(name, value.expose()),
                None => command.env_remove(name),
            };
        }
        // It takes the place of this program, where the system has such a thing and nobody has to answer it.
        let ended = if is_served { platform::run_beside(&mut command) } else { platform::become_command(&mut command) };
        Ok(ended.unwrap_or_else(|error| not_run(&command, &error)))
    }

    /// Takes out the families that are answered while the command runs; those that stay get plain variables.
    fn split(&mut self, flags: &Flags) -> Result<Vec<Served>> {
        let (mut served, mut plain) = (Vec::new(), Vec::new());
        for family in std::mem::take(&mut self.variables.families) {
            match self.serve(family, flags) {
                Ok(Some(route)) => served.push(route),
                // What stands in the way of an endpoint is no reason to start nothing, unless one was asked for.
                Err(error) if self.live || family.sets.is_empty() => return Err(error),
                Ok(None) | Err(_) => plain.push(family),
            }
        }
        self.variables.families = plain;
        Ok(served)
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
        let roads = Roads::new(&self.variables.call, self.variables.call.profile.as_deref(), flags.clone());
        let route = serve::route(live.protocol, self.variables.call.profile.as_deref(), Arc::new(roads))?;
        Ok(Some(Served { live, route }))
    }
}

/// Begins to answer, until this process ends: what the command is told.
fn answer(served: Vec<Served>, verbose: bool) -> Result<Vec<Assignment>> {
    let listener = Listener::bind(&Address::ANY)?;
    let (origin, secret) = (format!("http://{}", listener.address()?), Secret::random()?);
    let (mut changes, mut routes) = (Vec::new(), Vec::new());
    for Served { live, route } in served {
        let client = route.client(&origin, &secret);
        let values = Values { host: route.workspace_url(), client: Some(&client), ..Values::default() };
        changes.extend(live.changes(&values)?.into_iter().map(|(name, value)| (name.to_owned(), value)));
        routes.push(route);
    }
    let log = if verbose { AccessLog::Stderr } else { AccessLog::Off };
    Server::start(vec![listener], routes, &secret, log)?;
    Ok(changes)
}

/// Says why `command` does not run, and gives the exit code that a shell would end with.
pub(super) fn not_run(command: &Command, error: &io::Error) -> ExitCode {
    let shown = command.get_program().to_string_lossy();
    let (code, text, next) = match error.kind() {
        io::ErrorKind::NotFound => (NOT_FOUND, "not found", "check its name, and PATH"),
        _ => (NOT_EXECUTABLE, "not run", "check that it is a program, and its permissions"),
    };
    output::complain(&Error::new(Kind::Failed, format!("{shown}: {text} ({error})")).hint(next));
    ExitCode::from(code)
}
