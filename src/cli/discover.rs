//! `jeton discover`: whether a token is in its time, for a script's `if`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::token_input::{Input, TokenInput};
use super::{inspect, output};
use crate::clock;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::jwt::{Found, Jwt, Standing};

#[derive(Debug, Args)]
pub(super) struct DiscoverArgs {
    #[command(flatten)]
    input: TokenInput,
    /// A token that has less than this left counts as expired, such as 5m
    #[arg(long, value_name = "TIME", value_parser = environment::parse_duration)]
    min_validity: Option<Duration>,
    /// Print a JSON object: valid, format, type, expires_at, expires_in, expired, problem
    #[arg(long)]
    json: bool,
    /// Say nothing: the exit code is the answer
    #[arg(long, conflicts_with = "json")]
    silent: bool,
}

impl DiscoverArgs {
    /// The exit code is the answer, so a token that is no good is no error when nothing is to be said.
    pub(super) fn run(self) -> Result<ExitCode> {
        let verdict = self.input.read(!self.silent).map(|input| Verdict::of(&input, clock::now(), self.min_validity));
        let verdict = match verdict {
            Err(error) if self.silent => return Ok(ExitCode::from(error.kind.exit_code())),
            verdict => verdict?,
        };
        if self.silent {
            let kind = verdict.problem.map(|problem| problem.kind.exit_code());
            return Ok(kind.map_or(ExitCode::SUCCESS, ExitCode::from));
        }
        if self.json {
            output::print(&verdict.json())?;
        } else if verdict.problem.is_none() {
            output::print(&verdict.line())?;
        }
        verdict.problem.map_or(Ok(ExitCode::SUCCESS), Err)
    }
}

/// What is known about a token.
struct Verdict {
    format: Option<&'static str>,
    kind: Option<&'static str>,
    expires_at: Option<u64>,
    now: u64,
    expired: bool,
    /// Why it is not valid.
    problem: Option<Error>,
}

impl Verdict {
    fn of(input: &Input, now: u64, min_validity: Option<Duration>) -> Self {
        let jwt = if let Found::Jwt(jwt) = &input.found { Some(jwt) } else { None };
        // What the server said counts before what is in a token that clients should not look into.
        let expires_at = input.expires_at.or_else(|| jwt.and_then(Jwt::expires_at));
        let standing = match (expires_at, jwt) {
            (Some(at), _) if at <= now => Some(Standing::Expired(at)),
            (_, Some(jwt)) => Some(match jwt.standing(now) {
                Standing::Expired(_) => Standing::Valid,
                other => other,
            }),
            (Some(_), None) => Some(Standing::Valid),
            (None, None) => None,
        };
        let left = expires_at.map(|at| at.saturating_sub(now));
        let problem = match standing {
            None => input.not_a_jwt(),
            Some(standing) => inspect::problem(standing, now).or_else(|| too_short(left?, min_validity?)),
        };
        Self {
            format: match &input.found {
                Found::Jwt(_) => Some("jwt"),
                Found::Pat => Some("pat"),
                Found::Opaque | Found::Encrypted => Some("opaque"),
                Found::Damaged | Found::Nothing => None,
            },
            kind: match (&input.found, jwt) {
                (Found::Pat, _) => Some("databricks_pat"),
                (_, Some(jwt)) => kind_of(jwt),
                _ => None,
            },
            expires_at,
            now,
            expired: match (left, min_validity) {
                (Some(left), Some(wanted)) => left == 0 || left < wanted.as_secs(),
                (left, _) => left == Some(0),
            },
            problem,
        }
    }

    fn json(&self) -> String {
        output::json(&json!({
            "valid": self.problem.is_none(),
            "format": self.format,
            "type": self.kind,
            "expires_at": self.expires_at.map(clock::rfc3339),
            "expires_in": self.expires_at.map(|at| i128::from(at) - i128::from(self.now))
                .and_then(|left| i64::try_from(left).ok()),
            "expired": self.expired,
            "problem": self.problem.as_ref().map(|problem| &problem.message),
        }))
    }

    fn line(&self) -> String {
        match self.expires_at {
            Some(at) => {
                format!("valid: the token expires {} ({})\n", clock::in_words(at, self.now), clock::rfc3339(at))
            }
            None => "valid: the token does not say when it expires\n".to_owned(),
        }
    }
}

fn too_short(left: u64, wanted: Duration) -> Option<Error> {
    if left >= wanted.as_secs() {
        return None;
    }
    let [left, wanted] =
        [Duration::from_secs(left), Duration::from_secs(wanted.as_secs())].map(humantime::format_duration);
    Some(Error::new(Kind::Token, format!("the token expires too soon: {left} are left, and {wanted} were asked for")))
}

/// What sort of token it is, by its header (RFC 9068 section 2.1) or by claims that only one sort has.
fn kind_of(jwt: &Jwt) -> Option<&'static str> {
    let typ = jwt.header.get("typ").and_then(|typ| typ.as_str()).unwrap_or_default();
    let has = |names: &[&str]| names.iter().any(|name| jwt.claims.contains_key(*name));
    let is_access = ["at+jwt", "application/at+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known));
    if is_access || has(&["scp", "scope", "roles", "appid", "azpacr", "appidacr", "idtyp"]) {
        Some("access_token")
    } else if has(&["nonce", "at_hash", "c_hash", "preferred_username", "auth_time"]) {
        Some("id_token")
    } else {
        None
    }
}
