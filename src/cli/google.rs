//! `jeton google`: the executable source of an external account, for gcloud and Google's client libraries.

use std::time::Duration;

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::road::Road;
use super::token::MARGIN;
use super::{output, token_file};
use crate::error::{Error, Kind, Result};
use crate::protocol::google::{self, Question};

/// The libraries give up after 30 seconds unless they are told otherwise (`timeout_millis`).
const PATIENCE: Duration = Duration::from_secs(28);

#[derive(Debug, Args)]
pub(super) struct GoogleArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
}

impl GoogleArgs {
    /// A failure is an answer as well, and stderr stays empty: some libraries join it with stdout.
    pub(super) fn run(self) -> Result<()> {
        match self.answer() {
            Err(error) => output::print(&google::failure(&error)),
            done => done,
        }
    }

    fn answer(&self) -> Result<()> {
        let question = Question::from_environment()?;
        if question.revoke {
            return Err(Error::new(Kind::Failed, "jeton ends no sign-in on behalf of another program")
                .hint("remove output_file of the credential configuration: what is kept there is forgotten then"));
        }
        let mut road = Road::open(&self.call, self.settings.flags(), true)?;
        if !question.interactive {
            road.hurry(PATIENCE);
            road.ask_nobody_by_default()?;
        }
        let request = road.wanted(MARGIN)?;
        road.travel(
            &request,
            |token| Ok(google::render(&question, token)),
            |text| {
                if let Some(file) = &question.output_file {
                    token_file::write(file, text)?;
                }
                // In an interactive call stdout is the terminal, and the answer is read from the file.
                if question.interactive { Ok(()) } else { output::print(text) }
            },
        )
    }
}
