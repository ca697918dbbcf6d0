//! The names of flows, as `--flow`, the environment and profiles write them.

use crate::entra::fold;
use crate::error::{Error, Result};

/// A flow that a setting can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowName {
    /// An app's own token, for its secret.
    ClientCredentials,
}

impl FlowName {
    const ALL: &[Self] = &[Self::ClientCredentials];

    /// As this program writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client-credentials",
        }
    }

    /// Reads a name; case, dashes and underscores do not matter (`ClientCredentials` is entratool's spelling).
    pub(crate) fn parse(name: &str) -> Result<Self> {
        let folded = fold(name);
        Self::ALL.iter().copied().find(|flow| fold(flow.as_str()) == folded).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|flow| flow.as_str()).collect();
            Error::configuration(format!("there is no flow {name:?}")).hint(format!("use one of: {}", names.join(", ")))
        })
    }
}
