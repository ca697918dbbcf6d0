//! The authorization code grant with PKCE, for all flows in which a user signs in in a browser (RFC 6749 section 4.1,
//! RFC 7636, "Microsoft identity platform and OAuth 2.0 authorization code flow").

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::advice;
use super::authority::Endpoint;
use super::grant::{About, Granted, Refusal};
use super::user::UserApp;
use crate::clock::Deadline;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::http::{self, Repeat};
use crate::interact::RedirectSettings;
use crate::jwt::Jwt;
use crate::oauth::{self, Answer, Pkce, State};
use crate::profile::{Field, Settings};
use crate::request::FlowCall;
use crate::secret::Secret;
use crate::sign_in::SignedIn;

/// An app that users sign in to in a browser.
#[derive(Debug)]
pub(super) struct Authorization {
    pub(super) app: UserApp,
    pub(super) redirect: RedirectSettings,
    prompt: Option<String>,
    domain_hint: Option<String>,
}

/// What one request has that no other has.
#[derive(Debug)]
struct Once {
    state: State,
    /// Comes back in the id token.
    nonce: String,
    pkce: Pkce,
}

impl Once {
    fn new() -> Result<Self> {
        let nonce = URL_SAFE_NO_PAD.encode(http::random_bytes::<16>()?);
        Ok(Self { state: State::new()?, nonce, pkce: Pkce::new()? })
    }
}

impl Authorization {
    pub(super) fn of(app: UserApp, settings: &Settings) -> Result<Self> {
        Ok(Self {
            app,
            redirect: RedirectSettings::of(settings)?,
            prompt: settings.text(Field::Prompt)?.map(|prompt| prompt.to_ascii_lowercase()),
            domain_hint: settings.text(Field::DomainHint)?,
        })
    }

    /// Has somebody sign in.
    pub(super) fn ask(&self, call: &FlowCall<'_>) -> Result<SignedIn> {
        let redirect = self.redirect.open()?;
        let uri = redirect.uri().to_owned();
        let once = Once::new()?;
        let url = self.url(&uri, &once);
        let Once { state, nonce, pkce } = once;
        call.sign_ins.disturb();
        let (answer, reply) = redirect.answer(call, &url, state)?;
        call.log.step(|| "sign-in: the browser came back".into());
        let signed_in = match answer {
            Answer::Code(code) => self.redeem(call, &code, &uri, &pkce, &nonce),
            Answer::Error { error, description, suberror } => Err(self.refused(call, error, description, suberror)),
            Answer::Nothing => Err(Error::new(Kind::Failed, "the browser came back with neither a code nor an error")
                .hint(format!("run: {}", call.sign_ins.login_command()))),
        };
        // The page tells the truth, so it has to wait for it.
        if let Some(reply) = reply {
            reply.finish(signed_in.is_ok());
        }
        let signed_in = signed_in?;
        self.app.compare_account(call, &signed_in);
        Ok(signed_in)
    }

    fn url(&self, redirect_uri: &str, once: &Once) -> String {
        let (audience, value) = self.app.audience_parameter();
        let mut query = vec![
            ("client_id", self.app.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("response_mode", self.redirect.response_mode()),
            (audience, &value),
            ("state", once.state.as_str()),
            ("nonce", &once.nonce),
            ("code_challenge", once.pkce.challenge()),
            ("code_challenge_method", oauth::PKCE_METHOD),
            ("client_info", "1"),
        ];
        query.extend(self.prompt.as_deref().map(|prompt| ("prompt", prompt)));
        query.extend(self.app.login_hint.as_deref().map(|user| ("login_hint", user)));
        query.extend(self.domain_hint.as_deref().map(|domain| ("domain_hint", domain)));
        query.extend(self.app.claims.as_ref().map(|claims| ("claims", claims.as_str())));
        format!("{}?{}", self.app.authority.authorize_url(self.app.endpoint), *http::encode(&query))
    }

    /// Gets the token for the code, which is good once.
    fn redeem(&self, call: &FlowCall<'_>, code: &Secret, uri: &str, pkce: &Pkce, nonce: &str) -> Result<SignedIn> {
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", uri),
            ("code_verifier", pkce.verifier().expose()),
        ];
        // The person has answered; what is left of their time does not matter any more.
        let limit = environment::timeout()?;
        let call = FlowCall { deadline: Deadline::after(limit), limit, ..*call };
        let check = |granted: &Granted| self.check_nonce(granted, nonce);
        Ok(self.app.request_checked(&call, &grant, Repeat::Never, check)?)
    }

    /// The id token has to be the one for this request (OpenID Connect Core section 3.1.3.7, step 11). v1 may leave it,
    /// or its nonce, out.
    fn check_nonce(&self, granted: &Granted, nonce: &str) -> Result<()> {
        let Some(id_token) = &granted.id_token else { return Ok(()) };
        let claims = Jwt::parse(id_token.expose()).ok().map(|jwt| jwt.claims);
        match claims.as_ref().and_then(|claims| claims.get("nonce")).and_then(|value| value.as_str()) {
            Some(given) if given == nonce => Ok(()),
            None if self.app.endpoint == Endpoint::V1 => Ok(()),
            _ => Err(Error::new(
                Kind::Refused,
                "the service's answer belongs to another sign-in (its nonce is not ours)",
            )
            .hint("sign in again; if it stays so, something between here and the service changes its answers")),
        }
    }

    /// The error that the browser brought.
    fn refused(&self, call: &FlowCall<'_>, error: String, description: String, suberror: Option<String>) -> Error {
        let endpoint = self.app.authority.authorize_url(self.app.endpoint);
        let scope = self.app.scopes().join(" ");
        let about = About {
            tenant: self.app.authority.tenant(),
            client: &self.app.client_id,
            scope: &scope,
            endpoint: &endpoint,
            interactive: true,
        };
        let refusal = Refusal {
            error_codes: advice::codes_in(&description),
            error,
            error_description: description,
            suberror,
            ..Refusal::default()
        };
        let told = about.explain(&refusal, 400);
        let known = refusal.error_codes.iter().any(|code| advice::for_code(*code).is_some());
        let login = call.sign_ins.login_command();
        let next = match refusal.error.as_str() {
            _ if known => return about.with_names(told),
            "access_denied" => format!("run: {login}, and accept what the page asks for"),
            "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
                format!("let the page ask: another --prompt than none; then run: {login}")
            }
            _ => return about.with_names(told),
        };
        about.with_names(told.hint(next))
    }
}
