//! Sign-ins of people: what lasts of them (a refresh token, sealed), and the one road from it to a token.
//!
//! A sign-in belongs to a user of an app at an authority, not to a scope: Entra's refresh tokens are good for any
//! resource the app may ask for. So all the tokens of a user share one, and of N processes that need it renewed or made,
//! one does that: under the sign-in's lock, which is taken after the token's.
//!
//! A rotated refresh token is on disk before anyone sees the access token that came with it. It is removed only when
//! the provider says that it is dead, never for lack of network, and trouble with the network never turns into a prompt.

mod memory;
mod out;
mod policy;
mod road;

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment;
use crate::error::{Error, Result};
use crate::interact::{Interactive, Means};
use crate::lock::{Lock, TryLock};
use crate::profile::{Field, Settings};
use crate::request::{CacheKey, Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::token::Token;
use crate::vault::{SecretName, StoreKind, Vault};
use crate::who::Who;

pub use out::SignedOut;
pub use policy::Policy;
pub use road::fetch;

/// What a sign-in or its renewal yields.
#[derive(Debug)]
pub struct SignedIn {
    /// The access token.
    pub token: Token,
    /// What renews the sign-in from now on; `None` leaves the one before in its place.
    pub refresh_token: Option<Secret>,
}

/// How a renewal ended without a token.
#[derive(Debug)]
pub enum NotRenewed {
    /// The refresh token is dead: revoked, expired, or unknown. Only signing in again helps.
    Dead(Error),
    /// The refresh token lives, but for this request the provider wants to see the user (MFA, consent, a policy).
    WantsUser(Error),
    /// Anything else: the network, a wrong setting. Asking a person would not help.
    Failed(Error),
}

/// A flow in which a person signs in, or did so once.
pub trait UserFlow: Flow {
    /// What tells this sign-in from others: provider, authority, tenant, client and (expected) user; no scopes.
    fn sign_in(&self) -> Identity;

    /// A mark of what the sign-in is tried with, without giving it away: a failure with something else does not count.
    fn tried_with(&self) -> String {
        String::new()
    }

    /// Who or what has to be there for [`UserFlow::ask`].
    fn means(&self) -> Means;

    /// How the person is asked, for those that wait: the end of "process 7 ".
    fn asking(&self) -> &'static str;

    /// Gets a token for a refresh token.
    ///
    /// # Errors
    /// How it failed, as a decision.
    fn renew(&self, call: &FlowCall<'_>, refresh_token: &Secret) -> std::result::Result<SignedIn, NotRenewed>;

    /// Has the person sign in. `call` has the time that a person gets.
    ///
    /// # Errors
    /// What the provider or the person said, or that nobody did anything in time.
    fn ask(&self, call: &FlowCall<'_>) -> Result<SignedIn>;
}

/// Where sign-ins are kept, and by which rules people are asked. It reads nothing before a flow asks for something.
#[derive(Debug)]
pub struct SignIns<'a> {
    settings: &'a Settings,
    asking: Asking,
    /// Whether somebody was asked and signed in.
    asked: Cell<bool>,
    /// A person was shown something.
    disturbed: Cell<bool>,
}

/// Who decides whether a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// The settings.
    AsSet,
    /// `jeton login`: ask, whatever there is.
    Always,
    /// `jeton refresh`: ask nobody.
    Never,
}

impl<'a> SignIns<'a> {
    /// Those that `settings` mean.
    #[must_use]
    pub fn new(settings: &'a Settings) -> Self {
        Self { settings, asking: Asking::AsSet, asked: Cell::new(false), disturbed: Cell::new(false) }
    }

    /// The same for a person who wants to sign in now, whatever there is.
    #[must_use]
    pub fn forced(settings: &'a Settings) -> Self {
        Self { asking: Asking::Always, ..Self::new(settings) }
    }

    /// The same where nobody is to be asked, whatever the settings say.
    #[must_use]
    pub fn quiet(settings: &'a Settings) -> Self {
        Self { asking: Asking::Never, ..Self::new(settings) }
    }

    /// Whether somebody was asked and signed in since this was last asked: it may be another user than before.
    #[must_use]
    pub fn take_asked(&self) -> bool {
        self.asked.take()
    }

    /// How long a person has for signing in.
    ///
    /// # Errors
    /// A value that is no duration.
    pub fn timeout(&self) -> Result<Duration> {
        let text = self.settings.text(Field::SignInTimeout)?.unwrap_or_default();
        environment::parse_duration(&text)
            .map_err(|why| Error::configuration(format!("{text:?} is not a length of time")).hint(why))
    }

    /// A person is about to be disturbed: from here on any failure counts as a prompt that came to nothing.
    pub(crate) fn disturb(&self) {
        self.disturbed.set(true);
    }

    /// The command that signs in, to be shown.
    pub(crate) fn login_command(&self) -> String {
        self.settings.login_command()
    }

    /// Where long-lived secrets are.
    pub(crate) fn vault(&self) -> Result<Vault> {
        let choice = self.settings.text(Field::SecretStore)?.map(|kind| StoreKind::parse(&kind)).transpose()?;
        let vault = Vault::open(environment::data_dir()?, choice);
        // Unlocking the keyring is a question, too.
        let interactive = Interactive::parse(&self.settings.text(Field::Interactive)?.unwrap_or_default())?;
        Ok(if interactive == Interactive::Never { vault.may_prompt(false) } else { vault })
    }

    fn dir() -> Result<PathBuf> {
        Ok(environment::data_dir()?.join("sign-ins"))
    }

    fn lock_path(key: &CacheKey) -> Result<PathBuf> {
        Ok(Self::dir()?.join(format!("{}.lock", key.as_str())))
    }

    fn try_lock(key: &CacheKey) -> Result<TryLock> {
        Ok(Lock::attempt(&Self::lock_path(key)?))
    }
}

/// What a refresh token is called in its label.
pub(crate) const REFRESH_TOKEN: &str = "refresh token";

/// The name of a sign-in's refresh token in the vault.
///
/// # Errors
/// None that is known: 64 hexadecimal digits are a name.
pub fn secret_name(sign_in: &Who) -> Result<SecretName> {
    SecretName::new(sign_in.key().as_str())
}
