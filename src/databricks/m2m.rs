//! A service principal's own token, for its OAuth secret: client credentials with HTTP Basic (RFC 6749 sections 2.3.1 and
//! 4.4; databricks-sdk-go `config/auth_m2m.go`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::grant::TokenRequest;
use super::site::{self, Site};
use crate::error::Result;
use crate::http::{Repeat, path_segment};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::{Secret, SecretSource};
use crate::token::Token;

/// The flow `databricks-m2m`.
#[derive(Debug)]
pub struct M2m {
    site: Site,
    client_id: String,
    secret: SecretSource,
    scopes: Vec<String>,
}

impl M2m {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// Settings that are missing or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        Ok(Self {
            site: Site::of(settings)?,
            client_id: settings.need(Field::DatabricksClientId, "Databricks client id")?,
            secret: settings.databricks_secret(Field::DatabricksClientSecret, "Databricks client secret")?,
            scopes: site::scopes(settings)?,
        })
    }
}

impl Flow for M2m {
    fn identity(&self) -> Identity {
        Identity {
            client: self.client_id.clone(),
            credential: self.secret.to_string(),
            // Another value in the environment is another token.
            fingerprint: self.secret.peek().map(|secret| Sha256::digest(secret.expose()).into()),
            ..self.site.identity("databricks-m2m", &self.scopes)
        }
    }

    fn is_unattended(&self) -> bool {
        self.secret.is_unattended()
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let secret = self.secret.read(call.deadline)?;
        let scope = self.scopes.join(" ");
        let request = TokenRequest {
            site: &self.site,
            form: vec![("grant_type", "client_credentials"), ("scope", &scope)],
            basic: Some(basic(&self.client_id, &secret)),
            // The server keeps nothing of it: a second one yields a second token.
            repeat: Repeat::Safe,
            scopes: &self.scopes,
        };
        let issued = request
            .send(call)
            .map_err(|refused| refused.error.without(secret.expose()).detail("client", &self.client_id))?;
        Ok(issued.token)
    }
}

/// `Basic ...`: both parts are encoded as in a form first (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &Secret) -> Secret {
    let pair = Zeroizing::new(format!("{}:{}", path_segment(id), *Zeroizing::new(path_segment(secret.expose()))));
    let coded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Secret::new(format!("Basic {}", *coded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_are_encoded_before_they_are_joined() {
        let header = basic("a:b", &Secret::from("c+d e%"));
        assert_eq!(header.expose(), format!("Basic {}", STANDARD.encode("a%3Ab:c%2Bd%20e%25")));
    }
}
