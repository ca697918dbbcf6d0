//! What a profile may hold: the same rules as on use, told before anything is written.

use super::flow::FlowName;
use super::resolve::{self, Settings};
use super::{FIELDS, Field, Profile};
use crate::aws::AssumeRole;
use crate::entra::{Authority, Cloud, Endpoint};
use crate::error::{Error, Result};
use crate::secret::SecretSource;

impl Profile {
    /// Checks every field that is set. A profile may leave out what flags and environment give later.
    ///
    /// # Errors
    /// The first value that would be refused on use, with those that would not.
    pub fn check(&self) -> Result<()> {
        FIELDS.iter().try_for_each(|spec| self.check_field(spec.field))
    }

    /// Checks one field, as far as it is to blame: a resource that the profile's cloud does not have is told for either.
    ///
    /// # Errors
    /// A value that would be refused on use, with those that would not.
    pub fn check_field(&self, field: Field) -> Result<()> {
        let Some(value) = self.get(field)? else { return Ok(()) };
        // A role that needs no other setting, to check the others one by one.
        let role = AssumeRole {
            region: Some("us-east-1".into()),
            ..AssumeRole::new("arn:aws:iam::123456789012:role/any", "jeton")
        };
        let checked = |role: AssumeRole| role.checked().map(drop);
        match field {
            Field::Tenant => {
                Authority::new(Cloud::Public.host(), &value)?;
                resolve::refuse_shared_tenant(&value)
            }
            Field::ClientId => Ok(()),
            Field::ClientSecret => value.parse::<SecretSource>().map(drop),
            Field::Scopes | Field::Resource => self.check_audience(self.cloud()),
            Field::Flow => FlowName::parse(&value).map(drop),
            Field::Cloud => {
                Cloud::parse(&value)?;
                // The cloud is to blame only for what is right elsewhere.
                if self.check_audience(None).is_ok() { self.check_audience(self.cloud()) } else { Ok(()) }
            }
            Field::AuthorityHost => Authority::new(&value, "common").map(drop),
            Field::Endpoint => Endpoint::parse(&value).map(drop),
            Field::AwsRoleArn => checked(AssumeRole { role_arn: value, ..role }),
            Field::AwsRegion => checked(AssumeRole { region: Some(value), ..role }),
            Field::AwsSessionName => checked(AssumeRole { session_name: value, ..role }),
            Field::AwsDuration => checked(AssumeRole { duration: resolve::aws_duration(&value)?, ..role }),
            Field::AwsEndpoint => checked(AssumeRole { endpoint: Some(value), ..role }),
            Field::Background | Field::IgnoreEnvironment if matches!(value.as_str(), "true" | "false") => Ok(()),
            Field::Background | Field::IgnoreEnvironment => {
                Err(Error::configuration(format!("{} is neither true nor false: {value}", field.key()))
                    .hint("use one of: true, false"))
            }
        }
    }

    /// The cloud that these fields mean, if they mean a known one.
    fn cloud(&self) -> Option<Cloud> {
        Settings::of(self.clone()).authority("common").ok()?.1
    }

    fn check_audience(&self, cloud: Option<Cloud>) -> Result<()> {
        let audience = Settings::of(self.clone()).audience()?;
        if audience.scopes.is_empty() && audience.resource.is_none() {
            return Ok(());
        }
        audience.for_app(cloud).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(fields: &[(Field, &str)]) -> Profile {
        let mut profile = Profile { name: "p".into(), ..Profile::default() };
        fields.iter().for_each(|(field, value)| profile.set(*field, value));
        profile
    }

    #[test]
    fn a_profile_may_be_incomplete_but_not_wrong() {
        assert_eq!(profile(&[]).check(), Ok(()));
        for (field, good, bad) in [
            (Field::Tenant, "contoso.onmicrosoft.com", "a/b"),
            (Field::Tenant, "t", "common"),
            (Field::ClientSecret, "env:NAME", "hunter2"),
            (Field::Scopes, "graph", "User.Read"),
            (Field::Scopes, "graph graph/.default", "graph,arm"),
            (Field::Resource, "api://a/b", "a b"),
            (Field::Flow, "ClientCredentials", "device"),
            (Field::Cloud, "AzureUSGovernment", "moon"),
            (Field::AuthorityHost, "https://login.example", "http://login.example"),
            (Field::Endpoint, "1", "v3"),
            (Field::AwsRoleArn, "arn:aws-cn:iam::123456789012:role/r", "r"),
            (Field::AwsRegion, "eu-west-1", "eu west"),
            (Field::AwsSessionName, "me@example.com", "x"),
            (Field::AwsDuration, "12h", "13h"),
            (Field::AwsDuration, "900", "soon"),
            (Field::AwsEndpoint, "https://sts.example", "http://sts.example"),
        ] {
            assert_eq!(profile(&[(field, good)]).check(), Ok(()), "{good}");
            let error = profile(&[(field, bad)]).check().unwrap_err();
            assert!(error.hint.is_some() && !error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_cloud_is_blamed_only_for_what_another_cloud_has() {
        let fields = [(Field::Scopes, "graph"), (Field::Cloud, "delos")];
        assert!(profile(&fields).check_field(Field::Cloud).is_err());
        let fields = [(Field::Scopes, "User.Read"), (Field::Cloud, "delos")];
        assert_eq!(profile(&fields).check_field(Field::Cloud), Ok(()));
    }

    #[test]
    fn a_hand_written_switch_is_true_or_false() {
        let mut profile = profile(&[]);
        profile.fields.insert("background".into(), "maybe".into());
        assert!(profile.check().is_err());
    }
}
