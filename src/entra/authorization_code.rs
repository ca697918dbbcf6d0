//! A user's token for a web app of one's own, which proves itself with its secret besides PKCE. Its redirect URI is the
//! one that it is registered with: where that is not on this machine, the person pastes the address in which the answer
//! stands.

use super::authorization::Authorization;
use super::user::UserApp;
use crate::error::Result;
use crate::interact::Means;
use crate::profile::Settings;
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::sign_in::{self, NotRenewed, SignedIn, UserFlow};
use crate::token::Token;

/// The flow `authorization-code`.
#[derive(Debug)]
pub struct AuthorizationCode(Authorization);

impl AuthorizationCode {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are unknown or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Flow>> {
        Ok(Box::new(Self(Authorization::of(UserApp::of(settings)?, settings)?)))
    }
}

impl Flow for AuthorizationCode {
    fn identity(&self) -> Identity {
        self.0.app.identity("authorization-code")
    }

    fn is_unattended(&self) -> bool {
        self.0.app.credential.as_ref().is_none_or(|credential| credential.is_unattended())
    }

    fn asks_a_person(&self) -> bool {
        true
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        sign_in::fetch(self, call)
    }
}

impl UserFlow for AuthorizationCode {
    fn sign_in(&self) -> Identity {
        self.0.app.sign_in()
    }

    fn means(&self) -> Means {
        self.0.redirect.means()
    }

    fn asking(&self) -> &'static str {
        "asks somebody to sign in in a browser"
    }

    fn renew(&self, call: &FlowCall<'_>, refresh_token: &Secret) -> std::result::Result<SignedIn, NotRenewed> {
        self.0.app.renew(call, refresh_token)
    }

    fn ask(&self, call: &FlowCall<'_>) -> Result<SignedIn> {
        self.0.ask(call)
    }
}
