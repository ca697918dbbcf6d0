//! What the settings mean for Databricks: whether they are about it at all, and which of its SDKs' variables count.
//!
//! `DATABRICKS_*` variables lie around in many shells. They count where no profile is named, or where a flag or the
//! profile itself speaks of Databricks; a profile for something else is left alone. And a credential belongs to the host it
//! stands beside: what is set for `DATABRICKS_HOST` is not used for another host.

use super::field::Field;
use super::flow::FlowName;
use super::resolve::{Origin, Setting, Settings};
use super::{FIELDS, Group, Profile};
use crate::databricks::{Cloud, Host};
use crate::entra;
use crate::environment;
use crate::error::{Error, Result};
use crate::secret::SecretSource;

const HOST: &str = "DATABRICKS_HOST";
/// Terraform's variable for a managed identity, which the SDKs read as well.
const USE_MSI: &str = "ARM_USE_MSI";
const AUTH_TYPE: &str = "DATABRICKS_AUTH_TYPE";
/// A flow that [`AUTH_TYPE`] names.
pub(super) const AUTH_TYPE_ORIGIN: Origin = Origin::Environment(AUTH_TYPE);

/// What a variable of the SDKs says of the token that is exchanged, as jeton writes it.
pub(super) fn subject(variable: &str, value: String) -> String {
    match variable {
        "DATABRICKS_OIDC_TOKEN_FILEPATH" | "DATABRICKS_OIDC_TOKEN_FILE" => format!("file:{value}"),
        // The variable names the variable.
        "DATABRICKS_OIDC_TOKEN_ENV" => format!("env:{value}"),
        "DATABRICKS_OIDC_TOKEN" => format!("env:{variable}"),
        _ => value,
    }
}

impl Settings {
    /// Whether these settings may be about Databricks: what the environment alone says does not make them so.
    fn may_be_databricks(&self) -> bool {
        self.profile.is_none() || self.speaks_of_databricks()
    }

    /// Whether a flag or the profile speaks of Databricks.
    fn speaks_of_databricks(&self) -> bool {
        self.flags.given().any(|(field, value)| {
            field.spec().group == Group::Databricks || (field == Field::Flow && is_databricks_flow(value))
        }) || self.profile.as_ref().is_some_and(Profile::speaks_of_databricks)
    }

    /// Whether a `DATABRICKS_*` variable counts for `field`.
    pub(super) fn takes_databricks(&self, field: Field) -> Result<bool> {
        if !self.may_be_databricks() {
            return Ok(false);
        }
        if field == Field::DatabricksHost {
            return Ok(true);
        }
        let (Some(beside), Some(host)) = (environment::var(HOST), self.get(Field::DatabricksHost)?) else {
            return Ok(true);
        };
        Ok(host.origin == Origin::Environment(HOST) || same_host(&beside, &host.value))
    }

    /// The flow that `DATABRICKS_AUTH_TYPE` names, where these settings are about Databricks.
    pub(super) fn databricks_auth_type(&self) -> Result<Option<Setting>> {
        let Some(name) = environment::var(AUTH_TYPE) else { return Ok(None) };
        let about = !self.ignores_environment()?
            && self.takes_databricks(Field::Flow)?
            && !self.names_audience()?
            && (self.get(Field::DatabricksHost)?.is_some() || self.get(Field::DatabricksToken)?.is_some());
        if !about {
            return Ok(None);
        }
        let value = FlowName::of_auth_type(&name)?.as_str().to_owned();
        Ok(Some(Setting { value, origin: AUTH_TYPE_ORIGIN }))
    }

    /// Whether it is said what an Entra token is to be for.
    fn names_audience(&self) -> Result<bool> {
        Ok(self.get(Field::Scopes)?.is_some() || self.get(Field::Resource)?.is_some())
    }

    /// The flow of Databricks that is meant where none is named, in the order of its SDKs (databricks-sdk-go
    /// `config/auth_default.go`); `None` where an Entra token is.
    pub(super) fn databricks_flow(&self) -> Result<Option<FlowName>> {
        let has = |field| Ok::<_, Error>(self.get(field)?.is_some());
        if !self.may_be_databricks() {
            return Ok(None);
        }
        // (What the Entra token is for that is exchanged, is not what the token is for.)
        if self.text(Field::DatabricksSubject)?.is_some_and(|subject| subject.to_ascii_lowercase().starts_with("entra"))
        {
            return Ok(Some(FlowName::DatabricksFederation));
        }
        if self.names_audience()? {
            return Ok(None);
        }
        if has(Field::DatabricksToken)? {
            return Ok(Some(FlowName::DatabricksPat));
        }
        if !has(Field::DatabricksHost)? {
            return Ok(None);
        }
        let entra = has(Field::ClientSecret)?
            || has(Field::Certificate)?
            || has(Field::FederatedToken)?
            || (has(Field::Username)? && has(Field::Password)?);
        Ok(if has(Field::DatabricksClientId)? && has(Field::DatabricksClientSecret)? {
            Some(FlowName::DatabricksM2m)
        } else if has(Field::DatabricksMetadataUrl)? {
            Some(FlowName::DatabricksMetadataService)
        } else if has(Field::DatabricksSubject)? {
            Some(FlowName::DatabricksFederation)
        } else if entra {
            None
        } else if self.foreign(USE_MSI)?.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true")) {
            Some(FlowName::ManagedIdentity)
        } else if has(Field::AzureResourceId)? {
            Some(FlowName::AzureCli)
        } else {
            Some(FlowName::DatabricksU2m)
        })
    }

    /// The host, if one is set.
    ///
    /// # Errors
    /// A text that is none.
    pub(crate) fn databricks_host(&self) -> Result<Option<Host>> {
        match self.text(Field::DatabricksHost)? {
            Some(text) if self.may_be_databricks() => Host::parse(&text).map(Some),
            _ => Ok(None),
        }
    }

    /// Azure's cloud that the host is in, where its name says so.
    pub(super) fn databricks_cloud(&self) -> Result<Option<entra::Cloud>> {
        // (Whether the host is one at all is told where it is used.)
        let host = self.databricks_host().unwrap_or_default();
        Ok(host.and_then(|host| match host.cloud() {
            Some(Cloud::Azure(cloud)) => Some(cloud),
            _ => None,
        }))
    }

    /// Where a credential for the host is read from.
    ///
    /// # Errors
    /// None is set; it is no place; or it was set for another host than the one that is in use.
    pub(crate) fn databricks_secret(&self, field: Field, what: &str) -> Result<SecretSource> {
        let source = self.need(field, what)?.parse()?;
        self.keep_to_host(field)?;
        Ok(source)
    }

    /// A profile's credential was made for the profile's host.
    pub(crate) fn keep_to_host(&self, field: Field) -> Result<()> {
        let from_profile = self.get(field)?.is_some_and(|setting| setting.origin == Origin::Profile);
        let (true, Some(profile)) = (from_profile, &self.profile) else { return Ok(()) };
        let (Some(own), Some(host)) = (profile.get(Field::DatabricksHost)?, self.get(Field::DatabricksHost)?) else {
            return Ok(());
        };
        if host.origin == Origin::Profile || same_host(&own, &host.value) {
            return Ok(());
        }
        Err(foreign_host(profile, field, &host))
    }
}

impl Profile {
    /// Whether it has one of the fields for Databricks, or names one of its flows.
    pub(super) fn speaks_of_databricks(&self) -> bool {
        let mut fields = FIELDS.iter().filter(|spec| spec.group == Group::Databricks);
        fields.any(|spec| self.fields.keys().any(|key| key == spec.key))
            || self.get(Field::Flow).ok().flatten().is_some_and(|name| is_databricks_flow(&name))
    }
}

fn is_databricks_flow(name: &str) -> bool {
    FlowName::parse(name).is_ok_and(FlowName::is_databricks)
}

fn same_host(one: &str, other: &str) -> bool {
    matches!((Host::parse(one), Host::parse(other)), (Ok(one), Ok(other)) if one.origin() == other.origin())
}

fn foreign_host(profile: &Profile, field: Field, host: &Setting) -> Error {
    let error = Error::configuration(format!(
        "the {} of the profile {:?} is for the profile's host, not for {} ({})",
        field.key(),
        profile.name,
        host.shown(Field::DatabricksHost),
        host.origin
    ));
    match host.origin {
        Origin::Environment(name) => error.hint(format!("unset {name}, or leave such variables out with --ignore-env")),
        _ => error.hint("use a profile of that host, or name its own credential beside it"),
    }
}
