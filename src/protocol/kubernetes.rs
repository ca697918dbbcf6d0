//! client.authentication.k8s.io: the ExecCredential that kubectl and its kin ask a plugin for.
//!
//! Sources: client-go `plugin/pkg/client/auth/exec/exec.go` and `pkg/apis/clientauthentication/{v1,v1beta1}/types.go`;
//! KEP-541. Other clients differ: the JavaScript one sends no KUBERNETES_EXEC_INFO, the Python one its whole cluster map
//! and the C# one another kind, so all that is read here is optional.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::line;
use crate::clock;
use crate::environment;
use crate::error::{Error, Result};
use crate::token::Token;

/// Seconds of life below which a token is renewed first: the Python client asks again on every request once what it was
/// told is less than five minutes ahead, and it is told two minutes less than the truth.
pub const MARGIN: u64 = 600;

/// Seconds by which the end is told early: client-go uses a token up to the very second it was told, and a request takes
/// a while.
const EARLY: u64 = 120;

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// What the caller sent in KUBERNETES_EXEC_INFO, as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecInfo {
    api_version: &'static str,
    /// `audience` of the cluster's extension: the server application.
    pub audience: Option<String>,
    /// `scope` of the cluster's extension.
    pub scope: Option<String>,
    /// `tenant` of the cluster's extension.
    pub tenant: Option<String>,
}

#[derive(Deserialize, Default)]
struct Wire {
    #[serde(rename = "apiVersion", default)]
    api_version: Option<String>,
    #[serde(default)]
    spec: Option<Spec>,
}

#[derive(Deserialize, Default)]
struct Spec {
    #[serde(default)]
    cluster: Option<Cluster>,
}

#[derive(Deserialize, Default)]
struct Cluster {
    #[serde(default)]
    config: Value,
}

impl ExecInfo {
    /// Reads KUBERNETES_EXEC_INFO; where it is missing or empty, version v1 is answered.
    ///
    /// # Errors
    /// See [`Self::parse`].
    pub fn from_environment() -> Result<Self> {
        match environment::var("KUBERNETES_EXEC_INFO") {
            Some(text) => Self::parse(&text),
            None => Self::parse("{}"),
        }
    }

    /// Reads an ExecCredential as the caller sends it.
    ///
    /// # Errors
    /// What is no JSON object, or asks for another version. The text is never repeated: it may hold what the cluster's
    /// owner put into it.
    pub fn parse(text: &str) -> Result<Self> {
        let wire: Wire = serde_json::from_str(text).map_err(|error| {
            Error::configuration(format!(
                "KUBERNETES_EXEC_INFO is not an ExecCredential (line {}, column {})",
                error.line(),
                error.column()
            ))
            .hint("it is set by kubectl and other clients; unset it to call jeton exec-credential by hand")
        })?;
        let api_version = match wire.api_version.as_deref() {
            None | Some("" | V1) => V1,
            Some(V1BETA1) => V1BETA1,
            Some(other) => {
                return Err(Error::configuration(format!("the version {other:?} of ExecCredential is not known"))
                    .hint(format!("set apiVersion in the kubeconfig's exec section to {V1} or {V1BETA1}")));
            }
        };
        let config = wire.spec.unwrap_or_default().cluster.unwrap_or_default().config;
        let text =
            |name: &str| config.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { api_version, audience: text("audience"), scope: text("scope"), tenant: text("tenant") })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential<'a> {
    api_version: &'a str,
    kind: &'a str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    token: &'a str,
    expiration_timestamp: String,
}

/// The answer: one line of JSON in the version that was asked for.
#[must_use]
pub fn render(info: &ExecInfo, token: &Token) -> String {
    let credential = ExecCredential {
        api_version: info.api_version,
        kind: "ExecCredential",
        status: Status { token: token.value.expose(), expiration_timestamp: clock::rfc3339(token.told_end(EARLY)) },
    };
    line::json(&credential, token.value.expose())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn the_version_is_echoed_and_the_end_told_early() {
        let info = ExecInfo::parse(r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredentials"}"#);
        assert_eq!(
            render(&info.unwrap(), &token("t", 0, 3600)),
            concat!(
                r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","#,
                r#""status":{"token":"t","expirationTimestamp":"1970-01-01T00:58:00Z"}}"#,
                "\n"
            )
        );
        let short = render(&ExecInfo::parse("{}").unwrap(), &token("t", 0, 60));
        assert!(short.contains("\"client.authentication.k8s.io/v1\"") && short.contains("00:00:50Z"), "{short}");
    }

    #[test]
    fn the_cluster_may_say_what_the_token_is_for() {
        let text =
            r#"{"spec":{"cluster":{"config":{"audience":"a","tenant":"t","scope":"","x":[1]}},"interactive":true}}"#;
        let info = ExecInfo::parse(text).unwrap();
        assert_eq!((info.audience.as_deref(), info.tenant.as_deref(), info.scope), (Some("a"), Some("t"), None));
    }

    #[test]
    fn garbage_is_refused_without_repeating_it() {
        for text in ["hunter2", "{\"spec\":5}", "{\"apiVersion\":\"v9\"}", "\"hunter2\""] {
            let error = ExecInfo::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,100}") {
            let _ = ExecInfo::parse(&text);
        }
    }
}
