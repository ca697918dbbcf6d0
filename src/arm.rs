//! Azure Resource Manager, as far as something is looked up there: where a workspace of Databricks is, and what belongs to
//! an instance of Azure Data Manager for Energy.

use serde_json::Value;

use crate::clock::Deadline;
use crate::entra;
use crate::error::{Error, Kind, Result};
use crate::http::{Answer, Call, Http, Method};
use crate::log::Log;
use crate::profile::{Field, Settings};
use crate::secret::Secret;

/// One cloud's Resource Manager, as one principal sees it.
#[derive(Clone, Copy)]
pub struct Arm<'a> {
    /// Its origin: the resource that `token` is for.
    pub origin: &'a str,
    /// The bearer.
    pub token: &'a Secret,
    /// The one HTTP client.
    pub http: &'a Http,
    /// The bound for a call.
    pub deadline: Deadline,
    /// Where steps go.
    pub log: &'a Log,
}

impl std::fmt::Debug for Arm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arm").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// The Resource Manager of the cloud that `settings` name: the origin of its URLs, and the resource of its tokens.
///
/// # Errors
/// A cloud that is none, or whose Resource Manager is not known.
pub(crate) fn origin(settings: &Settings) -> Result<String> {
    let cloud = settings.text(Field::Cloud)?.map(|name| entra::Cloud::parse(&name)).transpose()?;
    Ok(entra::Resource::parse("arm", cloud)?.as_str().to_owned())
}

/// Refuses what is no id of a resource of this type, such as `Microsoft.Databricks/workspaces`: it becomes a part of a URL
/// and a header.
///
/// # Errors
/// Anything else.
pub(crate) fn check_id(text: &str, kind: &str) -> Result<()> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'%'));
    let folded = text.to_ascii_lowercase();
    let is_one = folded.starts_with("/subscriptions/") && folded.contains(&format!("/{}/", kind.to_ascii_lowercase()));
    if plain && is_one && !text.split('/').any(|part| part == "..") {
        return Ok(());
    }
    Err(Error::configuration(format!("{text:?} is not the id of a resource of the type {kind}"))
        .hint(format!("give it as Azure shows it: /subscriptions/.../resourceGroups/.../providers/{kind}/NAME")))
}

impl Arm<'_> {
    /// The resource of that id (see `check_id`), as this version of its provider's interface has it.
    ///
    /// # Errors
    /// The principal may not read it, it is not there, no answer.
    pub fn get(&self, id: &str, api_version: &str) -> Result<Value> {
        let url = format!("{}{id}?api-version={api_version}", self.origin);
        let bearer = Secret::new(format!("Bearer {}", self.token.expose()));
        let call =
            Call { secret_headers: vec![("authorization", bearer)], ..Call::new(Method::Get, &url, self.deadline) };
        let answer = self.http.send(&call, self.log)?;
        if answer.status == 200
            && let Ok(value) = serde_json::from_str(answer.body.expose())
        {
            return Ok(value);
        }
        let mut error = refusal(id, &answer).without(self.token.expose());
        error.retry_at = answer.retry_at;
        Err(error.detail("request id", answer.server_request_id.as_deref().unwrap_or_default()))
    }
}

/// Azure's errors are `{"error": {"code", "message"}}` (Azure REST API Guidelines).
fn refusal(id: &str, answer: &Answer) -> Error {
    let body: Value = serde_json::from_str(answer.body.expose()).unwrap_or_default();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default();
    let said = match (text("code"), text("message")) {
        ("", "") => format!("HTTP {}", answer.status),
        (code, message) => format!("{code}: {message}"),
    };
    let (kind, why, hint) = match answer.status {
        401 => (Kind::Refused, "Azure does not accept the token", "check tenant and cloud of the profile"),
        403 => (Kind::Refused, "this principal may not read the resource", "have it made a Reader of the resource"),
        404 => (Kind::Configuration, "there is no such resource, or this principal may not see it", "check its id"),
        408 | 429 | 200 | 500.. => (Kind::Network, "Azure has no answer now", "try again in a minute"),
        _ => (Kind::Failed, "Azure refused", "check the id; -v shows each step"),
    };
    Error::new(kind, format!("{why}: {id} ({said})")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_its_type_and_changes_no_url() {
        const KIND: &str = "Microsoft.Databricks/workspaces";
        check_id("/subscriptions/1/resourceGroups/g/providers/Microsoft.Databricks/workspaces/w", KIND).unwrap();
        check_id("/subscriptions/1/resourcegroups/g/providers/microsoft.databricks/WORKSPACES/w", KIND).unwrap();
        for text in [
            "",
            "w",
            "/subscriptions/1",
            "/subscriptions/1/providers/Microsoft.Storage/storageAccounts/w",
            "/subscriptions/1/providers/Microsoft.Databricks/workspaces/../w",
            "/subscriptions/1/providers/Microsoft.Databricks/workspaces/w?x=y",
            "/subscriptions/1/providers/Microsoft.Databricks/workspaces/w%2F",
            "/subscriptions/1/providers/Microsoft.Databricks/workspaces/w\r\nX: y",
            "https://evil.example/subscriptions/1/providers/Microsoft.Databricks/workspaces/w",
        ] {
            assert!(check_id(text, KIND).unwrap_err().hint.is_some(), "{text}");
        }
    }
}
