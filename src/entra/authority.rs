//! Where Entra is: the clouds' hosts and the two versions of the token endpoint.
//!
//! Hosts: Microsoft's instance discovery metadata as shipped in MSAL (`apps/internal/oauth/ops/authority` of MSAL Go).
//! No discovery is needed: the token endpoint's path is fixed (Microsoft identity platform, "OAuth 2.0 client
//! credentials flow").

use std::fmt;

use crate::error::{Error, Result};
use crate::http;

/// One of the national clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The worldwide one.
    Public,
    /// Azure Government (United States).
    UsGov,
    /// Azure operated by 21Vianet (China).
    China,
    /// Bleu (France).
    Bleu,
    /// Delos (Germany).
    Delos,
    /// Government of Singapore.
    GovSg,
}

impl Cloud {
    /// All of them, with the names that users write (the first is ours), the authority host, and whether it stands in
    /// messages and completions.
    const TABLE: &[(Self, &[&str], &str)] = &[
        (Self::Public, &["public", "azurecloud", "azurepublic", "azurepubliccloud"], "login.microsoftonline.com"),
        (
            Self::UsGov,
            &["usgov", "usgovernment", "azureusgovernment", "azureusgovernmentcloud"],
            "login.microsoftonline.us",
        ),
        (Self::China, &["china", "azurechina", "azurechinacloud"], "login.partner.microsoftonline.cn"),
        (Self::Bleu, &["bleu", "azurebleucloud", "france"], "login.sovcloud-identity.fr"),
        (Self::Delos, &["delos", "azuredeloscloud", "germany"], "login.sovcloud-identity.de"),
        (Self::GovSg, &["govsg", "azuregovsgcloud", "singapore"], "login.sovcloud-identity.sg"),
    ];

    /// Reads a name; case, dashes and underscores do not matter.
    ///
    /// # Errors
    /// Any other name, with the list of those there are.
    pub fn parse(name: &str) -> Result<Self> {
        let folded = fold(name);
        Self::TABLE
            .iter()
            .find(|(_, names, _)| names.contains(&folded.as_str()))
            .map(|(cloud, _, _)| *cloud)
            .ok_or_else(|| {
                Error::configuration(format!("there is no cloud {name:?}"))
                    .hint(format!("use one of: {}", Self::names().collect::<Vec<_>>().join(", ")))
            })
    }

    /// The names as this program writes them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::TABLE.iter().map(|(_, names, _)| names[0])
    }

    /// The host of the authority.
    #[must_use]
    pub fn host(self) -> &'static str {
        Self::TABLE.iter().find(|(cloud, _, _)| *cloud == self).map_or("", |(_, _, host)| host)
    }

    /// The cloud that has this authority host, if it is a known one.
    #[must_use]
    pub fn of_host(host: &str) -> Option<Self> {
        Self::TABLE.iter().find(|(_, _, known)| host.eq_ignore_ascii_case(known)).map(|(cloud, _, _)| *cloud)
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::TABLE.iter().find(|(cloud, _, _)| cloud == self).map_or("", |(_, names, _)| names[0]);
        f.write_str(name)
    }
}

/// Names that users write in many ways, in one way: lower case, without dashes and underscores.
pub(crate) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    folded.extend(name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).map(|c| c.to_ascii_lowercase()));
    folded
}

/// The version of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Endpoint {
    /// `/oauth2/token`, which takes a `resource`.
    V1,
    /// `/oauth2/v2.0/token`, which takes a `scope`.
    #[default]
    V2,
}

impl Endpoint {
    /// Reads `v1` or `v2` (also `1`, `2`, `v2.0`).
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(name: &str) -> Result<Self> {
        match fold(name).as_str() {
            "v1" | "1" | "v1.0" | "1.0" => Ok(Self::V1),
            "v2" | "2" | "v2.0" | "2.0" => Ok(Self::V2),
            _ => Err(Error::configuration(format!("there is no endpoint version {name:?}")).hint("use one of: v1, v2")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        })
    }
}

/// An authority host and a tenant: who issues the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    base: String,
    tenant: String,
}

impl Authority {
    /// `base` is a host or an `https://` URL without path (`http://` on loopback); `tenant` a GUID, a domain, or one of
    /// `common`, `organizations`, `consumers`.
    ///
    /// # Errors
    /// A base that is no such URL, a tenant with characters that neither a GUID nor a domain has.
    pub fn new(base: &str, tenant: &str) -> Result<Self> {
        let tenant = tenant.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if tenant.is_empty() || !tenant.chars().all(plain) || tenant.starts_with(['.', '-']) || tenant.contains("..") {
            return Err(Error::configuration(format!("{tenant:?} is not a tenant"))
                .hint("give the directory (tenant) id, a GUID, or a verified domain such as contoso.onmicrosoft.com"));
        }
        Ok(Self { base: check_base(base)?, tenant: tenant.to_owned() })
    }

    /// Scheme and host (and port), without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The tenant as it was given.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The token endpoint's URL.
    #[must_use]
    pub fn token_url(&self, endpoint: Endpoint) -> String {
        match endpoint {
            Endpoint::V1 => format!("{}/{}/oauth2/token", self.base, self.tenant),
            Endpoint::V2 => format!("{}/{}/oauth2/v2.0/token", self.base, self.tenant),
        }
    }
}

impl Authority {
    /// The authorization endpoint's URL.
    #[must_use]
    pub fn authorize_url(&self, endpoint: Endpoint) -> String {
        match endpoint {
            Endpoint::V1 => format!("{}/{}/oauth2/authorize", self.base, self.tenant),
            Endpoint::V2 => format!("{}/{}/oauth2/v2.0/authorize", self.base, self.tenant),
        }
    }

    /// The device authorization endpoint's URL. (v1's is what Microsoft's older library for Go asks: go-autorest
    /// `adal/config.go`.)
    #[must_use]
    pub fn device_code_url(&self, endpoint: Endpoint) -> String {
        match endpoint {
            Endpoint::V1 => format!("{}/{}/oauth2/devicecode?api-version=1.0", self.base, self.tenant),
            Endpoint::V2 => format!("{}/{}/oauth2/v2.0/devicecode", self.base, self.tenant),
        }
    }

    /// Where Entra describes itself (OpenID Connect Discovery section 4): it costs nothing, and an unknown tenant is
    /// refused.
    #[must_use]
    pub fn configuration_url(&self) -> String {
        format!("{}/{}/v2.0/.well-known/openid-configuration", self.base, self.tenant)
    }

    /// Where Entra tells who keeps a user's password (MSAL for Python, `authority.py`, `user_realm_discovery`).
    #[must_use]
    pub fn user_realm_url(&self, user: &str) -> String {
        format!("{}/common/userrealm/{}?api-version=1.0", self.base, http::path_segment(user))
    }
}

/// A name that stands for many tenants gives no app a token of its own.
pub(crate) fn refuse_shared_tenant(tenant: &str) -> Result<()> {
    if ["common", "organizations", "consumers"].iter().any(|shared| shared.eq_ignore_ascii_case(tenant.trim())) {
        return Err(Error::configuration(format!("an app can't get a token of its own from the tenant {tenant:?}"))
            .hint("give the directory (tenant) id or domain that the app is in"));
    }
    Ok(())
}

/// `login.microsoftonline.com`, `https://login.microsoftonline.com/` → `https://login.microsoftonline.com`.
fn check_base(base: &str) -> Result<String> {
    let given = base.trim().trim_end_matches('/');
    let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let wrong = |why: &str| {
        Error::configuration(format!("{base:?} is not an authority host: {why}"))
            .hint("give a URL such as https://login.microsoftonline.com, or a cloud by --cloud")
    };
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (host, port) = match rest.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, port)) => (v6, port),
        None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':')) {
        return Err(wrong("it has more or less than a host"));
    }
    if !port.is_empty() && port.strip_prefix(':').and_then(|port| port.parse::<u16>().ok()).is_none() {
        return Err(wrong("its port is not a number"));
    }
    match scheme {
        "https" => Ok(url.to_ascii_lowercase()),
        "http" if matches!(host, "localhost" | "127.0.0.1" | "::1") => Ok(url.to_ascii_lowercase()),
        "http" => Err(wrong("secrets travel over https only")),
        _ => Err(wrong("its scheme is not https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_are_known_by_many_names_and_no_other() {
        for (name, cloud) in [
            ("public", Cloud::Public),
            ("AzureUSGovernment", Cloud::UsGov),
            ("us-gov", Cloud::UsGov),
            ("Bleu", Cloud::Bleu),
        ] {
            assert_eq!(Cloud::parse(name), Ok(cloud));
        }
        let error = Cloud::parse("AzureStackCloud").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("use one of: public, usgov, china, bleu, delos, govsg"));
        assert_eq!(Cloud::of_host("login.microsoftonline.us"), Some(Cloud::UsGov));
    }

    #[test]
    fn hosts_are_normalised() {
        for base in
            ["login.microsoftonline.com", "https://login.microsoftonline.com/", "HTTPS://Login.MicrosoftOnline.com"]
        {
            let base = base.replace("HTTPS", "https");
            let authority = Authority::new(&base, "contoso.onmicrosoft.com").unwrap();
            assert_eq!(
                authority.token_url(Endpoint::V2),
                "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
            );
        }
        assert_eq!(
            Authority::new("http://127.0.0.1:80", "t").unwrap().token_url(Endpoint::V1),
            "http://127.0.0.1:80/t/oauth2/token"
        );
        assert!(Authority::new("https://[::1]:8443", "t").is_ok());
    }

    #[test]
    fn what_is_no_host_or_no_tenant_is_refused() {
        for base in
            ["http://login.example", "ftp://a", "https://", "https://a/b", "https://a b", "https://u@h", "https://h:x"]
        {
            assert!(Authority::new(base, "t").is_err(), "{base}");
        }
        for tenant in ["", "a/b", "a b", "../x", "a?b", "é", "-x"] {
            assert!(Authority::new("login.example", tenant).is_err(), "{tenant}");
        }
    }
}
