//! The identity of the machine or service that this process runs on: no secret at all, only an endpoint next door.
//!
//! Tokens of them live up to a day, and the endpoints keep them too: a new one is to be had from half of its life on, which
//! is when the broker renews it anyway.
//!
//! Which endpoint is told by the environment, in MSAL's order (microsoft-authentication-library-for-python,
//! `managed_identity.py`). They are never asked through a proxy: the answer is for this machine.

mod answer;
mod app_service;
mod arc;
mod azure_ml;
mod cloud_shell;
mod imds;
mod service_fabric;

use super::claims::Claims;
use super::grant::Granted;
use super::scope::Resource;
use crate::clock;
use crate::error::{Error, Result};
use crate::http::{Call, Method, Via};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::token::Token;

/// The token of a managed identity.
#[derive(Debug)]
pub struct ManagedIdentity {
    /// Where it is asked for, as far as the environment says so.
    source: Source,
    /// Which one of several.
    identity: Assigned,
    /// What the token is for.
    resource: Resource,
    /// A challenge that the token has to answer. No endpoint takes one, but the token before it is not the answer.
    claims: Option<Claims>,
}

/// A kind of endpoint, by what the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    ServiceFabric {
        endpoint: String,
        secret: Secret,
        thumbprint: String,
    },
    AppService {
        endpoint: String,
        secret: Secret,
    },
    AzureMl {
        endpoint: String,
        secret: Secret,
    },
    Arc {
        endpoint: String,
    },
    CloudShell {
        endpoint: String,
    },
    /// A virtual machine, or a machine with the Arc agent, which may be there without a variable.
    Machine {
        imds: String,
    },
}

/// Which identity: the system's own, or one that a user assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Assigned {
    BySystem,
    ClientId(String),
    ObjectId(String),
    ResourceId(String),
}

impl Source {
    /// Looks at the variables through `var`.
    fn detect(var: impl Fn(&str) -> Option<String>) -> Self {
        let secret = |name: &str| var(name).map(Secret::new);
        let msi_endpoint = var("MSI_ENDPOINT");
        match (var("IDENTITY_ENDPOINT"), secret("IDENTITY_HEADER"), msi_endpoint, secret("MSI_SECRET")) {
            (Some(endpoint), Some(secret), ..) => match var("IDENTITY_SERVER_THUMBPRINT") {
                Some(thumbprint) => Self::ServiceFabric { endpoint, secret, thumbprint },
                None => Self::AppService { endpoint, secret },
            },
            (_, _, Some(endpoint), Some(secret)) => Self::AzureMl { endpoint, secret },
            (Some(endpoint), ..) if var("IMDS_ENDPOINT").is_some() => Self::Arc { endpoint },
            (_, _, Some(endpoint), None) => Self::CloudShell { endpoint },
            _ => Self::Machine { imds: var(imds::HOST_VARIABLE).unwrap_or_else(|| imds::HOST.to_owned()) },
        }
    }

    /// Its name, for the cache key and for people.
    fn name(&self) -> &'static str {
        match self {
            Self::ServiceFabric { .. } => "service-fabric",
            Self::AppService { .. } => "app-service",
            Self::AzureMl { .. } => "azure-ml",
            Self::Arc { .. } => "azure-arc",
            Self::CloudShell { .. } => "cloud-shell",
            Self::Machine { .. } => "machine",
        }
    }

    fn endpoint(&self) -> &str {
        match self {
            Self::ServiceFabric { endpoint, .. }
            | Self::AppService { endpoint, .. }
            | Self::AzureMl { endpoint, .. }
            | Self::Arc { endpoint }
            | Self::CloudShell { endpoint }
            | Self::Machine { imds: endpoint } => endpoint,
        }
    }
}

impl Assigned {
    /// The one that `settings` name, in the one way that ranks highest.
    fn of(settings: &Settings) -> Result<Self> {
        let named = settings.foremost(&[Field::ClientId, Field::IdentityObjectId, Field::IdentityResourceId])?;
        let mut named = named.into_iter();
        match (named.next(), named.next()) {
            (None, _) => Ok(Self::BySystem),
            (Some((Field::ClientId, id)), None) => Ok(Self::ClientId(id)),
            (Some((Field::IdentityObjectId, id)), None) => Ok(Self::ObjectId(id)),
            (Some((_, id)), None) => Ok(Self::ResourceId(id)),
            (Some((one, _)), Some((other, _))) => {
                Err(Error::configuration(format!("{} and {} both name a managed identity", one.key(), other.key()))
                    .hint("name it in one way only"))
            }
        }
    }

    /// The query parameter that names it, where each way has the given name.
    fn parameter(
        &self,
        client: &'static str,
        object: &'static str,
        resource: &'static str,
    ) -> Option<(&'static str, &str)> {
        match self {
            Self::BySystem => None,
            Self::ClientId(id) => Some((client, id)),
            Self::ObjectId(id) => Some((object, id)),
            Self::ResourceId(id) => Some((resource, id)),
        }
    }

    /// For a source that does not let a request choose among identities in this way.
    fn refuse(&self, whose: &str, hint: &str) -> Result<()> {
        match self {
            Self::BySystem => Ok(()),
            Self::ClientId(id) | Self::ObjectId(id) | Self::ResourceId(id) => {
                Err(Error::configuration(format!("{whose}, so the identity {id} can't be asked for")).hint(hint))
            }
        }
    }
}

impl ManagedIdentity {
    /// The flow that `settings` and the environment mean.
    ///
    /// # Errors
    /// Settings that are missing or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        let (_, cloud) = settings.authority("common")?;
        Ok(Self {
            source: Source::detect(crate::environment::var),
            identity: Assigned::of(settings)?,
            resource: settings.audience()?.for_app(cloud)?,
            claims: settings.text(Field::Claims)?.map(|text| Claims::parse(&text)).transpose()?,
        })
    }

    fn ask(&self, call: &FlowCall<'_>) -> Result<Granted> {
        let ask = Ask { call, identity: &self.identity, resource: self.resource.as_str() };
        match &self.source {
            Source::ServiceFabric { endpoint, secret, thumbprint } => {
                service_fabric::ask(&ask, endpoint, secret, thumbprint)
            }
            Source::AppService { endpoint, secret } => app_service::ask(&ask, endpoint, secret),
            Source::AzureMl { endpoint, secret } => azure_ml::ask(&ask, endpoint, secret),
            Source::Arc { endpoint } => arc::ask(&ask, endpoint),
            Source::CloudShell { endpoint } => cloud_shell::ask(&ask, endpoint),
            Source::Machine { .. } if arc::is_installed() => arc::ask(&ask, arc::DEFAULT_ENDPOINT),
            Source::Machine { imds } => imds::ask(&ask, imds),
        }
    }
}

/// One token, asked of an endpoint.
struct Ask<'a> {
    call: &'a FlowCall<'a>,
    identity: &'a Assigned,
    resource: &'a str,
}

impl Ask<'_> {
    /// A GET of `url`, which has its query, with one header.
    fn get<'b>(&self, url: &'b str, header: (&'static str, Secret)) -> Call<'b> {
        Call { via: Via::Direct, secret_headers: vec![header], ..Call::new(Method::Get, url, self.call.deadline) }
    }
}

impl Flow for ManagedIdentity {
    fn identity(&self) -> Identity {
        let mut other = vec![("source", self.source.name().to_owned())];
        let client = match self.identity.parameter("", "object id", "resource id") {
            None => String::new(),
            Some(("", id)) => id.to_owned(),
            Some((way, id)) => {
                other.push((way, id.to_lowercase()));
                String::new()
            }
        };
        other.extend(self.claims.as_ref().map(|claims| ("claims", claims.to_string())));
        Identity {
            provider: "entra",
            flow: "managed-identity",
            authority: self.source.endpoint().to_owned(),
            client,
            scopes: vec![self.resource.as_str().to_owned()],
            other,
            ..Identity::default()
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let issued_at = clock::now();
        let granted = self.ask(call)?;
        let mut token = granted.into_token(issued_at, vec![self.resource.as_str().to_owned()], "");
        token.tenant = super::user::tenant_of(&token.value);
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)]) -> &'static str {
        Source::detect(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
            .name()
    }

    #[test]
    fn the_environment_tells_the_source_in_msals_order() {
        let (endpoint, header) = (("IDENTITY_ENDPOINT", "http://e"), ("IDENTITY_HEADER", "h"));
        let (msi, secret, imds) = (("MSI_ENDPOINT", "http://m"), ("MSI_SECRET", "s"), ("IMDS_ENDPOINT", "http://i"));
        let thumbprint = ("IDENTITY_SERVER_THUMBPRINT", "t");
        for (variables, source) in [
            (&[][..], "machine"),
            (&[endpoint, header, thumbprint, msi, secret, imds], "service-fabric"),
            (&[endpoint, header, msi, secret, imds], "app-service"),
            (&[endpoint, msi, secret, imds], "azure-ml"),
            (&[endpoint, imds, msi], "azure-arc"),
            (&[msi], "cloud-shell"),
            (&[endpoint, msi], "cloud-shell"),
            (&[endpoint], "machine"),
            (&[header, secret, thumbprint, imds], "machine"),
        ] {
            assert_eq!(detected(variables), source, "{variables:?}");
        }
    }
}
