//! Whether somebody could make a token: which of a workspace's settings is in the way, before a bare 403 says that one is.

use serde_json::Value;

use super::permit;
use crate::databricks::api::{Api, Failure};
use crate::error::{Error, Result, clean};
use crate::http::with_query;

/// One thing that has to be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about: `principal`, `tokens`, `permission`.
    pub what: &'static str,
    /// Whether it is so; `None` where only an admin sees that.
    pub is_so: Option<bool>,
    /// In words.
    pub text: String,
    /// What mends it, if it is not so.
    pub next: Option<String>,
}

impl Check {
    fn new(what: &'static str, is_so: Option<bool>, text: impl Into<String>, next: Option<String>) -> Self {
        Self { what, is_so, text: text.into(), next }
    }
}

/// Looks at all of it for the service principal of this application id, or for the caller. Nothing is changed.
///
/// # Errors
/// The caller is not let in at all, no answer.
pub fn ready(api: &Api<'_>, application_id: Option<&str>) -> Result<Vec<Check>> {
    let (principal, found) = match application_id {
        Some(id) => service_principal(api, id)?,
        None => caller(api)?,
    };
    let mut checks = vec![found, tokens(api)?];
    if let Some(principal) = principal {
        checks.push(permission(api, &principal)?);
    }
    Ok(checks)
}

/// By what a principal is known to the permissions.
struct Principal {
    name: String,
    groups: Vec<String>,
}

impl Principal {
    fn read(value: &Value, name: &str) -> Self {
        let of = |list: &str, key: &str| -> Vec<String> {
            let entries = value[list].as_array().map(Vec::as_slice).unwrap_or_default();
            entries.iter().filter_map(|entry| entry[key].as_str()).map(clean).collect()
        };
        // (Everybody in a workspace is in its group users.)
        let mut groups = of("groups", "display");
        groups.push("users".to_owned());
        Self { name: name.to_owned(), groups }
    }
}

const PRINCIPAL: &str = "principal";

fn caller(api: &Api<'_>) -> Result<(Option<Principal>, Check)> {
    let me = api.me()?;
    let name = clean(me["userName"].as_str().unwrap_or_default());
    let text = format!("{name} is in the workspace");
    Ok((Some(Principal::read(&me, &name)), Check::new(PRINCIPAL, Some(true), text, None)))
}

fn service_principal(api: &Api<'_>, id: &str) -> Result<(Option<Principal>, Check)> {
    let filter = format!("applicationId eq \"{id}\"");
    let path = with_query("/api/2.0/preview/scim/v2/ServicePrincipals", &[("filter", &filter)]);
    let listed = api.get(&path, "the service principal")?;
    let Some(found) = listed["Resources"].get(0) else {
        let next = "add it in the workspace's settings (Identity and access), by its application id";
        return Ok((
            None,
            Check::new(PRINCIPAL, Some(false), format!("{id} is not in the workspace"), Some(next.into())),
        ));
    };
    if found["active"] == false {
        let next = "activate it in the workspace's settings (Identity and access)";
        let text = format!("{id} is in the workspace, but not active");
        return Ok((Some(Principal::read(found, id)), Check::new(PRINCIPAL, Some(false), text, Some(next.into()))));
    }
    let shown = clean(found["displayName"].as_str().unwrap_or_default());
    let text = format!("{id} ({shown}) is in the workspace");
    Ok((Some(Principal::read(found, id)), Check::new(PRINCIPAL, Some(true), text, None)))
}

/// What only admins see is no failure of others.
fn is_hidden(failure: &Failure) -> bool {
    failure.refusal().is_some_and(|refusal| refusal.status == 403)
}

fn tokens(api: &Api<'_>) -> Result<Check> {
    const WHAT: &str = "tokens";
    let path = "/api/2.0/workspace-conf?keys=enableTokensConfig,maxTokenLifetimeDays";
    let conf = match api.get(path, "the workspace's settings") {
        Err(failure) if is_hidden(&failure) => {
            return Ok(Check::new(WHAT, None, "only an admin sees whether the workspace has them", None));
        }
        conf => conf.map_err(Error::from)?,
    };
    // (All values are texts; what was never set is null.)
    if conf["enableTokensConfig"] == "false" {
        let next = "an admin allows them in the workspace's settings; without them, use OAuth: jeton token";
        return Ok(Check::new(WHAT, Some(false), "this workspace has no personal access tokens", Some(next.into())));
    }
    let text = match conf["maxTokenLifetimeDays"].as_str().filter(|days| !days.is_empty() && *days != "0") {
        Some(days) => format!("the workspace has them, for at most {} days", clean(days)),
        None => "the workspace has them, for at most 730 days".to_owned(),
    };
    Ok(Check::new(WHAT, Some(true), text, None))
}

fn permission(api: &Api<'_>, principal: &Principal) -> Result<Check> {
    const WHAT: &str = "permission";
    let Principal { name, groups } = principal;
    let permissions = match api.get(permit::PATH, permit::WHAT) {
        Err(failure) if is_hidden(&failure) => {
            return Ok(Check::new(WHAT, None, "only an admin sees who may use tokens", None));
        }
        Err(failure) if failure.refusal().is_some_and(|refusal| refusal.message.contains("does not exist")) => {
            let next = "make the first one as an admin: jeton pat create --lifetime 1d";
            let text = "no token was ever made in this workspace, so nobody has the permission yet";
            return Ok(Check::new(WHAT, Some(false), text, Some(next.into())));
        }
        permissions => permissions.map_err(Error::from)?,
    };
    let directly = ["service_principal_name", "user_name"];
    if directly.iter().any(|kind| permit::holds(&permissions, kind, name)) {
        return Ok(Check::new(WHAT, Some(true), format!("{name} may use tokens"), None));
    }
    if let Some(group) = groups.iter().find(|group| permit::holds(&permissions, "group_name", group)) {
        return Ok(Check::new(WHAT, Some(true), format!("{name} may use tokens, as its group {group} may"), None));
    }
    let next = format!("jeton pat permit {name}, as an admin (for users: in the workspace's settings)");
    Ok(Check::new(WHAT, Some(false), format!("{name} may not use tokens"), Some(next)))
}
