//! Arguments that several commands share.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::environment;
use crate::profile::{Field, Flags};

/// Settings that a profile may hold as well.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings (also in a profile)")]
pub(super) struct SettingArgs {
    /// What the token is for: a scope, an App ID URI, a GUID, or one of databricks, arm, graph, keyvault, storage,
    /// devops, aks, sql (repeatable; lists separated by blanks or commas)
    #[arg(short, long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// What the token is for, as the v1 endpoint calls it; on v2 it gets `/.default`
    #[arg(long, value_name = "RESOURCE")]
    resource: Option<String>,
    /// Directory (tenant) id or verified domain
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Application (client) id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Where the client secret is read from: keyring:NAME, env:NAME, file:PATH, command:COMMAND LINE, prompt or stdin
    #[arg(long, value_name = "SOURCE")]
    client_secret_from: Option<String>,
    /// How the token is got: client-credentials
    #[arg(short, long, value_name = "FLOW")]
    flow: Option<String>,
    /// National cloud: public, usgov, china, bleu, delos or govsg
    #[arg(long, value_name = "CLOUD")]
    cloud: Option<String>,
    /// Authority host, where the cloud's is not meant
    #[arg(long, value_name = "URL")]
    authority_host: Option<String>,
    /// Version of the token endpoint: v1 or v2
    #[arg(long, value_name = "VERSION")]
    endpoint: Option<String>,
    /// Leave AZURE_*, ARM_* and AWS_* variables out of account
    #[arg(long)]
    ignore_env: bool,
}

impl SettingArgs {
    /// What was given.
    pub(super) fn flags(&self) -> Flags {
        let mut flags = Flags::default();
        let scopes = self.scopes.join(" ");
        flags.set(Field::Scopes, Some(&scopes));
        flags.set(Field::Resource, self.resource.as_deref());
        flags.set(Field::Tenant, self.tenant.as_deref());
        flags.set(Field::ClientId, self.client_id.as_deref());
        flags.set(Field::ClientSecret, self.client_secret_from.as_deref());
        flags.set(Field::Flow, self.flow.as_deref());
        flags.set(Field::Cloud, self.cloud.as_deref());
        flags.set(Field::AuthorityHost, self.authority_host.as_deref());
        flags.set(Field::Endpoint, self.endpoint.as_deref());
        flags.set(Field::IgnoreEnvironment, self.ignore_env.then_some("true"));
        flags
    }
}

/// Settings for AWS keys that a profile may hold as well.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS settings (also in a profile)")]
pub(super) struct AwsArgs {
    /// IAM role whose keys are wanted (AssumeRoleWithWebIdentity)
    #[arg(long, value_name = "ARN")]
    aws_role_arn: Option<String>,
    /// Region of the token service
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
    /// Name of the session in AWS's logs
    #[arg(long, value_name = "NAME")]
    aws_session_name: Option<String>,
    /// Life of the keys, 15m to 12h
    #[arg(long, value_name = "TIME")]
    aws_duration: Option<String>,
    /// URL of the token service, where the region's is not meant
    #[arg(long, value_name = "URL")]
    aws_endpoint: Option<String>,
}

impl AwsArgs {
    /// Adds what was given.
    pub(super) fn add_to(&self, flags: &mut Flags) {
        flags.set(Field::AwsRoleArn, self.aws_role_arn.as_deref());
        flags.set(Field::AwsRegion, self.aws_region.as_deref());
        flags.set(Field::AwsSessionName, self.aws_session_name.as_deref());
        flags.set(Field::AwsDuration, self.aws_duration.as_deref());
        flags.set(Field::AwsEndpoint, self.aws_endpoint.as_deref());
    }
}

/// How one call is made: never in a profile.
#[derive(Debug, Args)]
pub(super) struct CallArgs {
    /// Profile to use (or JETON_PROFILE)
    #[arg(short, long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Renew first if less than this is left, such as 15m
    #[arg(long, value_name = "TIME", value_parser = environment::parse_duration)]
    pub(super) min_ttl: Option<Duration>,
    /// Do not answer from the cache
    #[arg(long)]
    pub(super) force_refresh: bool,
    /// Bound for all the work of one fetch (or JETON_TIMEOUT; 30s)
    #[arg(long, value_name = "TIME", value_parser = environment::parse_duration)]
    pub(super) timeout: Option<Duration>,
    /// No warnings on stderr
    #[arg(long, conflicts_with = "verbose")]
    pub(super) silent: bool,
    /// Show each step and its time on stderr; never a secret
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// The forms in which `token` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// The token and a line end
    Token,
    /// accessToken, expiresOn, tokenType, scopes, tenant
    Json,
    /// Authorization: Bearer ...
    Header,
    /// Lines for a shell's eval
    Env,
    /// A configuration for curl -K -
    Curl,
}
