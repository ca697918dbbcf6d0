//! The variables in which tools look for a credential, family by family: what `jeton run` sets for a command.
//!
//! A family's other ways to sign in are taken out of the command's environment, because tools prefer some of them, or
//! refuse to choose.

use crate::aws::{Keys, TOKEN_TYPE};
use crate::clock;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::serve::{Client, Protocol};
use crate::token::Token;

/// Tools that read the same variables.
#[derive(Debug)]
pub struct Family {
    /// As the command line has it.
    pub name: &'static str,
    /// What is set.
    pub sets: &'static [(&'static str, Value)],
    /// What would contradict that.
    pub unsets: &'static [&'static str],
    /// The resource that the token is for where nobody says anything else.
    pub resource: Option<&'static str>,
    /// What is set where the tools can ask this program again and again.
    pub live: Option<&'static Live>,
}

/// How tools are told of an endpoint on this machine.
#[derive(Debug)]
pub struct Live {
    /// What they speak.
    pub protocol: Protocol,
    /// What is set.
    pub sets: &'static [(&'static str, Value)],
    /// What would contradict that.
    pub unsets: &'static [&'static str],
    /// Programs that know nothing of it: they get the plain variables unless something else is said.
    pub unknown_to: &'static [&'static str],
}

/// What a variable gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// The token.
    Token,
    /// `Bearer ...`, as an HTTP header has it.
    Authorization,
    /// The token's type.
    Type,
    /// Its end, RFC 3339 in UTC.
    ExpiresOn,
    /// The tenant that issued it; nothing where there is none.
    Tenant,
    /// The URL of the workspace.
    Host,
    /// Always this.
    Fixed(&'static str),
    /// The id of AWS keys.
    AccessKeyId,
    /// Their secret.
    SecretAccessKey,
    /// Their session token.
    SessionToken,
    /// Their end, RFC 3339 in UTC.
    KeysExpireOn,
    /// The URL of the endpoint.
    Endpoint,
    /// The secret that is named there.
    EndpointSecret,
}

/// All families, in the order in which they are shown.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "token",
        sets: &[
            ("JETON_TOKEN", Value::Token),
            ("JETON_TOKEN_TYPE", Value::Type),
            ("JETON_TOKEN_EXPIRES_ON", Value::ExpiresOn),
        ],
        unsets: &[],
        resource: None,
        live: None,
    },
    // databricks-sdk-go `config/config.go` (attributes and their variables; the Python and Java SDKs have the same). With
    // the type named, the SDKs neither complain about credentials of other kinds nor read .databrickscfg, and ARM_* may
    // stay for other tools.
    Family {
        name: "databricks",
        sets: &[
            ("DATABRICKS_HOST", Value::Host),
            ("DATABRICKS_TOKEN", Value::Token),
            ("DATABRICKS_AUTH_TYPE", Value::Fixed("pat")),
        ],
        unsets: &[
            "DATABRICKS_CONFIG_PROFILE",
            "DATABRICKS_CLIENT_ID",
            "DATABRICKS_CLIENT_SECRET",
            "DATABRICKS_USERNAME",
            "DATABRICKS_PASSWORD",
            "DATABRICKS_METADATA_SERVICE_URL",
            "DATABRICKS_AZURE_RESOURCE_ID",
            "DATABRICKS_GOOGLE_SERVICE_ACCOUNT",
            "DATABRICKS_OIDC_TOKEN_FILEPATH",
            "DATABRICKS_OIDC_TOKEN_FILE",
            "DATABRICKS_OIDC_TOKEN_ENV",
        ],
        resource: Some("databricks"),
        live: Some(&DATABRICKS),
    },
    // AWS SDKs and Tools Reference Guide, "AWS access keys" (environment variables). AWS_CREDENTIAL_EXPIRATION is read by
    // botocore (`credentials.py`, EnvProvider) and shown by prompts. SDKs for JavaScript prefer AWS_PROFILE to keys.
    Family {
        name: "aws",
        sets: &[
            ("AWS_ACCESS_KEY_ID", Value::AccessKeyId),
            ("AWS_SECRET_ACCESS_KEY", Value::SecretAccessKey),
            ("AWS_SESSION_TOKEN", Value::SessionToken),
            ("AWS_CREDENTIAL_EXPIRATION", Value::KeysExpireOn),
        ],
        unsets: &[
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_SECURITY_TOKEN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_ROLE_ARN",
            "AWS_ROLE_SESSION_NAME",
        ],
        resource: None,
        live: Some(&AWS),
    },
    // Terraform's azurerm, azuread and azapi providers and its azurerm backend ("Authenticating to Azure using a Service
    // Principal and OpenID Connect"). They take the assertion that they sign in with, and no access token.
    Family {
        name: "arm",
        sets: &[
            ("ARM_USE_OIDC", Value::Fixed("true")),
            ("ARM_OIDC_TOKEN", Value::Token),
            ("ARM_TENANT_ID", Value::Tenant),
            ("ARM_USE_CLI", Value::Fixed("false")),
        ],
        unsets: &[
            "ARM_OIDC_TOKEN_FILE_PATH",
            "ARM_OIDC_REQUEST_URL",
            "ARM_OIDC_REQUEST_TOKEN",
            "ARM_CLIENT_SECRET",
            "ARM_CLIENT_SECRET_FILE_PATH",
            "ARM_CLIENT_CERTIFICATE",
            "ARM_CLIENT_CERTIFICATE_PATH",
            "ARM_CLIENT_CERTIFICATE_PASSWORD",
            "ARM_USE_MSI",
            "ARM_USE_AKS_WORKLOAD_IDENTITY",
        ],
        resource: Some("api://AzureADTokenExchange"),
        live: None,
    },
    // azure-identity's EnvironmentCredential and WorkloadIdentityCredential: secrets, certificates, a file; no token. So
    // there is the endpoint alone, which ManagedIdentityCredential asks.
    Family { name: "azure", sets: &[], unsets: &[], resource: None, live: Some(&AZURE) },
    // libpq, "Environment Variables". Azure Database for PostgreSQL and Databricks Lakebase take the token as the password;
    // without PGSSLMODE, libpq would send it in clear to a server that has no TLS. The resource is azure-cli-core's
    // `ossrdbms_resource_id` (`cloud.py`).
    Family {
        name: "psql",
        sets: &[("PGPASSWORD", Value::Token), ("PGSSLMODE", Value::Fixed("require"))],
        unsets: &["PGPASSFILE"],
        resource: Some("https://ossrdbms-aad.database.windows.net"),
        live: None,
    },
    // terraform-provider-snowflake, `docs/index.md`.
    Family {
        name: "snowflake",
        sets: &[("SNOWFLAKE_AUTHENTICATOR", Value::Fixed("OAUTH")), ("SNOWFLAKE_TOKEN", Value::Token)],
        unsets: &[
            "SNOWFLAKE_PASSWORD",
            "SNOWFLAKE_PRIVATE_KEY",
            "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
            "SNOWFLAKE_TOKEN_ACCESSOR_REFRESH_TOKEN",
            "SNOWFLAKE_OAUTH_CLIENT_ID",
            "SNOWFLAKE_OAUTH_CLIENT_SECRET",
        ],
        resource: None,
        live: None,
    },
];

/// databricks-sdk-go `config/auth_metadata_service.go`, databricks-sdk-py `credentials_provider.py`. dbt takes the token
/// from a variable of its owner's choice, and the SDK for Java has no metadata service.
const DATABRICKS: Live = Live {
    protocol: Protocol::Databricks,
    sets: &[
        ("DATABRICKS_HOST", Value::Host),
        ("DATABRICKS_METADATA_SERVICE_URL", Value::Endpoint),
        ("DATABRICKS_AUTH_TYPE", Value::Fixed("metadata-service")),
    ],
    unsets: &[
        "DATABRICKS_TOKEN",
        "DATABRICKS_CONFIG_PROFILE",
        "DATABRICKS_CLIENT_ID",
        "DATABRICKS_CLIENT_SECRET",
        "DATABRICKS_USERNAME",
        "DATABRICKS_PASSWORD",
        "DATABRICKS_AZURE_RESOURCE_ID",
        "DATABRICKS_GOOGLE_SERVICE_ACCOUNT",
        "DATABRICKS_OIDC_TOKEN_FILEPATH",
        "DATABRICKS_OIDC_TOKEN_FILE",
        "DATABRICKS_OIDC_TOKEN_ENV",
    ],
    unknown_to: &["dbt", "java", "mvn", "gradle"],
};

/// AWS SDKs and Tools Reference Guide, "Container credential provider"; what stands before it in the SDKs' chains goes.
const AWS: Live = Live {
    protocol: Protocol::Aws,
    sets: &[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Value::Endpoint),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Value::EndpointSecret),
    ],
    unsets: &[
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ],
    unknown_to: &[],
};

/// The managed identity of App Service, as all Azure SDKs know it. `prod` keeps DefaultAzureCredential from asking
/// developers' tools; what it would try first goes, and so does what would make it another kind of managed identity, or
/// name one.
const AZURE: Live = Live {
    protocol: Protocol::ManagedIdentity,
    sets: &[
        ("IDENTITY_ENDPOINT", Value::Endpoint),
        ("IDENTITY_HEADER", Value::EndpointSecret),
        ("AZURE_TOKEN_CREDENTIALS", Value::Fixed("prod")),
    ],
    unsets: &[
        "IDENTITY_SERVER_THUMBPRINT",
        "IMDS_ENDPOINT",
        "MSI_ENDPOINT",
        "MSI_SECRET",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_USERNAME",
        "AZURE_PASSWORD",
        "AZURE_FEDERATED_TOKEN_FILE",
    ],
    unknown_to: &[],
};

/// Variables that stay as they are where they hold one of these values: what their owner chose is as good.
const AS_GOOD: &[(&str, &[&str])] = &[("PGSSLMODE", &["require", "verify-ca", "verify-full"])];

/// What variables are made of.
#[derive(Debug, Default)]
pub struct Values<'a> {
    /// The token, where a family needs one.
    pub token: Option<&'a Token>,
    /// AWS keys, where a family needs them (a token that [`Keys`] reads).
    pub keys: Option<&'a Token>,
    /// The workspace's URL.
    pub host: Option<String>,
    /// The endpoint, where tools are to ask one.
    pub client: Option<&'a Client>,
}

/// One variable of a command's environment: what it is set to, or `None` where it is taken out.
pub type Change = (&'static str, Option<Secret>);

impl Family {
    /// The family of that name.
    ///
    /// # Errors
    /// Another name, as a sentence that lists those there are.
    pub fn parse(name: &str) -> std::result::Result<&'static Self, String> {
        FAMILIES.iter().find(|family| family.name == name).ok_or_else(|| {
            let names: Vec<_> = FAMILIES.iter().map(|family| family.name).collect();
            format!("use one or more of: {}", names.join(", "))
        })
    }

    /// Why there is no variable to set, and what to do in place of it.
    #[must_use]
    pub fn refusal(&self) -> Option<(&'static str, &'static str)> {
        self.sets.is_empty().then_some((
            "the Azure SDKs, az and azd read no variable that holds a token",
            "have them ask: jeton run --as azure -- COMMAND; or keep an assertion in a file: jeton write FILE --watch, \
             with AZURE_FEDERATED_TOKEN_FILE=FILE (docs/run.md)",
        ))
    }

    /// Whether it takes the token itself (or what is told of it).
    #[must_use]
    pub fn needs_token(&self) -> bool {
        self.sets.iter().any(|(_, value)| *value == Value::Token)
    }

    /// Whether it takes AWS keys.
    #[must_use]
    pub fn needs_keys(&self) -> bool {
        self.sets.iter().any(|(_, value)| *value == Value::AccessKeyId)
    }

    /// Whether it takes a workspace's URL.
    #[must_use]
    pub fn needs_host(&self) -> bool {
        self.sets.iter().any(|(_, value)| *value == Value::Host)
    }

    /// What changes in a command's environment. `var` reads the present one.
    ///
    /// # Errors
    /// A cached text that holds no keys.
    pub fn changes(&self, values: &Values<'_>, var: impl Fn(&str) -> Option<String>) -> Result<Vec<Change>> {
        let mut changes: Vec<Change> = self.unsets.iter().map(|name| (*name, None)).collect();
        for (name, value) in self.sets {
            let good = AS_GOOD.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, values)| values);
            if var(name).is_some_and(|present| good.contains(&present.as_str())) {
                continue;
            }
            if let Some(value) = value.of(values)? {
                changes.push((name, Some(value)));
            }
        }
        Ok(changes)
    }
}

impl Live {
    /// What tools are told that speak `protocol`.
    #[must_use]
    pub fn of(protocol: Protocol) -> &'static Self {
        match protocol {
            Protocol::Databricks => &DATABRICKS,
            Protocol::ManagedIdentity => &AZURE,
            Protocol::Aws => &AWS,
        }
    }

    /// The same for tools that ask an endpoint.
    ///
    /// # Errors
    /// None that is known: no keys are read.
    pub fn changes(&self, values: &Values<'_>) -> Result<Vec<Change>> {
        let mut changes: Vec<Change> = self.unsets.iter().map(|name| (*name, None)).collect();
        for (name, value) in self.sets {
            changes.extend(value.of(values)?.map(|value| (*name, Some(value))));
        }
        Ok(changes)
    }
}

impl Value {
    /// The names that `--env NAME=WHAT` takes.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("token", Self::Token),
        ("header", Self::Authorization),
        ("type", Self::Type),
        ("expires-on", Self::ExpiresOn),
        ("tenant", Self::Tenant),
    ];

    /// The text, if `values` have it.
    ///
    /// # Errors
    /// A cached text that holds no keys.
    pub fn of(self, values: &Values<'_>) -> Result<Option<Secret>> {
        let token = |text: fn(&Token) -> String| values.token.map(|token| Secret::new(text(token)));
        let keys = |part: fn(Keys) -> Secret| match values.keys {
            Some(token) if token.token_type == TOKEN_TYPE => Keys::from_secret(&token.value).map(part).map(Some),
            _ => Ok(None),
        };
        Ok(match self {
            Self::Token => values.token.map(|token| token.value.clone()),
            Self::Authorization => token(|token| format!("{} {}", token.token_type, token.value.expose())),
            Self::Type => token(|token| token.token_type.clone()),
            Self::ExpiresOn => token(|token| clock::rfc3339(token.expires_at)),
            Self::Tenant => values.token.and_then(|token| token.tenant.as_deref()).map(Secret::from),
            Self::Host => values.host.as_deref().map(Secret::from),
            Self::Fixed(text) => Some(Secret::from(text)),
            Self::AccessKeyId => keys(|keys| Secret::new(keys.access_key_id))?,
            Self::SecretAccessKey => keys(|keys| keys.secret_access_key)?,
            Self::SessionToken => keys(|keys| keys.session_token)?,
            Self::Endpoint => values.client.map(|client| client.url.clone()),
            Self::EndpointSecret => values.client.map(|client| client.secret.clone()),
            Self::KeysExpireOn => values.keys.map(|token| Secret::new(clock::rfc3339(token.expires_at))),
        })
    }
}

/// What keeps tools from asking a proxy for this machine's own address: `requests` of Python would.
#[must_use]
pub fn around_proxies(var: impl Fn(&str) -> Option<String>) -> Vec<Change> {
    const LOCAL: &str = "127.0.0.1";
    if ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].iter().all(|name| var(name).is_none()) {
        return Vec::new();
    }
    let known = var("no_proxy").or_else(|| var("NO_PROXY")).unwrap_or_default();
    if known.split(',').any(|entry| matches!(entry.trim(), LOCAL | "*")) {
        return Vec::new();
    }
    let all = if known.is_empty() { LOCAL.to_owned() } else { format!("{known},{LOCAL}") };
    ["no_proxy", "NO_PROXY"].map(|name| (name, Some(Secret::from(all.as_str())))).into()
}

/// A variable of the user's choice, as `--env` takes it: `NAME` gets the token, `NAME=WHAT` a part of what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// What it gets.
    pub value: Value,
}

impl Chosen {
    /// Reads `NAME` or `NAME=WHAT`.
    ///
    /// # Errors
    /// A name that a shell can't use, or another WHAT: as a sentence.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let (name, what) = text.split_once('=').unwrap_or((text, "token"));
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(plain) {
            return Err("give a variable's name: letters, digits and underscores".to_owned());
        }
        let value = Value::NAMES.iter().find(|(known, _)| *known == what).map(|(_, value)| *value);
        value.map(|value| Self { name: name.to_owned(), value }).ok_or_else(|| {
            let names: Vec<_> = Value::NAMES.iter().map(|(name, _)| *name).collect();
            format!("after = stands what the variable gets: {}", names.join(", "))
        })
    }
}

/// Terraform's providers sign in with an assertion: a token for another purpose would be refused by Entra, which says
/// nothing of the reason.
///
/// # Errors
/// Configuration: the token is for something else. (Sources for the audiences: "Configure an app to trust a managed
/// identity", Microsoft Learn; `api://AzureADTokenExchangeUSGov` and `...China` in the other clouds.)
pub fn check_assertion(audience: &str) -> Result<()> {
    const EXCHANGE: &str = "api://azureadtokenexchange";
    if audience.to_ascii_lowercase().starts_with(EXCHANGE) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "Terraform's Azure providers take no access token, only an assertion to sign in with, and this token is for {audience}"
    ))
    .hint("use a profile for api://AzureADTokenExchange, or let them ask az (a jeton that stands in for it)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::token;

    fn changed(family: &str, values: &Values<'_>, present: &[(&str, &str)]) -> Vec<(&'static str, Option<String>)> {
        let var = |name: &str| present.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let changes = Family::parse(family).unwrap().changes(values, var).unwrap();
        changes.into_iter().map(|(name, value)| (name, value.map(|value| value.expose().to_owned()))).collect()
    }

    #[test]
    fn no_family_unsets_what_it_sets_and_no_two_set_the_same() {
        let mut all: Vec<_> = FAMILIES.iter().flat_map(|family| family.sets).map(|(name, _)| *name).collect();
        for family in FAMILIES {
            assert!(family.sets.iter().all(|(name, _)| !family.unsets.contains(name)), "{}", family.name);
            // One that unsets what another sets would depend on the order.
            assert!(family.unsets.iter().all(|name| !all.contains(name)), "{}", family.name);
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_password_does_not_travel_in_clear_and_a_better_choice_stays() {
        let token = token("t", 0, 3600);
        let values = Values { token: Some(&token), ..Values::default() };
        let mode = |present: &[(&str, &str)]| {
            let changes = changed("psql", &values, present);
            changes.into_iter().find(|(name, _)| *name == "PGSSLMODE").map(|(_, value)| value.unwrap())
        };
        assert_eq!(mode(&[]).as_deref(), Some("require"));
        assert_eq!(mode(&[("PGSSLMODE", "prefer")]).as_deref(), Some("require"));
        assert_eq!(mode(&[("PGSSLMODE", "verify-full")]), None);
    }

    #[test]
    fn keys_are_taken_apart() {
        let keys = Keys {
            access_key_id: "ASIA".into(),
            secret_access_key: Secret::from("s"),
            session_token: Secret::from("x"),
            account_id: None,
        };
        let mut keys_token = token("", 0, 3600);
        keys_token.value = keys.to_secret().unwrap();
        keys_token.token_type = TOKEN_TYPE.into();
        let changes = changed("aws", &Values { keys: Some(&keys_token), ..Values::default() }, &[]);
        let set: Vec<_> = changes.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        assert_eq!(
            set,
            [
                ("AWS_ACCESS_KEY_ID", "ASIA"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_SESSION_TOKEN", "x"),
                ("AWS_CREDENTIAL_EXPIRATION", "1970-01-01T01:00:00Z")
            ]
        );
        assert!(changes.contains(&("AWS_PROFILE", None)));
    }

    #[test]
    fn a_chosen_variable_has_a_name_and_a_part() {
        let chosen = |text: &str| Chosen::parse(text).map(|chosen| (chosen.name, chosen.value));
        assert_eq!(chosen("MY_TOKEN"), Ok(("MY_TOKEN".into(), Value::Token)));
        assert_eq!(chosen("A1=header"), Ok(("A1".into(), Value::Authorization)));
        for bad in ["", "=token", "1A", "A-B", "A=", "A=secret", "A B", "é"] {
            assert!(chosen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_assertion_is_told_from_an_access_token() {
        assert!(check_assertion("api://AzureADTokenExchange/.default").is_ok());
        assert!(check_assertion("api://AzureADTokenExchangeUSGov").is_ok());
        assert!(check_assertion("https://management.azure.com").is_err());
    }
}
