//! Whatever identity is signed in to the Azure CLI: `az account get-access-token`, as the Azure SDKs run it
//! (azure-identity, `azure_cli.py`), without a shell.
//!
//! kubelogin stopped to cache these tokens, because one of a user who had signed out was handed out to the next
//! (Azure/kubelogin#137). Here the file in which `az` keeps who is signed in is a part of the cache key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::claims::Claims;
use super::developer_tool::{Tool, plain, settings_dir, stamp};
use super::scope::UserScopes;
use crate::error::{Error, Kind, Result};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::token::Token;

const AZ: Tool = Tool {
    name: "az",
    title: "the Azure CLI",
    from: "https://aka.ms/azure-cli",
    not_signed_in: &["az login", "az account set"],
};

/// A token of the Azure CLI.
#[derive(Debug)]
pub struct AzureCli {
    /// What the token is for.
    audience: UserScopes,
    /// Tenant or subscription by which the account is found; the current one's without.
    account: Option<(Field, String)>,
    /// A challenge that the token has to answer.
    claims: Option<Claims>,
}

impl AzureCli {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are missing or contradictory, or that can't be handed to another program.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        AZ.refuse_circles()?;
        let (_, cloud) = settings.authority("common")?;
        let mut named = settings.foremost(&[Field::Subscription, Field::Tenant])?;
        if named.len() > 1 {
            return Err(Error::configuration("az takes a tenant or a subscription, not both")
                .hint("leave out --tenant: a subscription is in one tenant"));
        }
        let account = named.pop();
        if let Some((field, value)) = &account {
            plain(value, field.key(), if *field == Field::Subscription { " ()" } else { "" })?;
        }
        let audience = settings.audience()?.for_user(cloud)?;
        audience.scopes.iter().try_for_each(|scope| plain(scope, "a scope", "").map(drop))?;
        let claims = settings.text(Field::Claims)?.map(|text| Claims::parse(&text)).transpose()?;
        Ok(Self { audience, account, claims })
    }

    fn tenant(&self) -> Option<&str> {
        self.account.as_ref().filter(|(field, _)| *field == Field::Tenant).map(|(_, tenant)| tenant.as_str())
    }

    /// The command with which a person signs in.
    fn login(&self) -> String {
        let mut command = "az login".to_owned();
        if let Some(tenant) = self.tenant() {
            command.push_str(&format!(" --tenant {tenant}"));
        }
        format!("{command} --scope {}", self.audience.scopes.join(" "))
    }
}

/// The subscription that az has chosen: the default one in its `azureProfile.json` (`_profile.py`), a file with a byte order
/// mark. `None` where nobody is signed in.
#[must_use]
pub fn current_subscription() -> Option<String> {
    let file = settings_dir("AZURE_CONFIG_DIR", ".azure")?.join("azureProfile.json");
    let text = std::fs::read_to_string(file).ok()?;
    let profile: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let all = profile.get("subscriptions")?.as_array()?;
    let chosen = all.iter().find(|one| one.get("isDefault").and_then(serde_json::Value::as_bool) == Some(true))?;
    chosen.get("id")?.as_str().map(crate::error::clean)
}

impl Flow for AzureCli {
    fn identity(&self) -> Identity {
        let profile = settings_dir("AZURE_CONFIG_DIR", ".azure").map(|dir| dir.join("azureProfile.json"));
        let mut other = vec![("signed in", stamp(profile))];
        if let Some((Field::Subscription, subscription)) = &self.account {
            other.push(("subscription", subscription.clone()));
        }
        other.extend(self.claims.as_ref().map(|claims| ("claims", claims.to_string())));
        Identity {
            provider: "entra",
            flow: "azure-cli",
            authority: AZ.name.to_owned(),
            tenant: self.tenant().unwrap_or_default().to_owned(),
            scopes: self.audience.scopes.clone(),
            other,
            ..Identity::default()
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        if let Some(claims) = &self.claims {
            // The command has no option for it; a new sign-in with the challenge makes az's next token answer it.
            let challenge = STANDARD.encode(claims.as_str());
            return Err(Error::new(Kind::SignIn, "az can't answer a claims challenge without a new sign-in")
                .hint(format!("sign in: {} --claims-challenge {challenge}", self.login())));
        }
        let mut args = vec!["account", "get-access-token", "--output", "json"];
        let whole = [format!("{}/.default", self.audience.resource)];
        if self.audience.scopes == whole {
            // Every version knows this one.
            args.extend(["--resource", &self.audience.resource]);
        } else {
            args.push("--scope");
            args.extend(self.audience.scopes.iter().map(String::as_str));
        }
        match &self.account {
            Some((Field::Subscription, subscription)) => args.extend(["--subscription", subscription]),
            Some((_, tenant)) => args.extend(["--tenant", tenant]),
            None => {}
        }
        AZ.read(&AZ.run(&args, call)?, &self.audience, &self.login())
    }
}
