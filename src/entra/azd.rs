//! Whatever identity is signed in to the Azure Developer CLI: `azd auth token`, as the Azure SDKs run it
//! (azure-identity, `azd_cli.py`), without a shell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::claims::Claims;
use super::developer_tool::{Tool, plain, settings_dir, stamp};
use super::scope::UserScopes;
use crate::error::Result;
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::token::Token;

const AZD: Tool = Tool {
    name: "azd",
    title: "the Azure Developer CLI",
    from: "https://aka.ms/azd",
    not_signed_in: &["azd auth login", "not logged in", "reauthentication required", "login expired"],
};

/// A token of the Azure Developer CLI.
#[derive(Debug)]
pub struct Azd {
    /// What the token is for.
    audience: UserScopes,
    /// The tenant, if it is not the one that azd takes by itself.
    tenant: Option<String>,
    /// A challenge that the token has to answer.
    claims: Option<Claims>,
}

impl Azd {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are missing, or that can't be handed to another program.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        AZD.refuse_circles()?;
        let (_, cloud) = settings.authority("common")?;
        let tenant = settings.text(Field::Tenant)?;
        tenant.iter().try_for_each(|tenant| plain(tenant, "a tenant", "").map(drop))?;
        let audience = settings.audience()?.for_user(cloud)?;
        audience.scopes.iter().try_for_each(|scope| plain(scope, "a scope", "").map(drop))?;
        let claims = settings.text(Field::Claims)?.map(|text| Claims::parse(&text)).transpose()?;
        Ok(Self { audience, tenant, claims })
    }

    /// The command with which a person signs in.
    fn login(&self) -> String {
        match &self.tenant {
            Some(tenant) => format!("azd auth login --tenant-id {tenant}"),
            None => "azd auth login".to_owned(),
        }
    }
}

impl Flow for Azd {
    fn identity(&self) -> Identity {
        // Who is signed in is in one file, and whether az is asked in its place in the other.
        let file = |name| settings_dir("AZD_CONFIG_DIR", ".azd").map(|dir| dir.join(name));
        let mut other = vec![("signed in", stamp(file("auth.json"))), ("settings", stamp(file("config.json")))];
        other.extend(self.claims.as_ref().map(|claims| ("claims", claims.to_string())));
        Identity {
            provider: "entra",
            flow: "azd",
            authority: AZD.name.to_owned(),
            tenant: self.tenant.clone().unwrap_or_default(),
            scopes: self.audience.scopes.clone(),
            other,
            ..Identity::default()
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let claims = self.claims.as_ref().map(|claims| STANDARD.encode(claims.as_str()));
        let mut args = vec!["auth", "token", "--output", "json", "--no-prompt"];
        args.extend(self.audience.scopes.iter().flat_map(|scope| ["--scope", scope]));
        args.extend(self.tenant.iter().flat_map(|tenant| ["--tenant-id", tenant]));
        args.extend(claims.iter().flat_map(|claims| ["--claims", claims]));
        AZD.read(&AZD.run(&args, call)?, &self.audience, &self.login())
    }
}
