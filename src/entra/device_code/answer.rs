//! The answer of a device authorization endpoint: RFC 8628 section 3.2, and the older names of v1.

use serde_json::Value;

use crate::entra::grant::{is_visible, number};
use crate::error::clean;
use crate::secret::Secret;

/// Seconds that a code lives where the answer does not say it: Entra's own number.
const ASSUMED_LIFE: u64 = 900;

/// No code is waited for longer than a day, in seconds.
const LONGEST_LIFE: u64 = 86_400;

/// Seconds between two polls where the answer does not say it (RFC 8628 section 3.2).
const ASSUMED_INTERVAL: u64 = 5;

/// No poll waits longer for its turn, in seconds.
const LONGEST_INTERVAL: u64 = 3600;

/// A device code, and what a person needs to know of it. Texts are clean: one line, no control characters.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorization {
    /// What is polled with.
    pub device_code: Secret,
    /// What the person types.
    pub user_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// The same page with the code filled in, where the server has that.
    pub verification_uri_complete: Option<String>,
    /// Seconds that the code lives.
    pub expires_in: u64,
    /// Seconds between two polls.
    pub interval: u64,
    /// The server's own words for the person.
    pub message: Option<String>,
}

/// Reads an answer; `None` if it is no device code.
#[must_use]
pub fn parse_authorization(body: &str) -> Option<Authorization> {
    let answer: Value = serde_json::from_str(body).ok()?;
    let text = |name: &str| answer.get(name)?.as_str().map(clean).filter(|text| !text.is_empty());
    let url = |name: &str| text(name).filter(|url| is_visible(url));
    let device_code = answer.get("device_code")?.as_str().filter(|code| is_visible(code))?;
    Some(Authorization {
        device_code: Secret::from(device_code),
        user_code: text("user_code")?,
        verification_uri: url("verification_uri").or_else(|| url("verification_url"))?,
        verification_uri_complete: url("verification_uri_complete"),
        expires_in: number(answer.get("expires_in")).unwrap_or(ASSUMED_LIFE).min(LONGEST_LIFE),
        interval: number(answer.get("interval")).unwrap_or(ASSUMED_INTERVAL).clamp(1, LONGEST_INTERVAL),
        message: text("message"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_versions_are_read_and_what_is_left_out_is_assumed() {
        let v2 = r#"{"device_code":"d","user_code":"AB\u001b[2J","verification_uri":"https://a/b","expires_in":60,"interval":2,
            "message":"open\nthis"}"#;
        let read = parse_authorization(v2).unwrap();
        assert_eq!((read.user_code.as_str(), read.message.as_deref()), ("AB [2J", Some("open this")));
        assert_eq!((read.expires_in, read.interval), (60, 2));
        let v1 =
            r#"{"device_code":"d","user_code":"AB","verification_url":"https://a","expires_in":"60","interval":"7"}"#;
        let read = parse_authorization(v1).unwrap();
        assert_eq!((read.verification_uri.as_str(), read.expires_in, read.interval), ("https://a", 60, 7));
        let bare =
            parse_authorization(r#"{"device_code":"d","user_code":"AB","verification_uri":"https://a"}"#).unwrap();
        assert_eq!((bare.expires_in, bare.interval, bare.message), (900, 5, None));
    }

    #[test]
    fn what_lacks_a_part_is_no_code() {
        for body in [
            "",
            "[]",
            r#"{"error":"invalid_client"}"#,
            r#"{"device_code":"d","user_code":"A"}"#,
            r#"{"device_code":"d","verification_uri":"https://a"}"#,
            r#"{"device_code":"d e","user_code":"A","verification_uri":"https://a"}"#,
            r#"{"device_code":"d","user_code":"A","verification_uri":"https://a b"}"#,
        ] {
            assert_eq!(parse_authorization(body), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_numbers_end_within_bounds(life in any::<f64>(), interval in any::<f64>()) {
            let body = serde_json::json!({"device_code": "d", "user_code": "A", "verification_uri": "https://a",
                "expires_in": life, "interval": interval.to_string()});
            let read = parse_authorization(&body.to_string()).unwrap();
            prop_assert!(read.expires_in <= LONGEST_LIFE && (1..=LONGEST_INTERVAL).contains(&read.interval));
        }

        #[test]
        fn any_text_is_read_without_a_panic(body in ".{0,200}") {
            let _ = parse_authorization(&body);
        }
    }
}
