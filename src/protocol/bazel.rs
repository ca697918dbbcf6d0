//! Bazel's credential helpers, also spoken by buildbarn and others.
//!
//! Source: EngFlow credential-helper-spec, `spec.md`, command `get`; Bazel's
//! `authandtls/credentialhelper/GetCredentialsResponse.java`, which reads `expires` without a fraction of a second.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{line, plain};
use crate::clock;
use crate::error::{Error, Result};
use crate::profile::Place;
use crate::token::Token;

/// The answer for a place that is none of ours: no headers are needed.
pub const NOTHING: &str = "{}\n";

/// Seconds by which the end is told early: Bazel hands the headers out up to the very second.
const EARLY: u64 = 60;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be fetched: `https://...`, `grpcs://...`.
    pub uri: String,
}

impl Request {
    /// Reads the document on standard input. Unknown fields are passed over, as the specification asks.
    ///
    /// # Errors
    /// What is no such document. It is not repeated: a URI may carry what is secret.
    pub fn parse(text: &str) -> Result<Self> {
        let flaw = |line: usize, column: usize| {
            Error::configuration(format!(
                "standard input is not a request for credentials (line {line}, column {column})"
            ))
            .hint("Bazel writes {\"uri\": \"https://...\"} there; by hand: jeton bazel get --url https://...")
        };
        // (Read into a struct, an array of one text would do as well.)
        let fields: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| flaw(error.line(), error.column()))?;
        match fields.get("uri") {
            Some(Value::String(uri)) => Ok(Self { uri: uri.clone() }),
            _ => Err(flaw(1, 1)),
        }
    }
}

/// Where a URI leads: gRPC is told from https by its scheme alone.
///
/// # Errors
/// See [`Place::of_url`].
pub fn place(uri: &str) -> Result<Option<Place>> {
    match uri.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("grpcs") => Place::of_url(&format!("https://{rest}")),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("grpc") => Place::of_url(&format!("http://{rest}")),
        _ => Place::of_url(uri),
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    headers: Headers<'a>,
    expires: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Headers<'a> {
    authorization: [&'a str; 1],
}

/// The answer: one line of JSON with the header to send.
#[must_use]
pub fn render(token: &Token) -> String {
    let authorization = zeroize::Zeroizing::new(plain::authorization(token));
    let answer =
        Answer { headers: Headers { authorization: [&authorization] }, expires: clock::rfc3339(token.told_end(EARLY)) };
    line::json(&answer, &authorization)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn the_answer_has_the_header_and_an_end_without_a_fraction() {
        assert_eq!(
            render(&token("t", 0, 3600)),
            "{\"headers\":{\"Authorization\":[\"Bearer t\"]},\"expires\":\"1970-01-01T00:59:00Z\"}\n"
        );
    }

    #[test]
    fn unknown_fields_are_passed_over_and_garbage_is_not_repeated() {
        assert_eq!(Request::parse(r#"{"uri":"https://h/p","x":[1]}"#).unwrap().uri, "https://h/p");
        for text in ["", "hunter2", "{}", "[]", r#"["hunter2"]"#, r#"{"uri":5}"#, r#"{"url":"https://hunter2"}"#] {
            let error = Request::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn grpcs_is_as_good_as_https_and_grpc_as_bad_as_http() {
        assert_eq!(place("grpcs://h.example/a.B/C").unwrap().unwrap().host, "h.example");
        assert_eq!(place("grpc://localhost:1/a").unwrap().unwrap().port, Some(1));
        for uri in ["grpc://h.example/a", "http://h.example", "ftp://h.example", "dns:///h.example", ""] {
            assert_eq!(place(uri).unwrap(), None, "{uri}");
        }
        assert!(place("grpcs://h.example/\n").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = Request::parse(&text);
            let _ = place(&text);
        }

        #[test]
        fn a_uri_comes_out_as_it_went_in(uri in ".{0,60}") {
            prop_assert_eq!(Request::parse(&serde_json::json!({"uri": uri}).to_string()).unwrap().uri, uri);
        }
    }
}
