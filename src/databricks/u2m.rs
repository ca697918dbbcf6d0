//! A user's token of Databricks: a browser, PKCE, and a refresh token that may be good once (databricks-sdk-go
//! `credentials/u2m/persistent_auth.go`).

use std::ops::RangeInclusive;

use super::endpoints::Endpoints;
use super::grant::{Issued, Refused, TokenRequest};
use super::refusal::Refusal;
use super::site::{self, Site};
use crate::clock::Deadline;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::http::{self, Repeat};
use crate::interact::{Means, RedirectSettings};
use crate::oauth::{self, Answer, Pkce, State};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::sign_in::{self, NotRenewed, SignedIn, UserFlow};
use crate::token::Token;

/// The public app of Databricks' own CLI, which every workspace and account knows.
const CLIENT_ID: &str = "databricks-cli";

/// The redirect URIs that it is registered with: `http://localhost:8020` and the ports after it.
const PORTS: RangeInclusive<u16> = 8020..=8040;

/// Asks for a refresh token (OpenID Connect Core section 11).
const OFFLINE: &str = "offline_access";

/// The flow `databricks-u2m`.
#[derive(Debug)]
pub struct U2m {
    site: Site,
    client_id: String,
    scopes: Vec<String>,
    redirect: RedirectSettings,
}

impl U2m {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are missing or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        let mut settings = settings.clone();
        const PORT: &str = "DATABRICKS_OAUTH_CALLBACK_PORT";
        if settings.text(Field::RedirectPort)?.is_none()
            && let Some(port) = settings.foreign(PORT)?
        {
            settings.add(Field::RedirectPort, &port, crate::profile::Origin::Environment(PORT));
        }
        Ok(Self {
            site: Site::of(&settings)?,
            client_id: settings.text(Field::DatabricksClientId)?.unwrap_or_else(|| CLIENT_ID.to_owned()),
            scopes: site::scopes(&settings)?,
            redirect: RedirectSettings::of(&settings)?.among(PORTS),
        })
    }

    fn scope(&self) -> String {
        format!("{OFFLINE} {}", self.scopes.join(" "))
    }

    fn url(&self, authorize: &str, redirect_uri: &str, state: &State, pkce: &Pkce) -> String {
        http::with_query(
            authorize,
            &[
                ("client_id", &self.client_id),
                ("response_type", "code"),
                ("redirect_uri", redirect_uri),
                ("scope", &self.scope()),
                ("state", state.as_str()),
                ("code_challenge", pkce.challenge()),
                ("code_challenge_method", oauth::PKCE_METHOD),
            ],
        )
    }

    /// Gets the token for the code, which is good once.
    fn redeem(&self, call: &FlowCall<'_>, at: &Endpoints, code: &Secret, uri: &str, pkce: &Pkce) -> Result<Issued> {
        // The person has answered; what is left of their time does not matter any more.
        let limit = environment::timeout()?;
        let call = FlowCall { deadline: Deadline::after(limit), limit, ..*call };
        let request = TokenRequest {
            site: &self.site,
            form: vec![
                ("grant_type", "authorization_code"),
                ("client_id", &self.client_id),
                ("code", code.expose()),
                ("redirect_uri", uri),
                ("code_verifier", pkce.verifier().expose()),
            ],
            basic: None,
            repeat: Repeat::Never,
            scopes: &self.scopes,
        };
        Ok(request.send_to(&call, at)?)
    }

    /// The error that the browser brought.
    fn refused(&self, call: &FlowCall<'_>, error: String, description: String) -> Error {
        let kind = if error == "access_denied" { Kind::SignIn } else { Kind::Refused };
        let said = Refusal { code: error, message: description, ..Refusal::default() }.said();
        Error::new(kind, format!("Databricks did not let the user sign in ({said})"))
            .hint(format!(
                "check that the user is in this workspace or account, then run: {}",
                call.sign_ins.login_command()
            ))
            .detail("host", self.site.host.origin())
    }
}

impl From<Issued> for SignedIn {
    fn from(issued: Issued) -> Self {
        Self { token: issued.token, refresh_token: issued.refresh_token }
    }
}

impl Flow for U2m {
    fn identity(&self) -> Identity {
        // (It tells sign-ins apart.)
        let credential =
            if self.scopes == ["all-apis"] { String::new() } else { format!("scopes:{}", self.scopes.join(" ")) };
        Identity { client: self.client_id.clone(), credential, ..self.site.identity("databricks-u2m", &self.scopes) }
    }

    fn asks_a_person(&self) -> bool {
        true
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        sign_in::fetch(self, call)
    }
}

impl UserFlow for U2m {
    /// A refresh token of Databricks is good for the scopes that were asked for at the sign-in.
    fn sign_in(&self) -> Identity {
        self.identity()
    }

    fn means(&self) -> Means {
        self.redirect.means()
    }

    fn asking(&self) -> &'static str {
        "asks somebody to sign in to Databricks in a browser"
    }

    fn renew(&self, call: &FlowCall<'_>, refresh_token: &Secret) -> std::result::Result<SignedIn, NotRenewed> {
        let request = TokenRequest {
            site: &self.site,
            form: vec![
                ("grant_type", "refresh_token"),
                ("client_id", &self.client_id),
                ("refresh_token", refresh_token.expose()),
            ],
            basic: None,
            // One that is used twice may be taken for stolen, and the whole sign-in with it.
            repeat: Repeat::Never,
            scopes: &self.scopes,
        };
        request.send(call).map(SignedIn::from).map_err(|Refused { error, refusal }| match refusal {
            _ if error.kind == Kind::Network => NotRenewed::Failed(error),
            Some(refusal) if is_dead(&refusal) => NotRenewed::Dead(Error { kind: Kind::SignIn, ..error }),
            _ => NotRenewed::Failed(error),
        })
    }

    fn ask(&self, call: &FlowCall<'_>) -> Result<SignedIn> {
        let endpoints = Endpoints::find(call, &self.site)?;
        let redirect = self.redirect.open()?;
        let uri = redirect.uri().to_owned();
        let (state, pkce) = (State::new()?, Pkce::new()?);
        let url = self.url(&endpoints.authorize, &uri, &state, &pkce);
        call.sign_ins.disturb();
        let (answer, reply) = redirect.answer(call, &url, state)?;
        let issued = match answer {
            Answer::Code(code) => self.redeem(call, &endpoints, &code, &uri, &pkce),
            Answer::Error { error, description, .. } => Err(self.refused(call, error, description)),
            Answer::Nothing => Err(Error::new(Kind::Failed, "the browser came back with neither a code nor an error")
                .hint(format!("run: {}", call.sign_ins.login_command()))),
        };
        // The page tells the truth, so it has to wait for it.
        if let Some(reply) = reply {
            reply.finish(issued.is_ok());
        }
        issued.map(SignedIn::from)
    }
}

/// Whether the refresh token is no good any more. (The CLI goes by the text: `u2m/error.go`.)
fn is_dead(refusal: &Refusal) -> bool {
    refusal.code == "invalid_grant" || refusal.message.eq_ignore_ascii_case("refresh token is invalid")
}
