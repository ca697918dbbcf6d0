//! A registry's answer to the exchange, good or bad.
//!
//! Good: `{"refresh_token": "..."}`. Bad: the errors of the OCI distribution specification ("Error Codes"), or those of
//! OAuth (RFC 6749 section 5.2).

use serde_json::Value;

use crate::jwt::Jwt;
use crate::secret::Secret;

/// An answer's body, read.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The registry's refresh token.
    Granted(Secret),
    /// The registry's words, which may quote the request.
    Refused(String),
    /// Neither.
    Foreign,
}

/// Reads an answer with this HTTP status.
#[must_use]
pub fn parse_answer(status: u16, body: &str) -> Answer {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(body) else { return Answer::Foreign };
    // Taken out, not copied: what is left behind would not be wiped.
    match fields.remove("refresh_token") {
        Some(Value::String(token))
            if (200..300).contains(&status) && !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            return Answer::Granted(Secret::new(token));
        }
        Some(Value::String(token)) => drop(Secret::new(token)),
        _ => {}
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let first = fields.get("errors").and_then(|errors| errors.get(0));
    let listed = first.and_then(|error| text(error.get("message")).or_else(|| text(error.get("code"))));
    let said = listed.or_else(|| text(fields.get("error_description"))).or_else(|| text(fields.get("error")));
    said.map_or(Answer::Foreign, Answer::Refused)
}

/// When a refresh token ends, as it says itself (`exp`): seconds since 1970, UTC.
///
/// The signature is not looked at: the token came from the registry itself.
pub(super) fn end_of(token: &Secret) -> Option<u64> {
    Jwt::parse(token.expose()).ok()?.claims.get("exp")?.as_u64()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_counts_with_a_good_status_only() {
        let body = r#"{"refresh_token":"a.b.c"}"#;
        assert_eq!(parse_answer(200, body), Answer::Granted(Secret::from("a.b.c")));
        assert_eq!(parse_answer(401, body), Answer::Foreign);
        for body in ["", "[]", "{}", r#"{"refresh_token":""}"#, r#"{"refresh_token":"a\nb"}"#, r#"{"refresh_token":1}"#]
        {
            assert_eq!(parse_answer(200, body), Answer::Foreign, "{body}");
        }
    }

    #[test]
    fn refusals_are_read_in_either_form() {
        let refused = |text: &str| Answer::Refused(text.to_owned());
        let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}"#;
        assert_eq!(parse_answer(401, body), refused("authentication required"));
        assert_eq!(parse_answer(401, r#"{"errors":[{"code":"DENIED"}]}"#), refused("DENIED"));
        assert_eq!(parse_answer(400, r#"{"error":"invalid_request"}"#), refused("invalid_request"));
    }

    #[test]
    fn the_end_is_read_from_the_token() {
        // {"exp":1700000000}
        assert_eq!(end_of(&Secret::from("e30.eyJleHAiOjE3MDAwMDAwMDB9.x")), Some(1_700_000_000));
        assert_eq!(end_of(&Secret::from("opaque")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(status in 100_u16..600, text in ".{0,80}", start in "|\\{|\\{\"errors\":") {
            let _ = parse_answer(status, &format!("{start}{text}"));
        }
    }
}
