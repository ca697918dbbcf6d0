//! The token request of every grant, and its answer (RFC 6749 sections 5.1 and 5.2).

use super::endpoints::Endpoints;
use super::refusal::Refusal;
use super::site::Site;
use crate::clock;
use crate::entra::{Grant, Granted, parse_answer};
use crate::error::{Error, Result};
use crate::http::{Answer, Body, Call, Method, Repeat};
use crate::jwt::Jwt;
use crate::request::FlowCall;
use crate::secret::Secret;
use crate::token::Token;

/// A token request at a site.
pub(super) struct TokenRequest<'a> {
    pub(super) site: &'a Site,
    /// `grant_type` first.
    pub(super) form: Vec<(&'static str, &'a str)>,
    /// What a client proves itself with, in the header.
    pub(super) basic: Option<Secret>,
    pub(super) repeat: Repeat,
    /// Those that were asked for.
    pub(super) scopes: &'a [String],
}

/// What was granted.
pub(super) struct Issued {
    pub(super) token: Token,
    pub(super) refresh_token: Option<Secret>,
}

/// A request that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: Error,
    /// In the server's words, if it said anything.
    pub(super) refusal: Option<Box<Refusal>>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, refusal: None }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl TokenRequest<'_> {
    /// Makes it at the site's token endpoint. Where a remembered one is no more, the host is asked for the new one.
    pub(super) fn send(&self, call: &FlowCall<'_>) -> std::result::Result<Issued, Refused> {
        self.send_to(call, &Endpoints::find(call, self.site)?)
    }

    /// The same with endpoints that were found already.
    pub(super) fn send_to(&self, call: &FlowCall<'_>, endpoints: &Endpoints) -> std::result::Result<Issued, Refused> {
        let issued_at = clock::now();
        let sent = self.post(call, &endpoints.token);
        let moved = match &sent {
            Ok(answer) => answer.status == 404,
            // Not the workspace itself, which is as it was.
            Err(_) => !endpoints.token.starts_with(self.site.host.origin()),
        };
        if moved {
            Endpoints::forget(self.site);
        }
        let (answer, url) = match sent {
            Ok(_) if moved && endpoints.remembered => {
                // (Nobody was there: the request did nothing.)
                let anew = Endpoints::find(call, self.site)?;
                (self.post(call, &anew.token)?, anew.token)
            }
            sent => (sent?, endpoints.token.clone()),
        };
        self.read(&answer, &url, issued_at)
    }

    fn post(&self, call: &FlowCall<'_>, url: &str) -> Result<Answer> {
        let secret_headers = self.basic.iter().map(|basic| ("authorization", basic.clone())).collect();
        let request = Call {
            secret_headers,
            body: Body::Form(self.form.clone()),
            repeat: self.repeat,
            client_request_id: false,
            ..Call::new(Method::Post, url, call.deadline)
        };
        call.http.send(&request, call.log)
    }

    fn read(&self, answer: &Answer, url: &str, issued_at: u64) -> std::result::Result<Issued, Refused> {
        match parse_answer(answer.status, answer.body.expose(), issued_at) {
            Grant::Granted(granted) if granted.expires_in > 0 => Ok(self.issued(granted, issued_at)),
            Grant::Granted(_) => {
                let error = Error::network("Databricks sent a token that has no life left (expires_in is 0)")
                    .hint("try again; if it stays so, report it to the workspace's admin");
                Err(error.detail("endpoint", url).into())
            }
            Grant::Foreign if (200..300).contains(&answer.status) => {
                let kind = answer.content_type.as_deref().unwrap_or("an unknown form");
                let error =
                    Error::network(format!("the answer is no token and no error (HTTP {}, {kind})", answer.status))
                        .hint("a proxy or sign-in page may have answered: check the host, HTTPS_PROXY and NO_PROXY");
                Err(error.detail("endpoint", url).into())
            }
            _ => {
                let refusal = Refusal::read(answer);
                let error = refusal.error("a token", self.site.host.origin(), answer).detail("endpoint", url);
                // A server may repeat what it was sent.
                let sent = self.form.iter().skip(1).filter(|(name, _)| !matches!(*name, "scope" | "client_id"));
                let mut error = sent.fold(error, |error, (_, value)| error.without(value));
                if let Some(basic) = &self.basic {
                    error = error.without(basic.expose());
                }
                Err(Refused { error, refusal: Some(Box::new(refusal)) })
            }
        }
    }

    fn issued(&self, mut granted: Granted, issued_at: u64) -> Issued {
        let refresh_token = granted.refresh_token.take();
        let mut token = granted.into_token(issued_at, self.scopes.to_vec(), "");
        // For showing alone. A service principal's is its id.
        let subject =
            Jwt::parse(token.value.expose()).ok().and_then(|jwt| Some(jwt.claims.get("sub")?.as_str()?.to_owned()));
        token.account = subject.filter(|name| name.contains('@')).map(|name| crate::error::clean(&name));
        Issued { token, refresh_token }
    }
}
