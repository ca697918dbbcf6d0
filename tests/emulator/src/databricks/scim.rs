//! SCIM: who am I, and which service principals there are.

use serde_json::{Value, json};

use super::directory::Principal;
use super::{Call, Caller, DbxError, ErrorShape};

/// The schema of an error.
pub(super) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

fn error(status: u16, kind: &str, detail: impl Into<String>) -> DbxError {
    DbxError { shape: ErrorShape::Scim, ..DbxError::new(status, kind, detail) }
}

fn resource(principal: &Principal) -> Value {
    let kind = if principal.is_user { "User" } else { "ServicePrincipal" };
    let groups: Vec<Value> =
        principal.groups().iter().map(|name| json!({"display": name, "type": "direct", "value": name})).collect();
    let mut body = json!({
        "schemas": [format!("urn:ietf:params:scim:schemas:core:2.0:{kind}")],
        "id": principal.id.to_string(), "displayName": principal.display_name, "active": principal.active,
        "groups": groups,
        "entitlements": [{"value": "workspace-access"}, {"value": "databricks-sql-access"}],
    });
    if principal.is_user {
        body["userName"] = json!(principal.name);
        body["emails"] = json!([{"type": "work", "value": principal.name, "primary": true}]);
    } else {
        body["applicationId"] = json!(principal.name);
    }
    body
}

/// A service principal is shown as a user whose name is its application id.
pub(super) fn me(call: &Call<'_>, caller: &Caller) -> Value {
    let mut body = resource(&caller.principal);
    body["userName"] = json!(caller.principal.name);
    let excluded = call.request.query_value("excludedAttributes").unwrap_or_default();
    if let Some(object) = body.as_object_mut() {
        excluded.split(',').for_each(|name| drop(object.remove(name.trim())));
    }
    body
}

fn members(call: &Call<'_>) -> Vec<Principal> {
    let inner = call.state.lock();
    inner.databricks.principals.iter().filter(|known| !known.is_user && known.in_workspaces).cloned().collect()
}

/// All of them, or those that a filter by application id or display name leaves; by pages (RFC 7644 section 3.4.2.4).
pub(super) fn list(call: &Call<'_>) -> Result<Value, DbxError> {
    let mut found = members(call);
    if let Some(filter) = call.request.query_value("filter").filter(|filter| !filter.is_empty()) {
        let parts: Vec<&str> = filter.splitn(3, ' ').collect();
        let wanted = parts.get(2).map(|value| value.trim().trim_matches('"')).unwrap_or_default();
        match parts.as_slice() {
            ["applicationId", "eq", _] => found.retain(|principal| principal.is(wanted)),
            ["displayName", "eq", _] => found.retain(|principal| principal.display_name == wanted),
            _ => return Err(error(400, "invalidFilter", format!("Given filter operator is not supported: {filter}"))),
        }
    }
    let number = |name: &str| call.request.query_value(name).and_then(|value| value.parse::<usize>().ok());
    let start = number("startIndex").unwrap_or(1).max(1);
    let total = found.len();
    let page: Vec<Value> = found.iter().skip(start - 1).take(number("count").unwrap_or(100)).map(resource).collect();
    let mut body = json!({
        "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": page.len(),
    });
    // An SDK asks for page after page until this is not there.
    if !page.is_empty() {
        body["Resources"] = json!(page);
    }
    Ok(body)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Result<Value, DbxError> {
    let found = members(call).into_iter().find(|principal| principal.id.to_string() == id);
    let found = found.ok_or_else(|| error(404, "", format!("Service principal with id {id} not found.")))?;
    Ok(resource(&found))
}

/// Adds a service principal to the workspace.
pub(super) fn create(call: &Call<'_>, caller: &Caller) -> Result<Value, DbxError> {
    caller.need_admin("Only admins can add service principals.")?;
    let body = call.json()?;
    let Some(id) = body["applicationId"].as_str() else {
        return Err(error(400, "invalidValue", "applicationId is required"));
    };
    let mut inner = call.state.lock();
    if inner.databricks.member(call.site, id).is_some() {
        return Err(error(409, "uniqueness", format!("Service principal with application ID {id} already exists.")));
    }
    let mut principal = inner.databricks.service(id).cloned().unwrap_or_else(|| Principal::service(id));
    principal.in_workspaces = true;
    if let Some(name) = body["displayName"].as_str() {
        principal.display_name = name.into();
    }
    inner.databricks.add(principal);
    Ok(inner.databricks.service(id).map(resource).unwrap_or_default())
}
