//! `jeton git`: what `credential.helper` calls, also as `git-credential-jeton`.

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::output;
use super::question;
use super::road::Road;
use super::token::MARGIN;
use crate::environment;
use crate::error::{Kind, Result};
use crate::profile::{Field, Flags, Origin};
use crate::protocol::git::{self, Question};

#[derive(Debug, Args)]
pub(super) struct GitArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// What git wants: get, store, erase or capability (git adds it itself)
    #[arg(value_name = "OPERATION")]
    operation: String,
}

impl GitArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.operation.as_str() {
            "get" => self.get().inspect_err(|error| {
                // Whatever else git would ask for does not help where a person has to sign in.
                if error.kind == Kind::SignIn {
                    let _ = output::print(git::QUIT);
                }
            }),
            "erase" => self.erase(),
            // Everything is in the cache already, and git must be able to write.
            "store" => question::read(git::LONGEST_INPUT, question::WITH_SECRET).map(drop),
            "capability" => output::print(git::CAPABILITIES),
            // A later git may know more (gitcredentials(7): such operations are ignored).
            _ => Ok(()),
        }
    }

    fn get(&self) -> Result<()> {
        let input = question::read(git::LONGEST_INPUT, question::SMALL)?;
        let question = Question::parse(&input)?;
        let Some(road) = self.road(&question, &input)? else { return Ok(()) };
        let request = road.wanted(MARGIN)?;
        road.travel(&request, |token| git::render(&question, token), output::print)
    }

    fn erase(&self) -> Result<()> {
        let question = Question::parse(&question::read(git::LONGEST_INPUT, question::WITH_SECRET)?)?;
        // (Nothing is said of which one: a user asks git to forget a host.)
        let Some(rejected) = &question.credential else { return Ok(()) };
        let Some(road) = self.road(&question, &[])? else { return Ok(()) };
        let request = road.wanted(MARGIN)?;
        road.reject(&request, Some(rejected))
    }

    /// The road for the place that is asked about, if it is one of ours.
    fn road(&self, question: &Question, input: &[u8]) -> Result<Option<Road<'_>>> {
        let Some(place) = question.place() else { return Ok(None) };
        let mut flags = Flags::default();
        if git::forbids_prompts(environment::var) {
            flags.set_from(Field::Interactive, Some("never"), Origin::Environment("GIT_TERMINAL_PROMPT"));
        }
        flags.append(&self.settings.flags());
        let azure_devops = git::is_azure_devops(&place);
        let Some(mut road) = Road::open_for(&self.call, flags, &place, azure_devops, input)? else { return Ok(None) };
        road.ask_nobody_by_default()?;
        road.default_tenant(question.tenant.as_deref(), Origin::Caller("the server's challenge (wwwauth)"))?;
        if azure_devops {
            road.default_resource("devops")?;
        }
        Ok(Some(road))
    }
}
