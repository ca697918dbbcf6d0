//! An app's own token for its secret: RFC 6749 section 4.4, with `client_secret` in the body (section 2.3.1).
//!
//! v2 gets `scope`, v1 gets `resource`, never the other one: v2 answers a resource with AADSTS901002, and v1 has no
//! parameter `scope`.

use sha2::{Digest as _, Sha256};

use super::authority::{Authority, Endpoint};
use super::grant::About;
use super::scope::Resource;
use crate::clock;
use crate::error::Result;
use crate::http::{Body, Call, Method, Repeat};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::SecretSource;
use crate::token::Token;

/// The flow `client-credentials`.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// Who issues the token. The tenant is one, not `common`: an app has no home of its own to be found.
    pub authority: Authority,
    /// Which endpoint is asked.
    pub endpoint: Endpoint,
    /// The application (client) id.
    pub client_id: String,
    /// Where its secret is.
    pub secret: SecretSource,
    /// What the token is for.
    pub resource: Resource,
}

impl ClientCredentials {
    /// As the token's metadata name it: the scope on v2, the bare resource on v1.
    fn scope(&self) -> String {
        match self.endpoint {
            Endpoint::V1 => self.resource.as_str().to_owned(),
            Endpoint::V2 => self.resource.default_scope(),
        }
    }
}

impl Flow for ClientCredentials {
    fn identity(&self) -> Identity {
        Identity {
            provider: "entra",
            flow: "client-credentials",
            authority: self.authority.base().to_owned(),
            tenant: self.authority.tenant().to_owned(),
            client: self.client_id.clone(),
            credential: self.secret.to_string(),
            // Reading the environment is free, so another value there is another token; a file is read on a miss only.
            fingerprint: self.secret.peek().map(|secret| Sha256::digest(secret.expose()).into()),
            scopes: vec![self.scope()],
            other: vec![("endpoint", self.endpoint.to_string())],
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let secret = self.secret.read(call.deadline)?;
        let url = self.authority.token_url(self.endpoint);
        let scope = self.scope();
        let audience = match self.endpoint {
            Endpoint::V1 => "resource",
            Endpoint::V2 => "scope",
        };
        let issued_at = clock::now();
        let answer = call.http.send(
            &Call {
                body: Body::Form(vec![
                    ("grant_type", "client_credentials"),
                    ("client_id", &self.client_id),
                    ("client_secret", secret.expose()),
                    (audience, &scope),
                ]),
                // The server keeps nothing of this request: a second one yields a second token.
                repeat: Repeat::Safe,
                ..Call::new(Method::Post, &url, call.deadline)
            },
            call.log,
        )?;
        let about = About {
            tenant: self.authority.tenant(),
            client: &self.client_id,
            scope: &scope,
            endpoint: &url,
            interactive: false,
        };
        let granted = about.read(&answer, issued_at).map_err(|error| error.without(secret.expose()))?;
        Ok(Token {
            value: granted.access_token,
            token_type: granted.token_type,
            issued_at,
            expires_at: issued_at + granted.expires_in,
            refresh_at: granted.refresh_in.map(|seconds| issued_at + seconds),
            scopes: vec![scope],
            tenant: Some(self.authority.tenant().to_owned()),
        })
    }
}
