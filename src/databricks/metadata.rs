//! The token of a metadata service on this machine, such as the one of Databricks' extension for Visual Studio Code: who
//! knows its address gets the token of the session that is behind it.
//!
//! Source: databricks-sdk-go `config/auth_metadata_service.go`, whose comment is the protocol's specification.

use sha2::{Digest as _, Sha256};

use super::host::Host;
use super::refusal::Refusal;
use super::site::Site;
use crate::clock;
use crate::entra::{Grant, parse_answer};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::http::{Answer, Call, Method, Via};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::{Secret, SecretSource};
use crate::token::Token;

/// The flow `databricks-metadata-service`.
#[derive(Debug)]
pub struct MetadataService {
    site: Site,
    /// Where its address is read from, whose path is all the proof that it wants.
    url: SecretSource,
}

impl MetadataService {
    /// The flow that `settings` mean.
    ///
    /// # Errors
    /// No host or no address, or one that is for another host.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        Ok(Self {
            site: Site::of(settings)?,
            url: settings.databricks_secret(Field::DatabricksMetadataUrl, "address of a metadata service")?,
        })
    }

    fn refusal(&self, answer: &Answer) -> Error {
        let (kind, why, hint) = match answer.status {
            404 => (
                Kind::Configuration,
                format!("the metadata service has no session for {} at this address", self.site.host),
                "start it anew (in Visual Studio Code: sign in to that workspace), and use the address that it names then",
            ),
            400 => (
                Kind::Configuration,
                "the metadata service speaks another version of the protocol".to_owned(),
                "update what runs it",
            ),
            200 | 408 | 429 | 500.. => {
                (Kind::Network, "the metadata service has no token now".to_owned(), "see what runs it, then try again")
            }
            _ => (Kind::Failed, "the metadata service refused".to_owned(), "see what runs it"),
        };
        // (Pages and errors of a program that nobody knows: the status is what counts.)
        let said = Refusal::read(answer).said();
        let status = format!("HTTP {}", answer.status);
        let said = if said == status || said.starts_with('{') { status } else { format!("{status}, {said}") };
        let mut error = Error::new(kind, format!("{why} ({said})")).hint(hint);
        error.retry_at = answer.retry_at;
        error
    }
}

/// Refuses an address that is not on this machine. It is not repeated: its path is secret.
fn check(url: &Secret) -> Result<()> {
    let host = Host::parse(url.expose()).ok();
    let name = host.as_ref().map(Host::name).unwrap_or_default();
    let near = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if near && url.expose().contains("://") {
        return Ok(());
    }
    Err(Error::configuration("the address of the metadata service is none on this machine")
        .hint("give it as what runs it names it, such as http://127.0.0.1:PORT/...; it has to be localhost"))
}

impl Flow for MetadataService {
    fn identity(&self) -> Identity {
        let value = match &self.url {
            SecretSource::Env(name) => environment::var(name),
            _ => None,
        };
        Identity {
            credential: self.url.to_string(),
            // Another address is another session.
            fingerprint: value.map(|url| Sha256::digest(url).into()),
            ..self.site.identity("databricks-metadata-service", &[])
        }
    }

    fn is_unattended(&self) -> bool {
        self.url.is_unattended()
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        let url = self.url.read(call.deadline)?;
        check(&url)?;
        let request = Call {
            headers: vec![
                ("X-Databricks-Metadata-Version", "1".to_owned()),
                ("X-Databricks-Host", self.site.host.origin().to_owned()),
            ],
            via: Via::Direct,
            client_request_id: false,
            hides_path: true,
            ..Call::new(Method::Get, url.expose(), call.deadline)
        };
        let issued_at = clock::now();
        let answer = call.http.send(&request, call.log)?;
        match parse_answer(answer.status, answer.body.expose(), issued_at) {
            Grant::Granted(granted) if granted.expires_in > 0 => Ok(granted.into_token(issued_at, Vec::new(), "")),
            _ => Err(self.refusal(&answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_on_this_machine_and_is_not_repeated() {
        for url in ["http://127.0.0.1:1/hunter2", "http://localhost:1/a?b", "https://[::1]:1/", "http://LOCALHOST/x"] {
            check(&Secret::from(url)).unwrap();
        }
        for url in [
            "http://evil.example/hunter2",
            "https://evil.example/hunter2",
            "http://localhost.evil.example/hunter2",
            "http://localhost@evil.example/hunter2",
            "http://169.254.169.254/hunter2",
            "localhost/hunter2",
            "hunter2",
            "",
        ] {
            let error = check(&Secret::from(url)).unwrap_err();
            assert!(error.hint.is_some() && !error.to_string().contains("hunter2"), "{error}");
        }
    }
}
