//! What arrived, for tests to look at.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::databricks;
use crate::source::Door;

/// A request as it arrived. Secrets and tokens are kept whole: this is test data on loopback.
#[derive(Clone, Debug)]
pub struct Request {
    /// 1 for the first request since the start or the last [`clear`](crate::Emulator::clear).
    pub number: usize,
    /// Time since the emulator's start; for spacing between retries.
    pub at: Duration,
    /// The method as sent.
    pub method: String,
    /// The path as sent, without the query, not decoded.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The headers in their order; names as sent, values as text (other bytes replaced).
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The body's pairs, decoded, when its type is `application/x-www-form-urlencoded`.
    pub form: Vec<(String, String)>,
    /// The client's end of the connection: equal for two requests on one connection.
    pub peer: SocketAddr,
    pub(crate) door: Door,
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

impl Request {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first form field of this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }

    /// The first query value of this name.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The token after `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The body as text, other bytes replaced.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether it went to a token endpoint: `POST` to `/{tenant}/oauth2/v2.0/token` or `/{tenant}/oauth2/token`, or to
    /// that of a Databricks workspace or account.
    pub fn is_token_request(&self) -> bool {
        let entra = self.door == Door::Main
            // (A registry's, which belongs to no tenant.)
            && self.path != "/oauth2/token"
            && (self.path.ends_with("/oauth2/v2.0/token") || self.path.ends_with("/oauth2/token"));
        self.method == "POST" && (entra || databricks::is_token_path(self))
    }

    /// Whether it went to an authorization endpoint: `/{tenant}/oauth2/v2.0/authorize` or `/{tenant}/oauth2/authorize`,
    /// or that of a Databricks workspace or account.
    pub fn is_authorize_request(&self) -> bool {
        self.path.ends_with("/oauth2/v2.0/authorize")
            || self.path.ends_with("/oauth2/authorize")
            || databricks::is_authorize_path(self)
    }

    /// Whether it asked for a device code: `/{tenant}/oauth2/v2.0/devicecode` or `/{tenant}/oauth2/devicecode`.
    pub fn is_device_code_request(&self) -> bool {
        self.path.ends_with("/oauth2/v2.0/devicecode") || self.path.ends_with("/oauth2/devicecode")
    }

    pub(crate) fn is_form(&self) -> bool {
        self.header("content-type").is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
    }
}

/// The JSON of `GET /_emulator/requests`: the same names, `at` in milliseconds as `at_ms`, `body` as text.
impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Request", 10)?;
        out.serialize_field("number", &self.number)?;
        out.serialize_field("at_ms", &u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX))?;
        out.serialize_field("method", &self.method)?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("query", &self.query)?;
        out.serialize_field("headers", &self.headers)?;
        out.serialize_field("body", &self.body_text())?;
        out.serialize_field("form", &self.form)?;
        out.serialize_field("peer", &self.peer.to_string())?;
        out.serialize_field("source", &self.source())?;
        out.end()
    }
}
