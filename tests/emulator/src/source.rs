//! Where apps get tokens or assertions beside Entra's token endpoints, and by which door a request came.

use serde::{Deserialize, Serialize};

use crate::capture::Request;
use crate::emulator::Emulator;
use crate::state::State;
use crate::{managed_identity, oidc};

/// The listener that a request came to. Each answers its own paths only, so that a secret that is sent in the clear to
/// the wrong one is not answered by accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Entra, STS, Kubernetes and the pipelines.
    Main,
    /// Plain HTTP: all managed identity endpoints but Service Fabric's.
    ManagedIdentity,
    /// HTTPS with a certificate that nobody signed.
    ServiceFabric,
    /// HTTPS: the second Databricks workspace.
    OtherWorkspace,
    /// HTTPS: the Databricks account console.
    Account,
}

/// An endpoint beside Entra's own; see [`Request::source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The Instance Metadata Service of a virtual machine.
    Imds,
    /// App Service, Functions, Container Apps.
    AppService,
    /// A compute of Azure Machine Learning.
    AzureMl,
    /// The agent of Azure Arc.
    Arc,
    /// Cloud Shell.
    CloudShell,
    /// Service Fabric.
    ServiceFabric,
    /// The ID tokens of GitHub Actions.
    GithubActions,
    /// The ID tokens of Azure Pipelines.
    AzurePipelines,
}

impl Source {
    pub(crate) const ALL: [Self; 8] = [
        Self::Imds,
        Self::AppService,
        Self::AzureMl,
        Self::Arc,
        Self::CloudShell,
        Self::ServiceFabric,
        Self::GithubActions,
        Self::AzurePipelines,
    ];

    /// The path of its token endpoint, for [`Fault::on`](crate::Fault::on).
    pub fn path(self) -> &'static str {
        match self {
            Self::Imds => "/metadata/identity/oauth2/token",
            Self::AppService => "/app-service/msi/token",
            Self::AzureMl => "/azure-ml/msi/token",
            Self::Arc => "/arc/metadata/identity/oauth2/token",
            Self::CloudShell => "/cloud-shell/oauth2/token",
            Self::ServiceFabric => "/service-fabric/metadata/identity/oauth2/token",
            Self::GithubActions => "/_github/token",
            Self::AzurePipelines => "/_pipelines/oidctoken",
        }
    }

    fn door(self) -> Door {
        match self {
            Self::GithubActions | Self::AzurePipelines => Door::Main,
            Self::ServiceFabric => Door::ServiceFabric,
            _ => Door::ManagedIdentity,
        }
    }
}

impl Request {
    /// Which endpoint beside Entra's own it went to.
    pub fn source(&self) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.door() == self.door && source.path() == self.path)
    }
}

impl Emulator {
    /// How many requests there were to an endpoint.
    pub fn count_of(&self, source: Source) -> usize {
        self.state.lock().requests.iter().filter(|request| request.source() == Some(source)).count()
    }

    /// The requests to an endpoint.
    pub fn requests_of(&self, source: Source) -> Vec<Request> {
        self.state.lock().requests.iter().filter(|request| request.source() == Some(source)).cloned().collect()
    }
}

/// Notes what a careful client would not send to such an endpoint.
pub(crate) fn check(state: &State, request: &Request, source: Source) {
    let mut violations = Vec::new();
    for name in ["X-Forwarded-For", "Forwarded", "Via"] {
        // These endpoints are next door; a proxy would read the token.
        if request.header(name).is_some() && source.door() != Door::Main {
            violations.push(format!("it came through a proxy ({name})"));
        }
    }
    for (index, (name, value)) in request.query.iter().enumerate() {
        if request.query[..index].iter().any(|(before, _)| before == name) {
            violations.push(format!("the query has '{name}' more than once"));
        }
        let secret_name = ["secret", "password", "token", "key", "x-identity-header"]
            .iter()
            .any(|secret| name.to_ascii_lowercase().contains(secret));
        if secret_name || oidc::SECRETS.contains(&value.as_str()) || managed_identity::SECRETS.contains(&value.as_str())
        {
            violations.push(format!("a secret in the query ('{name}')"));
        }
    }
    violations.extend(managed_identity::violations(request, source).into_iter().map(str::to_owned));
    violations.extend(oidc::violations(request, source).into_iter().map(str::to_owned));
    for violation in violations {
        state.violation(request, &violation);
    }
}
