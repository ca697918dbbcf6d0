//! Databricks' REST API: JSON calls with a token, which goes to the host it was made for and nowhere else.

use serde_json::Value;

use super::host::Host;
use super::refusal::Refusal;
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::http::{Body, Call, Http, Method, Repeat};
use crate::log::Log;
use crate::secret::Secret;

/// With what a principal of Azure calls a workspace that it is not in yet, but may manage as a resource of Azure
/// ("Get Microsoft Entra ID tokens for service principals", "Non-workspace user"; databricks-sdk-go
/// `config/auth_azure_client_secret.go`).
#[derive(Debug, Clone)]
pub struct AzureAccess {
    /// A token for Azure's service management.
    pub management_token: Secret,
    /// The workspace as a resource of Azure.
    pub resource_id: String,
}

impl AzureAccess {
    /// The header with [`AzureAccess::management_token`].
    pub const MANAGEMENT_TOKEN: &str = "X-Databricks-Azure-SP-Management-Token";
    /// The header with [`AzureAccess::resource_id`].
    pub const RESOURCE_ID: &str = "X-Databricks-Azure-Workspace-Resource-Id";
}

/// The header that says which workspace is meant, where a host has several. It goes along wherever the workspace is known
/// (databricks-sdk-go `service/*/impl.go`).
pub const WORKSPACE_ID: &str = "X-Databricks-Workspace-Id";

/// A host's API, as one principal sees it.
#[derive(Clone, Copy)]
pub struct Api<'a> {
    /// The host that `token` was made for.
    pub host: &'a Host,
    /// The bearer.
    pub token: &'a Secret,
    /// For principals that are not in the workspace.
    pub azure: Option<&'a AzureAccess>,
    /// The one HTTP client.
    pub http: &'a Http,
    /// The bound for each call.
    pub deadline: Deadline,
    /// Where steps go.
    pub log: &'a Log,
}

/// A call that did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Databricks said no.
    Refused {
        /// In its words.
        refusal: Box<Refusal>,
        /// For the user.
        error: Error,
    },
    /// There was no complete answer, or one that is none of Databricks'. What was asked for may have happened.
    Unanswered(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { error, .. } | Failure::Unanswered(error) => error,
        }
    }
}

impl Failure {
    /// What Databricks said, if it said anything.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Unanswered(_) => None,
        }
    }
}

impl std::fmt::Debug for Api<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("host", self.host).finish_non_exhaustive()
    }
}

impl Api<'_> {
    /// GETs `path` (with its query, encoded). `what` it is, for messages: `the list of tokens`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn get(&self, path: &str, what: &str) -> std::result::Result<Value, Failure> {
        self.call(Method::Get, path, None, Repeat::Safe, what)
    }

    /// Sends `body` to `path`. [`Repeat::Never`] is for what must not be made twice.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        repeat: Repeat,
        what: &str,
    ) -> std::result::Result<Value, Failure> {
        let url = format!("{}{path}", self.host.origin());
        let text = body.map(Value::to_string);
        let mut secret_headers = vec![("authorization", Secret::new(format!("Bearer {}", self.token.expose())))];
        let mut headers: Vec<_> =
            self.host.workspace_id().map(|id| (WORKSPACE_ID, id.to_owned())).into_iter().collect();
        if let Some(azure) = self.azure {
            secret_headers.push((AzureAccess::MANAGEMENT_TOKEN, azure.management_token.clone()));
            headers.push((AzureAccess::RESOURCE_ID, azure.resource_id.clone()));
        }
        let call = Call {
            headers,
            secret_headers,
            body: text.as_deref().map_or(Body::None, Body::Json),
            repeat,
            client_request_id: false,
            ..Call::new(method, &url, self.deadline)
        };
        let answer = self.http.send(&call, self.log).map_err(Failure::Unanswered)?;
        if !(200..300).contains(&answer.status) {
            let refusal = Box::new(Refusal::read(&answer));
            let error = self.clear(refusal.error(what, self.host.origin(), &answer));
            return Err(Failure::Refused { refusal, error });
        }
        if answer.body.expose().trim().is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_str(answer.body.expose()).map_err(|_| {
            let kind = answer.content_type.as_deref().unwrap_or("an unknown form");
            Failure::Unanswered(
                Error::network(format!(
                    "the answer of {} is not JSON: {what} (HTTP {}, {kind})",
                    self.host, answer.status
                ))
                .hint("a proxy or sign-in page may have answered: check the host, HTTPS_PROXY and NO_PROXY"),
            )
        })
    }

    /// Who the token belongs to: SCIM's `Me`, which also proves that the token is good.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn me(&self) -> std::result::Result<Value, Failure> {
        self.get("/api/2.0/preview/scim/v2/Me", "who the token belongs to")
    }

    /// A server may repeat what it was sent.
    fn clear(&self, error: Error) -> Error {
        let error = error.without(self.token.expose());
        match self.azure {
            Some(azure) => error.without(azure.management_token.expose()),
            None => error,
        }
    }
}

/// A field of an answer that has to be there.
///
/// # Errors
/// Network: it is not, or is something else than text.
pub fn text<'a>(value: &'a Value, name: &str, what: &str) -> Result<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(|| {
        Error::network(format!("Databricks' answer has no {name}: {what}"))
            .hint("try again; if it stays so, something between here and the host changes its answers")
    })
}
