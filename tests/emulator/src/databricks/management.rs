//! `/api/2.0/token-management`: the tokens of everybody, for admins.

use serde_json::{Value, json};

use super::{Call, Caller, DbxError, not_found, pat, permissions};

pub(super) fn answer(call: &Call<'_>, caller: &Caller, rest: &[&str]) -> Result<Value, DbxError> {
    caller.need_admin("User is not an admin of this workspace and cannot manage tokens.")?;
    match (call.request.method.as_str(), rest) {
        ("GET", ["tokens"]) => Ok(list(call)),
        ("GET", ["tokens", id]) => {
            let found = pat::live(call).into_iter().find(|pat| pat.id == *id);
            let pat = found.ok_or_else(|| DbxError::missing(format!("Token with ID {id} does not exist.")))?;
            Ok(json!({"token_info": pat.managed_info(call)}))
        }
        ("DELETE", ["tokens", id]) => pat::remove(call, id, |_| true),
        ("POST", ["on-behalf-of", "tokens"]) => on_behalf_of(call, caller),
        _ => Err(not_found(call.request)),
    }
}

fn list(call: &Call<'_>) -> Value {
    let by = |name: &str| call.request.query_value(name).filter(|value| !value.is_empty());
    let (id, user) = (by("created_by_id"), by("created_by_username"));
    let infos: Vec<Value> = pat::live(call)
        .iter()
        .map(|pat| pat.managed_info(call))
        .filter(|info| id.is_none_or(|id| id.parse::<u64>().is_ok_and(|id| info["created_by_id"] == id)))
        .filter(|info| user.is_none_or(|user| info["created_by_username"] == user))
        .collect();
    if infos.is_empty() { json!({}) } else { json!({"token_infos": infos}) }
}

fn on_behalf_of(call: &Call<'_>, caller: &Caller) -> Result<Value, DbxError> {
    if !call.settings.makes_tokens_for_others() {
        let text = "On-behalf-of token creation for service principals is not enabled for this workspace";
        return Err(DbxError::new(400, "FEATURE_DISABLED", text));
    }
    let body = call.json()?;
    let Some(id) = body["application_id"].as_str() else {
        return Err(DbxError::invalid("Missing required field: application_id"));
    };
    let found = call.state.lock().databricks.member(call.site, id).filter(|found| !found.is_user).cloned();
    let owner = found
        .ok_or_else(|| DbxError::missing(format!("Service principal with application ID {id} does not exist.")))?;
    permissions::need_use(call, &owner)?;
    let pat = pat::make(call, &owner.name, &caller.principal.name)?;
    Ok(json!({"token_value": pat.value, "token_info": pat.managed_info(call)}))
}
