//! `az`, the Azure CLI, as far as SDKs and scripts ask it for tokens: `account get-access-token`, `account show`, `version`.
//!
//! Source: azure-cli 2.91.0, `azure/cli/command_modules/profile/custom.py`, `azure/cli/core/_profile.py` and
//! `azure/cli/core/parser.py`; knack 0.13, `output.py` and `query.py`.

mod cloud;
mod config;
mod data;
mod failure;
mod query;
mod render;
mod request;
mod scalar;

pub use cloud::{CloudEndpoints, endpoints};
pub use config::output_in;
pub use data::Data;
pub use failure::{LOGIN, failure, usage};
pub use query::Query;
pub use render::{Form, render};
pub use request::{Account, Call, Command, parse};

use crate::clock;
use crate::token::Token;

/// The release whose answers these are.
pub const RELEASE: &str = "2.91.0";

/// What `account get-access-token` answers, in the order in which az makes it.
#[must_use]
pub fn token(token: &Token, tenant: &str, subscription: Option<&str>) -> Data {
    let (wall_clock, _) = clock::local(token.expires_at);
    let mut fields = vec![
        ("tokenType", Data::text(&token.token_type)),
        ("accessToken", Data::text(token.value.expose())),
        ("expires_on", Data::Number(token.expires_at)),
        // A whole second has six digits behind it, too (`strftime("%Y-%m-%d %H:%M:%S.%f")`).
        ("expiresOn", Data::text(&format!("{wall_clock}.000000"))),
        ("tenant", Data::text(tenant)),
    ];
    fields.extend(subscription.map(|id| ("subscription", Data::text(id))));
    Data::object(fields)
}

/// An account as `account show` tells it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The cloud, in az's words.
    pub cloud: &'a str,
    /// Subscription, or the tenant where there is none (an account "at tenant level").
    pub id: &'a str,
    /// The subscription's name.
    pub name: &'a str,
    /// Tenant id.
    pub tenant: &'a str,
    /// `user`, or `servicePrincipal`.
    pub kind: &'a str,
    /// Who: a user's name, a client id, `systemAssignedIdentity` or `userAssignedIdentity`.
    pub user: &'a str,
    /// Which managed identity it is, in az's words.
    pub managed_identity: Option<&'a str>,
}

/// The name of an account without a subscription (`_profile.py`, `_build_tenant_level_accounts`).
pub const TENANT_LEVEL: &str = "N/A(tenant level account)";

/// What `account show` answers.
#[must_use]
pub fn account(shown: &Shown<'_>) -> Data {
    let mut user = vec![("name", Data::text(shown.user)), ("type", Data::text(shown.kind))];
    user.extend(shown.managed_identity.map(|identity| ("assignedIdentityInfo", Data::text(identity))));
    user.sort_by_key(|(name, _)| *name);
    Data::object([
        ("environmentName", Data::text(shown.cloud)),
        ("homeTenantId", Data::text(shown.tenant)),
        ("id", Data::text(shown.id)),
        ("isDefault", Data::Bool(true)),
        ("managedByTenants", Data::List(Vec::new())),
        ("name", Data::text(shown.name)),
        ("state", Data::text("Enabled")),
        ("tenantId", Data::text(shown.tenant)),
        ("user", Data::object(user)),
    ])
}

/// What `version` answers.
#[must_use]
pub fn version() -> Data {
    Data::object([
        ("azure-cli", Data::text(RELEASE)),
        ("azure-cli-core", Data::text(RELEASE)),
        ("azure-cli-telemetry", Data::text("1.1.0")),
        ("extensions", Data::object([])),
    ])
}

/// What `--version` answers.
#[must_use]
pub fn long_version() -> String {
    format!("azure-cli{RELEASE:>31}\n\ncore{RELEASE:>36}\ntelemetry{:>31}\n", "1.1.0")
}
