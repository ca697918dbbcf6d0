//! Where the browser is sent when the person has signed in (RFC 6749 section 3.1.2, RFC 8252 section 7.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::{Error, Result};

/// A redirect URI as the app registration knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    loopback: Option<Loopback>,
}

/// A redirect URI that this machine can listen at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loopback {
    /// `localhost`, `127.0.0.1` or `[::1]`, as it stands in the URI.
    pub host: String,
    /// The port in the URI. Without one any is meant: Entra and RFC 8252 leave it out of the comparison.
    pub port: Option<u16>,
    /// What follows: empty, or a path that begins with `/`; a query may follow.
    tail: String,
}

impl RedirectUri {
    /// Reads a URI. `http` is for this machine alone.
    ///
    /// # Errors
    /// What is no absolute URI, has a fragment or a user, or would send codes over plain http.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::configuration(format!("{text:?} is not a redirect URI: {why}"))
                .hint("give a URL that the app registration knows, such as http://localhost")
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
        let good =
            |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
        if scheme.is_empty() || rest.is_empty() || !text.chars().all(good) {
            return Err(wrong("a URI has neither blanks nor a fragment"));
        }
        let uri = |loopback| Self { text: text.to_owned(), loopback };
        if !scheme.eq_ignore_ascii_case("http") {
            return Ok(uri(None));
        }
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        if !["localhost", "127.0.0.1", "[::1]"].iter().any(|known| host.eq_ignore_ascii_case(known)) {
            return Err(wrong("plain http is for localhost alone"));
        }
        let port = match port.map(str::parse::<u16>) {
            None => None,
            Some(Ok(port)) if port > 0 => Some(port),
            Some(_) => return Err(wrong("its port is no number from 1 to 65535")),
        };
        Ok(uri(Some(Loopback { host: host.to_owned(), port, tail: tail.to_owned() })))
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where to listen, if this machine can.
    #[must_use]
    pub fn loopback(&self) -> Option<&Loopback> {
        self.loopback.as_ref()
    }
}

impl Loopback {
    /// The URI with this port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host, self.tail)
    }

    /// The path that a browser asks for.
    #[must_use]
    pub fn path(&self) -> &str {
        match self.tail.split('?').next() {
            None | Some("") => "/",
            Some(path) => path,
        }
    }

    /// The addresses to listen at; `localhost` may mean either, whichever the browser tries first.
    #[must_use]
    pub fn addresses(&self) -> &'static [IpAddr] {
        const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
        match self.host.as_str() {
            "127.0.0.1" => &[V4],
            "[::1]" => &[V6],
            _ => &[V4, V6],
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn this_machine_listens_for_http_on_loopback_alone() {
        for (text, port, path, with_port) in [
            ("http://localhost", None, "/", "http://localhost:9"),
            ("http://localhost/", None, "/", "http://localhost:9/"),
            ("http://localhost:8080/a/b?c=d", Some(8080), "/a/b", "http://localhost:9/a/b?c=d"),
            ("HTTP://Localhost?x", None, "/", "http://Localhost:9?x"),
            ("http://127.0.0.1:1", Some(1), "/", "http://127.0.0.1:9"),
            ("http://[::1]:1/x", Some(1), "/x", "http://[::1]:9/x"),
            ("http://[::1]", None, "/", "http://[::1]:9"),
        ] {
            let uri = RedirectUri::parse(text).unwrap();
            let loopback = uri.loopback().unwrap();
            assert_eq!((loopback.port, loopback.path()), (port, path), "{text}");
            assert_eq!(loopback.with_port(9), with_port);
            assert_eq!(uri.as_str(), text);
        }
        for text in ["https://localhost/x", "https://app.example/callback", "msal1234://auth"] {
            assert_eq!(RedirectUri::parse(text).unwrap().loopback(), None, "{text}");
        }
    }

    #[test]
    fn codes_do_not_travel_over_plain_http() {
        for text in [
            "http://app.example/",
            "http://localhost.evil.example",
            "http://evil@localhost/",
            "http://127.0.0.2",
            "http://localhost:0",
            "http://localhost:x",
            "http://localhost:99999",
            "localhost",
            "http://",
            "http://::1/",
            "https://a b",
            "http://localhost/#x",
            "://x",
        ] {
            assert!(RedirectUri::parse(text).unwrap_err().hint.is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(https?://)?[\\[\\]:/?#.@a-z0-9é]{0,30}") {
            if let Ok(uri) = RedirectUri::parse(&text) && let Some(loopback) = uri.loopback() {
                prop_assert!(loopback.path().starts_with('/'));
                let again = RedirectUri::parse(&loopback.with_port(7)).unwrap();
                prop_assert_eq!(again.loopback().unwrap().port, Some(7));
            }
        }
    }
}
