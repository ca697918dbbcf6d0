//! What may be wrong with the setup on this machine: one small check each, and for all that is wrong the command that
//! mends it.
//!
//! Checks read and ask; they change nothing, ask no person, run no command of a profile, and show no secret. The one
//! check that gets a token is the command line's: there is one road for that.

mod authority;
mod credentials;
mod folders;
mod overrides;
mod path;
mod profiles;
mod proxy;
mod roots;
mod secrets;
mod settings;
mod shims;
mod tools;

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, clean};
use crate::http::Http;
use crate::log::Log;
use crate::profile::Store;

pub use settings::{
    Setup, aws_config, bazelrc, cargo_config, docker_config, git_config, kubeconfig, pip_config, terraform_config,
};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but perhaps not as meant.
    Warning,
    /// It can't work.
    Fail,
}

impl State {
    /// As it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fail => "FAIL",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, in a word or two.
    pub check: &'static str,
    /// How it ended.
    pub state: State,
    /// What is there, or what is wrong: one line.
    pub text: String,
    /// What mends it.
    pub next: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, text: impl AsRef<str>) -> Self {
        Self { check, state: State::Ok, text: clean(text.as_ref()), next: None }
    }

    fn warning(check: &'static str, text: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self { state: State::Warning, next: Some(clean(next.as_ref())), ..Self::ok(check, text) }
    }

    fn fail(check: &'static str, text: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self { state: State::Fail, ..Self::warning(check, text, next) }
    }

    /// The finding that `error` is.
    #[must_use]
    pub fn of(check: &'static str, error: &Error) -> Self {
        Self { state: State::Fail, next: error.hint.clone(), ..Self::ok(check, &error.message) }
    }

    /// The finding of a token that was got, or not.
    #[must_use]
    pub fn of_token(outcome: Result<String, Error>) -> Self {
        match outcome {
            Ok(text) => Self::ok("token", text),
            Err(error) => Self::of("token", &error),
        }
    }

    /// A token that was not tried to get.
    #[must_use]
    pub fn untried(text: &str, next: &str) -> Self {
        Self::warning("token", text, next)
    }
}

/// What is examined, and by what means.
#[derive(Debug)]
pub struct Examination<'a> {
    /// The one profile that is meant; all of them if none is.
    pub profile: Option<&'a str>,
    /// The folder of profiles.json.
    pub config_dir: PathBuf,
    /// The folder of cached tokens.
    pub cache_dir: PathBuf,
    /// The folder of lasting secrets.
    pub data_dir: PathBuf,
    /// How the authority is reached.
    pub http: &'a Http,
    /// The bound for each call and each look at a secret.
    pub limit: Duration,
    /// The programs that jeton stands in for.
    pub stand_ins: &'a [&'a str],
    /// Where the steps of `-v` go.
    pub log: &'a Log,
}

impl Examination<'_> {
    /// All findings, in the order in which they are read best: what lies below others comes first.
    #[must_use]
    pub fn run(&self) -> Vec<Finding> {
        let store = Store::new(&self.config_dir, &self.cache_dir);
        let mut findings = folders::check(self);
        let (named, found) = profiles::check(self, &store);
        findings.extend(found);
        for name in &named {
            findings.extend(overrides::check(&store, name));
            findings.extend(credentials::check(self, &store, name));
        }
        findings.extend(secrets::check(self, &store));
        findings.extend(proxy::check(self));
        findings.extend(roots::check(self));
        findings.extend(authority::check(self, &store, &named));
        findings.extend(path::check());
        findings.extend(shims::check(self.stand_ins));
        findings.extend(tools::check(&store));
        findings
    }
}
