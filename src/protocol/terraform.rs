//! Terraform and OpenTofu: the data source `external`, and credentials helpers.
//!
//! Sources: terraform-provider-external, "External Data Source" (both documents are objects of strings, and nothing but
//! strings); Terraform internals, "Credentials Helpers".

use std::collections::BTreeMap;

use serde::Serialize;

use super::line;
use crate::clock;
use crate::error::{Error, Result};
use crate::token::Token;

/// The answer of a credentials helper that has nothing for a host.
pub const NO_CREDENTIALS: &str = "{}\n";

/// Seconds by which the end is told early: a plan goes on for a while with what it was told.
const EARLY: u64 = 60;

/// `query` of a data source: what the token is for, where the program's arguments do not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The profile to use.
    pub profile: Option<String>,
    /// The scopes.
    pub scope: Option<String>,
    /// The resource.
    pub resource: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
}

impl Query {
    /// Reads the document on standard input. A value that is empty counts as not given.
    ///
    /// # Errors
    /// What is no object of strings, and names that mean nothing here: a misspelt one would otherwise be passed over.
    pub fn parse(text: &str) -> Result<Self> {
        let values: BTreeMap<String, String> = serde_json::from_str(text).map_err(|error| {
            Error::configuration(format!(
                "standard input is not the query of a data source (line {}, column {})",
                error.line(),
                error.column()
            ))
            .hint("Terraform writes a JSON object of strings there; by hand: echo '{}' | jeton terraform -p NAME")
        })?;
        let mut query = Self::default();
        for (name, value) in values {
            let place = match name.as_str() {
                "profile" => &mut query.profile,
                "scope" => &mut query.scope,
                "resource" => &mut query.resource,
                "tenant" => &mut query.tenant,
                other => {
                    return Err(Error::configuration(format!("the query has {other:?}, which means nothing here"))
                        .hint("use one of: profile, scope, resource, tenant"));
                }
            };
            *place = Some(value).filter(|value| !value.is_empty());
        }
        Ok(query)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_on: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
}

/// The answer of a data source: one line, an object of strings.
#[must_use]
pub fn external(token: &Token) -> String {
    let answer = Answer {
        access_token: token.value.expose(),
        token_type: &token.token_type,
        expires_on: &clock::rfc3339(token.told_end(EARLY)),
        tenant: token.tenant.as_deref(),
    };
    line::json(&answer, token.value.expose())
}

#[derive(Serialize)]
struct Credentials<'a> {
    token: &'a str,
}

/// The answer of a credentials helper: Terraform sends the token as a Bearer one.
#[must_use]
pub fn credentials(token: &Token) -> String {
    line::json(&Credentials { token: token.value.expose() }, token.value.expose())
}
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn the_answers_are_objects_of_strings() {
        assert_eq!(
            external(&token("t", 0, 3600)),
            concat!(
                r#"{"access_token":"t","token_type":"Bearer","expires_on":"1970-01-01T00:59:00Z","tenant":"t"}"#,
                "\n"
            )
        );
        assert_eq!(credentials(&token("t", 0, 60)), "{\"token\":\"t\"}\n");
    }

    #[test]
    fn a_query_says_what_the_token_is_for() {
        let query = Query::parse(r#"{"profile":"p","scope":"","tenant":"t"}"#).unwrap();
        assert_eq!((query.profile.as_deref(), query.scope, query.tenant.as_deref()), (Some("p"), None, Some("t")));
        assert_eq!(Query::parse("{}").unwrap(), Query::default());
    }

    #[test]
    fn what_is_no_query_is_refused_without_repeating_a_value() {
        for text in ["", "[]", "hunter2", r#"{"scope":5}"#, r#"{"scope":null}"#, r#"{"secret":"hunter2"}"#] {
            let error = Query::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert!(Query::parse(r#"{"profil":"x"}"#).unwrap_err().to_string().contains("\"profil\""));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = Query::parse(&text);
        }

        #[test]
        fn a_scope_comes_out_as_it_went_in(scope in ".{1,60}") {
            let query = Query::parse(&serde_json::json!({"scope": scope}).to_string()).unwrap();
            prop_assert_eq!(query.scope, Some(scope));
        }
    }
}
