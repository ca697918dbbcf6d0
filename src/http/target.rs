//! Where a call goes, and whether its secrets may go there.

use std::net::IpAddr;

use ureq::http::Uri;

use super::Via;
use crate::error::{Error, Result};

/// A URL that has passed the checks, and its parts as the rest of this module needs them.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) uri: Uri,
    /// Whether the connection is encrypted.
    pub(super) https: bool,
    /// The host in lower case, an IPv6 address without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether the path is secret.
    pub(super) hides_path: bool,
}

impl Target {
    /// Reads `url`. Its query is never shown: it may hold a secret.
    ///
    /// # Errors
    /// Text that is no absolute http(s) URL, a URL with a user name, and plain http to anywhere but this machine (or, for
    /// [`Via::Direct`], the link).
    pub(super) fn new(url: &str, via: Via) -> Result<Self> {
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        let bad = |why: &str| Error::configuration(format!("{why}: {shown}")).hint("give an https URL");
        if shown.contains('@') {
            // What stands before the @ may be a password.
            return Err(Error::configuration("a URL must not hold a user name or a password").hint("give an https URL"));
        }
        let uri: Uri = url.parse().map_err(|_| bad("this is not a URL"))?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("this is not an https URL")),
        };
        let host = uri.host().map(bare).filter(|host| !host.is_empty()).ok_or_else(|| bad("this URL has no host"))?;
        if !port_is_sound(&uri) {
            return Err(bad("this URL has a wrong port"));
        }
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let target = Self { host, port, https, uri, hides_path: false };
        let near = target.is_loopback() || (via == Via::Direct && target.is_link_local());
        if !https && !near {
            return Err(bad("secrets travel over https only, plain http reaches no further than this machine"));
        }
        Ok(target)
    }

    /// Host and path, for people: without the query, and without a path that is secret.
    pub(super) fn shown(&self) -> String {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let path = if self.hides_path { "/..." } else { self.uri.path() };
        format!("{authority}{path}")
    }

    /// The host as an address, if it is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// `localhost`, 127.0.0.0/8 or ::1.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// 169.254.0.0/16, which no router passes on (RFC 3927): there the clouds serve metadata and managed identities, at
    /// 169.254.169.254 on a virtual machine and at other addresses beside an App Service.
    fn is_link_local(&self) -> bool {
        matches!(self.address(), Some(IpAddr::V4(address)) if address.is_link_local())
    }
}

/// Whether what follows the host is nothing or a port. (The library's parser takes a wrong port for none, which would
/// send the call to the scheme's own port.)
pub(super) fn port_is_sound(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| {
        let text = authority.as_str();
        let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
        let rest = text.strip_prefix(authority.host()).unwrap_or_default();
        rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
    })
}

/// A host in lower case and without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> String {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_reaches_this_machine_only() {
        for url in ["https://login.microsoftonline.com/t/oauth2/v2.0/token", "http://localhost:40342/metadata"]
            .into_iter()
            .chain(["http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]:8080/x", "HTTP://LOCALHOST/"])
        {
            assert!(Target::new(url, Via::Environment).is_ok(), "{url}");
        }
        for url in ["http://login.microsoftonline.com/", "http://169.254.169.254/", "http://localhost.evil.example/"]
            .into_iter()
            .chain(["http://10.0.0.1/", "http://128.0.0.1/", "ftp://localhost/", "localhost/x", "/x", "", "https:///x"])
            .chain(["https://example.com:port/", "https://example.com:99999/", "https://example.com:/"])
        {
            let error = Target::new(url, Via::Environment).unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::Configuration, "{url}");
        }
        assert!(Target::new("http://169.254.169.254/metadata?x=1", Via::Direct).is_ok());
        assert!(Target::new("http://10.0.0.1/", Via::Direct).is_err());
    }

    #[test]
    fn neither_query_nor_user_name_is_shown() {
        for url in ["http://example.com/a?secret=1", "https://me:secret@example.com/", "ftp://x/a#secret"] {
            let error = Target::new(url, Via::Environment).unwrap_err();
            assert!(!error.to_string().contains("secret="), "{error}");
            assert!(!error.to_string().contains("me:"), "{error}");
        }
        let target = Target::new("https://[::1]:8443/a/b?secret=1", Via::Environment).unwrap();
        assert_eq!((target.shown().as_str(), target.host.as_str(), target.port), ("[::1]:8443/a/b", "::1", 8443));
    }
}
