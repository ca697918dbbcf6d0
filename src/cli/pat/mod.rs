//! `jeton pat`: the life of personal access tokens of Databricks, from their making to their end.

mod check;
mod create;
mod list;
mod permit;
mod revoke;
mod rotate;

use clap::{Args, Subcommand, ValueEnum};

use super::args::{CallArgs, SettingArgs};
use super::road::{Arrived, Road};
use super::{output, token};
use crate::databricks::api::{Api, AzureAccess};
use crate::databricks::pat::{self, Keep};
use crate::databricks::{Host, Site, in_workspace};
use crate::error::{Error, Result};
use crate::flow;
use crate::log::Log;
use crate::profile::{Field, Settings};
use crate::request::{CacheKey, TokenRequest};

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct PatArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token, keep it sealed, and print it
    Create(create::CreateArgs),
    /// List tokens: what they are, never their values
    List(list::ListArgs),
    /// Revoke tokens by id, name, comment, or because they are expired
    Revoke(revoke::RevokeArgs),
    /// Replace a kept token by a new one, and revoke the old one
    Rotate(rotate::RotateArgs),
    /// Say what is in the way of a first token, before trying
    Check(check::CheckArgs),
    /// Let a service principal use tokens
    Permit(permit::PermitArgs),
}

impl PatArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Create(args) => args.run(),
            Command::List(args) => args.run(),
            Command::Revoke(args) => args.run(),
            Command::Rotate(args) => args.run(),
            Command::Check(args) => args.run(),
            Command::Permit(args) => args.run(),
        }
    }
}

/// Who asks, and how.
#[derive(Debug, Args)]
struct CommonArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
}

/// In which form an answer is printed.
#[derive(Debug, Args)]
struct FormArgs {
    /// What to print
    #[arg(long, value_enum, value_name = "FORM")]
    output: Option<Form>,
    /// The same as --output json
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people, and for a shell to take
    Text,
    /// JSON
    Json,
}

impl FormArgs {
    fn is_json(&self) -> bool {
        self.json || self.output == Some(Form::Json)
    }
}

/// A visit at a workspace that is being prepared: nothing was asked yet.
struct Visit<'a> {
    road: Road<'a>,
    /// As they were given: those of the road are for the token that is used at the visit.
    settings: Settings,
    host: Host,
    request: TokenRequest,
    by: CacheKey,
    silent: bool,
}

/// What there is while it lasts.
struct Desk<'a> {
    api: Api<'a>,
    keep: Keep<'a>,
    /// Who asks.
    by: &'a CacheKey,
    log: &'a Log,
    silent: bool,
}

impl CommonArgs {
    fn visit(&self) -> Result<Visit<'_>> {
        let mut road = Road::open(&self.call, self.settings.flags(), false)?;
        road.find_workspace()?;
        let settings = road.settings.clone();
        let host = in_workspace(Site::of(&settings)?.host, &settings)?;
        if host.is_account() {
            return Err(Error::configuration(format!(
                "{host} is an account console, which has no personal access tokens"
            ))
            .hint("give the host of a workspace with --databricks-host"));
        }
        road.settings = pat::minting(&settings)?;
        let by = pat::made_by(&*flow::of(&road.settings)?.flow);
        // A due token is as good for a visit, and a renewal would run this command again.
        let request = TokenRequest { background: false, ..road.wanted(token::MARGIN)? };
        Ok(Visit { road, settings, host, request, by, silent: self.call.silent })
    }
}

impl Visit<'_> {
    /// Gets the token, and does `work` with it.
    fn work<T>(self, work: impl FnOnce(&Desk<'_>) -> Result<T>) -> Result<T> {
        let Self { road, host, request, by, silent, .. } = self;
        let management = road.management(token::MARGIN)?;
        let management = management.map(|request| TokenRequest { background: false, ..request });
        let resource_id = road.settings.text(Field::AzureResourceId)?;
        road.arrive(&request, management.as_ref(), |arrived: Arrived<'_>| {
            let azure = arrived
                .beside
                .zip(resource_id)
                .map(|(token, resource_id)| AzureAccess { management_token: token.value.clone(), resource_id });
            let vault = arrived.sign_ins.vault()?;
            let api = Api {
                host: &host,
                token: &arrived.token.value,
                azure: azure.as_ref(),
                http: arrived.http,
                deadline: arrived.deadline,
                log: arrived.log,
            };
            let keep = Keep { vault: &vault, log: arrived.log };
            work(&Desk { api, keep, by: &by, log: arrived.log, silent })
        })
    }
}

impl Desk<'_> {
    fn note(&self, line: &str) {
        if !self.silent {
            output::note(line);
        }
    }
}

/// The id of an app; never its display name, which is what people try first.
fn application_id(text: &str) -> Result<&str> {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    if parts == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return Ok(text);
    }
    Err(Error::usage(format!("{text:?} is not the application id of a service principal"))
        .hint("give the GUID that stands beside its display name in the workspace's settings (Identity and access)"))
}
