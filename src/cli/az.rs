//! `jeton az`, also by the name `az`: what Azure SDKs, Databricks SDKs, Terraform and scripts ask the Azure CLI for. See
//! [`crate::protocol::az`] for what it says, and docs/azure-sdks.md for whose token it gives.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use super::output;
use super::stand_in::{self, Answered, Refusal, Tool, Whose};
use crate::entra::{self, Cloud};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::profile::{self, Field, FlowName, Named, Origin, Settings};
use crate::protocol::az::{self, Call, CloudEndpoints, Command, Data, Form};

const TOOL: Tool =
    Tool { name: "az", title: "the Azure CLI", from: "https://aka.ms/azure-cli", usage: az::usage, wrong: 2 };

#[derive(Debug, Args)]
pub(super) struct AzArgs {
    /// What az would be called with: account get-access-token, account show, version; the rest is handed on to the real az
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

impl AzArgs {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        Self { arguments: arguments.to_vec() }
    }

    pub(super) fn run(self) -> ExitCode {
        stand_in::end(TOOL.name, &self.arguments, self.answer(), az::failure)
    }

    fn answer(&self) -> Answered<()> {
        let call = az::parse(&self.arguments).map_err(|foreign| TOOL.refuse(foreign))?;
        match &call.command {
            Command::Token { account, scopes, resource, resource_type } => {
                let wanted = Wanted { scopes, resource: resource.as_deref(), resource_type: resource_type.as_deref() };
                let mut settings = settings(account)?;
                wanted.ask_for(&mut settings)?;
                token(&call, account, settings)
            }
            Command::Show(account) => show(&call, account),
            Command::Version => version(&call),
            Command::LongVersion => Err(Refusal::HandOnOr(az::long_version())),
        }
    }
}

/// What a token is to be for.
struct Wanted<'a> {
    scopes: &'a [String],
    resource: Option<&'a str>,
    resource_type: Option<&'a str>,
}

/// The settings of the account that is asked for.
fn settings(account: &az::Account) -> Answered<Settings> {
    if account.tenant.is_some() && account.subscription.is_some() {
        return Err(Refusal::Said(az::usage("Please specify only one of subscription and tenant, not both"), 1));
    }
    if environment::is_asked_by_jeton() {
        return Err(Refusal::HandOn(az::failure(&stand_in::circle("az")), 1));
    }
    let (tenant, subscription) = (account.tenant.as_deref(), account.subscription.as_deref());
    match stand_in::settings(profile::Account { tenant, subscription, tool: "az" })? {
        Named::Settings(settings) => Ok(*settings),
        Named::Nobody => Err(Refusal::HandOn(az::failure(&stand_in::nobody("az")), 1)),
        Named::NoSuchSubscription => {
            let subscription = subscription.unwrap_or_default();
            let text = format!("Subscription '{subscription}' not found. Check the spelling and casing and try again.");
            let error = Error::configuration(text).hint(
                "tell jeton whose it is: jeton profile edit NAME --subscription ID, or ask for it by the profile's name",
            );
            Err(Refusal::Said(az::failure(&error), 1))
        }
    }
}

/// The subscription of the account.
fn subscription(settings: &Settings) -> Result<Option<String>> {
    let known = settings.subscription()?;
    Ok(match settings.flow_name()? {
        FlowName::AzureCli if known.is_none() => entra::current_subscription(),
        _ => known,
    })
}

/// The cloud that the settings mean, in az's words.
fn cloud(settings: &Settings) -> Result<&'static CloudEndpoints> {
    let (_, cloud): (_, Option<Cloud>) = settings.authority("common")?;
    Ok(az::endpoints(cloud))
}

impl Wanted<'_> {
    /// Says so to the settings.
    fn ask_for(&self, settings: &mut Settings) -> Answered<()> {
        if !self.scopes.is_empty() {
            settings.add(Field::Scopes, &self.scopes.join(" "), Origin::Caller("az's --scope"));
            return Ok(());
        }
        let resource = match (self.resource, self.resource_type) {
            (Some(resource), _) => resource,
            (None, Some(kind)) => {
                let cloud = cloud(settings)?;
                cloud.resource(kind).ok_or_else(|| {
                    let text = format!("The cloud {} has no resource {kind}", cloud.name);
                    Refusal::Said(az::usage(&text), 1)
                })?
            }
            (None, None) => cloud(settings)?.arm,
        };
        settings.add(Field::Resource, resource, Origin::Caller("az's --resource"));
        Ok(())
    }
}

fn token(call: &Call, account: &az::Account, settings: Settings) -> Answered<()> {
    let named_tenant = settings.text(Field::Tenant)?.unwrap_or_default();
    if let Some(tenant) = &account.tenant
        && settings.flow_name()? == FlowName::ManagedIdentity
        && !named_tenant.is_empty()
        && !tenant.eq_ignore_ascii_case(&named_tenant)
    {
        let text = format!(
            "For managed identity account, getting access token for non-current tenants is not supported. The specified \
             tenant must be the current tenant {named_tenant}"
        );
        return Err(Refusal::Said(az::usage(&text), 1));
    }
    // A token of a tenant that is named is of no subscription.
    let subscription = if account.tenant.is_none() { subscription(&settings)? } else { None };
    let form = form(call)?;
    let call_args = stand_in::call(call.verbose)?;
    let (road, request) = stand_in::road(&call_args, settings)?;
    road.travel(
        &request,
        |token| {
            let tenant = match &account.tenant {
                Some(tenant) => tenant.clone(),
                None => stand_in::tenant_id(token, &named_tenant),
            };
            // An account without a subscription goes by its tenant's id.
            let subscription = subscription.as_deref().unwrap_or(&tenant);
            let subscription = account.tenant.is_none().then_some(subscription);
            Ok(render(call, form, &az::token(token, &tenant, subscription)))
        },
        output::print,
    )?;
    Ok(())
}

fn show(call: &Call, account: &az::Account) -> Answered<()> {
    let mut settings = settings(account)?;
    let cloud = cloud(&settings)?;
    settings.add(Field::Resource, cloud.arm, Origin::Caller("az account show"));
    if settings.flow_name()? == FlowName::AzureCli {
        // That is the real one's account.
        return Err(Refusal::HandOn(
            az::failure(&Error::new(Kind::SignIn, "the account is the Azure CLI's, which is not on PATH")),
            1,
        ));
    }
    let form = form(call)?;
    let subscription = settings.subscription()?;
    let name = settings.profile().map(|profile| profile.name.clone());
    let whose = Whose::find(&stand_in::call(call.verbose)?, settings, false)?;
    let user = match &whose.managed_identity {
        Some(identity) if identity == "MSI" => "systemAssignedIdentity",
        Some(_) => "userAssignedIdentity",
        None => &whose.name,
    };
    let data = az::account(&az::Shown {
        cloud: cloud.name,
        id: subscription.as_deref().unwrap_or(&whose.tenant),
        name: match &subscription {
            Some(subscription) => name.as_deref().unwrap_or(subscription),
            None => az::TENANT_LEVEL,
        },
        tenant: &whose.tenant,
        kind: if whose.is_user { "user" } else { "servicePrincipal" },
        user,
        managed_identity: whose.managed_identity.as_deref(),
    });
    Ok(output::print(&render(call, form, &data))?)
}

fn version(call: &Call) -> Answered<()> {
    Err(Refusal::HandOnOr(render(call, form(call)?, &az::version())))
}

fn render(call: &Call, form: Form, data: &Data) -> String {
    match &call.query {
        Some(query) => az::render(&query.search(data), form, true),
        None => az::render(data, form, false),
    }
}

/// The format: the command line's, AZURE_CORE_OUTPUT, that of az's own settings, JSON.
fn form(call: &Call) -> Answered<Form> {
    if let Some(form) = call.form {
        return Ok(form);
    }
    let set = environment::az_output().or_else(|| {
        let config = std::fs::read_to_string(entra::settings_dir("AZURE_CONFIG_DIR", ".azure")?.join("config")).ok()?;
        az::output_in(&config)
    });
    match set {
        None => Ok(Form::Json),
        Some(name) => Form::parse(&name).ok_or_else(|| {
            let text =
                format!("there is no output format {name:?} (AZURE_CORE_OUTPUT, or output in az's configuration)");
            Refusal::Said(az::usage(&text), 1)
        }),
    }
}
