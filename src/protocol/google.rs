//! Google's client libraries and gcloud: a program as the source of an external account's token.
//!
//! Source: Google AIP-4117 and google-auth `pluggable.py`. That library joins stderr with stdout, so a failure is told in
//! the document and nowhere else.

use std::path::PathBuf;

use serde::Serialize;

use super::line;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::token::Token;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// Seconds by which the end is told early: the library takes the token from its file up to the very second, and then
/// has to exchange it.
const EARLY: u64 = 60;

/// What the library says in the environment, as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    token_type: &'static str,
    /// A person is at the terminal that stdout leads to: the answer goes to the file alone.
    pub interactive: bool,
    /// The person's sign-in is to be ended.
    pub revoke: bool,
    /// Where the answer is looked for before the program is run again.
    pub output_file: Option<PathBuf>,
}

impl Question {
    /// Reads GOOGLE_EXTERNAL_ACCOUNT_*.
    ///
    /// # Errors
    /// See [`Self::parse`].
    pub fn from_environment() -> Result<Self> {
        Self::parse(|name| environment::var(&format!("GOOGLE_EXTERNAL_ACCOUNT_{name}")))
    }

    /// Reads the variables by the last part of their names. One that is missing has its usual meaning, so that the
    /// command can be tried by hand.
    ///
    /// # Errors
    /// A type of token that Entra does not have (SAML), and an interactive call without a file for the answer.
    pub fn parse(var: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let token_type = match var("TOKEN_TYPE").as_deref() {
            None | Some(JWT) => JWT,
            Some(ID_TOKEN) => ID_TOKEN,
            Some(other) => {
                return Err(Error::configuration(format!("tokens of the type {other:?} can't be had"))
                    .hint(format!("set subject_token_type in the credential configuration to {JWT}")));
            }
        };
        let is_on = |name| var(name).as_deref() == Some("1");
        let question = Self {
            token_type,
            interactive: is_on("INTERACTIVE"),
            revoke: is_on("REVOKE"),
            output_file: var("OUTPUT_FILE").map(PathBuf::from),
        };
        if question.interactive && question.output_file.is_none() && !question.revoke {
            return Err(Error::configuration("an interactive call needs a file for the answer")
                .hint("set output_file in the credential configuration"));
        }
        Ok(question)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    version: u8,
    success: bool,
    token_type: &'a str,
    id_token: &'a str,
    expiration_time: u64,
}

#[derive(Serialize)]
struct Failure<'a> {
    version: u8,
    success: bool,
    code: &'a str,
    message: &'a str,
}

/// The answer with a token: one line of JSON. The library takes it from `id_token` for either type.
#[must_use]
pub fn render(question: &Question, token: &Token) -> String {
    let answer = Answer {
        version: 1,
        success: true,
        token_type: question.token_type,
        id_token: token.value.expose(),
        expiration_time: token.told_end(EARLY),
    };
    line::json(&answer, token.value.expose())
}

/// The answer that says what failed and what to do next.
#[must_use]
pub fn failure(error: &Error) -> String {
    let code = match error.kind {
        Kind::Failed => "FAILED",
        Kind::Usage => "USAGE",
        Kind::SignIn => "SIGN_IN_REQUIRED",
        Kind::Configuration => "CONFIGURATION",
        Kind::Network => "NETWORK",
        Kind::Refused => "REFUSED",
        Kind::Token => "TOKEN",
    };
    let hint = error.hint.iter().map(|hint| format!("; next: {hint}"));
    let details = error.details.iter().map(|(name, value)| format!("; {name}: {value}"));
    let message = error.message.clone() + &hint.chain(details).collect::<String>();
    line::json(&Failure { version: 1, success: false, code, message: &message }, "")
}
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    fn question(pairs: &[(&str, &str)]) -> Result<Question> {
        Question::parse(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_answer_has_the_type_that_was_asked_for() {
        for kind in [JWT, ID_TOKEN] {
            assert_eq!(
                render(&question(&[("TOKEN_TYPE", kind)]).unwrap(), &token("t", 0, 3600)),
                format!(
                    "{{\"version\":1,\"success\":true,\"token_type\":\"{kind}\",\"id_token\":\"t\",\
                     \"expiration_time\":3540}}\n"
                )
            );
        }
        assert!(question(&[("TOKEN_TYPE", "urn:ietf:params:oauth:token-type:saml2")]).is_err());
    }

    #[test]
    fn an_interactive_call_needs_a_file() {
        assert!(question(&[("INTERACTIVE", "1")]).is_err());
        let asked = question(&[("INTERACTIVE", "1"), ("OUTPUT_FILE", "/f"), ("REVOKE", "0")]).unwrap();
        assert!(asked.interactive && !asked.revoke && asked.output_file.is_some());
        assert!(question(&[("INTERACTIVE", "1"), ("REVOKE", "1")]).unwrap().revoke);
    }

    #[test]
    fn a_failure_is_told_in_one_line() {
        let error =
            Error::new(Kind::SignIn, "a person has to sign in").hint("run: jeton login -p x").detail("tenant", "t");
        assert_eq!(
            failure(&error),
            concat!(
                r#"{"version":1,"success":false,"code":"SIGN_IN_REQUIRED","#,
                r#""message":"a person has to sign in; next: run: jeton login -p x; tenant: t"}"#,
                "\n"
            )
        );
    }

    proptest! {
        #[test]
        fn any_environment_is_read_without_a_panic(kind in ".{0,60}", flag in ".{0,3}", file in ".{0,20}") {
            let _ = question(&[("TOKEN_TYPE", &kind), ("INTERACTIVE", &flag), ("OUTPUT_FILE", &file)]);
        }
    }
}
