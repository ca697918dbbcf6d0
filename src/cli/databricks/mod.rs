//! `jeton databricks`, also by the name `databricks`: what Databricks SDKs ask the Databricks CLI for. See
//! [`crate::protocol::databricks`] for what it says, and docs/databricks-sdks.md for whose token it gives.

mod profiles;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use super::args::CallArgs;
use super::output;
use super::road::{Road, folders};
use super::stand_in::{self, Answered, Refusal, Tool, flags};
use crate::environment;
use crate::error::{Kind, Result};
use crate::profile::{Answering, Settings, Workspace};
use crate::protocol::databricks::{self, Call, Command};
use crate::request::TokenRequest;

const TOOL: Tool = Tool {
    name: "databricks",
    title: "the Databricks CLI",
    from: "https://docs.databricks.com/dev-tools/cli/install.html",
    usage: databricks::usage,
    wrong: 1,
};

/// How much of its life a token has to have left, in seconds: SDKs ask for another one in its last twenty minutes, and again
/// and again as long as they get the same (`oauth.Refreshable` in the one for Python; the others do alike).
const MARGIN: u64 = 21 * 60;

/// How long a forced refresh is good for others who force one, in milliseconds. SDKs force one at each start, that for Go
/// twice, and programs start several clients at once: without this, each would ask the service.
const SHARED_MS: u64 = 5000;

#[derive(Debug, Args)]
pub(super) struct DatabricksArgs {
    /// What databricks would be called with: auth token, auth env, auth profiles, auth describe, version; the rest is handed
    /// on to the real databricks
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

impl DatabricksArgs {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        Self { arguments: arguments.to_vec() }
    }

    pub(super) fn run(self) -> ExitCode {
        stand_in::end(TOOL.name, &self.arguments, self.answer(), databricks::failure)
    }

    fn answer(&self) -> Answered<()> {
        let call = databricks::parse(&self.arguments).map_err(|foreign| TOOL.refuse(foreign))?;
        match call.command {
            Command::Token => token(&call),
            // SDKs go by what they are told here of what `auth token` can do, so this is never the real one's.
            Command::Version => Ok(output::print(&databricks::version(call.output))?),
            Command::Env => Ok(output::print(&profiles::env(&call, &answering(&call)?.settings)?)?),
            Command::Profiles => tell(profiles::list(&call)?),
            // (The CLI ends with 0 here, whoever is signed in.)
            Command::Describe => tell(profiles::describe(&call, answering(&call)?)?),
        }
    }
}

/// Prints what is jeton's to say. Where nothing is jeton's, the CLI knows better.
fn tell((text, is_own): (String, bool)) -> Answered<()> {
    if is_own { Ok(output::print(&text)?) } else { Err(Refusal::HandOnOr(text)) }
}

/// Whose token is asked for.
fn answering(call: &Call) -> Answered<Answering> {
    let wanted = Workspace {
        target: call.target.as_deref(),
        profile: call.profile.as_deref(),
        host: call.host.as_deref(),
        account_id: call.account_id.as_deref(),
        workspace_id: call.workspace_id.as_deref(),
    };
    Settings::load_workspace(&flags(), wanted, &folders()?.1)?.ok_or_else(|| {
        let host = wanted.host.or(wanted.target).map(str::to_owned).or_else(environment::databricks_host);
        let mut error = databricks::nothing_here(host.as_deref());
        if environment::profile().is_some() {
            error = error.hint("JETON_PROFILE names a profile that is not for it: unset it, or name another one");
        }
        Refusal::HandOn(databricks::failure(&error), 1)
    })
}

fn call_args(call: &Call) -> Result<CallArgs> {
    // (No SDK ends the program by itself.)
    let timeout = call.timeout.map_or_else(environment::timeout, Ok)?;
    Ok(CallArgs { force_refresh: call.force_refresh, timeout: Some(timeout), ..stand_in::call(call.verbose)? })
}

fn token(call: &Call) -> Answered<()> {
    let Answering { settings, is_set_up } = answering(call)?;
    let call_args = call_args(call)?;
    let road = Road::with(&call_args, settings)?;
    let request = TokenRequest { shares_refresh_ms: SHARED_MS, ..road.wanted(MARGIN)? };
    road.travel(&request, |token| Ok(databricks::token(token, call.output)), output::print).map_err(|error| {
        match error.kind {
            // They may be signed in with the real one.
            Kind::SignIn if !is_set_up => Refusal::HandOn(databricks::failure(&error), 1),
            _ => Refusal::Error(error),
        }
    })
}
