//! Headers that go along with a token, in the forms that are made of headers.

use super::road::Road;
use super::token::MARGIN;
use crate::databricks;
use crate::databricks::api::{self, AzureAccess};
use crate::error::Result;
use crate::profile::{Field, Settings};
use crate::request::TokenRequest;
use crate::token::Token;

/// What goes along, as the settings say.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// For the token with which a principal shows that it may manage its workspace in Azure.
    pub(super) management: Option<TokenRequest>,
    resource_id: String,
    partition: Option<String>,
    workspace_id: Option<String>,
}

impl Beside {
    /// What the settings of `road` say.
    pub(super) fn of(road: &Road<'_>) -> Result<Self> {
        let partition = road.settings.text(Field::DataPartitionId)?;
        partition.as_deref().map(databricks::check_partition).transpose()?;
        let resource_id = road.settings.text(Field::AzureResourceId)?.unwrap_or_default();
        Ok(Self {
            management: road.management(MARGIN)?,
            resource_id,
            partition,
            workspace_id: workspace_id(&road.settings)?,
        })
    }

    /// The headers by name; `management` is the token of [`Beside::management`].
    pub(super) fn headers<'a>(&'a self, management: Option<&'a Token>) -> Vec<(&'a str, &'a str)> {
        let mut headers = Vec::new();
        if let Some(management) = management {
            headers.push((AzureAccess::MANAGEMENT_TOKEN, management.value.expose()));
            headers.push((AzureAccess::RESOURCE_ID, self.resource_id.as_str()));
        }
        headers.extend(self.workspace_id.as_deref().map(|id| (api::WORKSPACE_ID, id)));
        headers.extend(self.partition.as_deref().map(|partition| ("data-partition-id", partition)));
        headers
    }
}

/// The workspace that a token of Databricks is to be used in, where it is known.
fn workspace_id(settings: &Settings) -> Result<Option<String>> {
    let Some(host) = settings.databricks_host()? else { return Ok(None) };
    if !settings.flow_name()?.is_databricks() && !databricks::is_for_databricks(settings)? {
        return Ok(None);
    }
    Ok(databricks::in_workspace(host, settings)?.workspace_id().map(str::to_owned))
}
