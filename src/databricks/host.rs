//! Hosts of Databricks: one form for all the spellings that people copy from browsers and guides, and what a host's name
//! says of it.
//!
//! Sources: databricks-sdk-go `common/environment/environments.go` (clouds by suffix) and `config/config.go`
//! (`fixHostIfNeeded`); "Databricks account console" for the account hosts.

use std::fmt;

use crate::entra;
use crate::error::{Error, Result};

/// The account consoles (databricks-sdk-go `config/config.go`, databricks-cli `libs/auth`).
const ACCOUNTS: &[&str] = &[
    "accounts.cloud.databricks.com",
    "accounts.cloud.databricks.us",
    "accounts-dod.cloud.databricks.mil",
    "accounts.gcp.databricks.com",
    "accounts.azuredatabricks.net",
    "accounts.databricks.azure.us",
    "accounts.databricks.azure.cn",
];

/// Ends of workspace hosts, and the cloud they are in.
const CLOUDS: &[(&str, Cloud)] = &[
    (".azuredatabricks.net", Cloud::Azure(entra::Cloud::Public)),
    (".databricks.azure.us", Cloud::Azure(entra::Cloud::UsGov)),
    (".databricks.azure.cn", Cloud::Azure(entra::Cloud::China)),
    (".gcp.databricks.com", Cloud::Gcp),
    (".cloud.databricks.com", Cloud::Aws),
    (".cloud.databricks.us", Cloud::Aws),
    (".cloud.databricks.mil", Cloud::Aws),
];

/// The cloud that a workspace is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// Azure: the only one whose workspaces take Entra's tokens; it has clouds of its own.
    Azure(entra::Cloud),
    /// AWS.
    Aws,
    /// Google Cloud.
    Gcp,
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Azure(_) => "Azure",
            Self::Aws => "AWS",
            Self::Gcp => "Google Cloud",
        })
    }
}

impl Cloud {
    /// The resource of a management token (`X-Databricks-Azure-SP-Management-Token`): the classic one, with its slash, as
    /// the SDKs ask for it (databricks-sdk-go `common/environment`). `None` outside of Azure.
    #[must_use]
    pub fn management_resource(self) -> Option<&'static str> {
        match self {
            Self::Azure(entra::Cloud::UsGov) => Some("https://management.core.usgovcloudapi.net/"),
            Self::Azure(entra::Cloud::China) => Some("https://management.core.chinacloudapi.cn/"),
            Self::Azure(_) => Some("https://management.core.windows.net/"),
            Self::Aws | Self::Gcp => None,
        }
    }
}

/// A workspace or an account of Databricks, by its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// `https://name[:port]`, in lower case; `http://` on loopback alone.
    origin: String,
    /// In lower case, without port and brackets.
    name: String,
    /// Ids that stood in the address.
    account_id: Option<String>,
    workspace_id: Option<String>,
}

impl Host {
    /// Reads a host as people write it: with or without `https://`, in any case, with a port, with the path and query of a
    /// page of the workspace, of which nothing but the ids counts (`?o=` of a workspace, `?a=` and
    /// `/oidc/accounts/ID` of an account).
    ///
    /// # Errors
    /// Plain http to another machine, another scheme, a user name, and what is no host at all.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let wrong = |why: &str| {
            // What stands before an @ may be a password, and a query may hold anything.
            let shown = text.rsplit('@').next().unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
            Error::configuration(format!("{shown:?} is not the host of a Databricks workspace or account: {why}")).hint(
                "give it as in the browser's address line, such as https://adb-1234567890123456.7.azuredatabricks.net",
            )
        };
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("https".to_owned(), text),
        };
        let (rest, fragment_free) = (rest, rest.split('#').next().unwrap_or_default());
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(wrong("it has a user name"));
        }
        let authority = authority.to_ascii_lowercase();
        let (name, port) = match authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
            Some((v6, port)) => (v6.to_owned(), port),
            None => {
                let at = authority.find(':').unwrap_or(authority.len());
                (authority[..at].trim_end_matches('.').to_owned(), &authority[at..])
            }
        };
        let v6 = authority.starts_with('[');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') || (v6 && c == ':');
        if name.is_empty() || !name.chars().all(plain) || name.starts_with(['.', '-']) || name.contains("..") {
            return Err(wrong("it has no name of a host"));
        }
        if v6 && name.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(wrong("it has no name of a host"));
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| wrong("its port is no port"))?)
            }
            _ => return Err(wrong("its port is no port")),
        };
        let near = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let usual = match scheme.as_str() {
            "https" => 443,
            "http" if near => 80,
            "http" => return Err(wrong("tokens travel over https only")),
            _ => return Err(wrong("its scheme is not https")),
        };
        let port = port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
        let shown = if v6 { format!("[{name}]") } else { name.clone() };
        let (path, query) = fragment_free.split_once('?').unwrap_or((fragment_free, ""));
        let asked = |wanted: &[&str]| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find_map(|(key, value)| (wanted.contains(&key) && is_id(value)).then(|| value.to_owned()))
        };
        let in_path = || {
            let id = path.split_once("/oidc/accounts/")?.1.split('/').next()?;
            is_id(id).then(|| id.to_owned())
        };
        Ok(Self {
            origin: format!("{scheme}://{shown}{port}"),
            name,
            account_id: asked(&["a", "account_id"]).or_else(in_path),
            workspace_id: asked(&["o", "w", "workspace_id"]),
        })
    }

    /// The same host, for this workspace where the address names none.
    #[must_use]
    pub fn in_workspace(mut self, id: Option<String>) -> Self {
        self.workspace_id = self.workspace_id.or(id);
        self
    }

    /// `https://name[:port]`: what tokens of this host are for.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The name, without port.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account that stood in the address.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    /// The workspace that stood in the address.
    #[must_use]
    pub fn workspace_id(&self) -> Option<&str> {
        self.workspace_id.as_deref()
    }

    /// The cloud, as far as the name says it.
    #[must_use]
    pub fn cloud(&self) -> Option<Cloud> {
        CLOUDS.iter().find(|(end, _)| self.name.ends_with(end)).map(|(_, cloud)| *cloud)
    }

    /// Whether the name is that of an account console.
    #[must_use]
    pub fn is_account(&self) -> bool {
        ACCOUNTS.contains(&self.name.as_str())
    }

    /// Whether `url` is at this host, or, for a host of Databricks' own, at an account console of the same cloud: nowhere
    /// else do credentials for this host go.
    #[must_use]
    pub fn vouches_for(&self, url: &str) -> bool {
        let Some((scheme, rest)) = url.split_once("://") else { return false };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let Ok(other) = Self::parse(&format!("{scheme}://{authority}")) else { return false };
        other.origin == self.origin
            || (other.is_account()
                && other.origin == format!("https://{}", other.name)
                && self.cloud() == other.cloud())
    }
}

/// The origin: two hosts are one if they have the same.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// Ids of workspaces are numbers or those of connections, ids of accounts GUIDs.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn origin(text: &str) -> String {
        Host::parse(text).unwrap().to_string()
    }

    #[test]
    fn all_spellings_of_a_host_are_one() {
        for text in [
            "adb-1234567890123456.7.azuredatabricks.net",
            "https://adb-1234567890123456.7.azuredatabricks.net",
            "https://adb-1234567890123456.7.azuredatabricks.net/",
            "HTTPS://ADB-1234567890123456.7.AzureDatabricks.NET:443/",
            " adb-1234567890123456.7.azuredatabricks.net. ",
            "https://adb-1234567890123456.7.azuredatabricks.net/?o=1234567890123456#notebook/1/command/2",
            "adb-1234567890123456.7.azuredatabricks.net/browse/folders/workspace?o=1234567890123456",
        ] {
            assert_eq!(origin(text), "https://adb-1234567890123456.7.azuredatabricks.net", "{text}");
        }
        assert_eq!(origin("localhost:8443"), "https://localhost:8443");
        assert_eq!(origin("http://LOCALHOST:80/x"), "http://localhost");
        assert_eq!(origin("http://[::1]:8080"), "http://[::1]:8080");
        assert_eq!(origin("https://127.0.0.1:8443/a/b"), "https://127.0.0.1:8443");
    }

    #[test]
    fn ids_in_an_address_count() {
        let host = Host::parse("https://x.cloud.databricks.com/?o=12345#job/1").unwrap();
        assert_eq!((host.workspace_id(), host.account_id()), (Some("12345"), None));
        let host = Host::parse("https://accounts.cloud.databricks.com/oidc/accounts/aaaa-bbbb/v1/token").unwrap();
        assert_eq!((host.account_id(), host.is_account()), (Some("aaaa-bbbb"), true));
        assert_eq!(Host::parse("x.gcp.databricks.com?a=1-2&o=%0d").unwrap().account_id(), Some("1-2"));
    }

    #[test]
    fn what_is_no_host_is_refused_and_no_password_shown() {
        for text in [
            "",
            "https://",
            "http://adb-1.2.azuredatabricks.net",
            "http://localhost.evil.example",
            "ftp://localhost",
            "https://user:hunter2@adb-1.2.azuredatabricks.net",
            "hunter2@x.cloud.databricks.com",
            "x.cloud.databricks.com:port",
            "x.cloud.databricks.com:0",
            "x.cloud.databricks.com:99999",
            "x.cloud.databricks.com:+443",
            "a b.cloud.databricks.com",
            "x\r\n.cloud.databricks.com",
            "${DATABRICKS_HOST}",
            "<your-databricks-instance>",
            "/",
            "..",
            "[::1",
            "[x]",
        ] {
            let error = Host::parse(text).unwrap_err();
            assert!(error.hint.is_some() && !error.to_string().contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn the_name_tells_the_cloud() {
        for (name, cloud) in [
            ("adb-1.2.azuredatabricks.net", Some(Cloud::Azure(entra::Cloud::Public))),
            ("x.databricks.azure.us", Some(Cloud::Azure(entra::Cloud::UsGov))),
            ("x.databricks.azure.cn", Some(Cloud::Azure(entra::Cloud::China))),
            ("dbc-1.cloud.databricks.com", Some(Cloud::Aws)),
            ("dbc-1.cloud.databricks.us", Some(Cloud::Aws)),
            ("1.2.gcp.databricks.com", Some(Cloud::Gcp)),
            ("x.example", None),
            ("azuredatabricks.net.evil.example", None),
        ] {
            assert_eq!(Host::parse(name).unwrap().cloud(), cloud, "{name}");
        }
    }

    #[test]
    fn credentials_stay_at_the_host_or_go_to_its_clouds_account() {
        let host = Host::parse("adb-1.2.azuredatabricks.net").unwrap();
        for (url, vouched) in [
            ("https://adb-1.2.azuredatabricks.net/oidc/v1/token", true),
            ("https://adb-1.2.azuredatabricks.net:443/oidc/v1/token", true),
            ("https://accounts.azuredatabricks.net/oidc/accounts/1/v1/token", true),
            ("https://accounts.azuredatabricks.net:8443/oidc/accounts/1/v1/token", false),
            ("http://accounts.azuredatabricks.net/oidc", false),
            ("https://accounts.cloud.databricks.com/oidc/accounts/1/v1/token", false),
            ("https://adb-3.4.azuredatabricks.net/oidc/v1/token", false),
            ("https://adb-1.2.azuredatabricks.net:8443/oidc/v1/token", false),
            ("https://adb-1.2.azuredatabricks.net@evil.example/oidc/v1/token", false),
            ("https://evil.example/adb-1.2.azuredatabricks.net", false),
            ("oidc/v1/token", false),
        ] {
            assert_eq!(host.vouches_for(url), vouched, "{url}");
        }
        assert!(!Host::parse("localhost:1").unwrap().vouches_for("https://accounts.azuredatabricks.net/x"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_what_is_read_reads_as_itself(
            text in "(https?://)?[\\[\\]:/?#.@a-zA-Z0-9é=&-]{0,40}",
        ) {
            if let Ok(host) = Host::parse(&text) {
                prop_assert_eq!(origin(host.origin()), host.origin());
                prop_assert!(host.vouches_for(host.origin()));
            }
        }
    }
}
