//! ID tokens that pipelines hand to their jobs.

mod azure_pipelines;
mod github;

use serde::{Deserialize, Serialize};

use crate::capture::Request;
use crate::emulator::Emulator;
use crate::source::Source;
use crate::state::State;
use crate::wire::Response;
use crate::{GITHUB_REQUEST_TOKEN, SERVICE_CONNECTION_ID, SYSTEM_ACCESS_TOKEN};

pub(crate) const SECRETS: [&str; 2] = [GITHUB_REQUEST_TOKEN, SYSTEM_ACCESS_TOKEN];

/// Whose ID tokens the pipelines hand out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OidcSettings {
    /// `sub` of GitHub's tokens.
    pub github_subject: String,
    /// `sub` of Azure Pipelines' tokens.
    pub azure_pipelines_subject: String,
    /// The service connections that there are.
    pub service_connections: Vec<String>,
    /// Seconds that an ID token lives; may be negative.
    pub lifetime: i64,
}

impl Default for OidcSettings {
    fn default() -> Self {
        Self {
            github_subject: crate::GITHUB_SUBJECT.into(),
            azure_pipelines_subject: crate::AZURE_PIPELINES_SUBJECT.into(),
            service_connections: vec![SERVICE_CONNECTION_ID.into()],
            lifetime: 300,
        }
    }
}

pub(crate) fn violations(request: &Request, source: Source) -> Vec<&'static str> {
    match source {
        Source::GithubActions => github::violations(request),
        Source::AzurePipelines => azure_pipelines::violations(request),
        _ => Vec::new(),
    }
}

/// `None` where the source is another one.
pub(crate) fn answer(state: &State, request: &Request, source: Source) -> Option<Response> {
    let settings = state.lock().settings.oidc.clone();
    match source {
        Source::GithubActions => Some(github::answer(state, request, &settings)),
        Source::AzurePipelines => Some(azure_pipelines::answer(state, request, &settings)),
        _ => None,
    }
}

impl Emulator {
    /// What GitHub puts into `ACTIONS_ID_TOKEN_REQUEST_URL`; like the real one, it has a query already. The bearer
    /// token is [`GITHUB_REQUEST_TOKEN`].
    pub fn github_request_url(&self) -> String {
        format!("{}{}?api-version=2.0", self.url(), Source::GithubActions.path())
    }

    /// What Azure Pipelines puts into `SYSTEM_OIDCREQUESTURI`. The bearer token is [`SYSTEM_ACCESS_TOKEN`], the
    /// service connection [`SERVICE_CONNECTION_ID`].
    pub fn azure_pipelines_request_url(&self) -> String {
        format!("{}{}", self.url(), Source::AzurePipelines.path())
    }
}
