//! `azd`, the Azure Developer CLI, as far as SDKs ask it: `auth token`, `auth status`, `auth login --check-status`.
//!
//! Source: azure-dev, `cli/azd/cmd/auth_token.go`, `auth_status.go`, `auth_login.go`, `pkg/contracts/auth.go`; pflag for
//! the command line.

use std::ffi::OsString;

use serde_json::json;

use super::Foreign;
use super::az::{Data, Form, Query, render};
use super::line;
use super::pflag::{self, Flag, Line};
use crate::clock;
use crate::error::{Error, Kind};
use crate::token::Token;

// Wrong usage is worded as az words it.
pub use super::az::usage;

/// What a token is for where nothing is said (`pkg/azure`, `ManagementScope`).
pub const MANAGEMENT: &str = "https://management.azure.com//.default";

/// What azd says where nobody is signed in (`pkg/auth`, `ErrNoCurrentUser`).
pub const LOGIN: &str = "not logged in, run `azd auth login` to login";

/// A command that is answered here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// Which one.
    pub command: Command,
    /// `--scope`; empty where it is not given.
    pub scopes: Vec<String>,
    /// `--tenant-id`
    pub tenant: Option<String>,
    /// `--claims`: a challenge in base64.
    pub claims: Option<String>,
    /// `--output json`
    pub json: bool,
    /// `--query`
    pub query: Option<Query>,
    /// `--debug`
    pub verbose: bool,
}

/// The commands that are answered here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Command {
    /// `auth token`
    #[default]
    Token,
    /// `auth status`
    Status,
    /// `auth login --check-status`
    CheckStatus,
}

const FLAGS: &[Flag] = &[
    ("scope", None, true),
    ("tenant-id", None, true),
    ("claims", None, true),
    ("output", Some('o'), true),
    ("query", None, true),
    ("cwd", Some('C'), true),
    ("environment", Some('e'), true),
    ("trace-log-file", None, true),
    ("trace-log-url", None, true),
    ("check-status", None, false),
    ("no-prompt", None, false),
    ("debug", None, false),
    ("docs", None, false),
    ("help", Some('h'), false),
];

/// Reads the command line behind `azd`, as pflag does: options before, between and behind the words.
///
/// # Errors
/// What is not answered here.
pub fn parse(arguments: &[OsString]) -> Result<Call, Foreign> {
    let texts: Option<Vec<&str>> = arguments.iter().map(|text| text.to_str()).collect();
    let Some(texts) = texts else { return Err(Foreign::Command("azd".to_owned())) };
    let mut call = Call::default();
    let line = Line::read(&texts, FLAGS).map_err(Foreign::Wrong)?;
    let mut checks = false;
    for (name, value) in line.flags {
        let is_on = pflag::is_on(value) == Some(true);
        let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "scope" => call.scopes.push(value.to_owned()),
            "tenant-id" => call.tenant = some(),
            "claims" => call.claims = some(),
            "output" => match value {
                "json" => call.json = true,
                "none" => call.json = false,
                other => return Err(Foreign::Unknown(format!("unsupported format '{other}'"))),
            },
            "query" => match Query::parse(value) {
                Some(query) => call.query = Some(query),
                None => return Err(Foreign::Unknown(format!("invalid JMESPath query '{value}'"))),
            },
            "check-status" => checks = is_on,
            "debug" => call.verbose = is_on,
            "help" | "docs" if is_on => return Err(Foreign::Command(named(&line.words) + " --" + name)),
            _ => {}
        }
    }
    call.command = match line.words.as_slice() {
        ["auth", "token"] => Command::Token,
        ["auth", "status"] => Command::Status,
        ["auth", "login"] if checks => Command::CheckStatus,
        words => return Err(Foreign::Command(named(words))),
    };
    line.unknown.map_or(Ok(call), |text| Err(Foreign::Unknown(text)))
}

fn named(words: &[&str]) -> String {
    ["azd"].iter().chain(words.iter().take(4)).copied().collect::<Vec<_>>().join(" ")
}

/// What `auth token` answers. The end is in UTC, to the second: the one form that all SDKs read.
#[must_use]
pub fn token(call: &Call, token: &Token) -> String {
    if !call.json && call.query.is_none() {
        return line::of([token.value.expose()]);
    }
    let end = clock::rfc3339(token.expires_at);
    if let Some(query) = &call.query {
        let data = Data::object([("token", Data::text(token.value.expose())), ("expiresOn", Data::text(&end))]);
        return render(&query.search(&data), Form::Json, true);
    }
    let value = zeroize::Zeroizing::new(line::json(&token.value.expose(), token.value.expose()));
    line::of(["{\n  \"token\": ", value.trim_end(), ",\n  \"expiresOn\": \"", &end, "\"\n}"])
}

/// Who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// A person, not an app.
    pub is_user: bool,
    /// The user's name, or the client id.
    pub name: &'a str,
    /// The end of the token that proved it, in seconds since 1970, UTC.
    pub expires_at: u64,
}

/// What `auth status` and `auth login --check-status` answer; of `None`, that nobody is signed in.
#[must_use]
pub fn status(call: &Call, account: Option<&Account<'_>>) -> String {
    let end = account.map(|account| clock::rfc3339(account.expires_at));
    let name = account.map(|account| account.name).unwrap_or_default();
    let is_user = account.is_some_and(|account| account.is_user);
    if call.json {
        let fields = match (call.command, &end) {
            (Command::CheckStatus, Some(end)) => json!({"status": "success", "expiresOn": end}),
            (_, None) => json!({"status": "unauthenticated"}),
            (_, Some(end)) if is_user => {
                json!({"status": "authenticated", "type": "user", "email": name, "expiresOn": end})
            }
            (_, Some(end)) => {
                json!({"status": "authenticated", "type": "servicePrincipal", "clientId": name, "expiresOn": end})
            }
        };
        return serde_json::to_string_pretty(&fields).unwrap_or_default() + "\n";
    }
    match (call.command, &end) {
        (Command::CheckStatus, Some(_)) => format!("({name}) Logged in to Azure.\n"),
        (Command::CheckStatus, None) => "Not logged in, run `azd auth login` to login to Azure.\n".to_owned(),
        (_, None) => "Not logged in, run `azd auth login` to login to Azure\n".to_owned(),
        (_, Some(_)) if is_user => format!("Logged in to Azure as {name}\n"),
        (_, Some(_)) => format!("Logged in to Azure as ({name})\n"),
    }
}

/// The text for `error`, with a line end: a JSON object where JSON is asked for (azd 1.24 and newer), else a line. SDKs look
/// for `azd auth login` in it.
#[must_use]
pub fn failure(error: &Error, as_json: bool) -> String {
    let not_signed_in = error.kind == Kind::SignIn && !error.message.contains("AADSTS");
    let message = match error.kind {
        Kind::SignIn if not_signed_in && !error.message.contains("azd auth login") => {
            format!("{LOGIN}: {}", error.message)
        }
        // `pkg/auth`, ReLoginRequiredError
        Kind::SignIn if !not_signed_in => format!("reauthentication required: {}", error.message),
        _ => error.message.clone(),
    };
    let details: Vec<_> = error.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    let suggestion = error.hint.clone().unwrap_or_default();
    if as_json {
        return format!(
            "{}\n",
            json!({"error": message, "message": message.clone() + &details, "suggestion": suggestion})
        );
    }
    let suggestion = if suggestion.is_empty() { suggestion } else { format!("\n  next: {suggestion}") };
    format!("ERROR: {message}{details}{suggestion}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token as sample;

    fn read(line: &str) -> Result<Call, Foreign> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_lines_of_the_sdks_are_read() {
        let some = |text: &str| Some(text.to_owned());
        let call =
            read("auth token --output json --no-prompt --scope a --scope b --tenant-id t --claims e30=").unwrap();
        assert_eq!((call.scopes, call.tenant, call.claims), (vec!["a".into(), "b".into()], some("t"), some("e30=")));
        for line in [
            "auth token -o json",
            "auth token -ojson",
            "auth -o=json token",
            "--output=json auth token",
            "-C / auth token -o json",
        ] {
            assert!(read(line).unwrap().json, "{line}");
        }
        assert!(!read("auth token -o none").unwrap().json);
        assert_eq!(read("auth login --check-status").unwrap().command, Command::CheckStatus);
        assert_eq!(read("auth status -o json").unwrap().command, Command::Status);
    }

    #[test]
    fn what_is_more_than_that_is_left_to_azd() {
        for (line, foreign) in [
            ("auth login", Foreign::Command("azd auth login".into())),
            ("auth login --check-status=false", Foreign::Command("azd auth login".into())),
            ("up --no-prompt", Foreign::Command("azd up".into())),
            ("auth token --help", Foreign::Command("azd auth token --help".into())),
            ("", Foreign::Command("azd".into())),
            ("auth token --bogus=1", Foreign::Unknown("unknown flag: --bogus".into())),
            ("auth token -x", Foreign::Unknown("unknown shorthand flag: 'x' in -x".into())),
            ("auth token -o xml", Foreign::Unknown("unsupported format 'xml'".into())),
            ("auth token --scope", Foreign::Wrong("flag needs an argument: --scope".into())),
        ] {
            assert_eq!(read(line), Err(foreign), "{line}");
        }
    }

    #[test]
    fn a_token_is_told_in_each_form() {
        let sample = sample("a.b", 1_704_160_000, 7385);
        assert_eq!(token(&read("auth token").unwrap(), &sample), "a.b\n");
        assert_eq!(
            token(&read("auth token -o json").unwrap(), &sample),
            "{\n  \"token\": \"a.b\",\n  \"expiresOn\": \"2024-01-02T03:49:45Z\"\n}\n"
        );
        assert_eq!(token(&read("auth token -o json --query token").unwrap(), &sample), "\"a.b\"\n");
    }

    #[test]
    fn who_is_not_signed_in_is_told_apart_from_who_is_refused() {
        let error = Error::new(Kind::SignIn, "a person has to sign in").hint("run: jeton login -p work");
        assert_eq!(
            failure(&error, true),
            "{\"error\":\"not logged in, run `azd auth login` to login: a person has to sign in\",\"message\":\"not logged in, \
             run `azd auth login` to login: a person has to sign in\",\"suggestion\":\"run: jeton login -p work\"}\n"
        );
        let error = Error::new(Kind::Refused, "no (AADSTS7000215: wrong)").hint("see").detail("tenant", "t");
        assert_eq!(failure(&error, false), "ERROR: no (AADSTS7000215: wrong) (tenant: t)\n  next: see\n");
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(words in proptest::collection::vec("[-a-z=é ]{0,12}|--output|auth|token", 0..6)) {
            let _ = parse(&words.into_iter().map(OsString::from).collect::<Vec<_>>());
        }
    }
}
