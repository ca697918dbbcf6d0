//! Azure Container Registry: a registry's own token for an Entra token.
//!
//! A registry takes no Entra token where it serves images. It exchanges one for a refresh token of its own, and that for
//! access tokens of single repositories, which container tools do themselves (the registry's documentation,
//! `docs/AAD-OAuth.md` of github.com/Azure/acr).

mod answer;

pub use answer::{Answer, parse_answer};

use crate::clock;
use crate::error::{Error, Kind, Result, clean};
use crate::http::{self, Body, Call, Method, Repeat};
use crate::profile::Place;
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::token::Token;

/// The user name that goes with a registry's refresh token (`az acr login --expose-token`; azure-cli
/// `acr/_docker_utils.py`, `EMPTY_GUID`).
pub const USER: &str = "00000000-0000-0000-0000-000000000000";

/// A life for refresh tokens that do not say how long they live, in seconds.
const ASSUMED_LIFE: u64 = 600;

/// No longer life is believed, in seconds.
const LONGEST_LIFE: u64 = 48 * 3600;

/// Names of tenants that stand for many.
const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// The flow `acr-exchange`. Its subject is an Entra token for `https://containerregistry.azure.net`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// `HOST` or `HOST:PORT`.
    registry: String,
}

impl Exchange {
    /// The exchange at the registry in `place`.
    #[must_use]
    pub fn at(place: &Place) -> Self {
        let host = if place.host.contains(':') { format!("[{}]", place.host) } else { place.host.clone() };
        let registry = place.port.map_or(host.clone(), |port| format!("{host}:{port}"));
        Self { registry }
    }

    fn url(&self) -> String {
        format!("https://{}/oauth2/exchange", self.registry)
    }

    fn token(&self, refresh_token: Secret, answer: &http::Answer, issued_at: u64, subject: &Token) -> Token {
        // By the server's clock, so that a wrong one here does not matter.
        let life = answer::end_of(&refresh_token).map(|end| end.saturating_sub(answer.date.unwrap_or(issued_at)));
        Token {
            value: refresh_token,
            token_type: "Basic".to_owned(),
            issued_at,
            expires_at: issued_at + life.unwrap_or(ASSUMED_LIFE).min(LONGEST_LIFE),
            refresh_at: None,
            scopes: vec!["registry".to_owned()],
            tenant: subject.tenant.clone(),
            account: subject.account.clone(),
        }
    }

    /// The error for an answer without a token.
    fn refused(&self, answer: &http::Answer, said: Option<&str>) -> Error {
        let (registry, status) = (&self.registry, answer.status);
        let said = said.map(|said| format!(": {}", clean(said))).unwrap_or_default();
        match status {
            401 | 403 => {
                Error::new(Kind::Refused, format!("{registry} does not take the Entra token (HTTP {status}){said}"))
                    .hint(
                        "see that the account has a role such as AcrPull there, and that the tenant is the registry's",
                    )
            }
            404 | 405 => {
                Error::new(Kind::Failed, format!("{registry} exchanges no Entra tokens (HTTP {status}){said}"))
                    .hint("see whether the name is right; other registries than Azure's need another credential helper")
            }
            429 | 500.. => {
                Error::network(format!("{registry} can't serve the request for the moment (HTTP {status}){said}"))
                    .hint("try again in a minute")
            }
            300..400 => Error::network(format!("{registry} redirects elsewhere (HTTP {status})"))
                .hint("check the registry's name; tokens are not sent on to another host"),
            400 => Error::new(Kind::Refused, format!("{registry} refuses the exchange (HTTP 400){said}"))
                .hint("check that the tenant is the registry's: jeton profile edit NAME --tenant TENANT"),
            _ => Error::network(format!("the answer of {registry} holds no refresh token (HTTP {status}){said}"))
                .hint("a proxy or sign-in page may have answered: check HTTPS_PROXY and NO_PROXY"),
        }
    }
}

impl Flow for Exchange {
    fn identity(&self) -> Identity {
        Identity {
            provider: "acr",
            flow: "acr-exchange",
            authority: format!("https://{}", self.registry),
            scopes: vec!["registry".to_owned()],
            ..Identity::default()
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, subject: Option<&Token>) -> Result<Token> {
        let Some(subject) = subject else {
            return Err(Error::new(
                Kind::Failed,
                "a registry's token is exchanged for an Entra token, and there is none",
            ));
        };
        let mut form = vec![
            ("grant_type", "access_token"),
            ("service", &*self.registry),
            ("access_token", subject.value.expose()),
        ];
        if let Some(tenant) = subject.tenant.as_deref().filter(|tenant| !SHARED_TENANTS.contains(tenant)) {
            form.push(("tenant", tenant));
        }
        let url = self.url();
        let issued_at = clock::now();
        let answer = call.http.send(
            // The registry keeps nothing of this request: a second one yields a second token.
            &Call { body: Body::Form(form), repeat: Repeat::Safe, ..Call::new(Method::Post, &url, call.deadline) },
            call.log,
        )?;
        let refused = match parse_answer(answer.status, answer.body.expose()) {
            Answer::Granted(token) => return Ok(self.token(token, &answer, issued_at, subject)),
            Answer::Refused(said) => self.refused(&answer, Some(&said)),
            Answer::Foreign => self.refused(&answer, None),
        };
        let mut error = refused.without(subject.value.expose());
        error.retry_at = answer.retry_at;
        Err(error
            .detail("registry", &self.registry)
            .detail("tenant", subject.tenant.as_deref().unwrap_or_default())
            .detail("request id", answer.server_request_id.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_registry_has_a_token_of_its_own() {
        let at = |place: &str| Exchange::at(&Place::parse(place).unwrap());
        assert_eq!(at("https://R.azurecr.io/v2/").url(), "https://r.azurecr.io/oauth2/exchange");
        assert_eq!(at("localhost:5000").url(), "https://localhost:5000/oauth2/exchange");
        assert_eq!(at("[::1]:5000").url(), "https://[::1]:5000/oauth2/exchange");
        assert_ne!(at("a.azurecr.io").identity(), at("b.azurecr.io").identity());
    }
}
