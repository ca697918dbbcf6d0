//! `jeton azd`, also by the name `azd`: what Azure SDKs ask the Azure Developer CLI for. See [`crate::protocol::azd`].

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use super::output;
use super::stand_in::{self, Answered, Refusal, Tool, Whose};
use crate::environment;
use crate::profile::{Account, Field, Named, Origin, Settings};
use crate::protocol::azd::{self, Call, Command};

const TOOL: Tool =
    Tool { name: "azd", title: "the Azure Developer CLI", from: "https://aka.ms/azd", usage: azd::usage, wrong: 1 };

#[derive(Debug, Args)]
pub(super) struct AzdArgs {
    /// What azd would be called with: auth token, auth status, auth login --check-status; the rest is handed on to the real
    /// azd
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

impl AzdArgs {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        Self { arguments: arguments.to_vec() }
    }

    pub(super) fn run(self) -> ExitCode {
        let call = azd::parse(&self.arguments);
        let as_json = call.as_ref().is_ok_and(|call| call.json);
        let answered = match call {
            Ok(call) if call.command == Command::Token => token(&call),
            Ok(call) => status(&call),
            Err(foreign) => Err(TOOL.refuse(foreign)),
        };
        stand_in::end(TOOL.name, &self.arguments, answered, |error| azd::failure(error, as_json))
    }
}

/// The settings of the account that is asked for; `None` where nobody is set up.
fn settings(call: &Call) -> Answered<Option<Settings>> {
    if environment::is_asked_by_jeton() {
        return Err(Refusal::HandOn(azd::failure(&stand_in::circle("azd"), call.json), 1));
    }
    let named = stand_in::settings(Account { tenant: call.tenant.as_deref(), subscription: None, tool: "azd" })?;
    let Named::Settings(mut settings) = named else { return Ok(None) };
    if let Some(claims) = &call.claims {
        settings.add(Field::Claims, claims, Origin::Caller("azd's --claims"));
    }
    Ok(Some(*settings))
}

fn nobody(call: &Call) -> Refusal {
    Refusal::HandOn(azd::failure(&stand_in::nobody("azd"), call.json), 1)
}

/// Says what the token is for.
fn ask_for(call: &Call, settings: &mut Settings) {
    let scopes = if call.scopes.is_empty() { azd::MANAGEMENT.to_owned() } else { call.scopes.join(" ") };
    settings.add(Field::Scopes, &scopes, Origin::Caller("azd's --scope"));
}

fn token(call: &Call) -> Answered<()> {
    let mut settings = settings(call)?.ok_or_else(|| nobody(call))?;
    ask_for(call, &mut settings);
    let call_args = stand_in::call(call.verbose)?;
    let (road, request) = stand_in::road(&call_args, settings)?;
    road.travel(&request, |token| Ok(azd::token(call, token)), output::print)?;
    Ok(())
}

/// azd ends with 0 here, whoever is signed in.
fn status(call: &Call) -> Answered<()> {
    let Some(mut settings) = settings(call)? else {
        return Err(Refusal::HandOnOr(azd::status(call, None)));
    };
    ask_for(call, &mut settings);
    let found = Whose::find(&stand_in::call(call.verbose)?, settings, true);
    let text = match found {
        Ok(whose) => {
            let expires_at = whose.expires_at.unwrap_or_default();
            azd::status(call, Some(&azd::Account { is_user: whose.is_user, name: &whose.name, expires_at }))
        }
        Err(error) => {
            // Why not, beside the answer.
            output::complain(&error);
            azd::status(call, None)
        }
    };
    Ok(output::print(&text)?)
}
