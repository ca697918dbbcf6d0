//! The endpoints that give tokens to what runs in Azure, each in its own dialect.

mod app_service;
mod arc;
mod azure_ml;
mod cloud_shell;
mod imds;
mod listener;
mod service_fabric;
mod settings;
mod token;

use serde_json::{Value, json};

use crate::capture::Request;
use crate::emulator::Emulator;
use crate::fault::Fault;
use crate::settings::Shape;
use crate::source::Source;
use crate::state::State;
use crate::token::uuid;
use crate::wire::Response;
use crate::{IDENTITY_HEADER, MSI_SECRET};

pub(crate) use listener::{Listener, Listeners};
pub use service_fabric::ServiceFabric;
pub use settings::{ArcKey, ExpiresOn, Identity, ManagedIdentitySettings};

use settings::Missing;

pub(crate) const SECRETS: [&str; 2] = [IDENTITY_HEADER, MSI_SECRET];

/// What a handler works on.
struct Call<'a> {
    state: &'a State,
    request: &'a Request,
    settings: ManagedIdentitySettings,
    shape: Shape,
}

impl Call<'_> {
    /// A query value that is not empty.
    fn query(&self, name: &str) -> Option<&str> {
        self.request.query_value(name).filter(|value| !value.is_empty())
    }

    fn has_metadata_header(&self) -> bool {
        has_metadata_header(self.request)
    }
}

fn has_metadata_header(request: &Request) -> bool {
    request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

pub(crate) fn violations(request: &Request, source: Source) -> Vec<&'static str> {
    let mut violations = Vec::new();
    let needs_metadata = [Source::Imds, Source::Arc, Source::CloudShell].contains(&source);
    if needs_metadata && !has_metadata_header(request) {
        violations.push("no 'Metadata: true'");
    }
    let sends = |name: &str| request.header(name).is_some();
    if source != Source::AppService && sends("x-identity-header") {
        violations.push("X-IDENTITY-HEADER is for App Service alone");
    }
    if ![Source::AzureMl, Source::ServiceFabric].contains(&source) && sends("secret") {
        violations.push("the header Secret is for Azure ML and Service Fabric alone");
    }
    if ![Source::Arc, Source::GithubActions, Source::AzurePipelines].contains(&source) && sends("authorization") {
        violations.push("a managed identity endpoint takes no Authorization");
    }
    violations
}

/// `None` where the source is another one.
pub(crate) fn answer(state: &State, request: &Request, source: Source, shape: Shape) -> Option<Response> {
    let settings = state.lock().settings.managed_identity.clone();
    let call = Call { state, request, settings, shape };
    Some(match source {
        Source::Imds => imds::answer(&call),
        Source::AppService => app_service::answer(&call),
        Source::AzureMl => azure_ml::answer(&call),
        Source::Arc => arc::answer(&call),
        Source::CloudShell => cloud_shell::answer(&call),
        Source::ServiceFabric => service_fabric::answer(&call),
        Source::GithubActions | Source::AzurePipelines => return None,
    })
}

/// The error of a fault, in the words of its endpoint.
pub(crate) fn scripted_error(fault: &Fault, source: Source) -> Response {
    let status = fault.status.unwrap_or(500);
    let error = fault.error.as_deref().unwrap_or("server_error");
    let text = fault.text.as_deref().unwrap_or("a scripted error");
    match source {
        Source::AppService | Source::AzureMl => Response::json(status, &app_service_error(status, text)),
        Source::CloudShell | Source::ServiceFabric => Response::json(status, &coded_error(error, text)),
        Source::Imds | Source::Arc | Source::GithubActions | Source::AzurePipelines => oauth_error(status, error, text),
    }
}

/// An error of IMDS and Azure Arc.
fn oauth_error(status: u16, error: &str, text: &str) -> Response {
    Response::json(status, &json!({"error": error, "error_description": text}))
}

/// An error of App Service and Azure ML.
fn app_service_error(status: u16, text: &str) -> Value {
    json!({"statusCode": status, "message": text, "correlationId": uuid()})
}

/// An error of Service Fabric and Cloud Shell.
fn coded_error(code: &str, text: &str) -> Value {
    json!({"error": {"correlationId": uuid(), "code": code, "message": text}})
}

/// The text of IMDS about an identity that is not there.
fn missing_text(missing: Missing) -> &'static str {
    match missing {
        Missing::NotFound => "Identity not found",
        Missing::Several => {
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the \
             token request"
        }
        Missing::Ambiguous => "Only one of client_id, object_id and msi_res_id may be given",
    }
}

/// The error of a resource that does not exist, by the same rule as at Entra's token endpoints.
fn unknown_resource(resource: &str, tenant: &str) -> Option<String> {
    let unknown = resource.starts_with("api://unknown") || resource.ends_with(".default");
    unknown.then(|| {
        format!(
            "AADSTS500011: The resource principal named {resource} was not found in the tenant named {tenant}. This \
             can happen if the application has not been installed by the administrator of the tenant or consented to \
             by any user in the tenant."
        )
    })
}

impl Fault {
    /// What Docker Desktop answers in place of the metadata service: 403, and "unreachable" in its text.
    pub fn docker_desktop() -> Self {
        let text = "connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: dial tcp 169.254.169.254:80: \
                    connectex: A socket operation was attempted to an unreachable network.";
        Self::respond(403, "text/plain; charset=utf-8", text).on(Source::Imds.path())
    }

    /// A passing or lasting failure of the metadata service, as it words them: 404, 410, 429, 5xx.
    pub fn imds(status: u16) -> Self {
        let (error, text) = match status {
            404 => ("not_found", "IMDS endpoint is updating"),
            410 => ("gone", "IMDS is going through updates"),
            429 => ("too_many_requests", "Too many requests"),
            _ => ("unknown", "Failed to retrieve token from the Active directory. For details see logs"),
        };
        Self::error(status, error, 0).text(text).on(Source::Imds.path())
    }
}

impl Emulator {
    /// `http://127.0.0.1:PORT`, where all managed identity endpoints but Service Fabric's are. The listener starts
    /// with the first call of this or of the methods below.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn managed_identity_url(&self) -> String {
        self.listeners.plain(&self.state)
    }

    fn endpoint(&self, source: Source) -> String {
        format!("{}{}", self.managed_identity_url(), source.path())
    }

    /// The metadata service's host, for `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    pub fn imds_url(&self) -> String {
        self.managed_identity_url()
    }

    /// `IDENTITY_ENDPOINT` of App Service; its `IDENTITY_HEADER` is [`IDENTITY_HEADER`].
    pub fn app_service_url(&self) -> String {
        self.endpoint(Source::AppService)
    }

    /// `MSI_ENDPOINT` of Azure ML; its `MSI_SECRET` is [`MSI_SECRET`].
    pub fn azure_ml_url(&self) -> String {
        self.endpoint(Source::AzureMl)
    }

    /// `IDENTITY_ENDPOINT` of Azure Arc; see [`set_arc_key`](Self::set_arc_key).
    pub fn arc_url(&self) -> String {
        self.endpoint(Source::Arc)
    }

    /// `MSI_ENDPOINT` of Cloud Shell.
    pub fn cloud_shell_url(&self) -> String {
        self.endpoint(Source::CloudShell)
    }

    /// Service Fabric's endpoint, started with the first call; its `IDENTITY_HEADER` is [`IDENTITY_HEADER`].
    ///
    /// # Panics
    /// When there is no free port.
    pub fn service_fabric(&self) -> ServiceFabric {
        self.listeners.service_fabric(&self.state)
    }

    /// The path that Azure Arc's challenge names, and the key that it takes then. The file is the caller's to write.
    pub fn set_arc_key(&self, path: &str, content: &str) {
        let key = ArcKey { path: path.into(), content: content.into() };
        self.change_settings(|settings| settings.managed_identity.arc_key = Some(key));
    }
}
