//! What Databricks' errors say, whatever shape they come in, as one line with a next step.
//!
//! The shapes, in the order in which databricks-sdk-go tries them (`apierr/`): `{"error_code", "message"}`, the API 1.2
//! `{"error"}`, SCIM's `{"detail", "status", "scimType"}`, `CODE: message` as plain text, and a page with `<pre>`. Besides
//! there are OAuth's `{"error", "error_description"}` (RFC 6749 section 5.2) and the redirect to a page that tells of a
//! private link.

use serde_json::Value;

use crate::error::{Error, Kind, clean};
use crate::http::Answer;

/// What an API or a token endpoint refused, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// `PERMISSION_DENIED`, `RESOURCE_DOES_NOT_EXIST`, `invalid_client`, ...; empty where there is none.
    pub code: String,
    /// For people; one line.
    pub message: String,
    /// The server is a private one that is to be reached by another way.
    pub private_link: bool,
}

/// Where a body's text ends that is shown, in characters.
const LONGEST: usize = 500;

impl Refusal {
    /// Reads an answer that is no success.
    #[must_use]
    pub fn read(answer: &Answer) -> Self {
        Self::parse(answer.status, answer.body.expose(), answer.header("location"))
    }

    /// The same by its parts.
    #[must_use]
    pub fn parse(status: u16, body: &str, location: Option<&str>) -> Self {
        let refusal = |code: &str, message: &str| Self {
            status,
            code: short(code, 100),
            message: short(message, LONGEST),
            private_link: false,
        };
        if (300..400).contains(&status) {
            let private_link = location.is_some_and(|location| location.contains("private-link-validation-error"));
            return Self { private_link, ..refusal("", "") };
        }
        if let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(body) {
            let text = |name: &str| match fields.get(name) {
                Some(Value::String(text)) => Some(text.as_str()).filter(|text| !text.is_empty()),
                _ => None,
            };
            let message = text("message").or(text("error_description")).or(text("detail"));
            return match (text("error_code").or(text("scimType")), message, text("error")) {
                // (The gate in front of the services sends the status for a code.)
                (code, Some(message), error) => refusal(code.or(error).unwrap_or_default(), message),
                (code, None, Some(error)) => refusal(code.unwrap_or(error), error),
                (code, None, None) => refusal(code.unwrap_or_default(), ""),
            };
        }
        if let Some(page) = between(body, "<pre>", "</pre>") {
            return refusal("", &unescape(page));
        }
        match body.split_once(": ") {
            Some((code, message)) if !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => {
                refusal(code, message)
            }
            // Nobody knows what a page says.
            _ if body.trim_start().starts_with('<') => refusal("", ""),
            _ => refusal("", body),
        }
    }

    /// Whether it says that a thing is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.code == "RESOURCE_DOES_NOT_EXIST"
            || self.code == "NOT_FOUND"
            || (self.status == 404 && self.code.is_empty())
    }

    /// `CODE: message`, or what there is of it.
    #[must_use]
    pub fn said(&self) -> String {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => format!("HTTP {}", self.status),
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) if message.starts_with(code) => message.to_owned(),
            (code, message) => format!("{code}: {message}"),
        }
    }

    /// The error to show: `what` was tried (`the list of tokens`), at `host`.
    #[must_use]
    pub fn error(&self, what: &str, host: &str, answer: &Answer) -> Error {
        let mut error = self.explain(what, host);
        error.retry_at = answer.retry_at;
        error.detail("host", host).detail(
            "request id",
            answer.header("x-databricks-request-id").or(answer.server_request_id.as_deref()).unwrap_or_default(),
        )
    }

    fn explain(&self, what: &str, host: &str) -> Error {
        let said = self.said();
        let refused = |kind, why: &str, hint: &str| Error::new(kind, format!("{why}: {what} ({said})")).hint(hint);
        let has = |text: &str| self.message.contains(text);
        if self.private_link {
            return Error::configuration(format!(
                "{host} can be reached by a private link only (HTTP {})",
                self.status
            ))
            .hint("run this inside of the network that the workspace's private endpoint is in");
        }
        if has("Expected aud claim to be") {
            let hint = "ask for a token for Azure Databricks: --scope databricks";
            return refused(Kind::Configuration, "the token is for something else than Azure Databricks", hint);
        }
        if has("Expected iss claim to be") {
            let hint = "sign in to the tenant of the workspace: leave --tenant out, and it is found";
            return refused(Kind::Configuration, "the token is of another tenant than the workspace", hint);
        }
        match (self.status, self.code.as_str()) {
            (_, "QUOTA_EXCEEDED") => {
                let hint = "a user may have 600 tokens in a workspace: revoke some (jeton pat revoke --expired)";
                refused(Kind::Refused, "a quota is used up", hint)
            }
            (429, _) | (_, "REQUEST_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED") => {
                Error::network(format!("Databricks is throttling: {what} ({said})")).hint("wait, then try again")
            }
            (_, "TEMPORARILY_UNAVAILABLE") | (500.., _) => {
                Error::network(format!("Databricks failed (HTTP {}): {what} ({said})", self.status))
                    .hint("try again in a minute")
            }
            (300..=399, _) => {
                let hint = "check the host; tokens are not sent on to another one";
                refused(Kind::Configuration, "the host redirects elsewhere", hint)
            }
            (_, "invalid_scope") => refused(
                Kind::Configuration,
                "Databricks knows no such scope",
                "check --databricks-scope; all-apis is the usual one",
            ),
            (_, "invalid_client") => refused(
                Kind::Refused,
                "Databricks does not accept this client",
                "check client id and OAuth secret (at most 730 days old), and that the service principal is in the workspace",
            ),
            (401, _) => refused(
                Kind::Refused,
                "Databricks does not accept the token",
                "check that it is for this host and not revoked, and sign in again or renew it",
            ),
            (403, _) if has("Invalid access token") || has("expired") => refused(
                Kind::Refused,
                "Databricks does not accept the token",
                "it is expired, revoked or for another host: get a new one",
            ),
            (403, _) if has("not authorized") => refused(
                Kind::Refused,
                "the principal is not in this workspace",
                "add it to the workspace, or name the workspace's Azure resource (--azure-resource-id) if it may manage that",
            ),
            (403, _) | (_, "PERMISSION_DENIED") => {
                refused(Kind::Refused, "this is not permitted", "ask an admin of the workspace for the permission")
            }
            (_, "ENDPOINT_NOT_FOUND") => refused(
                Kind::Configuration,
                "this host has no such service",
                "check the host: workspaces and accounts have different ones",
            ),
            (404, _) => refused(Kind::Failed, "there is no such thing", "check the id and the host"),
            (_, "invalid_grant") => refused(Kind::Refused, "Databricks does not accept the grant", "get a new one"),
            _ => refused(Kind::Failed, "Databricks refused", "check what was asked for; -v shows each step"),
        }
    }
}

/// One line of a bounded length.
fn short(text: &str, longest: usize) -> String {
    let mut line: String = clean(text).chars().take(longest).collect();
    line.truncate(line.trim_end().len());
    line
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}

fn unescape(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_shape_is_read_as_code_and_message() {
        for (status, body, code, message) in [
            (403, r#"{"error_code":"PERMISSION_DENIED","message":"no","details":[]}"#, "PERMISSION_DENIED", "no"),
            (401, r#"{"error_code":401,"message":"Credential was not sent"}"#, "", "Credential was not sent"),
            (404, r#"{"error":"No such cluster"}"#, "No such cluster", "No such cluster"),
            (409, r#"{"detail":"taken","status":"409","scimType":"uniqueness"}"#, "uniqueness", "taken"),
            (400, "INVALID_PARAMETER_VALUE: Invalid timeout: 0", "INVALID_PARAMETER_VALUE", "Invalid timeout: 0"),
            (400, "<html><body><pre>    a &lt;b&gt;\n</pre></body>", "", "a <b>"),
            (401, r#"{"error":"invalid_client","error_description":"failed"}"#, "invalid_client", "failed"),
            (502, "<html>Bad gateway</html>", "", ""),
            (500, "\u{1b}[2Joops", "", "[2Joops"),
            (500, "", "", ""),
        ] {
            let refusal = Refusal::parse(status, body, None);
            assert_eq!((refusal.code.as_str(), refusal.message.as_str()), (code, message), "{body}");
        }
        assert!(Refusal::parse(302, "", Some("/login.html?error=private-link-validation-error:1")).private_link);
        assert!(!Refusal::parse(302, "", Some("/login.html")).private_link);
    }

    #[test]
    fn a_code_is_said_once() {
        assert_eq!(Refusal::parse(404, r#"{"error":"gone"}"#, None).said(), "gone");
        assert_eq!(Refusal::parse(404, "A_B: c", None).said(), "A_B: c");
        assert_eq!(Refusal::parse(404, "", None).said(), "HTTP 404");
    }

    proptest! {
        #[test]
        fn any_answer_is_read_without_a_panic(status in 100_u16..600, body in ".{0,200}", location in proptest::option::of(".{0,40}")) {
            let refusal = Refusal::parse(status, &body, location.as_deref());
            prop_assert!(!refusal.said().contains('\n'));
            prop_assert!(!refusal.explain("x", "h").message.is_empty());
        }
    }
}
