//! `jeton login`: a person signs in, whatever there is already; of an app, the credential is proved.

use clap::Args;

use super::args::{SettingArgs, SignInCallArgs};
use super::output;
use super::road::{Asking, Road};
use super::token::MARGIN;
use crate::clock;
use crate::error::Result;
use crate::request::Identity;
use crate::sign_in::secret_name;
use crate::token::Token;
use crate::vault::{StoreKind, Vault};

#[derive(Debug, Args)]
pub(super) struct LoginArgs {
    #[command(flatten)]
    call: SignInCallArgs,
    /// Print who signed in as a JSON object; no token is in it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingArgs,
}

impl LoginArgs {
    pub(super) fn run(self) -> Result<()> {
        let call = self.call.fresh();
        let mut road = Road::open(&call, self.settings.flags(), false)?.asking(Asking::Always);
        road.default_audience()?;
        let account = Account::of(&road)?;
        let request = road.wanted(MARGIN)?;
        let mut told = String::new();
        road.travel(
            &request,
            |token| {
                told = account.signed_in(token)?;
                if self.json { account.json(token) } else { Ok(String::new()) }
            },
            output::print,
        )?;
        if !self.call.silent {
            output::note(&told);
        }
        Ok(())
    }
}

/// Whose token was got, for those who are told.
#[derive(Debug)]
pub(super) struct Account {
    profile: Option<String>,
    identity: Identity,
}

impl Account {
    pub(super) fn of(road: &Road<'_>) -> Result<Self> {
        let profile = road.settings.profile().map(|profile| profile.name.clone());
        Ok(Self { profile, identity: road.wanted(MARGIN)?.flow.identity() })
    }

    /// Where the refresh token is.
    fn kept(&self) -> Result<Option<StoreKind>> {
        let who = self.identity.who();
        if !who.is_user() {
            return Ok(None);
        }
        Ok(Vault::from_environment()?.label(&secret_name(&who)?).map(|(_, kind)| kind))
    }

    fn tenant<'a>(&'a self, token: &'a Token) -> &'a str {
        token.tenant.as_deref().unwrap_or(&self.identity.tenant)
    }

    /// The line that says so after a sign-in.
    fn signed_in(&self, token: &Token) -> Result<String> {
        // Databricks has no tenants; there the place of the sign-in says where.
        let at = match self.tenant(token) {
            "" => self.identity.authority.clone(),
            tenant => format!("tenant {tenant}"),
        };
        let until = until(token);
        if !self.identity.who().is_user() {
            let who = match &token.account {
                Some(account) => format!("as {account}"),
                None if self.identity.client.is_empty() => "as an app".to_owned(),
                None => format!("as the app {}", self.identity.client),
            };
            return Ok(format!(
                "signed in {who} ({at}, flow {}): the credential works; the token expires {until}",
                self.identity.flow
            ));
        }
        let account = token.account.as_deref().unwrap_or("a user whose name is not told");
        Ok(match self.kept()? {
            Some(kind) => {
                format!("signed in as {account} ({at}); the sign-in is kept in {}", place(kind))
            }
            None => format!(
                "signed in as {account} ({at}); no refresh token is kept, so the sign-in ends with its token, {until}"
            ),
        })
    }

    /// Metadata of the token and its owner: never the token.
    pub(super) fn json(&self, token: &Token) -> Result<String> {
        Ok(output::json(&serde_json::json!({
            "profile": self.profile,
            "flow": self.identity.flow,
            "account": token.account,
            "tenant": self.tenant(token),
            "client_id": self.identity.client,
            "authority": self.identity.authority,
            "scopes": token.scopes,
            "expires_at": clock::rfc3339(token.expires_at),
            "refresh_token": self.kept()?.map(StoreKind::name),
        })))
    }
}

/// When a token dies, in words and as a time.
pub(super) fn until(token: &Token) -> String {
    format!("{} ({})", clock::in_words(token.expires_at, clock::now()), clock::rfc3339(token.expires_at))
}

/// What people call the place of a secret.
pub(super) fn place(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Keyring => "the keyring",
        StoreKind::File => "a file that only you can read",
        StoreKind::Kernel => "the kernel's memory, until the next restart",
    }
}
