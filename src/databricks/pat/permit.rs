//! The permission to use tokens, for one service principal: looked at first, added where it is missing, never replaced.

use serde_json::{Value, json};

use crate::databricks::api::{Api, Failure};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Repeat};

/// How it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted {
    /// It had the permission itself.
    Already,
    /// It has it as a member of this group.
    ByGroup(String),
    /// It was given it now.
    Added,
}

pub(super) const PATH: &str = "/api/2.0/permissions/authorization/tokens";
pub(super) const WHAT: &str = "the permission to use tokens";

/// Sees to it that the service principal of this application id may use tokens. `directly`: also where a group may.
///
/// # Errors
/// A display name in place of the id; who asks is no admin; no token was made in the workspace yet.
pub fn permit(api: &Api<'_>, application_id: &str, directly: bool) -> Result<Permitted> {
    let before = api.get(PATH, WHAT).map_err(|failure| explain(failure, application_id))?;
    if holds(&before, "service_principal_name", application_id) {
        return Ok(Permitted::Already);
    }
    // (Everybody in a workspace is in its group users.)
    if !directly && holds(&before, "group_name", "users") {
        return Ok(Permitted::ByGroup("users".to_owned()));
    }
    // PATCH adds; PUT would take the permission from everybody else.
    let entry = json!({"service_principal_name": application_id, "permission_level": "CAN_USE"});
    let body = json!({"access_control_list": [entry]});
    api.call(Method::Patch, PATH, Some(&body), Repeat::Safe, WHAT)
        .map_err(|failure| explain(failure, application_id))?;
    let after = api.get(PATH, WHAT)?;
    if holds(&after, "service_principal_name", application_id) {
        return Ok(Permitted::Added);
    }
    Err(Error::new(Kind::Failed, format!("{application_id} was given {WHAT}, and does not have it"))
        .hint("look at the workspace's settings: Advanced, Personal access tokens, Permission settings"))
}

/// Whether an entry of this kind and name may use tokens.
pub(super) fn holds(answer: &Value, kind: &str, name: &str) -> bool {
    let entries = answer.get("access_control_list").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    entries.iter().any(|entry| {
        let is_it = entry.get(kind).and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(name));
        let levels = entry.get("all_permissions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        is_it && levels.iter().any(|level| matches!(level["permission_level"].as_str(), Some("CAN_USE" | "CAN_MANAGE")))
    })
}

fn explain(failure: Failure, application_id: &str) -> Error {
    let said = failure.refusal().map(|refusal| refusal.message.clone()).unwrap_or_default();
    let error = Error::from(failure);
    if said.contains("Principal:") && said.contains("does not exist") {
        return Error { kind: Kind::Configuration, ..error }.hint(format!(
            "{application_id} has to be the application id (not the display name) of a service principal in this workspace"
        ));
    }
    error
}
