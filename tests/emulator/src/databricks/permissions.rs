//! Who may use tokens in a workspace: `/api/2.0/permissions/authorization/tokens`.

use serde_json::{Value, json};

use super::directory::Principal;
use super::{Call, Caller, DbxError, not_found};

const KINDS: [&str; 3] = ["user_name", "group_name", "service_principal_name"];

/// Somebody who may use tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// One of [`KINDS`].
    kind: &'static str,
    name: String,
}

impl Grant {
    pub(super) fn group(name: &str) -> Self {
        Self { kind: "group_name", name: name.into() }
    }

    fn is_for(&self, principal: &Principal) -> bool {
        match self.kind {
            "group_name" => principal.groups().contains(&self.name.as_str()),
            _ => principal.is(&self.name),
        }
    }
}

/// An error where the principal may not use tokens.
pub(super) fn need_use(call: &Call<'_>, principal: &Principal) -> Result<(), DbxError> {
    let grants = call.state.lock().databricks.grants(call.site, &call.settings);
    if principal.admin || grants.iter().any(|grant| grant.is_for(principal)) {
        return Ok(());
    }
    Err(DbxError::denied("User does not have permission to use tokens."))
}

pub(super) fn answer(call: &Call<'_>, caller: &Caller) -> Result<Value, DbxError> {
    caller.need_admin("User does not have CAN_MANAGE permission on tokens.")?;
    // The object comes into being with the workspace's first token.
    let exists = call.state.lock().databricks.pats.iter().any(|(pat, _)| pat.workspace == call.site);
    if !exists {
        return Err(DbxError::missing("tokens tokens does not exist"));
    }
    let mut grants = call.state.lock().databricks.grants(call.site, &call.settings);
    match call.request.method.as_str() {
        "GET" => return Ok(show(&grants)),
        "PATCH" => {}
        "PUT" => grants.clear(),
        _ => return Err(not_found(call.request)),
    }
    for grant in wanted(call)? {
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    call.state.lock().databricks.grants.insert(call.site, grants.clone());
    Ok(show(&grants))
}

pub(super) fn levels() -> Value {
    json!({"permission_levels": [{"permission_level": "CAN_USE", "description": "Can use tokens"}]})
}

/// The entries of the request's list; those of admins are there anyway.
fn wanted(call: &Call<'_>) -> Result<Vec<Grant>, DbxError> {
    let body = call.json()?;
    let Some(entries) = body["access_control_list"].as_array() else {
        return Err(DbxError::invalid("Missing required field: access_control_list"));
    };
    let mut grants = Vec::new();
    for entry in entries {
        let named: Vec<(&str, &str)> = KINDS.iter().filter_map(|kind| Some((*kind, entry[*kind].as_str()?))).collect();
        let [(kind, name)] = named.as_slice() else {
            return Err(DbxError::invalid("Each entry needs one of user_name, group_name, service_principal_name"));
        };
        let admins = (*kind, *name) == ("group_name", "admins");
        match entry["permission_level"].as_str() {
            Some("CAN_MANAGE") if admins => continue,
            Some("CAN_USE") => {}
            Some("CAN_MANAGE") => return Err(DbxError::invalid("Only admins can have CAN_MANAGE on tokens")),
            _ => return Err(DbxError::invalid("permission_level must be CAN_USE")),
        }
        let kind = KINDS.into_iter().find(|known| known == kind).unwrap_or_default();
        check(call, kind, name)?;
        grants.push(Grant { kind, name: (*name).into() });
    }
    Ok(grants)
}

/// A service principal goes by its application id, never by its display name.
fn check(call: &Call<'_>, kind: &str, name: &str) -> Result<(), DbxError> {
    let inner = call.state.lock();
    let principal = inner.databricks.member(call.site, name);
    let (known, text) = match kind {
        "group_name" => (["users", "admins"].contains(&name), "GroupName"),
        "user_name" => (principal.is_some_and(|principal| principal.is_user), "UserName"),
        _ => (principal.is_some_and(|principal| !principal.is_user), "ServicePrincipalName"),
    };
    if known { Ok(()) } else { Err(DbxError::missing(format!("Principal: {text}({name}) does not exist"))) }
}

fn show(grants: &[Grant]) -> Value {
    let entry = |kind: &str, name: &str, permission: Value| json!({kind: name, "display_name": name, "all_permissions": [permission]});
    let inherited =
        json!({"permission_level": "CAN_MANAGE", "inherited": true, "inherited_from_object": ["/authorization/"]});
    let mut list = vec![entry("group_name", "admins", inherited)];
    let own = json!({"permission_level": "CAN_USE", "inherited": false});
    list.extend(grants.iter().map(|grant| entry(grant.kind, &grant.name, own.clone())));
    json!({"object_id": "/authorization/tokens", "object_type": "tokens", "access_control_list": list})
}
