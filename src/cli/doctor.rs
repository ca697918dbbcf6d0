//! `jeton doctor`: what is wrong with the setup, and what mends it.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::args::CallArgs;
use super::output;
use super::personality::STAND_INS;
use super::road::Road;
use super::token::MARGIN;
use crate::clock;
use crate::doctor::{Examination, Finding, State};
use crate::environment;
use crate::error::Result;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Field, Flags, Origin};

/// The bound for each question: a doctor who does not come to an end helps nobody.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Look at this profile alone, and get a token for it
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Print a JSON object: ok, findings (check, state, text, next)
    #[arg(long)]
    json: bool,
    /// Bound for each question to a server or a keyring (10s)
    #[arg(long, value_name = "TIME", value_parser = environment::parse_duration)]
    timeout: Option<Duration>,
    /// Show each step and its time on stderr; never a secret
    #[arg(short, long)]
    verbose: bool,
}

impl DoctorArgs {
    /// The findings are what was asked for: that something is wrong is told by the exit code alone.
    pub(super) fn run(self) -> Result<ExitCode> {
        let limit = self.timeout.unwrap_or(LIMIT);
        let log = Log::new(false, self.verbose);
        let http = Http::new(HttpOptions { connect_timeout: environment::connect_timeout()?.min(limit) });
        let examination = Examination {
            profile: self.profile.as_deref(),
            config_dir: environment::config_dir()?,
            cache_dir: environment::cache_dir()?,
            data_dir: environment::data_dir()?,
            http: &http,
            limit,
            stand_ins: STAND_INS,
            log: &log,
        };
        let mut findings = examination.run();
        // With a wrong profile it would be told twice.
        let is_usable = !findings.iter().any(|one| one.check == "profiles" && one.state == State::Fail);
        if self.profile.is_some() && is_usable {
            findings.push(self.token(limit));
        }
        let is_ok = findings.iter().all(|finding| finding.state != State::Fail);
        output::print(&if self.json { document(&findings, is_ok) } else { lines(&findings) })?;
        Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// A new token, all the way, without asking anybody.
    fn token(&self, limit: Duration) -> Finding {
        let call = CallArgs {
            profile: self.profile.clone(),
            force_refresh: true,
            timeout: Some(limit),
            silent: true,
            verbose: self.verbose,
            ..CallArgs::default()
        };
        let get = || {
            let mut road = Road::open(&call, Flags::default(), true)?;
            road.settings.add(Field::Interactive, "never", Origin::BuiltIn);
            let request = road.wanted(MARGIN)?;
            if !request.flow.is_unattended() && !request.flow.asks_a_person() {
                return Ok(None);
            }
            let token = road.get(&request)?;
            Ok(Some(format!(
                "got one for {}, good {}",
                token.scopes.join(" "),
                clock::in_words(token.expires_at, clock::now())
            )))
        };
        match get() {
            Ok(None) => Finding::untried(
                "not tried: somebody has to type its secret",
                "try it: jeton token -p NAME --force-refresh",
            ),
            Ok(Some(text)) => Finding::of_token(Ok(text)),
            Err(error) => Finding::of_token(Err(error)),
        }
    }
}

fn lines(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "{:<8} {}: {}", finding.state.name(), finding.check, finding.text);
        if let Some(next) = &finding.next {
            let _ = writeln!(text, "         next: {next}");
        }
    }
    text
}

fn document(findings: &[Finding], is_ok: bool) -> String {
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "check": finding.check,
                "state": finding.state.name().to_ascii_lowercase(),
                "text": finding.text,
                "next": finding.next,
            })
        })
        .collect();
    output::json(&json!({ "ok": is_ok, "findings": findings }))
}
