//! The programs that developers are signed in to, `az` and `azd`: found, run, and read.
//!
//! Only the real ones are asked. A jeton that stands in for one of them is passed over where it is seen to be this
//! program, and told by [`environment::TOOL_MARK`] not to ask in turn where it is not.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::expiry;
use super::scope::UserScopes;
use super::user::{account_of, tenant_of};
use crate::clock::{self, Deadline};
use crate::error::{Error, Kind, Result, clean};
use crate::jwt::Jwt;
use crate::process::{self, Errors, Failure, Finished};
use crate::request::FlowCall;
use crate::secret::Secret;
use crate::token::Token;
use crate::{environment, platform, program};

/// The bound for one run: `az` alone takes up to 13 s to start (azure-sdk-for-net's bound for it), and kubelogin gives it
/// as long as this.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// What the life of a token is taken for that does not say: what `az` promises at least (`az account get-access-token
/// --help`), in seconds.
const LEAST_LIFE: u64 = 300;

/// No longer life is believed, in seconds.
const LONGEST_LIFE: u64 = 48 * 3600;

/// One of the programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Its full name.
    pub(super) title: &'static str,
    /// Where to get it.
    pub(super) from: &'static str,
    /// What stands in the errors of one that nobody is signed in to.
    pub(super) not_signed_in: &'static [&'static str],
}

impl Tool {
    /// Refuses to be asked by a program that was itself asked by jeton. To be called before anything else: the jeton that
    /// asked holds the lock of the token which this one would wait for.
    ///
    /// # Errors
    /// Configuration: they would go round in circles.
    pub(super) fn refuse_circles(&self) -> Result<()> {
        if !environment::is_asked_by_jeton() {
            return Ok(());
        }
        let text = format!(
            "jeton asked a tool for a token, and that had jeton ask {}: they would go round in circles",
            self.name
        );
        let hint = format!("take the stand-in for {} out of PATH, or use another flow (--flow)", self.name);
        Err(Error::configuration(text).hint(hint))
    }

    /// Runs it with `args`, which were checked ([`plain`]).
    pub(super) fn run(&self, args: &[&str], call: &FlowCall<'_>) -> Result<Finished> {
        let program = program::others(self.name).next().ok_or_else(|| {
            Error::configuration(format!("{} ({}) is not on PATH", self.title, self.name))
                .hint(format!("install it ({}), or use another flow (--flow)", self.from))
        })?;
        call.log.step(|| format!("asking {}", program.display()));
        let limit = call.deadline.left().unwrap_or_default().min(LONGEST_RUN);
        let mut command = Command::new(&program);
        command.args(args).current_dir(platform::safe_dir());
        command.env(environment::TOOL_MARK, "1").env("AZURE_CORE_NO_COLOR", "true").env("NO_COLOR", "1");
        process::run(&mut command, Errors::Kept, Deadline::after(limit)).map_err(|failure| match failure {
            Failure::NotStarted(error) => {
                Error::configuration(format!("{} can't be started: {error}", program.display()))
                    .hint(format!("see that {} runs in a shell", self.name))
            }
            Failure::TooLong => Error::network(format!("{} took longer than {} s", self.name, limit.as_secs()))
                .hint("allow more time with JETON_TIMEOUT, or see what takes so long: run it in a shell"),
            Failure::Lost(error) => Error::new(Kind::Failed, format!("{} was lost: {error}", self.name)),
        })
    }

    /// The token in what it printed, or why there is none. `login` is the command that signs in.
    pub(super) fn read(&self, finished: &Finished, audience: &UserScopes, login: &str) -> Result<Token> {
        if !finished.status.success() {
            return Err(self.refusal(finished, login));
        }
        let now = clock::now();
        let read = std::str::from_utf8(&finished.stdout).ok().and_then(|text| parse_tool_output(text, now));
        let Some((value, expires_at, tenant)) = read else {
            return Err(Error::new(Kind::Failed, format!("{} printed something else than a token", self.name))
                .hint(format!("see that {} on PATH is {}", self.name, self.title)));
        };
        if expires_at <= now {
            return Err(Error::network(format!("{} gave a token that has expired", self.name))
                .hint("check this machine's clock, then try again"));
        }
        Ok(Token {
            account: account_of(&value),
            tenant: tenant.or_else(|| tenant_of(&value)),
            value,
            token_type: "Bearer".to_owned(),
            issued_at: now,
            expires_at: expires_at.min(now + LONGEST_LIFE),
            refresh_at: None,
            scopes: audience.scopes.clone(),
        })
    }

    fn refusal(&self, finished: &Finished, login: &str) -> Error {
        let said = message(&String::from_utf8_lossy(&finished.stderr));
        let has = |marks: &[&str]| marks.iter().any(|mark| said.contains(mark));
        let said_so = if said.is_empty() { format!("it ended with {}", finished.status) } else { said.clone() };
        let text = format!("{} gave no token: {said_so}", self.name);
        // Its own words for a lost connection come from the library that it uses (requests, Go's net).
        const OFFLINE: &[&str] = &[
            "Max retries exceeded",
            "Failed to establish a new connection",
            "Connection aborted",
            "connection refused",
            "no such host",
            "i/o timeout",
        ];
        if has(self.not_signed_in) || (has(&["AADSTS"]) && has(&["interact", "sign in", "log in"])) {
            Error::new(Kind::SignIn, text).hint(format!("sign in: {login}"))
        } else if has(&["AADSTS"]) {
            Error::new(Kind::Refused, text).hint(format!("see what the number means, or sign in again: {login}"))
        } else if has(OFFLINE) {
            Error::network(text).hint("check the network and the proxy, then try again")
        } else {
            Error::new(Kind::Failed, text)
                .hint(format!("see whether {} works by itself, or sign in: {login}", self.name))
        }
    }
}

/// What a tool printed as errors, as one line: azd writes JSON (`{"message"}`, before 1.24
/// `{"data":{"message"}}`), az writes text with `ERROR:`. Nothing that could be a token is left in it.
fn message(stderr: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in stderr.lines() {
        let fields: Value = serde_json::from_str(line.trim()).unwrap_or_default();
        let nested = fields.get("data").unwrap_or(&fields);
        let text = |name: &str| nested.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("message"), text("suggestion")) {
            (Some(message), suggestion) => lines.extend([message].into_iter().chain(suggestion)),
            (None, _) => lines.push(line.to_owned()),
        }
    }
    // A whole JSON text over several lines.
    if let Ok(fields) = serde_json::from_str::<Value>(stderr)
        && let Some(text) = fields.get("message").or_else(|| fields.get("error")).and_then(Value::as_str)
    {
        lines = vec![text.to_owned()];
        lines.extend(fields.get("suggestion").and_then(Value::as_str).map(str::to_owned));
    }
    let text = lines.join(" ").replace("ERROR: ", "");
    let words = text.split_whitespace().filter(|word| !word.starts_with("WARNING:"));
    let words = words.map(|word| if word.contains("eyJ") { "…" } else { word });
    clean(&words.collect::<Vec<_>>().join(" "))
}

/// Token, end (seconds since 1970, UTC) and tenant in what `az account get-access-token` or `azd auth token` printed as
/// JSON. `now` is in the same seconds.
///
/// The end is `expires_on` (az since 2.54), or an `expiresOn` in UTC (azd). The `expiresOn` of an older az is in local
/// time, without a zone, and wrong for an hour each autumn: then the token's own claim `exp` counts, and if it has none,
/// the five minutes that az promises.
#[must_use]
pub fn parse_tool_output(text: &str, now: u64) -> Option<(Secret, u64, Option<String>)> {
    let fields: Value = serde_json::from_str(text.trim_start_matches('\u{feff}').trim()).ok()?;
    let value = |name: &str| fields.get(name).and_then(Value::as_str);
    let token = value("accessToken").or_else(|| value("token"))?;
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let in_utc = || value("expiresOn").filter(|text| text.ends_with('Z')).and_then(|text| expiry::moment(&text.into()));
    let claimed = || Jwt::parse(token).ok().and_then(|jwt| jwt.expires_at());
    let end = fields.get("expires_on").and_then(expiry::moment).or_else(in_utc).or_else(claimed);
    let tenant = value("tenant").map(clean).filter(|tenant| !tenant.is_empty());
    Some((Secret::from(token), end.unwrap_or(now.saturating_add(LEAST_LIFE)), tenant))
}

/// `value` as an argument of a tool: the characters that the Azure SDKs let through (`[0-9A-Za-z-_.:/]` for scopes;
/// `others` are let through besides), and not the look of an option.
///
/// # Errors
/// Configuration: any other text.
pub(super) fn plain<'a>(value: &'a str, what: &str, others: &str) -> Result<&'a str> {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c) || others.contains(c);
    if value.is_empty() || value.starts_with(['-', '/', ' ']) || !value.chars().all(good) {
        return Err(Error::configuration(format!("{value:?} can't be handed to another program as {what}"))
            .hint("use letters, digits and - _ . : / only"));
    }
    Ok(value)
}

/// Tells whether the file in which a tool keeps who is signed in is still the same: time of change, length, and inode.
/// It costs one look at the file system.
pub(super) fn stamp(file: Option<PathBuf>) -> String {
    let Some(meta) = file.and_then(|file| file.metadata().ok()) else { return "none".to_owned() };
    let changed = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}.{}.{}", changed.as_nanos(), meta.len(), platform::file_id(&meta))
}

/// A folder of the user's settings: the variable's, or `name` in the home folder.
pub(crate) fn settings_dir(variable: &str, name: &str) -> Option<PathBuf> {
    environment::var(variable).map(PathBuf::from).or_else(|| Some(dirs::home_dir()?.join(name)))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_end_of_a_token_is_told_without_the_local_time() {
        let token = jwt(r#"{"exp":7000}"#);
        for (fields, end) in [
            (r#""expires_on":5000,"expiresOn":"1970-01-01 02:00:00.000000""#, 5000),
            (r#""expires_on":"5000""#, 5000),
            (r#""expiresOn":"1970-01-01T01:40:00Z""#, 6000),
            (r#""expiresOn":"1970-01-01 02:00:00.000000""#, 7000),
            (r#""expiresOn":"N/A""#, 7000),
        ] {
            let (_, read, tenant) =
                parse_tool_output(&format!(r#"{{"accessToken":"{token}",{fields},"tenant":"t"}}"#), 1000).unwrap();
            assert_eq!((read, tenant.as_deref()), (end, Some("t")), "{fields}");
        }
        assert_eq!(parse_tool_output(r#"{"token":"opaque"}"#, 1000).unwrap().1, 1300);
        for bad in ["", "[]", "{}", r#"{"accessToken":""}"#, r#"{"accessToken":"a b"}"#, r#"{"token":5}"#] {
            assert!(parse_tool_output(bad, 0).is_none(), "{bad}");
        }
    }

    #[test]
    fn errors_of_every_form_are_one_line_without_tokens() {
        for (stderr, line) in [
            ("ERROR: Please run 'az login' to setup account.\n", "Please run 'az login' to setup account."),
            ("{\"type\":\"consoleMessage\",\"data\":{\"message\":\"\\nERROR: not logged in\\n\"}}\n", "not logged in"),
            ("{\"error\":\"e\",\"message\":\"m\",\"suggestion\":\"s\"}", "m s"),
            ("{\n \"message\": \"m\"\n}\n", "m"),
            ("WARNING: x token=eyJhbGciOi.e.f\n", "x …"),
            ("", ""),
        ] {
            assert_eq!(message(stderr), line, "{stderr}");
        }
    }

    #[test]
    fn arguments_are_plain() {
        for good in ["https://graph.microsoft.com/.default", "2ff814a6-3304", "api://a.b/c"] {
            assert_eq!(plain(good, "scope", ""), Ok(good));
        }
        for bad in ["", "-x", "a b", "a;b", "$(x)", "a\"b", "é", "a%b", "/etc/passwd"] {
            assert!(plain(bad, "scope", "").is_err(), "{bad}");
        }
        assert_eq!(plain("My Subscription", "subscription", " "), Ok("My Subscription"));
    }

    proptest! {
        #[test]
        fn any_output_is_read_without_a_panic(text in ".{0,100}") {
            let _ = parse_tool_output(&text, 0);
            let _ = message(&text);
        }
    }
}
