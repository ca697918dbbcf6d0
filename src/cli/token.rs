//! `jeton token`: a token for scripts and people.

use std::path::PathBuf;

use clap::Args;

use super::args::{CallArgs, Form, SettingArgs};
use super::beside::Beside;
use super::entratool::EntratoolArgs;
use super::road::Road;
use super::{output, token_file};
use crate::environment;
use crate::error::Result;
use crate::protocol::plain;
use crate::protocol::shell::Shell;

/// Seconds that a token has left when it is handed out, as a rule: what every Azure SDK treats as expired.
pub(super) const MARGIN: u64 = 300;

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// What to print
    #[arg(long, value_enum, value_name = "FORM")]
    output: Option<Form>,
    /// The same as --output json
    #[arg(long, conflicts_with = "output")]
    json: bool,
    /// Write to this file (0600, replaced in one step) instead of stdout
    #[arg(short, long, value_name = "FILE")]
    out_file: Option<PathBuf>,
    #[command(flatten)]
    entratool: EntratoolArgs,
}

impl TokenArgs {
    pub(super) fn run(self) -> Result<()> {
        let is_evaluated = matches!(self.output, Some(Form::Env)) && self.out_file.is_none();
        self.answer().inspect_err(|error| {
            if is_evaluated && !environment::is_renewal() {
                // (A stdout that can't be written is a failure as well, and told as such.)
                let _ = output::print(&Shell::Posix.failure(error.kind.exit_code()));
            }
        })
    }

    fn answer(self) -> Result<()> {
        let road = Road::open(&self.call, self.settings.flags(), false)?;
        let request = road.wanted(MARGIN)?;
        let form = if self.json { Form::Json } else { self.output.unwrap_or(Form::Token) };
        let beside = if matches!(form, Form::Header | Form::Curl) { Beside::of(&road)? } else { Beside::default() };
        self.entratool.tell(!self.call.silent);
        road.travel_with(
            &request,
            beside.management.as_ref(),
            |token, management| {
                self.entratool.warn(token, !self.call.silent);
                let headers = beside.headers(management);
                Ok(match form {
                    Form::Token => plain::token(token),
                    Form::Json => plain::json(token),
                    Form::Header => plain::header(token, &headers),
                    Form::Env => plain::env(token),
                    Form::Curl => plain::curl(token, &headers),
                })
            },
            |text| match &self.out_file {
                Some(file) if file.as_os_str() != "-" => token_file::write(file, text),
                _ => output::print(text),
            },
        )
    }
}
