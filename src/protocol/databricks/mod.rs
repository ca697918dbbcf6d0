//! `databricks`, Databricks' CLI, as far as SDKs and scripts ask it: `auth token`, `auth env`, `auth profiles`, `auth
//! describe`, `version`.
//!
//! Source: databricks/cli 1.13, `cmd/auth/*.go`, `cmd/version/version.go`, `internal/build/info.go`; pflag for the command
//! line. What SDKs make of it: databricks-sdk-go `config/cli_token_source.go`, databricks-sdk-py `credentials_provider.py`,
//! databricks-sdk-java `CliTokenSource.java`.

mod request;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::clock;
use crate::error::{Error, Kind};
use crate::token::Token;

pub use request::{Call, Command, Output, parse};

/// The release whose answers these are. SDKs go by it: from 0.207.1 on they name the profile, from 0.296.0 on they force a
/// refresh when a token of theirs has grown old.
pub const RELEASE: &str = "1.13.0";

/// What SDKs look for in an error to try the next way to sign in: nothing is set up for the host, or nobody is signed in.
const NOTHING_HERE: &str = "databricks OAuth is not configured for this host";

/// How long a token that does not say when it ends is told to live, in seconds: it may be replaced where it is kept.
const UNKNOWN_LIFE: u64 = 3600;

/// What `auth token` answers: JSON without a line end.
///
/// The end is in local time with a fraction and its distance to UTC, the one form that all SDKs read right: that for Python
/// cuts off all that follows the point, and takes what is left for local time.
#[must_use]
pub fn token(token: &Token, output: Option<Output>) -> String {
    if output == Some(Output::Text) {
        return format!("{}\n", token.value.expose());
    }
    let end = token.expiry().unwrap_or_else(|| clock::now() + UNKNOWN_LIFE);
    let text = |text: &str| Zeroizing::new(serde_json::to_string(text).unwrap_or_default());
    let (value, kind) = (text(token.value.expose()), text(&token.token_type));
    format!(
        "{{\n  \"access_token\": {},\n  \"token_type\": {},\n  \"expiry\": \"{}\"\n}}",
        *value,
        *kind,
        clock::local_rfc3339(end)
    )
}

/// What `version` answers.
#[must_use]
pub fn version(output: Option<Output>) -> String {
    if output != Some(Output::Json) {
        return format!("Databricks CLI v{RELEASE}\n");
    }
    VERSION.to_owned()
}

/// The same in JSON (`internal/build/info.go`).
const VERSION: &str = concat!(
    r#"{
  "ProjectName": "cli",
  "Version": "1.13.0",
  "Branch": "",
  "Tag": "v1.13.0",
  "ShortCommit": "",
  "FullCommit": "",
  "CommitTime": "1970-01-01T00:00:00Z",
  "Summary": "jeton "#,
    env!("CARGO_PKG_VERSION"),
    r#"",
  "Major": 1,
  "Minor": 13,
  "Patch": 0,
  "Prerelease": "",
  "IsSnapshot": false,
  "BuildTime": "1970-01-01T00:00:00Z"
}
"#
);

/// An object with these texts.
#[must_use]
pub fn object(fields: &[(&str, &str)]) -> Map<String, Value> {
    fields.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect()
}

/// A JSON object as the CLI prints it, without a line end.
#[must_use]
pub fn lines(fields: Map<String, Value>) -> String {
    serde_json::to_string_pretty(&Value::Object(fields)).unwrap_or_default()
}

/// The text for `error`, with a line end. SDKs read it: `NOTHING_HERE` lets them try another way to sign in, and whatever
/// else it says ends their search. The SDK for Java goes on at the words "not found", too, so no other error has them.
#[must_use]
pub fn failure(error: &Error) -> String {
    let mut text = "Error: ".to_owned();
    match (error.kind, error.message.split_once("; a person has to sign in")) {
        (Kind::SignIn, Some((cause, _))) => {
            text.push_str("A new access token could not be retrieved because the refresh token is invalid: ");
            text.push_str(cause);
        }
        (Kind::SignIn, None) if error.message.starts_with("a person has to sign in") => {
            text.push_str("cache: ");
            text.push_str(NOTHING_HERE);
            text.push_str(": nobody is signed in");
        }
        _ => text.push_str(&error.message),
    }
    if let Some(hint) = &error.hint {
        text.push_str("\n  next: ");
        text.push_str(hint);
    }
    let details: Vec<_> = error.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    if !details.is_empty() {
        text.push_str("\n  ");
        text.push_str(&details.join(", "));
    }
    text.push('\n');
    text.replace("not found", "not there")
}

/// The error where nothing is set up for what is asked for.
#[must_use]
pub fn nothing_here(host: Option<&str>) -> Error {
    let host = host.unwrap_or("HOST");
    Error::configuration(format!("cache: {NOTHING_HERE}: jeton has no profile for it"))
        .hint(format!("run: jeton login --databricks-host {host}"))
}

/// The text for a wrong command line.
#[must_use]
pub fn usage(said: &str) -> String {
    format!("Error: {said}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::token as sample;

    #[test]
    fn a_token_is_told_in_each_form() {
        let sample = sample("a.b", 1_704_160_000, 7385);
        assert_eq!(token(&sample, Some(Output::Text)), "a.b\n");
        let text = token(&sample, None);
        assert_eq!(token(&sample, Some(Output::Json)), text);
        let end = clock::local_rfc3339(1_704_167_385);
        assert_eq!(
            text,
            format!("{{\n  \"access_token\": \"a.b\",\n  \"token_type\": \"Bearer\",\n  \"expiry\": \"{end}\"\n}}")
        );
    }

    #[test]
    fn a_token_that_does_not_say_when_it_ends_is_asked_for_again() {
        let mut sample = sample("dapi1", 0, 1);
        sample.expires_at = crate::token::NEVER;
        assert!(!token(&sample, None).contains("9999"));
    }

    #[test]
    fn what_is_not_set_up_is_told_apart_from_what_failed() {
        let text =
            failure(&Error::new(Kind::SignIn, "a person has to sign in, but x").hint("run: jeton login -p work"));
        assert_eq!(
            text,
            "Error: cache: databricks OAuth is not configured for this host: nobody is signed in\n  next: run: jeton login \
             -p work\n"
        );
        let text =
            failure(&Error::new(Kind::SignIn, "refused (Refresh token is invalid); a person has to sign in, but x"));
        assert!(text.contains("the refresh token is invalid: refused"), "{text}");
        let text = failure(&Error::new(Kind::Refused, "the app was not found (AADSTS700016)").detail("tenant", "t"));
        assert_eq!(text, "Error: the app was not there (AADSTS700016)\n  tenant: t\n");
        assert!(failure(&nothing_here(Some("h"))).contains(NOTHING_HERE));
    }

    #[test]
    fn both_forms_of_the_version_are_the_same_release() {
        assert_eq!(version(None), format!("Databricks CLI v{RELEASE}\n"));
        let told: Value = serde_json::from_str(&version(Some(Output::Json))).unwrap();
        assert_eq!((told["Version"].as_str(), told["Tag"].as_str()), (Some(RELEASE), Some(&*format!("v{RELEASE}"))));
        assert_eq!(format!("{}.{}.{}", told["Major"], told["Minor"], told["Patch"]), RELEASE);
    }
}
