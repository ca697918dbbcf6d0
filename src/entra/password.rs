//! A user's token for name and password (RFC 6749 section 4.3), for parity with kubelogin's `ropc`.
//!
//! Microsoft advises against it: it can't pass a second factor, and the program sees the password. So every real sign-in
//! says so, a refresh token is used as long as it lives, and a password that was refused is not sent again and again,
//! because that locks the account.

use std::num::NonZeroU32;

use ring::pbkdf2;
use serde::Deserialize;

use super::grant::Refusal;
use super::user::{Refused, UserApp, wants_user};
use crate::clock::Deadline;
use crate::error::{Error, Kind, Result};
use crate::http::{Call, Method, Repeat};
use crate::interact::Means;
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::{Secret, SecretSource};
use crate::sign_in::{self, NotRenewed, SignedIn, UserFlow};
use crate::token::Token;

/// Rounds of PBKDF2 (HMAC-SHA256) over a password whose mark is written to the disk: some tens of milliseconds.
const ROUNDS: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

/// What to use in its place.
const OTHER_FLOWS: &str = "use --flow interactive-browser or --flow device-code";

/// The flow `password`.
#[derive(Debug)]
pub struct Password {
    app: UserApp,
    username: String,
    password: SecretSource,
}

/// The part of a user realm that matters.
#[derive(Deserialize)]
struct Realm {
    account_type: Option<String>,
}

impl Password {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are missing, unknown or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Flow>> {
        let username = match settings.text(Field::Username)? {
            Some(username) => username,
            None => match settings.text(Field::LoginHint)? {
                Some(hint) => hint,
                None => settings.need(Field::Username, "user name")?,
            },
        };
        let password = settings.need(Field::Password, "password")?.parse()?;
        // The sign-in is this user's, whatever else is hinted at.
        let app = UserApp { login_hint: Some(username.clone()), ..UserApp::of(settings)? };
        Ok(Box::new(Self { app, username, password }))
    }

    /// Entra checks passwords that it keeps itself. Those of a federated domain are another service's, which would have
    /// to be asked by WS-Trust.
    fn refuse_federated(&self, call: &FlowCall<'_>) -> Result<()> {
        let url = self.app.authority.user_realm_url(&self.username);
        let answer = call.http.send(&Call::new(Method::Get, &url, call.deadline), call.log)?;
        let realm = serde_json::from_str::<Realm>(answer.body.expose()).ok().and_then(|realm| realm.account_type);
        match realm.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("federated") => Err(Error::configuration(format!(
                "the account {} is federated: its password is checked by another service than Entra, which this flow \
                 does not speak to",
                self.username
            ))
            .hint(OTHER_FLOWS)),
            Some(kind) => {
                call.log.step(|| format!("password: the account is {kind}"));
                Ok(())
            }
            // Whoever answers has no realms. The token endpoint says what is wrong, if anything is.
            None => {
                call.log.step(|| format!("password: no user realm (HTTP {})", answer.status));
                Ok(())
            }
        }
    }
}

impl Flow for Password {
    fn identity(&self) -> Identity {
        self.app.identity("password")
    }

    fn is_unattended(&self) -> bool {
        self.password.is_unattended()
            && self.app.credential.as_ref().is_none_or(|credential| credential.is_unattended())
    }

    fn asks_a_person(&self) -> bool {
        self.means() != Means::Nothing
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        sign_in::fetch(self, call)
    }
}

impl UserFlow for Password {
    fn sign_in(&self) -> Identity {
        self.app.sign_in()
    }

    /// A password that is corrected in the environment or in its file is another one, and tried at once. Its mark lies on
    /// the disk, and a person's password is easily guessed: hence the rounds.
    fn tried_with(&self) -> String {
        let known = match &self.password {
            SecretSource::Env(_) => self.password.peek(),
            SecretSource::File(_) => self.password.read(Deadline::after(std::time::Duration::ZERO)).ok(),
            _ => None,
        };
        let Some(password) = known else { return "password".into() };
        let salt = format!("jeton {} {}", self.app.authority.base(), self.username.to_lowercase());
        let mut mark = [0; 16];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt.as_bytes(), password.expose().as_bytes(), &mut mark);
        format!("password {:032x}", u128::from_be_bytes(mark))
    }

    fn means(&self) -> Means {
        match self.password {
            SecretSource::Prompt => Means::Dialogue,
            _ => Means::Nothing,
        }
    }

    fn asking(&self) -> &'static str {
        "signs in with a password"
    }

    fn renew(&self, call: &FlowCall<'_>, refresh_token: &Secret) -> std::result::Result<SignedIn, NotRenewed> {
        self.app.renew(call, refresh_token)
    }

    fn ask(&self, call: &FlowCall<'_>) -> Result<SignedIn> {
        call.log.warn(format!(
            "signing in {} with a password: Microsoft advises against this flow, and it can't pass a second factor; \
             {OTHER_FLOWS} where a person can sign in",
            self.username
        ));
        self.refuse_federated(call)?;
        let password = self.password.read(call.deadline)?;
        let grant = [("grant_type", "password"), ("username", &*self.username), ("password", password.expose())];
        // Not repeated: each wrong one counts.
        self.app.request(call, &grant, Repeat::Never).map_err(explain)
    }
}

/// `invalid_grant` is about the password, unless it says that a person has to take part.
fn explain(refused: Refused) -> Error {
    let Refused { error, refusal } = refused;
    let Some(refusal) = refusal.filter(|_| error.kind == Kind::SignIn) else { return error };
    if is_about_password(&refusal) {
        return Error { kind: Kind::Refused, ..error };
    }
    Error { message: format!("{}, which the flow password can't do", error.message), ..error }.hint(OTHER_FLOWS)
}

fn is_about_password(refusal: &Refusal) -> bool {
    refusal.error == "invalid_grant" && !wants_user(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_and_a_missing_second_factor_are_told_apart() {
        for (name, code, kind) in [
            ("invalid_grant", 50_126, Kind::Refused),
            ("invalid_grant", 50_053, Kind::Refused),
            ("invalid_grant", 50_076, Kind::SignIn),
            ("interaction_required", 50_079, Kind::SignIn),
        ] {
            let refusal = Refusal { error: name.into(), error_codes: vec![code], ..Refusal::default() };
            let error = explain(Refused { error: Error::new(Kind::SignIn, "x"), refusal: Some(Box::new(refusal)) });
            assert_eq!(error.kind, kind, "{name} {code}");
            assert_eq!(error.hint.as_deref() == Some(OTHER_FLOWS), kind == Kind::SignIn, "{name} {code}");
        }
        let network = explain(Refused { error: Error::network("x"), refusal: None });
        assert_eq!(network, Error::network("x"));
    }
}
