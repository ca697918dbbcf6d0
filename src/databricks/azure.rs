//! Entra's tokens for Azure Databricks: the tenant that a workspace belongs to, and the token with which a principal that
//! is not in the workspace shows that it may manage it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::host::{Cloud, Host};
use super::learned;
use super::refusal::Refusal;
use crate::arm;
use crate::entra::{self, Authority};
use crate::error::{Error, Kind, Result};
use crate::http::{Call, Method, Repeat};
use crate::profile::{Field, FlowName, Origin, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::token::Token;

/// A flow of Entra whose tenant is that of a workspace, which is asked for it at the first fetch.
#[derive(Debug)]
pub struct OfWorkspace {
    host: Host,
    settings: Settings,
    name: FlowName,
    /// The flow with a tenant that stands for the one to be found.
    shape: Box<dyn Flow>,
}

/// Refuses what is no workspace as a resource of Azure.
///
/// # Errors
/// Anything else.
pub(crate) fn check_resource_id(text: &str) -> Result<()> {
    arm::check_id(text, "Microsoft.Databricks/workspaces")
}

/// Stands for the tenant before it is known. It is a name that no tenant has (RFC 2606 section 2).
const UNKNOWN: &str = "workspace.invalid";

const ORIGIN: Origin = Origin::Caller("the workspace");

impl OfWorkspace {
    /// Whether the tenant of `settings` is to be found so: a workspace is named and no tenant, and the token is for
    /// Azure Databricks.
    pub(crate) fn is_meant(settings: &Settings, name: FlowName) -> Result<bool> {
        Ok(Self::can_be(settings, name)? && is_for_databricks(settings)?)
    }

    /// The same whatever the token is for.
    fn can_be(settings: &Settings, name: FlowName) -> Result<bool> {
        // A managed identity is of one tenant; the others tell themselves who they are.
        if matches!(name, FlowName::ManagedIdentity | FlowName::Auto) || name.is_databricks() {
            return Ok(false);
        }
        let Some(host) = settings.databricks_host()? else { return Ok(false) };
        let azure = matches!(host.cloud(), Some(Cloud::Azure(_)) | None) && !host.is_account();
        Ok(azure && settings.text(Field::Tenant)?.is_none())
    }

    pub(crate) fn of(settings: &Settings, name: FlowName) -> Result<Self> {
        // (It was just seen to be there.)
        let host = settings.databricks_host()?.map_or_else(|| Host::parse(""), Ok)?;
        let shape = entra::named(name, &with_tenant(settings, UNKNOWN))?;
        Ok(Self { host, settings: settings.clone(), name, shape })
    }
}

fn with_tenant(settings: &Settings, tenant: &str) -> Settings {
    let mut settings = settings.clone();
    settings.add(Field::Tenant, tenant, ORIGIN);
    settings
}

/// Whether all that is asked for is Azure Databricks.
pub(crate) fn is_for_databricks(settings: &Settings) -> Result<bool> {
    let audience = settings.audience()?;
    let mut asked = audience.scopes.iter().map(String::as_str).chain(audience.resource.as_deref()).peekable();
    let is = |text: &str| {
        let bare = text.split_once('/').map_or(text, |(bare, _)| bare);
        entra::name_of(bare).unwrap_or(bare).eq_ignore_ascii_case("databricks")
    };
    Ok(asked.peek().is_some() && asked.all(is))
}

impl Flow for OfWorkspace {
    fn identity(&self) -> Identity {
        Identity { tenant: format!("of {}", self.host), ..self.shape.identity() }
    }

    fn is_unattended(&self) -> bool {
        self.shape.is_unattended()
    }

    fn asks_a_person(&self) -> bool {
        self.shape.asks_a_person()
    }

    fn fetch(&self, call: &FlowCall<'_>, subject: Option<&Token>) -> Result<Token> {
        let tenant = tenant(call, &self.host)?;
        entra::named(self.name, &with_tenant(&self.settings, &tenant))?.fetch(call, subject)
    }
}

/// The flow of the management token for the same principal: `None` where none is called for, which is unless a resource id
/// is set and the token is Entra's.
///
/// # Errors
/// Settings that are missing or contradictory; a workspace that is not in Azure.
pub(crate) fn management(settings: &Settings) -> Result<Option<Box<dyn Flow>>> {
    let name = settings.flow_name()?;
    if settings.text(Field::AzureResourceId)?.is_none() || name.is_databricks() {
        return Ok(None);
    }
    settings.text(Field::AzureResourceId)?.as_deref().map(check_resource_id).transpose()?;
    let host = settings.databricks_host()?;
    let named = match settings.text(Field::Cloud)? {
        Some(cloud) => entra::Cloud::parse(&cloud)?,
        None => entra::Cloud::Public,
    };
    let cloud = host.as_ref().and_then(Host::cloud).unwrap_or(Cloud::Azure(named));
    let resource = cloud.management_resource().ok_or_else(|| {
        Error::configuration(format!(
            "{} is in {cloud}, and a workspace there is no resource of Azure",
            host.map(|host| host.to_string()).unwrap_or_default()
        ))
        .hint("leave --azure-resource-id out")
    })?;
    let settings = settings.for_resource(resource);
    Ok(Some(match OfWorkspace::can_be(&settings, name)? {
        true => Box::new(OfWorkspace::of(&settings, name)?),
        false => entra::named(name, &settings)?,
    }))
}

#[derive(Serialize, Deserialize)]
struct Workspace {
    host: String,
}

/// The host of a workspace that is known by its resource id alone: as `look` finds it in Azure, which is asked once a day
/// (databricks-sdk-go `config/azure.go`, `azureEnsureWorkspaceUrl`).
///
/// # Errors
/// Those of `look`, or a resource that has no host.
pub(crate) fn host_of(resource_id: &str, look: impl FnOnce(&str) -> Result<Value>) -> Result<Host> {
    let about = format!("workspace {}", resource_id.to_ascii_lowercase());
    if let Some(Workspace { host }) = learned::load(&about)
        && let Ok(host) = Host::parse(&host)
    {
        return Ok(host);
    }
    let resource = look("2018-04-01")?;
    let url = resource["properties"]["workspaceUrl"].as_str().unwrap_or_default();
    let host = Host::parse(url).ok().filter(|host| host.origin().starts_with("https://") && !host.is_account());
    let host = host.ok_or_else(|| {
        Error::configuration(format!("Azure does not say where the workspace is: {resource_id}"))
            .hint("wait until it is deployed, or give its host with --databricks-host")
    })?;
    learned::store(&about, &Workspace { host: host.origin().to_owned() });
    Ok(host)
}

#[derive(Serialize, Deserialize)]
struct Tenant {
    tenant: String,
}

/// The tenant of a workspace: where it would send a user's browser to sign in (databricks-sdk-go
/// `config/azure.go`, `loadAzureTenantId`). No redirect is followed.
fn tenant(call: &FlowCall<'_>, host: &Host) -> Result<String> {
    let about = format!("tenant of {host}");
    if let Some(Tenant { tenant }) = learned::load(&about)
        && is_tenant(&tenant)
    {
        return Ok(tenant);
    }
    let url = format!("{}/aad/auth", host.origin());
    let request =
        Call { repeat: Repeat::Safe, client_request_id: false, ..Call::new(Method::Get, &url, call.deadline) };
    let answer = call.http.send(&request, call.log)?;
    let refusal = Refusal::read(&answer);
    if refusal.private_link || answer.status >= 500 || answer.status == 429 {
        return Err(refusal.error("the workspace's tenant", host.origin(), &answer));
    }
    let found = answer.header("location").and_then(tenant_in).ok_or_else(|| {
        let error = Error::new(
            Kind::Configuration,
            format!("{host} does not say which tenant it belongs to (HTTP {})", answer.status),
        );
        error.hint(
            "give the tenant with --tenant; workspaces on AWS and Google Cloud have none, and take no token of Entra",
        )
    })?;
    call.log.step(|| format!("databricks: the workspace's tenant is {found}"));
    learned::store(&about, &Tenant { tenant: found.clone() });
    Ok(found)
}

/// The first segment of the path of `https://AUTHORITY/TENANT/oauth2/...`.
fn tenant_in(location: &str) -> Option<String> {
    let (_, path) = location.strip_prefix("https://")?.split_once('/')?;
    let tenant = path.split(['/', '?', '#']).next()?;
    let authorizes = path.split(['?', '#']).next()?.contains("/oauth2/");
    (authorizes && is_tenant(tenant)).then(|| tenant.to_owned())
}

fn is_tenant(text: &str) -> bool {
    Authority::new(entra::Cloud::Public.host(), text).is_ok() && entra::refuse_shared_tenant(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_stands_in_the_redirect_to_entra() {
        for (location, tenant) in [
            (
                "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/authorize?x=/y",
                Some("11111111-2222-3333-4444-555555555555"),
            ),
            ("https://login.microsoftonline.us/contoso.com/oauth2/v2.0/authorize", Some("contoso.com")),
            ("https://login.microsoftonline.com/common/oauth2/authorize", None),
            ("http://login.microsoftonline.com/contoso.com/oauth2/authorize", None),
            ("https://x.azuredatabricks.net/login.html?error=/oauth2/", None),
            ("/login.html", None),
            ("https://login.microsoftonline.com/a%2Fb/oauth2/authorize", None),
            ("https://login.microsoftonline.com", None),
        ] {
            assert_eq!(tenant_in(location).as_deref(), tenant, "{location}");
        }
    }
}
