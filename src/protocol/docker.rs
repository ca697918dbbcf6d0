//! Credential helpers of Docker, and of podman, skopeo, buildah, ORAS, helm and crane, which call them in the same way
//! (docker-credential-helpers, `credentials/credentials.go`; docker/cli, `cli/config/credentials`).
//!
//! Errors are text on standard output, and some of it is compared word by word.

use serde::{Deserialize, Serialize};

use super::line;
use crate::acr;
use crate::error::{Error, Result};
use crate::profile::{HostPattern, Place, Service};
use crate::token::Token;

/// More input than this, in bytes, is no question of Docker's.
pub const LONGEST_INPUT: u64 = 1 << 20;

/// "Not mine": the caller goes on without a credential (`errCredentialsNotFoundMessage`).
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// A question without a server (`errCredentialsMissingServerURLMessage`).
pub const NO_SERVER: &str = "no credentials server URL";

/// A credential without a user (`errCredentialsMissingUsernameMessage`).
pub const NO_USER: &str = "no credentials username";

/// What a helper that keeps nothing says to `store`.
pub const READ_ONLY: &str = "jeton keeps no passwords: it gets registry tokens for the hosts of its profiles; \
    name it for those alone, in credHelpers of config.json";

/// What `get` and `erase` ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As it was asked, which is how it is answered.
    server: String,
    /// Where that is, if it is an address that a token may go to.
    pub place: Option<Place>,
}

/// What a caller is told in place of an answer: text for its standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaint(pub &'static str);

impl Question {
    /// Reads the server's address: a name, with or without port, scheme and path, with or without a line end.
    ///
    /// # Errors
    /// [`NO_SERVER`], where there is none.
    pub fn parse(input: &[u8]) -> std::result::Result<Self, Complaint> {
        let text = String::from_utf8_lossy(input);
        let server = text.trim_matches([' ', '\t', '\r', '\n']);
        if server.is_empty() {
            return Err(Complaint(NO_SERVER));
        }
        // (A host with a path is a repository: podman asks for those too.)
        Ok(Self { server: server.to_owned(), place: Place::parse(server).ok() })
    }
}

#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(rename = "ServerURL", borrow, default)]
    server: std::borrow::Cow<'a, str>,
    #[serde(rename = "Username", borrow, default)]
    username: std::borrow::Cow<'a, str>,
}

/// Reads what `store` is given. The secret in it is not looked at.
///
/// # Errors
/// What the protocol's own helpers refuse.
pub fn parse_stored(input: &[u8]) -> std::result::Result<Question, Complaint> {
    let stored: Stored<'_> =
        serde_json::from_slice(input).map_err(|_| Complaint("this is not a credential in JSON"))?;
    if stored.server.trim().is_empty() {
        return Err(Complaint(NO_SERVER));
    }
    if stored.username.trim().is_empty() {
        return Err(Complaint(NO_USER));
    }
    Question::parse(stored.server.as_bytes())
}

#[derive(Serialize)]
struct Credential<'a> {
    #[serde(rename = "ServerURL")]
    server: &'a str,
    #[serde(rename = "Username")]
    username: &'a str,
    #[serde(rename = "Secret")]
    secret: &'a str,
}

/// The answer to `get`.
#[must_use]
pub fn render(question: &Question, token: &Token) -> String {
    let secret = token.value.expose();
    line::json(&Credential { server: &question.server, username: acr::USER, secret }, secret)
}

/// The answer to `list`: the registries of Azure's among these patterns, by the user name for each. Whoever reads it asks
/// for all of them, so other hosts are left out, and a pattern for many names none.
///
/// # Errors
/// None that is known.
pub fn list<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Result<String> {
    let mut known = serde_json::Map::new();
    for host in hosts {
        let Ok(pattern) = host.parse::<HostPattern>() else { continue };
        let shown = pattern.to_string();
        if !shown.contains(['*', '/'])
            && Place::parse(&shown).is_ok_and(|place| Service::AZURE_REGISTRIES.is_at(&place))
        {
            known.insert(format!("https://{shown}"), acr::USER.into());
        }
    }
    Ok(line::json(&known, ""))
}

/// An error as one line of text for the caller, who shows it.
#[must_use]
pub fn failure(error: &Error) -> String {
    error.to_string().lines().map(str::trim).collect::<Vec<_>>().join("; ")
}
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn the_server_is_answered_as_it_was_asked() {
        for (asked, host, port) in [
            ("contoso.azurecr.io", "contoso.azurecr.io", None),
            ("https://Contoso.azurecr.io/v2/\n", "contoso.azurecr.io", None),
            ("localhost:5000\r\n", "localhost", Some(5000)),
        ] {
            let question = Question::parse(asked.as_bytes()).unwrap();
            let place = question.place.as_ref().unwrap();
            assert_eq!((place.host.as_str(), place.port), (host, port));
            assert_eq!(
                render(&question, &token("t", 0, 3600)),
                format!(
                    "{{\"ServerURL\":\"{}\",\"Username\":\"00000000-0000-0000-0000-000000000000\",\"Secret\":\"t\"}}\n",
                    asked.trim()
                )
            );
        }
    }

    #[test]
    fn what_is_no_server_is_told_in_the_words_of_the_protocol() {
        for nothing in ["", "\n", "  \r\n"] {
            assert_eq!(Question::parse(nothing.as_bytes()), Err(Complaint(NO_SERVER)));
        }
        for foreign in ["http://contoso.azurecr.io", "a\nb.azurecr.io", "a\rb", "a\0b", "u@contoso.azurecr.io", "%%"] {
            assert_eq!(Question::parse(foreign.as_bytes()).unwrap().place, None, "{foreign:?}");
        }
        assert_eq!(parse_stored(b"{}"), Err(Complaint(NO_SERVER)));
        assert_eq!(parse_stored(br#"{"ServerURL":"a"}"#), Err(Complaint(NO_USER)));
        assert!(parse_stored(br#"{"ServerURL":"a","Username":"u","Secret":"\u0041"}"#).is_ok());
        assert!(parse_stored(b"a.azurecr.io").is_err());
    }

    #[test]
    fn azures_registries_are_listed_and_nothing_else() {
        let hosts =
            ["contoso.azurecr.io", "*.azurecr.io", "dev.azure.com/contoso", "localhost:5000", "", "b.azurecr.cn"];
        assert_eq!(
            list(hosts).unwrap(),
            concat!(
                r#"{"https://contoso.azurecr.io":"00000000-0000-0000-0000-000000000000","#,
                r#""https://b.azurecr.cn":"00000000-0000-0000-0000-000000000000"}"#,
                "\n"
            )
        );
        assert_eq!(list([]).unwrap(), "{}\n");
    }

    #[test]
    fn a_failure_is_one_line() {
        let error = Error::network("no answer").hint("try later").detail("tenant", "t");
        assert_eq!(failure(&error), "jeton: no answer; next: try later; tenant: t");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Question::parse(&bytes);
            let _ = parse_stored(&bytes);
        }
    }
}
