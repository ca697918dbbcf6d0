//! A user's token for a code that is typed in a browser anywhere: RFC 8628, "Microsoft identity platform and the OAuth
//! 2.0 device authorization grant flow".

mod answer;
mod poll;

use std::time::Duration;

use super::grant::About;
use super::user::UserApp;
use crate::clock::{self, Deadline};
use crate::error::Result;
use crate::http::{Body, Call, Method, Repeat};
use crate::interact::{Means, Terminal, qr};
use crate::profile::Settings;
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::sign_in::{self, NotRenewed, SignedIn, UserFlow};
use crate::token::Token;

pub use answer::{Authorization, parse_authorization};

/// The bound for one request while a person has minutes.
const ONE_REQUEST: Duration = Duration::from_secs(30);

/// The flow `device-code`.
#[derive(Debug)]
pub struct DeviceCode {
    app: UserApp,
}

impl DeviceCode {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are unknown or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Flow>> {
        Ok(Box::new(Self { app: UserApp::of(settings)? }))
    }

    /// Gets a code. (No credential goes along: Entra asks for one at the token endpoint alone.)
    fn authorize(&self, call: &FlowCall<'_>) -> Result<Authorization> {
        let url = self.app.authority.device_code_url(self.app.endpoint);
        let (audience, value) = self.app.audience_parameter();
        let mut form = vec![("client_id", self.app.client_id.as_str()), (audience, &value)];
        form.extend(self.app.claims.iter().map(|claims| ("claims", claims.as_str())));
        let deadline = Deadline::after(ONE_REQUEST).sooner(call.deadline);
        // A second code does no harm: nobody sees the first.
        let call_out = Call { body: Body::Form(form), repeat: Repeat::Safe, ..Call::new(Method::Post, &url, deadline) };
        let answer = call.http.send(&call_out, call.log)?;
        if (200..300).contains(&answer.status)
            && let Some(code) = parse_authorization(answer.body.expose())
        {
            return Ok(code);
        }
        let scope = self.app.scopes().join(" ");
        let about = About {
            tenant: self.app.authority.tenant(),
            client: &self.app.client_id,
            scope: &scope,
            endpoint: &url,
            interactive: true,
        };
        // An error may come with status 200 (MSAL for .NET, `expectErrorsOn200OK`).
        match about.read(&answer, clock::now()) {
            Err(not) => Err(poll::advise(not.error, not.refusal.as_deref())),
            Ok(_) => Err(about.foreign(&answer)),
        }
    }

    /// Tells the person what to do.
    fn show(&self, call: &FlowCall<'_>, code: &Authorization) {
        let Authorization { user_code, verification_uri: page, .. } = code;
        let message = code.message.clone().unwrap_or_else(|| format!("to sign in, open {page} and enter {user_code}"));
        let who = match &self.app.login_hint {
            Some(user) => format!("\n  user: {user}"),
            None => String::new(),
        };
        // (Whole minutes, where it is minutes.)
        let life = call.deadline.left().map_or(0, |left| left.as_secs_f64().ceil() as u64).min(code.expires_in);
        let life = humantime::format_duration(Duration::from_secs(life));
        call.log.tell(format!("{message}\n  page: {page}\n  code: {user_code} (enter it within {life}){who}"));
        if let Some(terminal) = Terminal::of(call.log) {
            qr::draw(code.verification_uri_complete.as_ref().unwrap_or(page), terminal);
        }
    }
}

impl Flow for DeviceCode {
    fn identity(&self) -> Identity {
        self.app.identity("device-code")
    }

    fn is_unattended(&self) -> bool {
        self.app.credential.as_ref().is_none_or(|credential| credential.is_unattended())
    }

    fn asks_a_person(&self) -> bool {
        true
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        sign_in::fetch(self, call)
    }
}

impl UserFlow for DeviceCode {
    fn sign_in(&self) -> Identity {
        self.app.sign_in()
    }

    fn means(&self) -> Means {
        Means::Terminal
    }

    fn asking(&self) -> &'static str {
        "shows a code that somebody has to sign in with"
    }

    fn renew(&self, call: &FlowCall<'_>, refresh_token: &Secret) -> std::result::Result<SignedIn, NotRenewed> {
        self.app.renew(call, refresh_token)
    }

    fn ask(&self, call: &FlowCall<'_>) -> Result<SignedIn> {
        let code = self.authorize(call)?;
        self.show(call, &code);
        let signed_in = poll::wait(&self.app, call, &code).map_err(|error| match error.hint {
            Some(_) => error,
            None => error.hint(format!("run: {}", call.sign_ins.login_command())),
        })?;
        self.app.compare_account(call, &signed_in);
        Ok(signed_in)
    }
}
