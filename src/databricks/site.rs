//! A workspace or account that tokens are asked for, as the settings name it.

use super::host::{Host, is_id};
use crate::error::{Error, Result};
use crate::profile::{Field, Settings};
use crate::request::Identity;

/// A host, and the account if it is an account console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Where it is.
    pub host: Host,
    /// The account, where one is named.
    pub account_id: Option<String>,
}

impl Site {
    /// The one that `settings` name.
    ///
    /// # Errors
    /// None, or what is no host.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        settings.need(Field::DatabricksHost, "Databricks host")?;
        // (There is one, but it may be a variable's that does not count for this profile.)
        let host = settings.databricks_host()?.map_or_else(|| Host::parse(""), Ok)?;
        let account_id = settings.text(Field::DatabricksAccountId)?;
        let account_id = account_id.or_else(|| host.account_id().map(str::to_owned));
        account_id.as_deref().map(check_account_id).transpose()?;
        Ok(Self { host, account_id })
    }

    /// The account, which an account console needs.
    pub(super) fn need_account(&self) -> Result<&str> {
        self.account_id.as_deref().ok_or_else(|| {
            Error::configuration(format!("{} is an account console, and no account id is set", self.host)).hint(
                "give --databricks-account-id, or set DATABRICKS_ACCOUNT_ID (the id stands in the console's menu)",
            )
        })
    }

    /// What is the same for all tokens of this site.
    pub(super) fn identity(&self, flow: &'static str, scopes: &[String]) -> Identity {
        Identity {
            provider: "databricks",
            flow,
            authority: self.host.origin().to_owned(),
            tenant: self.account_id.clone().unwrap_or_default(),
            scopes: scopes.to_vec(),
            ..Identity::default()
        }
    }
}

/// The OAuth scopes that `settings` name; all APIs unless they do.
pub(super) fn scopes(settings: &Settings) -> Result<Vec<String>> {
    let text = settings.text(Field::DatabricksScopes)?.unwrap_or_default();
    let scopes = crate::entra::Audience::new([text.as_str()], None).scopes;
    let plain = |scope: &String| scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if let Some(wrong) = scopes.iter().find(|scope| !plain(scope)) {
        return Err(Error::configuration(format!("{wrong:?} is not a scope"))
            .hint("use all-apis, sql, or others of Databricks"));
    }
    Ok(if scopes.is_empty() { vec!["all-apis".to_owned()] } else { scopes })
}

/// Account ids are GUIDs; they become a part of a URL.
///
/// # Errors
/// Anything else.
pub(crate) fn check_account_id(text: &str) -> Result<()> {
    if !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(());
    }
    Err(Error::configuration(format!("{text:?} is not the id of a Databricks account"))
        .hint("give the GUID that the account console shows in its menu"))
}

/// Ids of workspaces become a header.
///
/// # Errors
/// Anything that is none.
pub(crate) fn check_workspace_id(text: &str) -> Result<()> {
    if is_id(text) {
        return Ok(());
    }
    Err(Error::configuration(format!("{text:?} is not the id of a Databricks workspace"))
        .hint("give the number that stands behind ?o= in the workspace's address"))
}

/// `host` for the workspace that is meant: the one in its address, or the one that `settings` name.
///
/// # Errors
/// An id that is none.
pub(crate) fn in_workspace(host: Host, settings: &Settings) -> Result<Host> {
    let id = settings.text(Field::DatabricksWorkspaceId)?;
    id.as_deref().map(check_workspace_id).transpose()?;
    Ok(host.in_workspace(id))
}

/// Names of data partitions become a header.
///
/// # Errors
/// Anything that no header can hold.
pub(crate) fn check_partition(text: &str) -> Result<()> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        return Ok(());
    }
    Err(Error::configuration(format!("{text:?} is not the name of a data partition"))
        .hint("give it as the instance's page shows it: INSTANCE-PARTITION, such as medstest-dp1"))
}
