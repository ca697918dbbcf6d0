//! `jeton docker`: what `credHelpers` and `credsStore` of Docker's config.json call, as `docker-credential-jeton`.

use std::process::ExitCode;

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::input;
use super::output;
use super::road::Road;
use super::token::MARGIN;
use crate::acr;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, Flags, Origin, Service, Store};
use crate::protocol::docker::{self, Complaint, Question};
use crate::request::TokenRequest;

#[derive(Debug, Args)]
pub(super) struct DockerArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// What the tool wants: get, store, erase, list or version (it adds it itself)
    #[arg(value_name = "OPERATION")]
    operation: String,
}

/// Why there is no answer.
enum Refusal {
    /// In the words of the protocol.
    Complaint(&'static str),
    /// What went wrong.
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        Self::Complaint(complaint.0)
    }
}

impl DockerArgs {
    /// Failures are told on stdout, where the caller reads them, and end with 1.
    pub(super) fn run(self) -> Result<ExitCode> {
        let done = match self.operation.as_str() {
            "get" => self.get(),
            "store" => self.store(),
            "erase" => self.erase(),
            "list" => self.list(),
            "version" => Ok(output::print(concat!("jeton ", env!("CARGO_PKG_VERSION"), "\n"))?),
            _ => Err(Refusal::Complaint("unknown credential action")),
        };
        let text = match done {
            Ok(()) => return Ok(ExitCode::SUCCESS),
            Err(Refusal::Complaint(text)) => text.to_owned(),
            Err(Refusal::Error(error)) => docker::failure(&error),
        };
        output::print(&format!("{text}\n"))?;
        Ok(ExitCode::FAILURE)
    }

    fn get(&self) -> std::result::Result<(), Refusal> {
        let text = input::read(docker::LONGEST_INPUT, input::SMALL)?;
        let question = Question::parse(&text)?;
        let Some((road, request)) = self.road(&question)? else {
            return Err(Refusal::Complaint(docker::NOT_FOUND));
        };
        Ok(road.asked(&text).travel(&request, |token| Ok(docker::render(&question, token)), output::print)?)
    }

    /// `docker login` stores what it just got from `get`. A password that nobody would find again is refused.
    fn store(&self) -> std::result::Result<(), Refusal> {
        let question = docker::parse_stored(&input::read(docker::LONGEST_INPUT, input::WITH_SECRET)?)?;
        match self.road(&question)? {
            Some(_) => Ok(()),
            None => Err(Refusal::Complaint(docker::READ_ONLY)),
        }
    }

    /// `docker logout`: the registry's token is forgotten. What was never here is gone already.
    fn erase(&self) -> std::result::Result<(), Refusal> {
        let question = Question::parse(&input::read(docker::LONGEST_INPUT, input::SMALL)?)?;
        match self.road(&question)? {
            Some((road, request)) => Ok(road.reject(&request, None)?),
            None => Ok(()),
        }
    }

    /// (What stands on standard input, the word "unused", is not read.)
    fn list(&self) -> std::result::Result<(), Refusal> {
        let store = Store::new(&environment::config_dir()?, &environment::cache_dir()?);
        let mut hosts = Vec::new();
        for profile in store.load()?.profiles() {
            hosts.extend(profile.get(Field::Hosts)?);
        }
        let hosts = hosts.iter().flat_map(|list| list.split(' '));
        Ok(output::print(&docker::list(hosts)?)?)
    }

    /// The road for the registry that is asked about, and what is asked for there, if it is one of ours.
    fn road(&self, question: &Question) -> Result<Option<(Road<'_>, TokenRequest)>> {
        let Some(place) = &question.place else { return Ok(None) };
        // Whoever waits for a build does not look for a browser.
        let mut flags = Flags::default();
        flags.append(&self.settings.flags());
        flags.set_from(Field::Interactive, Some("never"), Origin::Caller("the Docker protocol"));
        let Some(mut road) = Road::open_for(&self.call, flags, place, Some(Service::AZURE_REGISTRIES))? else {
            return Ok(None);
        };
        road.default_resource("containerregistry")?;
        let request = road.exchange(Box::new(acr::Exchange::at(place)), MARGIN)?;
        Ok(Some((road, request)))
    }
}
