//! Where a workspace or account issues tokens: by its host metadata, then by its OAuth metadata (RFC 8414), then by the
//! paths that all of them have.
//!
//! Sources: databricks-sdk-go `config/host_metadata.go` and `credentials/u2m/oauth_endpoints`. As there, a host that lacks a
//! page is asked for the next. Unlike there, nothing is believed that would lead a secret to a foreign host.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::learned;
use super::refusal::Refusal;
use super::site::Site;
use crate::error::{Error, Kind, Result};
use crate::http::{Answer, Call, Method, Repeat};
use crate::request::FlowCall;

/// The OAuth endpoints of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Endpoints {
    pub(super) token: String,
    pub(super) authorize: String,
    /// For whom the tokens of other issuers have to be that are exchanged, as the host says.
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    /// From an earlier fetch: they may be out of date.
    #[serde(skip)]
    pub(super) remembered: bool,
}

/// What a host says of itself.
#[derive(Default)]
struct HostMetadata {
    issuer: Option<String>,
    is_account: bool,
    audiences: Vec<String>,
}

/// What a page came to.
enum Page {
    There(Value),
    /// There is none: the same answer is to be expected tomorrow.
    Absent,
    /// Not now.
    Failed,
}

impl Endpoints {
    /// Those of `site`: remembered, or learned now.
    ///
    /// # Errors
    /// Network: the host can't be reached. Refused: it wants secrets to be sent elsewhere. Configuration: an account console
    /// without an account.
    pub(super) fn find(call: &FlowCall<'_>, site: &Site) -> Result<Self> {
        if let Some(known) = learned::load::<Self>(&about(site)) {
            let known = Self { remembered: true, ..known };
            if known.check(site).is_ok() {
                return Ok(known);
            }
        }
        let (found, certain) = discover(call, site)?;
        call.log.step(|| format!("databricks: the token endpoint is {}", found.token));
        if certain {
            learned::store(&about(site), &found);
        }
        Ok(found)
    }

    /// The next one asks the host again.
    pub(super) fn forget(site: &Site) {
        learned::forget(&about(site));
    }

    fn check(&self, site: &Site) -> Result<()> {
        [&self.token, &self.authorize].into_iter().try_for_each(|url| trusted(site, url))
    }

    /// With the paths that every issuer has.
    fn of_issuer(issuer: &str, audiences: Vec<String>) -> Self {
        Self {
            token: format!("{issuer}/v1/token"),
            authorize: format!("{issuer}/v1/authorize"),
            audiences,
            remembered: false,
        }
    }
}

fn about(site: &Site) -> String {
    format!("endpoints of {} {}", site.host, site.account_id.as_deref().unwrap_or_default())
}

fn trusted(site: &Site, url: &str) -> Result<()> {
    if site.host.vouches_for(url) {
        return Ok(());
    }
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    Err(Error::new(Kind::Refused, format!("{} says that its sign-in is at {shown}, which is another host", site.host))
        .hint("check the host; secrets are not sent to any host but its own"))
}

/// The endpoints, and whether the host said so (or said that it says nothing).
fn discover(call: &FlowCall<'_>, site: &Site) -> Result<(Endpoints, bool)> {
    let origin = site.host.origin();
    let (metadata, mut certain) = match page(call, &format!("{origin}/.well-known/databricks-config"), site)? {
        Page::There(value) => (read(&value, site)?, true),
        Page::Absent => (HostMetadata::default(), true),
        Page::Failed => (HostMetadata::default(), false),
    };
    let candidates = issuers(site, &metadata)?;
    for issuer in &candidates {
        trusted(site, issuer)?;
        match page(call, &format!("{issuer}/.well-known/oauth-authorization-server"), site)? {
            Page::There(value) => {
                let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
                if let (Some(token), Some(authorize)) = (text("token_endpoint"), text("authorization_endpoint")) {
                    let found = Endpoints { token, authorize, audiences: metadata.audiences, remembered: false };
                    found.check(site)?;
                    return Ok((found, certain));
                }
            }
            Page::Absent => {}
            Page::Failed => certain = false,
        }
    }
    // Of a host that says nothing, an account that is named says the most.
    let issuer = candidates.last().cloned().unwrap_or_else(|| format!("{origin}/oidc"));
    Ok((Endpoints::of_issuer(&issuer, metadata.audiences), certain))
}

/// The issuers that the site may have, the likeliest first.
fn issuers(site: &Site, metadata: &HostMetadata) -> Result<Vec<String>> {
    if let Some(issuer) = &metadata.issuer {
        return Ok(vec![issuer.clone()]);
    }
    let origin = site.host.origin();
    let workspace = format!("{origin}/oidc");
    if site.host.is_account() || metadata.is_account {
        return Ok(vec![format!("{workspace}/accounts/{}", site.need_account()?)]);
    }
    Ok(match (&site.account_id, site.host.cloud()) {
        // A host whose name says nothing may be either.
        (Some(account), None) => vec![workspace.clone(), format!("{workspace}/accounts/{account}")],
        _ => vec![workspace],
    })
}

/// Reads `/.well-known/databricks-config`.
fn read(value: &Value, site: &Site) -> Result<HostMetadata> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let is_account = text("host_type").is_some_and(|kind| kind.eq_ignore_ascii_case("account"));
    let issuer = match text("oidc_endpoint").map(|url| url.trim_end_matches('/')) {
        Some(url) if url.contains("{account_id}") => Some(url.replace("{account_id}", site.need_account()?)),
        Some(url) if !url.is_empty() => Some(url.to_owned()),
        _ => None,
    };
    let audiences = value.get("token_federation_default_oidc_audiences").and_then(Value::as_array);
    let audiences = audiences.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(HostMetadata { issuer, is_account, audiences })
}

/// Gets a page that anybody may read. It is asked for once: where it fails, there is another way.
fn page(call: &FlowCall<'_>, url: &str, site: &Site) -> Result<Page> {
    let request =
        Call { repeat: Repeat::Never, client_request_id: false, ..Call::new(Method::Get, url, call.deadline) };
    let answer = call.http.send(&request, call.log)?;
    private_link(&answer, site)?;
    Ok(match answer.status {
        200 => match serde_json::from_str(answer.body.expose()) {
            Ok(value @ Value::Object(_)) => Page::There(value),
            // A page for people.
            _ => Page::Absent,
        },
        404 | 400 | 401 | 403 | 405 | 410 | 501 => Page::Absent,
        _ => Page::Failed,
    })
}

/// A workspace that is behind a private link says so to every question.
fn private_link(answer: &Answer, site: &Site) -> Result<()> {
    let refusal = Refusal::read(answer);
    if refusal.private_link {
        return Err(refusal.error("the host's pages", site.host.origin(), answer));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::databricks::Host;

    fn site(host: &str, account: Option<&str>) -> Site {
        Site { host: Host::parse(host).unwrap(), account_id: account.map(str::to_owned) }
    }

    fn known(host: &str, account: Option<&str>) -> Result<Vec<String>> {
        issuers(&site(host, account), &HostMetadata::default())
    }

    #[test]
    fn without_metadata_the_host_says_what_it_is() {
        assert_eq!(known("x.cloud.databricks.com", Some("a")).unwrap(), ["https://x.cloud.databricks.com/oidc"]);
        assert_eq!(
            known("accounts.cloud.databricks.com", Some("a")).unwrap(),
            ["https://accounts.cloud.databricks.com/oidc/accounts/a"]
        );
        assert!(
            known("accounts.gcp.databricks.com", None).unwrap_err().hint.unwrap().contains("DATABRICKS_ACCOUNT_ID")
        );
        assert_eq!(known("localhost", None).unwrap(), ["https://localhost/oidc"]);
        assert_eq!(
            known("localhost", Some("a")).unwrap(),
            ["https://localhost/oidc", "https://localhost/oidc/accounts/a"]
        );
    }

    #[test]
    fn a_template_needs_an_account() {
        let value =
            serde_json::json!({"oidc_endpoint": "https://accounts.cloud.databricks.com/oidc/accounts/{account_id}"});
        let host = "x.cloud.databricks.com";
        let issuer = read(&value, &site(host, Some("a"))).unwrap().issuer;
        assert_eq!(issuer.as_deref(), Some("https://accounts.cloud.databricks.com/oidc/accounts/a"));
        assert!(read(&value, &site(host, None)).is_err());
    }
}
