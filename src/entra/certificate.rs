//! An app's certificate, whose key signs a new assertion for each token request (RFC 7523 section 2.2;
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>).

use std::path::PathBuf;

use super::credential::{Credential, Proof, assertion};
use crate::certificate::{Algorithm, AssertionRequest, ClientCertificate};
use crate::clock;
use crate::error::{Error, Result};
use crate::profile::{Field, Settings};
use crate::request::FlowCall;
use crate::secret::{Secret, SecretSource};

/// A certificate that ends within this time is worth a warning, in seconds: 14 days.
const SOON: u64 = 14 * 24 * 3600;

/// A certificate and its key, by the file where they are. It is read anew for each token request, so that a renewed file
/// counts at once.
#[derive(Debug)]
pub struct CertificateCredential {
    path: PathBuf,
    password: Option<SecretSource>,
    algorithm: Algorithm,
    /// For apps that know their certificate by its subject and issuer.
    send_chain: bool,
}

impl CertificateCredential {
    /// The one that `settings` name.
    ///
    /// # Errors
    /// Where they name none, or say something about it that is wrong.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Credential>> {
        let algorithm = match settings.text(Field::AssertionAlgorithm)?.unwrap_or_default().to_uppercase().as_str() {
            "PS256" => Algorithm::Ps256,
            "RS256" => Algorithm::Rs256,
            other => {
                return Err(Error::configuration(format!("an assertion can't be signed by {other:?}"))
                    .hint("use one of: PS256, RS256"));
            }
        };
        Ok(Box::new(Self {
            path: settings.need(Field::Certificate, "certificate")?.into(),
            password: settings.source(Field::CertificatePassword)?,
            algorithm,
            send_chain: settings.is_on(Field::SendCertificateChain)?,
        }))
    }
}

impl Credential for CertificateCredential {
    fn flow(&self) -> &'static str {
        "certificate"
    }

    fn describe(&self) -> String {
        format!("certificate:{}", self.path.display())
    }

    fn is_unattended(&self) -> bool {
        self.password.as_ref().is_none_or(SecretSource::is_unattended)
    }

    fn prove(&self, call: &FlowCall<'_>, proof: &Proof<'_>) -> Result<Vec<(&'static str, Secret)>> {
        let password = self.password.as_ref().map(|source| source.read(call.deadline)).transpose()?;
        let certificate = ClientCertificate::read(&self.path, password.as_ref())?;
        call.log.step(|| format!("certificate {} of {}", certificate.thumbprint(), self.path.display()));
        let now = clock::now();
        let signed = certificate.assertion(&AssertionRequest {
            audience: proof.token_url,
            client_id: proof.client_id,
            now,
            algorithm: self.algorithm,
            send_chain: self.send_chain,
        })?;
        if certificate.expires_within(now, SOON) {
            let end = certificate.not_after();
            call.log.warn(format!(
                "the certificate in {} expires {} ({}); renew it before that",
                self.path.display(),
                clock::in_words(end, now),
                clock::rfc3339(end)
            ));
        }
        Ok(assertion(signed))
    }
}
