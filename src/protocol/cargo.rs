//! cargo's credential providers: lines of JSON, one request after another.
//!
//! Source: the Cargo Book, "Credential Provider Protocol"; `src/cargo/util/credential/process.rs`. (What cargo takes from
//! `cargo:token-from-stdout` is one line, [`super::plain::authorization_line`].)

use serde::{Deserialize, Serialize};

use super::{line, plain};
use crate::error::{Error, Result};
use crate::profile::Place;
use crate::token::Token;

/// What the provider says first: the versions it speaks.
pub const HELLO: &str = "{\"v\":[1]}\n";

/// What cargo wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub action: Action,
    /// Where the registry's index is, as cargo writes it.
    pub index_url: String,
    /// What stands behind the program in `credential-provider`: cargo does not give it as arguments.
    pub args: Vec<String>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A token, for whatever operation.
    Get,
    /// `cargo login`, `cargo logout`, and what later versions of cargo may ask for.
    Other,
}

#[derive(Deserialize)]
struct Wire {
    v: u64,
    kind: String,
    registry: Registry,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registry {
    index_url: String,
}

impl Request {
    /// Reads one line of cargo's. Unknown fields are passed over.
    ///
    /// # Errors
    /// What is no request, or one in another version. The line is never repeated: `cargo login` puts a token into it.
    pub fn parse(line: &str) -> Result<Self> {
        let flaw = |column: usize| {
            Error::configuration(format!("this is not a request of cargo's credential protocol (column {column})"))
                .hint("cargo calls jeton with --cargo-plugin; to see a token by hand: jeton cargo --url URL")
        };
        // (As a struct, an array would be read as well.)
        if !line.trim_start().starts_with('{') {
            return Err(flaw(1));
        }
        let wire: Wire = serde_json::from_str(line).map_err(|error| flaw(error.column()))?;
        if wire.v != 1 {
            return Err(Error::configuration(format!(
                "version {} of cargo's credential protocol is not known",
                wire.v
            ))
            .hint("jeton speaks version 1: update jeton, or use cargo:token-from-stdout"));
        }
        let action = if wire.kind == "get" { Action::Get } else { Action::Other };
        Ok(Self { action, index_url: wire.registry.index_url, args: wire.args })
    }
}

/// Where an index is: `sparse+https://...`, `registry+https://...`, or the URL of a git repository.
///
/// # Errors
/// See [`Place::of_url`].
pub fn place(index_url: &str) -> Result<Option<Place>> {
    let url = ["sparse+", "registry+"].iter().find_map(|kind| index_url.strip_prefix(kind)).unwrap_or(index_url);
    Place::of_url(url)
}

#[derive(Serialize)]
enum Answer<'a> {
    Ok(Got<'a>),
    Err(Refused<'a>),
}

#[derive(Serialize)]
struct Got<'a> {
    kind: &'a str,
    token: &'a str,
    cache: &'a str,
    expiration: u64,
    operation_independent: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Refused<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    caused_by: Vec<String>,
}

/// The answer with a token, which cargo keeps until a minute before its end.
#[must_use]
pub fn got(token: &Token) -> String {
    let authorization = zeroize::Zeroizing::new(plain::authorization(token));
    let answer = Answer::Ok(Got {
        kind: "get",
        token: &authorization,
        cache: "expires",
        expiration: token.expires_at,
        operation_independent: true,
    });
    line::json(&answer, &authorization)
}

/// The registry is none of ours: cargo asks the next provider.
#[must_use]
pub fn not_ours() -> String {
    refused("url-not-supported")
}

/// Nothing but tokens is given here.
#[must_use]
pub fn not_supported() -> String {
    refused("operation-not-supported")
}

/// What went wrong. cargo shows the message and, below it, the causes: there is the line that says what to do.
#[must_use]
pub fn failed(error: &Error) -> String {
    let hint = error.hint.iter().map(|hint| format!("next: {hint}"));
    let details = error.details.iter().map(|(name, value)| format!("{name}: {value}"));
    let caused_by = hint.chain(details).collect();
    line::json(&Answer::Err(Refused { kind: "other", message: Some(&error.message), caused_by }), "")
}

fn refused(kind: &str) -> String {
    line::json(&Answer::Err(Refused { kind, message: None, caused_by: Vec::new() }), "")
}
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn a_request_is_read_and_what_is_unknown_in_it_passed_over() {
        let text = r#"{"v":1,"registry":{"index-url":"sparse+https://h/i/","name":"n","headers":["WWW-Authenticate: x"],"y":1},
            "kind":"get","operation":"publish","name":"sample","vers":"0.1.0","cksum":"c","args":["cargo","-p","x"],"z":{}}"#;
        let request = Request::parse(text).unwrap();
        assert_eq!((request.action, request.index_url.as_str()), (Action::Get, "sparse+https://h/i/"));
        assert_eq!(request.args, ["cargo", "-p", "x"]);
        for kind in ["login", "logout", "later"] {
            let text = format!(r#"{{"v":1,"registry":{{"index-url":"u"}},"kind":"{kind}","token":"t"}}"#);
            assert_eq!(Request::parse(&text).unwrap().action, Action::Other);
        }
    }

    #[test]
    fn what_is_no_request_is_refused_without_repeating_it() {
        for text in [
            "",
            "hunter2",
            r#"[1,"get",["u"]]"#,
            r#"{"v":1,"kind":"get"}"#,
            r#"{"v":2,"kind":"login","token":"hunter2","registry":{"index-url":"u"}}"#,
            r#"{"v":1,"kind":{"token":"hunter2"},"registry":{"index-url":"u"}}"#,
        ] {
            let error = Request::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2") && error.hint.is_some(), "{error}");
        }
    }

    #[test]
    fn answers_are_single_lines_in_cargos_words() {
        assert_eq!(
            got(&token("t", 0, 3600)),
            concat!(
                r#"{"Ok":{"kind":"get","token":"Bearer t","cache":"expires","expiration":3600,"#,
                r#""operation_independent":true}}"#,
                "\n"
            )
        );
        assert_eq!(not_ours(), "{\"Err\":{\"kind\":\"url-not-supported\"}}\n");
        assert_eq!(not_supported(), "{\"Err\":{\"kind\":\"operation-not-supported\"}}\n");
        let error = Error::network("no answer").hint("try later").detail("tenant", "t");
        assert_eq!(
            failed(&error),
            concat!(
                r#"{"Err":{"kind":"other","message":"no answer","caused-by":["next: try later","tenant: t"]}}"#,
                "\n"
            )
        );
    }

    #[test]
    fn the_kinds_of_an_index_have_one_host() {
        for url in ["sparse+https://h.example/i/", "registry+https://h.example/i", "https://h.example/i"] {
            assert_eq!(place(url).unwrap().unwrap().host, "h.example", "{url}");
        }
        for url in ["ssh://git@h.example/i", "sparse+http://h.example/i/", "file:///i", "sparse+https://u@h.example/"] {
            assert_eq!(place(url).unwrap(), None, "{url}");
        }
        assert!(place("sparse+https://h.example\r\n/i").is_err());
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(text in ".{0,200}") {
            let _ = Request::parse(&text);
            let _ = place(&text);
        }

        #[test]
        fn a_url_comes_out_as_it_went_in(url in "[ -~é]{0,60}") {
            let text = serde_json::json!({"v": 1, "kind": "get", "registry": {"index-url": url}}).to_string();
            prop_assert_eq!(Request::parse(&text).unwrap().index_url, url);
        }
    }
}
