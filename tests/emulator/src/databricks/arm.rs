//! Azure Resource Manager, as far as a workspace and an instance of Azure Data Manager for Energy are looked up there.

use serde_json::json;

use super::bearer::MANAGEMENT;
use super::{
    ADME_CLIENT_ID, ADME_INSTANCE, ADME_PARTITION, ADME_RESOURCE_ID, Call, WORKSPACE_ID, WORKSPACE_RESOURCE_ID,
};
use crate::capture::Request;
use crate::wire::Response;

pub(super) fn is_arm(request: &Request) -> bool {
    request.path.starts_with("/subscriptions/")
}

fn refusal(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!({"error": {"code": code, "message": message}}))
}

pub(super) fn answer(call: &Call<'_>) -> Response {
    let claims = call.request.bearer().and_then(|token| call.state.verify(token).ok()).unwrap_or_default();
    let audience = claims["aud"].as_str().unwrap_or_default().trim_end_matches('/');
    if !MANAGEMENT.iter().any(|known| known.trim_end_matches('/') == audience) {
        return refusal(401, "InvalidAuthenticationToken", "The access token is missing or invalid.");
    }
    if call.request.query_value("api-version").is_none() {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return refusal(400, "MissingApiVersionParameter", text);
    }
    let path = &call.request.path;
    let is = |resource: &str| path.eq_ignore_ascii_case(resource);
    let host = call.url().split_once("://").map(|(_, host)| host.to_owned()).unwrap_or_default();
    let body = match call.request.method.as_str() {
        "GET" if is(WORKSPACE_RESOURCE_ID) => json!({
            "id": WORKSPACE_RESOURCE_ID, "name": "octo-workspace", "type": "Microsoft.Databricks/workspaces",
            "properties": {"workspaceUrl": host, "workspaceId": WORKSPACE_ID.to_string(), "provisioningState": "Succeeded"},
        }),
        "GET" if is(ADME_RESOURCE_ID) => json!({
            "id": ADME_RESOURCE_ID, "name": ADME_INSTANCE, "type": "Microsoft.OpenEnergyPlatform/energyServices",
            "properties": {
                "dnsName": host, "authAppId": ADME_CLIENT_ID, "provisioningState": "Succeeded",
                "dataPartitionNames": [{"name": ADME_PARTITION}],
            },
        }),
        "POST" if is(&format!("{ADME_RESOURCE_ID}/listPartitions")) => {
            let key = if call.settings.adme_partitions_as_value { "value" } else { "dataPartitionInfo" };
            json!({key: [{"name": ADME_PARTITION, "provisioningState": "Succeeded"}]})
        }
        _ => return refusal(404, "ResourceNotFound", &format!("The Resource '{path}' was not found.")),
    };
    Response::json(200, &body)
}
