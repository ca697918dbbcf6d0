//! What a user's token is asked for: `scope` of v2 or `resource` of v1, taken apart.

use super::error::AadError;
use super::token::{RESERVED, several_resources};

/// Scopes without a resource in front are Microsoft Graph's.
const GRAPH: &str = "https://graph.microsoft.com";

/// One resource and the delegated permissions for it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) resource: String,
    /// Names without the resource, as they stand in `scp`.
    pub(crate) names: Vec<String>,
    /// The resource's scopes as they were asked for.
    asked: Vec<String>,
    pub(crate) openid: bool,
    pub(crate) offline: bool,
}

impl Target {
    /// The one resource of a scope text; several are an error where a token is asked for, but a person may consent to
    /// several at once (`first`): then the first counts.
    pub(crate) fn of_scope(text: &str, first: bool) -> Result<Self, AadError> {
        let reserved: Vec<&str> = text.split_whitespace().filter(|scope| RESERVED.contains(scope)).collect();
        let scopes: Vec<(String, &str)> =
            text.split_whitespace().filter(|scope| !RESERVED.contains(scope)).map(split).collect();
        let resource = scopes.first().map_or(GRAPH, |(resource, _)| resource).to_owned();
        if !first && scopes.iter().any(|(other, _)| *other != resource) {
            return Err(several_resources(text));
        }
        let mut names: Vec<String> =
            scopes.iter().filter(|(other, _)| *other == resource).map(|(_, name)| (*name).to_owned()).collect();
        if resource.is_empty() || names.iter().any(String::is_empty) {
            let text = format!("The provided value for the input parameter 'scope' is not valid. {text} is not valid.");
            return Err(AadError::new(400, "invalid_scope", 70011, text));
        }
        if names.len() > 1 && names.iter().any(|name| name == ".default") {
            let text = format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {text} is not valid. \
                 .default scope can't be combined with resource-specific scopes."
            );
            return Err(AadError::new(400, "invalid_scope", 70011, text));
        }
        let asked = names.iter().map(|name| format!("{resource}/{name}")).collect();
        if names == [".default"] {
            let granted = if resource == GRAPH { "User.Read" } else { "user_impersonation" };
            names = vec![granted.into()];
        }
        if resource == GRAPH {
            // Graph's tokens carry these as permissions too.
            names.extend(reserved.iter().filter(|name| **name != "offline_access").map(|name| (*name).to_owned()));
        }
        let has = |name: &str| reserved.contains(&name);
        Ok(Self { resource, names, asked, openid: has("openid"), offline: has("offline_access") })
    }

    /// v1 has all permissions of a resource at once, and always a refresh token and an id token.
    pub(crate) fn of_resource(resource: &str) -> Self {
        let names = vec!["user_impersonation".to_owned()];
        Self { resource: resource.into(), names, asked: Vec::new(), openid: true, offline: true }
    }

    /// `scope` of the answer: what is granted, by full names, and `.default` where it was asked for.
    pub(crate) fn granted(&self) -> String {
        let mut all: Vec<String> = self
            .names
            .iter()
            .map(|name| if RESERVED.contains(&&**name) { name.clone() } else { format!("{}/{name}", self.resource) })
            .collect();
        all.extend(self.asked.iter().filter(|scope| !all.contains(scope)).cloned().collect::<Vec<_>>());
        all.join(" ")
    }
}

/// Resource and permission of a scope; `https://host//.default` is for the resource `https://host/`.
fn split(scope: &str) -> (String, &str) {
    match scope.rsplit_once('/') {
        Some((resource, name)) => (resource.to_owned(), name),
        None => (GRAPH.to_owned(), scope),
    }
}
