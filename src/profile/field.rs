//! The one list of settings: their names in profiles.json, their flags and their environment variables.

/// A setting that flags, environment and profiles can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Directory (tenant) id or domain.
    Tenant,
    /// Application (client) id.
    ClientId,
    /// A place to read the secret from, never the secret.
    ClientSecret,
    /// Scopes.
    Scopes,
    /// The resource, where no scopes are given.
    Resource,
    /// How the token is got.
    Flow,
    /// National cloud.
    Cloud,
    /// Authority host, where the cloud's is not meant.
    AuthorityHost,
    /// Version of the token endpoint.
    Endpoint,
    /// Role whose keys are wanted.
    AwsRoleArn,
    /// Region of the token service that gives the keys.
    AwsRegion,
    /// Name of the session.
    AwsSessionName,
    /// Life of the keys.
    AwsDuration,
    /// URL of the token service, where the region's is not meant.
    AwsEndpoint,
    /// Whether due tokens are renewed beside the caller.
    Background,
    /// Whether other tools' variables are left out of account.
    IgnoreEnvironment,
}

/// A [`Field`] with all its names.
#[derive(Debug)]
pub struct Spec {
    /// Which one.
    pub field: Field,
    /// In profiles.json.
    pub key: &'static str,
    /// On the command line.
    pub flag: &'static str,
    /// In the environment, the first that is set counts.
    pub env: &'static [&'static str],
    /// What its value looks like, for messages.
    pub form: &'static str,
}

/// All of them, in the order in which they are shown and asked for.
pub const FIELDS: &[Spec] = &[
    Spec {
        field: Field::Tenant,
        key: "tenant",
        flag: "--tenant",
        env: &["JETON_TENANT", "AZURE_TENANT_ID", "ARM_TENANT_ID"],
        form: "a directory (tenant) id or a verified domain",
    },
    Spec {
        field: Field::ClientId,
        key: "client_id",
        flag: "--client-id",
        env: &["JETON_CLIENT_ID", "AZURE_CLIENT_ID", "ARM_CLIENT_ID"],
        form: "an application (client) id",
    },
    Spec {
        field: Field::ClientSecret,
        key: "client_secret",
        flag: "--client-secret-from",
        // These hold the secret itself; the setting is then `env:` and the variable's name.
        env: &["JETON_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"],
        form: "a place to read the secret from (keyring:NAME, env:NAME, file:PATH, command:COMMAND LINE, prompt, stdin)",
    },
    Spec { field: Field::Scopes, key: "scopes", flag: "--scope", env: &["JETON_SCOPE"], form: "a list of scopes" },
    Spec {
        field: Field::Resource,
        key: "resource",
        flag: "--resource",
        env: &["JETON_RESOURCE"],
        form: "an App ID URI, a GUID or a well-known name",
    },
    Spec { field: Field::Flow, key: "flow", flag: "--flow", env: &["JETON_FLOW"], form: "the name of a flow" },
    Spec {
        field: Field::Cloud,
        key: "cloud",
        flag: "--cloud",
        env: &["JETON_CLOUD", "ARM_ENVIRONMENT"],
        form: "the name of a cloud",
    },
    Spec {
        field: Field::AuthorityHost,
        key: "authority_host",
        flag: "--authority-host",
        env: &["JETON_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST"],
        form: "an https:// URL without a path",
    },
    Spec { field: Field::Endpoint, key: "endpoint", flag: "--endpoint", env: &["JETON_ENDPOINT"], form: "v1 or v2" },
    Spec {
        field: Field::AwsRoleArn,
        key: "aws_role_arn",
        flag: "--aws-role-arn",
        env: &["JETON_AWS_ROLE_ARN", "AWS_ROLE_ARN"],
        form: "the ARN of an IAM role",
    },
    Spec {
        field: Field::AwsRegion,
        key: "aws_region",
        flag: "--aws-region",
        env: &["JETON_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
        form: "an AWS region",
    },
    Spec {
        field: Field::AwsSessionName,
        key: "aws_session_name",
        flag: "--aws-session-name",
        env: &["JETON_AWS_SESSION_NAME", "AWS_ROLE_SESSION_NAME"],
        form: "2 to 64 letters, digits or any of _+=,.@-",
    },
    Spec {
        field: Field::AwsDuration,
        key: "aws_duration",
        flag: "--aws-duration",
        env: &["JETON_AWS_DURATION"],
        form: "a length of time from 15m to 12h",
    },
    Spec {
        field: Field::AwsEndpoint,
        key: "aws_endpoint",
        flag: "--aws-endpoint",
        env: &["JETON_AWS_ENDPOINT", "AWS_ENDPOINT_URL_STS"],
        form: "an https:// URL",
    },
    Spec {
        field: Field::Background,
        key: "background",
        flag: "--background",
        env: &["JETON_BACKGROUND"],
        form: "true or false",
    },
    Spec {
        field: Field::IgnoreEnvironment,
        key: "ignore_environment",
        flag: "--ignore-env",
        env: &[],
        form: "true or false",
    },
];

impl Field {
    /// All its names.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        // The table is in the order of the enum; a test holds it to that.
        &FIELDS[self as usize]
    }

    /// Its name in profiles.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.spec().key
    }

    /// What its value looks like.
    #[must_use]
    pub fn form(self) -> &'static str {
        self.spec().form
    }

    /// Its value where nobody says anything else.
    #[must_use]
    pub fn built_in(self) -> Option<&'static str> {
        Some(match self {
            Self::Flow => "client-credentials",
            Self::Cloud => "public",
            Self::Endpoint => "v2",
            Self::AwsSessionName => "jeton",
            Self::AwsDuration => "1h",
            Self::Background => "true",
            Self::IgnoreEnvironment => "false",
            _ => return None,
        })
    }

    /// The field of this name in profiles.json.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        FIELDS.iter().find(|spec| spec.key == key).map(|spec| spec.field)
    }

    pub(super) fn is_list(self) -> bool {
        self == Self::Scopes
    }

    pub(super) fn is_switch(self) -> bool {
        matches!(self, Self::Background | Self::IgnoreEnvironment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, spec) in FIELDS.iter().enumerate() {
            assert_eq!(spec.field as usize, at, "{}", spec.key);
            assert_eq!(Field::of_key(spec.key), Some(spec.field));
        }
    }
}
