//! An app's own token: RFC 6749 section 4.4, with whatever credential the app has.
//!
//! v2 gets `scope`, v1 gets `resource`, never the other one: v2 answers a resource with AADSTS901002, and v1 has no
//! parameter `scope`.

use super::authority::{Authority, Endpoint, refuse_shared_tenant};
use super::claims::Claims;
use super::credential::{Credential, Proof};
use super::grant::About;
use super::scope::Resource;
use crate::clock;
use crate::error::Result;
use crate::http::{Body, Call, Method, Repeat};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::token::Token;

/// The flows `client-credentials`, `certificate` and those with a federated token: they differ in the credential.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Who issues the token. The tenant is one, not `common`: an app has no home of its own to be found.
    pub authority: Authority,
    /// Which endpoint is asked.
    pub endpoint: Endpoint,
    /// The application (client) id.
    pub client_id: String,
    /// What the app proves itself with.
    pub credential: Box<dyn Credential>,
    /// What the token is for.
    pub resource: Resource,
    /// A challenge that the token has to answer.
    pub claims: Option<Claims>,
}

impl ClientCredentials {
    /// The flow that `settings` mean, with `credential`.
    ///
    /// # Errors
    /// Settings that are missing, unknown or contradictory, each with the way to set it.
    pub(crate) fn of(
        settings: &Settings,
        credential: impl FnOnce(&Settings) -> Result<Box<dyn Credential>>,
    ) -> Result<Box<dyn Flow>> {
        Self::for_app(settings, settings.text(Field::Tenant)?, settings.text(Field::ClientId)?, credential)
    }

    /// The same for an app and tenant that `settings` may leave to the flow.
    ///
    /// # Errors
    /// The same.
    pub(super) fn for_app(
        settings: &Settings,
        tenant: Option<String>,
        client_id: Option<String>,
        credential: impl FnOnce(&Settings) -> Result<Box<dyn Credential>>,
    ) -> Result<Box<dyn Flow>> {
        let tenant = tenant.map_or_else(|| settings.need(Field::Tenant, "tenant"), Ok)?;
        let client_id = client_id.map_or_else(|| settings.need(Field::ClientId, "client id"), Ok)?;
        let credential = credential(settings)?;
        let endpoint = settings.endpoint()?;
        let (authority, cloud) = settings.authority(&tenant)?;
        refuse_shared_tenant(&tenant)?;
        let resource = settings.audience()?.for_app(cloud)?;
        let claims = settings.text(Field::Claims)?.map(|text| Claims::parse(&text)).transpose()?;
        Ok(Box::new(Self { authority, endpoint, client_id, credential, resource, claims }))
    }

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
        let mut other = vec![("endpoint", self.endpoint.to_string())];
        other.extend(self.claims.as_ref().map(|claims| ("claims", claims.to_string())));
        Identity {
            provider: "entra",
            flow: self.credential.flow(),
            authority: self.authority.base().to_owned(),
            tenant: self.authority.tenant().to_owned(),
            client: self.client_id.clone(),
            credential: self.credential.describe(),
            fingerprint: self.credential.fingerprint(),
            scopes: vec![self.scope()],
            other,
        }
    }

    fn is_unattended(&self) -> bool {
        self.credential.is_unattended()
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let url = self.authority.token_url(self.endpoint);
        let proof = self.credential.prove(call, &Proof { token_url: &url, client_id: &self.client_id })?;
        let scope = self.scope();
        let audience = match self.endpoint {
            Endpoint::V1 => "resource",
            Endpoint::V2 => "scope",
        };
        let mut form =
            vec![("grant_type", "client_credentials"), ("client_id", self.client_id.as_str()), (audience, &scope)];
        form.extend(proof.iter().map(|(name, value)| (*name, value.expose())));
        form.extend(self.claims.iter().map(|claims| ("claims", claims.as_str())));
        let issued_at = clock::now();
        let answer = call.http.send(
            &Call {
                body: Body::Form(form),
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
        let granted = about.read(&answer, issued_at).map_err(|not| {
            let codes = not.refusal.as_ref().map(|refusal| refusal.error_codes.as_slice()).unwrap_or_default();
            let error = self.credential.explain(not.error.clone(), codes, &proof);
            // A server may repeat what it was sent.
            proof.iter().fold(error, |error, (_, secret)| error.without(secret.expose()))
        })?;
        Ok(granted.into_token(issued_at, vec![scope], self.authority.tenant()))
    }
}
