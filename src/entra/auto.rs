//! The first way to a token that there is here, in the order of azure-identity's DefaultAzureCredential: the environment's
//! credential, workload identity, managed identity, then what developers are signed in to.
//!
//! As there, what is set up on purpose decides: if the environment holds a secret and Entra refuses it, nothing else is
//! tried, because the next way would be another identity. What is only found here (a managed identity, `az`, `azd`) gives
//! way to the next if it has no token.

use super::scope::Resource;
use crate::clock::Deadline;
use crate::error::{Error, Kind, Result};
use crate::profile::{Field, FlowName, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::token::Token;

/// Chooses among the ways, as azure-identity reads it: `dev`, `prod`, or the name of one credential.
const CHOICE: &str = "AZURE_TOKEN_CREDENTIALS";

/// The longest reason that is shown for one way, in characters.
const LONGEST_REASON: usize = 200;

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Environment,
    WorkloadIdentity,
    ManagedIdentity,
    AzureCli,
    Azd,
}

impl Way {
    /// In their order, by azure-identity's name, and whether they belong to `prod` (or to `dev`).
    const ALL: &[(Self, &str, bool)] = &[
        (Self::Environment, "EnvironmentCredential", true),
        (Self::WorkloadIdentity, "WorkloadIdentityCredential", true),
        (Self::ManagedIdentity, "ManagedIdentityCredential", true),
        (Self::AzureCli, "AzureCliCredential", false),
        (Self::Azd, "AzureDeveloperCliCredential", false),
    ];

    /// Those that `choice` means.
    fn chosen(choice: Option<&str>) -> Result<Vec<Self>> {
        let choice = choice.map(str::trim);
        let is = |name: &str| choice.is_some_and(|choice| choice.eq_ignore_ascii_case(name));
        let chosen: Vec<_> = Self::ALL
            .iter()
            .filter(|(_, name, prod)| choice.is_none() || is(name) || (is("prod") && *prod) || (is("dev") && !*prod))
            .map(|(way, ..)| *way)
            .collect();
        if chosen.is_empty() {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name, _)| *name).collect();
            return Err(Error::configuration(format!(
                "{CHOICE} is {:?}, which jeton does not have",
                choice.unwrap_or_default()
            ))
            .hint(format!("use one of: dev, prod, {}; or name the flow with --flow", names.join(", "))));
        }
        Ok(chosen)
    }

    /// The flow that `settings` mean for it.
    fn flow(self, settings: &Settings) -> Result<Box<dyn Flow>> {
        let has = |field| Ok::<_, Error>(settings.get(field)?.is_some());
        let name = match self {
            Self::Environment if has(Field::ClientSecret)? => FlowName::ClientCredentials,
            Self::Environment if has(Field::Certificate)? => FlowName::Certificate,
            Self::Environment if has(Field::Username)? && has(Field::Password)? => FlowName::Password,
            Self::Environment => {
                return Err(Error::configuration("no client secret, certificate or password is set"));
            }
            Self::WorkloadIdentity => FlowName::WorkloadIdentity,
            Self::ManagedIdentity => FlowName::ManagedIdentity,
            Self::AzureCli => FlowName::AzureCli,
            Self::Azd => FlowName::Azd,
        };
        super::named(name, settings)
    }

    /// For messages.
    fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::WorkloadIdentity => "workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "az",
            Self::Azd => "azd",
        }
    }

    /// Whether no other way is to be tried after this one failed so.
    fn decides(self, error: &Error) -> bool {
        match self {
            Self::Environment | Self::WorkloadIdentity => true,
            // (None here, or none assigned.)
            Self::ManagedIdentity => !matches!(error.kind, Kind::Network | Kind::Configuration),
            Self::AzureCli | Self::Azd => false,
        }
    }
}

/// The flow `auto`.
#[derive(Debug)]
pub struct Auto {
    /// Each way, or why it is none here.
    ways: Vec<(Way, Result<Box<dyn Flow>>)>,
    /// What the token is for.
    resource: Resource,
}

impl Auto {
    /// The flow that `settings` and the environment mean.
    ///
    /// # Errors
    /// A choice that is none, settings that no way can do with.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        let chosen = Way::chosen(settings.foreign(CHOICE)?.as_deref())?;
        let (_, cloud) = settings.authority("common")?;
        let resource = settings.audience()?.for_app(cloud)?;
        let ways = chosen.into_iter().map(|way| (way, way.flow(settings))).collect();
        Ok(Self { ways, resource })
    }

    fn there(&self) -> impl Iterator<Item = (Way, &dyn Flow)> {
        self.ways.iter().filter_map(|(way, flow)| Some((*way, flow.as_deref().ok()?)))
    }
}

impl Flow for Auto {
    fn identity(&self) -> Identity {
        // Which way answers is not known before; so it is the same token only while all ways are the same.
        let ways = self.there().map(|(way, flow)| {
            let Identity { flow, authority, tenant, client, credential, scopes, other, .. } = flow.identity();
            let other: Vec<_> = other.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let parts = [flow, &authority, &tenant, &client, &credential, &scopes.join(" "), &other.join(" ")];
            (way.name(), parts.join("|"))
        });
        Identity {
            provider: "entra",
            flow: "auto",
            fingerprint: self.there().find_map(|(_, flow)| flow.identity().fingerprint),
            scopes: vec![self.resource.default_scope()],
            other: ways.collect(),
            ..Identity::default()
        }
    }

    fn is_unattended(&self) -> bool {
        self.there().all(|(_, flow)| flow.is_unattended())
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let mut failures: Vec<(Way, Error)> = Vec::new();
        for (way, flow) in &self.ways {
            let error = match flow {
                Err(error) => error.clone(),
                Ok(flow) => match flow.fetch(&bounded(call, *way), None) {
                    Ok(token) => {
                        call.log.step(|| format!("auto: {} answered", way.name()));
                        return Ok(token);
                    }
                    Err(error) if way.decides(&error) => return Err(error.detail("found by auto", way.name())),
                    Err(error) => error,
                },
            };
            call.log.step(|| format!("auto: {}: {}", way.name(), error.message));
            failures.push((*way, error));
        }
        Err(none(failures))
    }
}

/// A way that may hang leaves time for the others: half of what is left.
fn bounded<'a>(call: &FlowCall<'a>, way: Way) -> FlowCall<'a> {
    match way {
        Way::ManagedIdentity | Way::AzureCli => {
            FlowCall { deadline: Deadline::after(call.deadline.left().unwrap_or_default() / 2), ..*call }
        }
        _ => *call,
    }
}

/// That no way led to a token, and why each did not.
fn none(mut failures: Vec<(Way, Error)>) -> Error {
    if failures.len() == 1
        && let Some((_, error)) = failures.pop()
    {
        return error;
    }
    let sign_in = failures.iter().find(|(_, error)| error.kind == Kind::SignIn).map(|(_, error)| error);
    let error = match sign_in {
        Some(wanted) => Error::new(Kind::SignIn, "no way to a token was found here")
            .hint(wanted.hint.clone().unwrap_or_else(|| "sign in: az login".to_owned())),
        None => Error::configuration("no way to a token was found here").hint(
            "set AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential, sign in with az login, or name a flow (--flow)",
        ),
    };
    failures.into_iter().fold(error, |error, (way, why)| {
        let mut reason: String = why.message.chars().take(LONGEST_REASON).collect();
        if reason.len() < why.message.len() {
            reason.push('…');
        }
        error.detail(way.name(), reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_read_as_azure_identity_does() {
        let names = |choice: Option<&str>| {
            Way::chosen(choice).unwrap().into_iter().map(Way::name).collect::<Vec<_>>().join(",")
        };
        assert_eq!(names(None), "environment,workload identity,managed identity,az,azd");
        assert_eq!(names(Some("PROD")), "environment,workload identity,managed identity");
        assert_eq!(names(Some(" dev ")), "az,azd");
        assert_eq!(names(Some("azureclicredential")), "az");
        let error = Way::chosen(Some("VisualStudioCodeCredential")).unwrap_err();
        assert!(error.hint.unwrap().contains("AzureCliCredential"));
    }
}
