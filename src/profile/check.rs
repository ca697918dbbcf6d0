//! What a profile may hold: the same rules as on use, told before anything is written.

use super::flow::FlowName;
use super::resolve::{self, Settings};
use super::{FIELDS, Field, HostPattern, Profile};
use crate::aws::AssumeRole;
use crate::databricks::{self, Host, Subject};
use crate::entra::{self, Authority, Cloud, Endpoint};
use crate::environment;
use crate::error::{Error, Result};
use crate::secret::SecretSource;

impl Profile {
    /// Checks every field that is set. A profile may leave out what flags and environment give later.
    ///
    /// # Errors
    /// The first value that would be refused on use, with those that would not.
    pub fn check(&self) -> Result<()> {
        // (In the table's order, by the few names that there are: no look-up for each field of the table.)
        let is_set = |key: &str| self.fields.keys().any(|name| name == key);
        FIELDS.iter().filter(|spec| is_set(spec.key)).try_for_each(|spec| self.check_field(spec.field))
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
                if self.is_for_app() { entra::refuse_shared_tenant(&value) } else { Ok(()) }
            }
            Field::ClientId
            | Field::Certificate
            | Field::FederatedAudience
            | Field::ServiceConnection
            | Field::IdentityObjectId
            | Field::IdentityResourceId
            | Field::Username
            | Field::Subscription
            | Field::LoginHint
            | Field::DomainHint
            | Field::DatabricksClientId
            | Field::DatabricksAudience
            | Field::DatabricksScopes => Ok(()),
            field if field.is_source() => value.parse::<SecretSource>().map(drop),
            field if field.is_switch() => match value.as_str() {
                "true" | "false" => Ok(()),
                _ => Err(Error::configuration(format!("{} is neither true nor false: {value}", field.key()))
                    .hint("use one of: true, false")),
            },
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
            Field::AssertionAlgorithm => one_of(field, &value, &["PS256", "RS256"]),
            Field::Interactive => one_of(field, &value, &["auto", "never", "always"]),
            Field::Prompt => one_of(field, &value, &["login", "consent", "select_account", "create", "none"]),
            Field::ResponseMode => one_of(field, &value, &["query", "form_post"]),
            Field::SecretStore => one_of(field, &value, &["keyring", "file", "kernel"]),
            Field::SignInTimeout => environment::parse_duration(&value)
                .map(drop)
                .map_err(|why| Error::configuration(format!("{value:?} is not a length of time")).hint(why)),
            Field::RedirectPort => match value.parse::<u16>() {
                Ok(port) if port > 0 => Ok(()),
                _ => Err(Error::configuration(format!("{value:?} is not a port")).hint("use a number from 1 to 65535")),
            },
            Field::RedirectUri if value.contains("://") && !value.contains([' ', '#']) => Ok(()),
            Field::RedirectUri => Err(Error::configuration(format!("{value:?} is not a redirect URI"))
                .hint("give a URL that the app registration knows, such as http://localhost")),
            Field::DatabricksHost => Host::parse(&value).map(drop),
            Field::DatabricksAccountId => databricks::check_account_id(&value),
            Field::DatabricksWorkspaceId => databricks::check_workspace_id(&value),
            Field::DatabricksSubject => value.parse::<Subject>().map(drop),
            Field::AzureResourceId => databricks::check_resource_id(&value),
            Field::PatLifetime => value.parse::<databricks::pat::Lifetime>().map(drop),
            Field::PatGrace => databricks::pat::parse_grace(&value).map(drop),
            Field::PatFlow => FlowName::parse(&value).map(drop),
            Field::DataPartitionId => databricks::check_partition(&value),
            Field::Claims => entra::Claims::parse(&value).map(drop),
            Field::Hosts => value.split(' ').try_for_each(|host| host.parse::<HostPattern>().map(drop)),
            // Its shape says all about every other one.
            _ => Ok(()),
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
        if self.is_for_app() { audience.for_app(cloud).map(drop) } else { audience.for_user(cloud).map(drop) }
    }

    /// Whether the token is an app's own, as far as these fields say: a person may have several scopes and no tenant.
    fn is_for_app(&self) -> bool {
        let names_a_flow = self.get(Field::Flow).ok().flatten().and_then(|name| FlowName::parse(&name).ok());
        match names_a_flow {
            Some(flow) => !flow.is_for_users(),
            None => [Field::ClientSecret, Field::Certificate, Field::FederatedToken]
                .iter()
                .any(|field| self.fields.contains_key(field.key())),
        }
    }
}

fn one_of(field: Field, value: &str, valid: &[&str]) -> Result<()> {
    if valid.iter().any(|known| known.eq_ignore_ascii_case(value)) {
        return Ok(());
    }
    Err(Error::configuration(format!("{} can't be {value:?}", field.key()))
        .hint(format!("use one of: {}", valid.join(", "))))
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
            (Field::ClientSecret, "env:NAME", "hunter2"),
            (Field::Scopes, "graph graph/.default", "graph,arm"),
            (Field::Scopes, "User.Read openid", "User.Read arm"),
            (Field::Resource, "api://a/b", "a b"),
            (Field::Flow, "ClientCredentials", "magic"),
            (Field::Cloud, "AzureUSGovernment", "moon"),
            (Field::AuthorityHost, "https://login.example", "http://login.example"),
            (Field::Endpoint, "1", "v3"),
            (Field::AwsRoleArn, "arn:aws-cn:iam::123456789012:role/r", "r"),
            (Field::AwsRegion, "eu-west-1", "eu west"),
            (Field::AwsSessionName, "me@example.com", "x"),
            (Field::AwsDuration, "12h", "13h"),
            (Field::AwsDuration, "900", "soon"),
            (Field::AwsEndpoint, "https://sts.example", "http://sts.example"),
            (Field::DatabricksHost, "ADB-1.2.azuredatabricks.net/", "http://adb-1.2.azuredatabricks.net"),
            (Field::DatabricksAccountId, "eeeeeeee-0000-0000-0000-000000000001", "a/b"),
            (Field::DatabricksSubject, "entra:managed-identity", "hunter2"),
            (
                Field::AzureResourceId,
                "/subscriptions/1/resourceGroups/x/providers/Microsoft.Databricks/workspaces/w",
                "octo-workspace",
            ),
            (Field::DataPartitionId, "instance-dp1", "a\r\nb"),
            (Field::PatLifetime, "1w2d", "731d"),
            (Field::PatGrace, "0", "soon"),
            (Field::PatFlow, "managed-identity", "magic"),
        ] {
            assert_eq!(profile(&[(field, good)]).check(), Ok(()), "{good}");
            let error = profile(&[(field, bad)]).check().unwrap_err();
            assert!(error.hint.is_some() && !error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_an_app_can_not_have_a_person_can() {
        for (field, value) in [(Field::Tenant, "common"), (Field::Scopes, "User.Read")] {
            assert_eq!(profile(&[(field, value)]).check(), Ok(()));
            for app in [(Field::ClientSecret, "env:S"), (Field::Flow, "certificate"), (Field::Certificate, "c.pem")] {
                assert!(profile(&[app, (field, value)]).check().is_err(), "{value}");
            }
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
