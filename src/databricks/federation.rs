//! Token federation: the token of another issuer, exchanged for one of Databricks (RFC 8693; databricks-sdk-go
//! `config/experimental/auth/oidc`), for the account's users and service principals or for one service principal.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::endpoints::Endpoints;
use super::grant::TokenRequest;
use super::site::{self, Site};
use super::subject::Subject;
use crate::entra::{self, checked_jwt};
use crate::error::{Error, Result};
use crate::http::Repeat;
use crate::jwt::Jwt;
use crate::profile::{Field, FlowName, Origin, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::token::Token;

/// RFC 8693 section 2.1.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8693 section 3.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The flow `databricks-federation`.
#[derive(Debug)]
pub struct Federation {
    site: Site,
    /// The service principal whose policy is meant; without one, the account's.
    client_id: Option<String>,
    subject: Subject,
    /// Whom GitHub's token is to be for, where that is set.
    audience: Option<String>,
    connection: Option<String>,
    scopes: Vec<String>,
}

impl Federation {
    /// The flow that `settings` mean, and the flow of the Entra token that it exchanges, if it does.
    ///
    /// # Errors
    /// Settings that are missing, unknown or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<(Self, Option<Box<dyn Flow>>)> {
        let subject = match settings.text(Field::DatabricksSubject)? {
            Some(text) => {
                settings.keep_to_host(Field::DatabricksSubject)?;
                text.parse()?
            }
            None => Subject::offered()?,
        };
        let audience = settings.text(Field::DatabricksAudience)?;
        let entra = match &subject {
            Subject::Entra(name) => Some(entra_flow(settings, name.as_deref(), audience.as_deref())?),
            _ => None,
        };
        let flow = Self {
            site: Site::of(settings)?,
            client_id: settings.text(Field::DatabricksClientId)?,
            subject,
            audience,
            connection: settings.text(Field::ServiceConnection)?,
            scopes: site::scopes(settings)?,
        };
        Ok((flow, entra))
    }

    /// The token to exchange.
    fn subject_token(&self, call: &FlowCall<'_>, endpoints: &Endpoints, subject: Option<&Token>) -> Result<Secret> {
        match (&self.subject, subject) {
            (Subject::Entra(_), Some(token)) => Ok(token.value.clone()),
            (Subject::Entra(_), None) => Err(Error::configuration("there is no Entra token to exchange")
                .hint("name another subject with --databricks-subject")),
            (Subject::Github, _) => entra::GithubOidc::token(call, &self.audience(endpoints)),
            (Subject::AzurePipelines, _) => entra::AzurePipelines::token(call, self.connection.as_deref()),
            (Subject::Source(source), _) => {
                let token = source
                    .read(call.deadline)
                    .map_err(|error| Error { message: format!("the token to exchange: {}", error.message), ..error })?;
                checked_jwt(token, &source.to_string())
            }
        }
    }

    /// What is set, else what the host names, else the account, else the token endpoint (databricks-sdk-go
    /// `config/oidc_token_source.go`).
    fn audience(&self, endpoints: &Endpoints) -> String {
        let default = || match &self.site.account_id {
            Some(account) if self.site.host.is_account() => account.clone(),
            _ => endpoints.token.clone(),
        };
        self.audience.clone().or_else(|| endpoints.audiences.first().cloned()).unwrap_or_else(default)
    }

    /// Says whose token was sent, where Databricks does not take it: the policy must have the same.
    fn explain(&self, error: Error, message: &str, sent: &Secret) -> Error {
        let about_policy =
            ["policy", "policies", "subject token"].iter().any(|word| message.to_lowercase().contains(word));
        let Ok(jwt) = Jwt::parse(sent.expose()) else { return error };
        if !about_policy {
            return error;
        }
        let whose = match &self.client_id {
            Some(_) => "the service principal's federation policy",
            None => "the account's federation policy (for one service principal's, give --databricks-client-id)",
        };
        let error = error.hint(format!("compare the ids below with {whose}"));
        ["iss", "sub", "aud"].into_iter().fold(error, |error, claim| {
            let value = match jwt.claims.get(claim) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => "(none)".to_owned(),
            };
            error.detail(claim, value)
        })
    }
}

/// The flow for the Entra token. What it is for has to be said: the policy's audience.
fn entra_flow(settings: &Settings, name: Option<&str>, audience: Option<&str>) -> Result<Box<dyn Flow>> {
    let mut settings = settings.clone();
    if settings.text(Field::Scopes)?.is_none() && settings.text(Field::Resource)?.is_none() {
        let audience = audience.ok_or_else(|| {
            Error::configuration("it was not said what the Entra token is for that is to be exchanged")
                .hint("give the audience of the federation policy with --scope, such as api://APPLICATION-ID")
        })?;
        settings.add(Field::Resource, audience, Origin::Caller("databricks_audience"));
    }
    let name = match name {
        Some(name) => FlowName::parse(name)?,
        None => FlowName::of_credential(&settings)?,
    };
    entra::named(name, &settings)
}

impl Flow for Federation {
    fn identity(&self) -> Identity {
        let mut other = Vec::new();
        other.extend(self.audience.clone().map(|audience| ("audience", audience)));
        other.extend(self.connection.clone().map(|id| ("service connection", id)));
        Identity {
            client: self.client_id.clone().unwrap_or_default(),
            credential: format!("subject:{}", self.subject),
            fingerprint: self.subject.variable().map(|token| Sha256::digest(token).into()),
            other,
            ..self.site.identity("databricks-federation", &self.scopes)
        }
    }

    fn is_unattended(&self) -> bool {
        match &self.subject {
            Subject::Source(source) => source.is_unattended(),
            _ => true,
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, subject: Option<&Token>) -> Result<Token> {
        let endpoints = Endpoints::find(call, &self.site)?;
        let token = self.subject_token(call, &endpoints, subject)?;
        let scope = self.scopes.join(" ");
        let mut form = vec![
            ("grant_type", GRANT),
            ("subject_token", token.expose()),
            ("subject_token_type", JWT),
            ("scope", scope.as_str()),
        ];
        form.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let request = TokenRequest {
            site: &self.site,
            form,
            basic: None,
            // Nothing is used up by it.
            repeat: Repeat::Safe,
            scopes: &self.scopes,
        };
        match request.send_to(call, &endpoints) {
            Ok(issued) => Ok(issued.token),
            Err(refused) => {
                let message = refused.refusal.map(|refusal| refusal.message).unwrap_or_default();
                let error = self.explain(refused.error, &message, &token);
                Err(error.detail("client", self.client_id.as_deref().unwrap_or_default()))
            }
        }
    }
}
