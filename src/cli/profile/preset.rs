//! `jeton profile create --preset`: what all profiles of one service have in common.

use clap::ValueEnum;

use super::{Change, made};
use crate::adme;
use crate::error::{Error, Result};
use crate::profile::{Field, FlowName, Settings};

/// A service whose profiles are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// Azure Data Manager for Energy
    Adme,
}

impl Preset {
    /// Adds what was not said. Returns what is to be told of it, if anything is.
    pub(super) fn complete(self, name: &str, changes: &mut Vec<Change>) -> Result<Option<&'static str>> {
        let Self::Adme = self;
        let given = |changes: &[Change], field| {
            changes.iter().find(|(known, _)| *known == field).map(|(_, value)| value.clone())
        };
        for (field, flag) in
            [(Field::ClientId, "--client-id ID"), (Field::DataPartitionId, "--data-partition-id PARTITION")]
        {
            if given(changes, field).is_none() {
                return Err(Error::usage(format!("the preset needs {flag}"))
                    .hint("they stand on the instance's page in Azure; so does `jeton adme show` of its resource id"));
            }
        }
        let client_id = given(changes, Field::ClientId).unwrap_or_default();
        let mut add = |field, value: &str| {
            if given(changes, field).is_none() {
                changes.push((field, value.to_owned()));
            }
        };
        // Its tokens are for the app that it was made with, which the guides ask the first endpoint for.
        add(Field::Endpoint, "v1");
        add(Field::Resource, &client_id);
        let flow = Settings::of(made(name, changes)).flow_name()?;
        if matches!(flow, FlowName::AuthorizationCode | FlowName::InteractiveBrowser)
            && given(changes, Field::RedirectUri).is_none()
        {
            changes.push((Field::RedirectUri, "http://localhost:8080".to_owned()));
        }
        Ok((!flow.is_for_users()).then_some(adme::INFRA_ADMIN))
    }
}
