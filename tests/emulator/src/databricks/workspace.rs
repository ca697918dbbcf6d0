//! The rest of the REST API: configuration of a workspace, and two lists for SDKs to try themselves on.

use serde_json::{Value, json};

use super::{Call, Caller, Cloud, DATABRICKS_ACCOUNT_ID, DbxError, Site};

/// `/api/2.0/workspace-conf?keys=a,b`; all values are texts, unset ones null.
pub(super) fn conf(call: &Call<'_>, caller: &Caller) -> Result<Value, DbxError> {
    caller.need_admin("Only admins can read the configuration of the workspace.")?;
    let keys = call.request.query_value("keys").filter(|keys| !keys.is_empty());
    let keys = keys.ok_or_else(|| DbxError::invalid("Missing required field: keys"))?;
    let mut body = json!({});
    for key in keys.split(',') {
        body[key] = match key {
            "enableTokensConfig" => json!(call.settings.tokens_enabled.to_string()),
            "maxTokenLifetimeDays" => json!(call.settings.max_token_lifetime_days.map(|days| days.to_string())),
            _ => return Err(DbxError::new(400, "BAD_REQUEST", format!("Invalid keys: [\"{key}\"]"))),
        };
    }
    Ok(body)
}

pub(super) fn clusters() -> Value {
    json!({"clusters": [{
        "cluster_id": "0101-000000-emulator", "cluster_name": "octo-cluster", "state": "RUNNING",
        "spark_version": "16.4.x-scala2.12", "num_workers": 1,
    }]})
}

/// The workspaces of the account.
pub(super) fn list(call: &Call<'_>, account: &str) -> Result<Value, DbxError> {
    if !account.eq_ignore_ascii_case(DATABRICKS_ACCOUNT_ID) {
        return Err(DbxError::missing(format!("Account {account} does not exist")));
    }
    let cloud = match call.settings.cloud {
        Cloud::Azure => "azure",
        Cloud::Aws => "aws",
        Cloud::Gcp => "gcp",
    };
    let workspace = |site: Site, name: &str| {
        json!({
            "account_id": DATABRICKS_ACCOUNT_ID, "workspace_id": site.workspace_id(), "workspace_name": name,
            "deployment_name": name, "workspace_status": "RUNNING", "cloud": cloud,
        })
    };
    Ok(json!([workspace(Site::Workspace, "octo-workspace"), workspace(Site::OtherWorkspace, "octo-other")]))
}
