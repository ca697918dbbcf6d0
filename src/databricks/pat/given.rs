//! A personal access token that somebody made: read from where it is kept, and handed out as it is. It is not copied into
//! the cache: there it would outlive its change at the source, and nothing would be saved.

use crate::clock;
use crate::databricks::host::Host;
use crate::error::{Error, Result};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::SecretSource;
use crate::token::{NEVER, Token};

/// The flow `databricks-pat`.
#[derive(Debug)]
pub struct Pat {
    host: Option<Host>,
    source: SecretSource,
}

impl Pat {
    /// The flow that `settings` mean. A host is not needed to hand the token out.
    ///
    /// # Errors
    /// No source, or one that is for another host.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        Ok(Self {
            host: settings.databricks_host()?,
            source: settings.databricks_secret(Field::DatabricksToken, "personal access token")?,
        })
    }
}

impl Pat {
    /// One that jeton made is good at one host, which stands beside it. Elsewhere it would be shown to a stranger.
    fn check_host(&self, call: &FlowCall<'_>) -> Result<()> {
        let (Some(host), SecretSource::Keyring(name)) = (&self.host, &self.source) else { return Ok(()) };
        let label = call.sign_ins.vault()?.label(name).map(|(label, _)| label);
        match label.filter(|label| label.provider == "databricks" && label.authority != host.origin()) {
            Some(label) => {
                Err(Error::configuration(format!("the token {name} is for {}, not for {host}", label.authority))
                    .hint("give that host with --databricks-host, or name another token"))
            }
            None => Ok(()),
        }
    }
}

impl Flow for Pat {
    fn identity(&self) -> Identity {
        Identity {
            provider: "databricks",
            flow: "databricks-pat",
            authority: self.host.as_ref().map(ToString::to_string).unwrap_or_default(),
            credential: self.source.to_string(),
            ..Identity::default()
        }
    }

    fn is_kept(&self) -> bool {
        false
    }

    fn is_unattended(&self) -> bool {
        self.source.is_unattended()
    }

    fn fetch(&self, call: &FlowCall<'_>, _subject: Option<&Token>) -> Result<Token> {
        self.check_host(call)?;
        let value = self.source.read(call.deadline)?;
        // What has blanks or line ends can't stand in a header.
        if !value.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::configuration(format!(
                "what {} holds is not a token: it has blanks in it",
                self.source
            ))
            .hint("give the token alone, as Databricks showed it"));
        }
        Ok(Token {
            value,
            token_type: "Bearer".into(),
            issued_at: clock::now(),
            expires_at: NEVER,
            refresh_at: None,
            scopes: Vec::new(),
            tenant: None,
            account: None,
        })
    }
}
