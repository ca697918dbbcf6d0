//! A user's token by way of a browser on this machine (RFC 8252): a public app, which has no secret; the code that comes
//! back is proved by PKCE alone.

use super::authorization::Authorization;
use super::user::UserApp;
use crate::error::Result;
use crate::interact::Means;
use crate::profile::Settings;
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::sign_in::{self, NotRenewed, SignedIn, UserFlow};
use crate::token::Token;

/// The flow `interactive-browser`.
#[derive(Debug)]
pub struct InteractiveBrowser(Authorization);

impl InteractiveBrowser {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are unknown or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Flow>> {
        // A secret in the environment is another app's: Entra refuses a public one that shows any (AADSTS700025).
        let app = UserApp { credential: None, ..UserApp::of(settings)? };
        Ok(Box::new(Self(Authorization::of(app, settings)?)))
    }
}

impl Flow for InteractiveBrowser {
    fn identity(&self) -> Identity {
        self.0.app.identity("interactive-browser")
    }

    fn asks_a_person(&self) -> bool {
        true
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        sign_in::fetch(self, call)
    }
}

impl UserFlow for InteractiveBrowser {
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
