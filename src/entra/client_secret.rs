//! An app's secret, in the body of the request (RFC 6749 section 2.3.1).

use sha2::{Digest as _, Sha256};

use super::credential::{Credential, Proof};
use crate::error::Result;
use crate::profile::{Field, Settings};
use crate::request::FlowCall;
use crate::secret::{Secret, SecretSource};

/// A client secret, by the place where it is.
#[derive(Debug, Clone)]
pub struct ClientSecret(pub SecretSource);

impl ClientSecret {
    /// The one that `settings` name.
    ///
    /// # Errors
    /// Where they name none, or a place that is none.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Credential>> {
        Ok(Box::new(Self(settings.need(Field::ClientSecret, "client secret")?.parse()?)))
    }
}

impl Credential for ClientSecret {
    fn flow(&self) -> &'static str {
        "client-credentials"
    }

    fn describe(&self) -> String {
        self.0.to_string()
    }

    fn fingerprint(&self) -> Option<[u8; 32]> {
        // Reading the environment is free, so another value there is another token; a file is read on a miss only.
        self.0.peek().map(|secret| Sha256::digest(secret.expose()).into())
    }

    fn is_unattended(&self) -> bool {
        self.0.is_unattended()
    }

    fn prove(&self, call: &FlowCall<'_>, _proof: &Proof<'_>) -> Result<Vec<(&'static str, Secret)>> {
        Ok(vec![("client_secret", self.0.read(call.deadline)?)])
    }
}
