//! What the stand-ins share: which account answers, who that is, and how a call of theirs ends.

use std::cell::RefCell;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use super::args::CallArgs;
use super::hand_on::hand_on;
use super::output;
use super::road::{Road, folders};
use super::token::MARGIN;
use crate::entra;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::flow;
use crate::profile::{Account, Field, Flags, FlowName, Named, Origin, Settings};
use crate::protocol::Foreign;
use crate::request::TokenRequest;
use crate::sign_in::{SignIns, secret_name};
use crate::token::Token;

/// All the work of a call has to be done in this time where `JETON_TIMEOUT` does not say another: the Azure SDKs end the
/// program after ten seconds.
const TIMEOUT: Duration = Duration::from_secs(9);

/// Why there is no answer.
pub(super) enum Refusal {
    /// In the words of the tool, with its exit code.
    Said(String, u8),
    /// It is the real tool's to answer. Where there is none, this is said.
    HandOn(String, u8),
    /// The same. Where there is none, this is the answer.
    HandOnOr(String),
    /// What went wrong.
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What stands behind an answer or a refusal.
pub(super) type Answered<T> = std::result::Result<T, Refusal>;

/// Ends a call of the stand-in for `tool`. `failure` puts an error into its words.
pub(super) fn end(
    tool: &str,
    arguments: &[OsString],
    answered: Answered<()>,
    failure: impl FnOnce(&Error) -> String,
) -> ExitCode {
    let (text, code) = match answered {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Refusal::HandOn(otherwise, code)) => match hand_on(tool, arguments) {
            Some(code) => return code,
            None => (otherwise, code),
        },
        Err(Refusal::HandOnOr(own)) => match hand_on(tool, arguments) {
            Some(code) => return code,
            None => match output::print(&own) {
                Ok(()) => return ExitCode::SUCCESS,
                Err(error) => (failure(&error), 1),
            },
        },
        Err(Refusal::Said(text, code)) => (text, code),
        Err(Refusal::Error(error)) => (failure(&error), 1),
    };
    output::tell(&text);
    ExitCode::from(code)
}

/// The real tool.
pub(super) struct Tool {
    /// What it is called by.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Where it is to be had.
    pub(super) from: &'static str,
    /// Puts what is wrong with a command line into its words.
    pub(super) usage: fn(&str) -> String,
    /// Its exit code for that.
    pub(super) wrong: u8,
}

impl Tool {
    /// What becomes of a command line that is not answered here.
    pub(super) fn refuse(&self, foreign: Foreign) -> Refusal {
        match foreign {
            Foreign::Command(command) => self.missing(&command),
            Foreign::Unknown(text) => Refusal::HandOn((self.usage)(&text), self.wrong),
            Foreign::Wrong(text) => Refusal::Said((self.usage)(&text), self.wrong),
        }
    }

    /// What is said of a command that is the real tool's, where there is none. (127 is what a shell says of a program that
    /// is not there.)
    fn missing(&self, command: &str) -> Refusal {
        let Self { name, title, from, .. } = self;
        let error =
            Error::new(Kind::Failed, format!("{command} is a command of {title}, which is not on PATH behind jeton"))
                .hint(format!("install it ({from}); jeton stands in for {name} only where it gives tokens"));
        Refusal::HandOn(format!("{error}\n"), 127)
    }
}

/// The error for a jeton that a tool asks which jeton asked.
pub(super) fn circle(tool: &str) -> Error {
    Error::configuration(format!(
        "jeton asked {tool} for a token, and that is jeton again: they would go round in circles"
    ))
    .hint(format!("install the real {tool}, or give the profile another flow than its own"))
}

/// How the call is made.
pub(super) fn call(verbose: bool) -> Result<CallArgs> {
    Ok(CallArgs { timeout: Some(environment::timeout_or(TIMEOUT)?), silent: true, verbose, ..CallArgs::default() })
}

/// What every call says: a program waits, not a person.
pub(super) fn flags() -> Flags {
    let mut flags = Flags::default();
    flags.set_from(Field::Interactive, Some("never"), Origin::Caller("the tool that asks"));
    flags
}

/// Whose answer it is.
pub(super) fn settings(account: Account<'_>) -> Result<Named> {
    let named = Settings::load_account(flags(), account, &folders()?.1)?;
    let Named::Settings(mut settings) = named else { return Ok(named) };
    if account.tenant.is_none() && account.subscription.is_none() {
        return Ok(Named::Settings(settings));
    }
    match settings.flow_name()? {
        // A machine's identity is of one tenant.
        FlowName::ManagedIdentity => {}
        _ => {
            if let Some(tenant) = account.tenant {
                settings.add(Field::Tenant, tenant, Origin::Caller("the tool's tenant"));
            }
            // One that is asked for by the profile's name is the profile's own.
            let same = |known: &str, asked: &str| known.eq_ignore_ascii_case(asked);
            let known = settings.subscription()?;
            if let Some(subscription) = account.subscription
                && !known.is_some_and(|known| same(&known, subscription))
                && !settings.profile().is_some_and(|profile| same(&profile.name, subscription))
            {
                settings.add(Field::Subscription, subscription, Origin::Caller("the tool's subscription"));
            }
        }
    }
    Ok(Named::Settings(settings))
}

/// The error where nobody is set up.
pub(super) fn nobody(tool: &str) -> Error {
    Error::new(Kind::SignIn, "there is no profile, and the environment names no client and no flow")
        .hint(format!("run: jeton profile create {tool} --tenant TENANT, then: jeton login -p {tool}"))
}

/// Who an account is, for those that show it.
#[derive(Debug, Clone)]
pub(super) struct Whose {
    /// A person, not an app.
    pub(super) is_user: bool,
    /// The user's name, or the client id; empty for a managed identity of the machine.
    pub(super) name: String,
    /// Tenant id; a domain where the id is not to be had.
    pub(super) tenant: String,
    /// Which managed identity it is, in az's words.
    pub(super) managed_identity: Option<String>,
    /// Where a token was needed to find that out: its end, in seconds since 1970, UTC.
    pub(super) expires_at: Option<u64>,
}

impl Whose {
    /// By the settings and by what is kept of the sign-in; by a token only where neither tells, or where `prove` asks for one;
    /// `settings` say what that is for.
    pub(super) fn find(call: &CallArgs, settings: Settings, prove: bool) -> Result<Self> {
        need_entra(&settings)?;
        let flow = settings.flow_name()?;
        let tenant = settings.text(Field::Tenant)?.unwrap_or_default();
        let client = settings.text(Field::ClientId)?.unwrap_or_default();
        let managed_identity = match flow {
            FlowName::ManagedIdentity => Some(managed_identity(&settings)?),
            _ => None,
        };
        let name = match flow {
            FlowName::ManagedIdentity => Some(client.clone()),
            FlowName::Password => settings.text(Field::Username)?,
            flow if flow.keeps_a_sign_in() => Some(signed_in(&settings)?),
            FlowName::Auto | FlowName::Azd | FlowName::AzureCli => None,
            _ => Some(client.clone()).filter(|client| !client.is_empty()),
        };
        let known = Self {
            is_user: flow.is_for_users(),
            name: name.clone().unwrap_or_default(),
            tenant: tenant.clone(),
            managed_identity,
            expires_at: None,
        };
        if name.is_some() && is_id(&tenant) && !prove {
            return Ok(known);
        }
        let token = match fetch(call, settings) {
            Ok(token) => token,
            // The domain does as well.
            Err(_) if name.is_some() && !tenant.is_empty() && !prove => return Ok(known),
            Err(error) => return Err(error),
        };
        let user = entra::account_of(&token.value).or_else(|| token.account.clone());
        let is_user = if flow == FlowName::Auto { user.is_some() } else { known.is_user };
        let told = if is_user { user } else { entra::client_of(&token.value) };
        Ok(Self {
            is_user,
            name: name.filter(|name| !name.is_empty()).or(told).unwrap_or_default(),
            tenant: tenant_id(&token, &tenant),
            expires_at: Some(token.expires_at),
            ..known
        })
    }
}

/// Refuses settings whose tokens are Databricks' own. To be called once it is said what a token is for: that may decide it.
pub(super) fn need_entra(settings: &Settings) -> Result<()> {
    if !settings.flow_name()?.is_databricks() {
        return Ok(());
    }
    let whose =
        settings.profile().map_or("the environment".to_owned(), |profile| format!("the profile {:?}", profile.name));
    Err(Error::configuration(format!("{whose} gives Databricks' own tokens, and none of Entra"))
        .hint("name another profile: set JETON_PROFILE"))
}

/// The road to a token of Entra, and what is asked for on it.
pub(super) fn road(call: &CallArgs, settings: Settings) -> Result<(Road<'_>, TokenRequest)> {
    need_entra(&settings)?;
    let road = Road::with(call, settings)?;
    let request = road.wanted(MARGIN)?;
    Ok((road, request))
}

/// A token by the road that all take.
fn fetch(call: &CallArgs, settings: Settings) -> Result<Token> {
    let (road, request) = road(call, settings)?;
    let kept = RefCell::new(None);
    road.travel(
        &request,
        |token| {
            kept.replace(Some(token.clone()));
            Ok(String::new())
        },
        |_| Ok(()),
    )?;
    // (A process that renews hands nothing out.)
    kept.into_inner().ok_or_else(|| Error::new(Kind::Failed, "a renewal shows nothing"))
}

/// The user whose refresh token is kept.
fn signed_in(settings: &Settings) -> Result<String> {
    let sign_ins = SignIns::new(settings);
    let who = flow::of(settings)?.flow.identity().who();
    match sign_ins.vault()?.label(&secret_name(&who)?) {
        Some((label, _)) => Ok(label.account),
        None => {
            Err(Error::new(Kind::SignIn, "a person has to sign in").hint(format!("run: {}", sign_ins.login_command())))
        }
    }
}

/// az's `assignedIdentityInfo` (`_profile.py`, `MsiAccountTypes`).
fn managed_identity(settings: &Settings) -> Result<String> {
    for (field, kind) in [
        (Field::ClientId, "MSIClient"),
        (Field::IdentityObjectId, "MSIObject"),
        (Field::IdentityResourceId, "MSIResource"),
    ] {
        if let Some(id) = settings.text(field)? {
            return Ok(format!("{kind}-{id}"));
        }
    }
    Ok("MSI".to_owned())
}

/// The tenant's id: as it was named, as the token has it, or the name.
pub(super) fn tenant_id(token: &Token, named: &str) -> String {
    let known = token.tenant.as_deref().unwrap_or(named);
    if is_id(known) {
        return known.to_owned();
    }
    entra::tenant_of(&token.value).unwrap_or_else(|| known.to_owned())
}

/// Whether `tenant` is an id, not a domain or `common`.
fn is_id(tenant: &str) -> bool {
    let digits = tenant.bytes().filter(|b| b.is_ascii_hexdigit()).count();
    let dashes = tenant.bytes().filter(|b| *b == b'-').count();
    (tenant.len(), digits, dashes) == (36, 32, 4)
}
