//! Databricks: two workspaces and an account, each with its OAuth endpoints, its tokens and a little of its REST API;
//! and what belongs to it in Azure (Azure Resource Manager, Azure Data Manager for Energy).

mod adme;
mod arm;
mod bearer;
mod careful;
mod code;
mod control;
mod directory;
mod discovery;
mod error;
mod federation;
mod management;
mod oauth;
mod pat;
mod permissions;
mod scim;
mod settings;
mod sign_in;
mod site;
mod workspace;

use crate::capture::Request;
use crate::fault::Fault;
use crate::settings::Shape;
use crate::source::Door;
use crate::state::State;
use crate::wire::Response;

pub(crate) use careful::check;
pub(crate) use control::control;
pub(crate) use directory::Data;
pub(crate) use error::scripted as scripted_error;
pub(crate) use site::{SiteListeners, Sites};

pub use directory::Principal;
pub use error::ErrorShape;
pub use federation::FederationPolicy;
pub use pat::Pat;
pub use settings::{Cloud, DatabricksSettings, Rotation};
pub use site::Site;

use bearer::Caller;
use error::DbxError;

/// The application id of Azure Databricks: the audience of Entra tokens that workspaces and accounts take.
pub const DATABRICKS_RESOURCE: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";
/// The Databricks account.
pub const DATABRICKS_ACCOUNT_ID: &str = "eeeeeeee-0000-0000-0000-000000000001";
/// A service principal with an OAuth secret; no admin.
pub const DATABRICKS_CLIENT_ID: &str = "eeeeeeee-1111-1111-1111-111111111111";
/// The OAuth secret of [`DATABRICKS_CLIENT_ID`].
pub const DATABRICKS_SECRET: &str = "dose11111111111111111111111111111111";
/// A service principal with an OAuth secret that is an admin of both workspaces.
pub const DATABRICKS_ADMIN_CLIENT_ID: &str = "eeeeeeee-2222-2222-2222-222222222222";
/// The OAuth secret of [`DATABRICKS_ADMIN_CLIENT_ID`].
pub const DATABRICKS_ADMIN_SECRET: &str = "dose22222222222222222222222222222222";
/// The id of the default workspace.
pub const WORKSPACE_ID: u64 = 1_234_567_890_123_456;
/// The id of the other workspace.
pub const OTHER_WORKSPACE_ID: u64 = 6_543_210_987_654_321;
/// The default workspace as a resource in Azure.
pub const WORKSPACE_RESOURCE_ID: &str = "/subscriptions/77777777-7777-7777-7777-777777777777/resourceGroups/emulator/\
                                         providers/Microsoft.Databricks/workspaces/octo-workspace";
/// The app that an instance of Azure Data Manager for Energy was made with: an app of Entra, and the audience of its
/// tokens. It may redirect to [`WEB_REDIRECT`](crate::WEB_REDIRECT) and `http://localhost`.
pub const ADME_CLIENT_ID: &str = "ffffffff-1111-1111-1111-111111111111";
/// The secret of [`ADME_CLIENT_ID`].
pub const ADME_SECRET: &str = "emulator-adme-secret";
/// The name of the instance.
pub const ADME_INSTANCE: &str = "octoadme";
/// The data partition of the instance, as the header `data-partition-id` has it.
pub const ADME_PARTITION: &str = "octoadme-dp1";
/// The instance as a resource in Azure.
pub const ADME_RESOURCE_ID: &str = "/subscriptions/77777777-7777-7777-7777-777777777777/resourceGroups/emulator/\
                                    providers/Microsoft.OpenEnergyPlatform/energyServices/octoadme";

/// What a handler works on.
struct Call<'a> {
    state: &'a State,
    request: &'a Request,
    site: Site,
    settings: DatabricksSettings,
}

impl Call<'_> {
    /// The URL of the site that was asked.
    fn url(&self) -> String {
        self.state.sites.url(&self.state.url, self.site)
    }

    /// The body as a JSON object.
    fn json(&self) -> Result<serde_json::Value, DbxError> {
        let body = if self.request.body.is_empty() { b"{}" } else { self.request.body.as_slice() };
        match serde_json::from_slice(body) {
            Ok(value @ serde_json::Value::Object(_)) => Ok(value),
            _ => Err(DbxError::new(400, "MALFORMED_REQUEST", "Invalid JSON given in the body of the request")),
        }
    }
}

/// Paths of the main listener that belong to the default workspace.
const PREFIXES: [&str; 5] = ["/oidc/", "/api/1.2/", "/api/2.", "/aad/auth", "/login.html"];

/// Whether a request is for a Databricks site (or for what belongs to it in Azure).
pub(crate) fn is_databricks(request: &Request) -> bool {
    match request.door {
        Door::OtherWorkspace | Door::Account => true,
        Door::Main => {
            let path = request.path.as_str();
            PREFIXES.iter().any(|prefix| path.starts_with(prefix))
                || path == discovery::HOST_METADATA
                || adme::is_adme(request)
                || arm::is_arm(request)
        }
        _ => false,
    }
}

/// Whether it is the token endpoint of a workspace or account.
pub(crate) fn is_token_path(request: &Request) -> bool {
    is_databricks(request) && oidc_tail(request) == Some("v1/token")
}

/// Whether it is the authorization endpoint of a workspace or account.
pub(crate) fn is_authorize_path(request: &Request) -> bool {
    is_databricks(request) && oidc_tail(request) == Some("v1/authorize")
}

/// What follows `/oidc/` of a workspace, or `/oidc/accounts/{id}/` of the account.
fn oidc_tail(request: &Request) -> Option<&str> {
    let rest = request.path.strip_prefix("/oidc/")?;
    if Site::of(request.door) == Site::Account {
        rest.strip_prefix("accounts/")?.split_once('/').map(|(_, tail)| tail)
    } else {
        Some(rest)
    }
}

pub(crate) fn answer(state: &State, request: &Request, fault: &Fault, shape: Shape) -> Response {
    let settings = state.lock().settings.databricks.clone();
    let call = Call { state, request, site: Site::of(request.door), settings };
    if adme::is_adme(request) {
        return adme::answer(&call);
    }
    if arm::is_arm(request) {
        return arm::answer(&call);
    }
    if let Some(response) = discovery::answer(&call) {
        return response;
    }
    let path = request.path.as_str();
    let response = match (request.method.as_str(), oidc_tail(request)) {
        (_, Some("v1/token")) => oauth::answer(&call, shape),
        (_, Some("v1/authorize")) => sign_in::answer(&call, fault),
        ("POST", Some("login")) => sign_in::submitted(&call),
        _ if path.starts_with("/api/") => api(&call).unwrap_or_else(|error| error.response(request)),
        _ => not_found(request).response(request),
    };
    let org = call.site.workspace_id().map(|id| id.to_string());
    let response = response.header("Server", "databricks");
    match org {
        Some(id) => response.header("X-Databricks-Org-Id", id),
        None => response,
    }
}

fn not_found(request: &Request) -> DbxError {
    let text = format!("No API found for '{} {}'", request.method, request.path);
    DbxError::new(404, "ENDPOINT_NOT_FOUND", text)
}

/// The REST API: everything there needs a bearer.
fn api(call: &Call<'_>) -> Result<Response, DbxError> {
    let caller = bearer::authenticate(call)?;
    let path = call.request.path.strip_prefix("/api/").unwrap_or_default();
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let method = call.request.method.as_str();
    let body = match (call.site, method, parts.as_slice()) {
        (Site::Account, "GET", ["2.0", "accounts", account, "workspaces"]) => workspace::list(call, account)?,
        (Site::Account, ..) => return Err(not_found(call.request)),
        (_, "GET", ["2.0", "preview", "scim", "v2", "Me"]) => scim::me(call, &caller),
        (_, "GET", ["2.0", "preview", "scim", "v2", "ServicePrincipals"]) => scim::list(call)?,
        (_, "POST", ["2.0", "preview", "scim", "v2", "ServicePrincipals"]) => scim::create(call, &caller)?,
        (_, "GET", ["2.0", "preview", "scim", "v2", "ServicePrincipals", id]) => scim::get(call, id)?,
        (_, "POST", ["2.0", "token", "create"]) => pat::create(call, &caller)?,
        (_, "GET", ["2.0", "token", "list"]) => pat::list(call, &caller),
        (_, "POST", ["2.0", "token", "delete"]) => pat::delete(call, &caller)?,
        (_, _, ["2.0", "token-management", rest @ ..]) => management::answer(call, &caller, rest)?,
        (_, _, ["2.0", "permissions", "authorization", "tokens"]) => permissions::answer(call, &caller)?,
        (_, "GET", ["2.0", "permissions", "authorization", "tokens", "permissionLevels"]) => permissions::levels(),
        (_, "GET", ["2.0", "workspace-conf"]) => workspace::conf(call, &caller)?,
        (_, "GET", ["2.0" | "2.1", "clusters", "list"]) => workspace::clusters(),
        _ => return Err(not_found(call.request)),
    };
    Ok(Response::json(200, &body))
}
