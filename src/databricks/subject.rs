//! The token of another issuer that is exchanged for one of Databricks: where it comes from.

use std::fmt;
use std::str::FromStr;

use crate::entra::{self, GithubOidc};
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::FlowName;
use crate::secret::SecretSource;

/// Where the subject token comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The ID token of a GitHub Actions job.
    Github,
    /// The ID token of an Azure Pipelines job.
    AzurePipelines,
    /// A token of Entra, by the flow of this name or the one that the other settings mean.
    Entra(Option<String>),
    /// It lies somewhere.
    Source(SecretSource),
}

impl FromStr for Subject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text.split_once(':') {
            None if text.eq_ignore_ascii_case("github") => Self::Github,
            None if text.eq_ignore_ascii_case("azure-pipelines") => Self::AzurePipelines,
            None if text.eq_ignore_ascii_case("entra") => Self::Entra(None),
            Some(("entra", name)) => {
                let flow = FlowName::parse(name)?;
                if flow.is_databricks() {
                    return Err(Error::configuration(format!("the flow {name} gives no token of Entra"))
                        .hint("name a flow of Entra, such as entra:managed-identity"));
                }
                Self::Entra(Some(flow.as_str().to_owned()))
            }
            _ => Self::Source(text.parse().map_err(|error: Error| {
                // (The text is not shown: somebody may have put the token itself there.)
                Error::configuration("this does not say where the token comes from that is to be exchanged").hint(
                    format!(
                        "use github, azure-pipelines, entra, entra:FLOW, or a place: {}",
                        error.hint.map_or_else(String::new, |_| crate::secret::FORMS.to_owned())
                    ),
                )
            })?),
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Github => f.write_str("github"),
            Self::AzurePipelines => f.write_str("azure-pipelines"),
            Self::Entra(None) => f.write_str("entra"),
            Self::Entra(Some(flow)) => write!(f, "entra:{flow}"),
            Self::Source(source) => source.fmt(f),
        }
    }
}

impl Subject {
    /// What this machine offers where the settings name nothing.
    ///
    /// # Errors
    /// It offers nothing.
    pub(super) fn offered() -> Result<Self> {
        if GithubOidc::is_offered() {
            Ok(Self::Github)
        } else if entra::azure_pipelines_job().is_some() {
            Ok(Self::AzurePipelines)
        } else {
            Err(Error::configuration("there is no token to exchange for one of Databricks").hint(
                "name one with --databricks-subject, or set DATABRICKS_OIDC_TOKEN_FILEPATH; jobs of GitHub and Azure \
                 Pipelines have one",
            ))
        }
    }

    /// The variable that holds it, if one does.
    pub(super) fn variable(&self) -> Option<String> {
        match self {
            Self::Source(SecretSource::Env(name)) => environment::var(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_name_or_a_place_and_never_the_token() {
        for text in ["github", "azure-pipelines", "entra", "entra:managed-identity", "file:/a", "env:X", "command:x y"]
        {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for text in ["entra:magic", "entra:databricks-m2m", "eyJhunter2.x.y", "gitlab", ""] {
            let error = text.parse::<Subject>().unwrap_err().to_string();
            assert!(error.contains("next:") && !error.contains("hunter2"), "{error}");
        }
    }
}
