//! The hosts that a profile's token may be handed to: which profile answers a tool that asks for a URL.
//!
//! A pattern is `HOST`, `HOST:PORT`, either with a path in front of which it stands (`dev.azure.com/contoso`), or
//! `*.SUFFIX` for any name below. It never matches another port, and a path matches whole segments. Of several that match,
//! the longest counts.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// A place that a tool wants a credential for: lower-case host, port if it is not the scheme's own, and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Host, in lower case, without a dot at its end.
    pub host: String,
    /// The port, where it is not 443.
    pub port: Option<u16>,
    /// Without the slash at its start; may be empty.
    pub path: String,
}

/// A pattern of a profile's `hosts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    /// The name, or what stands behind `*.`.
    name: String,
    below: bool,
    port: Option<u16>,
    path: String,
}

impl Place {
    /// Reads `HOST[:PORT][/PATH]`, with or without `https://` before it (`http://` on this machine alone).
    ///
    /// # Errors
    /// What is no host, a user name in it, another scheme, and characters that no URL has.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::usage(format!("{text:?} is not the address of a host: {why}"))
                .hint("give a host, or an https:// URL, such as dev.azure.com/contoso")
        };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(wrong("it has blanks or control characters"));
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(wrong("it has a user name"));
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
            Some((v6, port)) => (v6, port),
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '*');
        if host.is_empty() || !host.chars().all(plain) {
            return Err(wrong("it has no host"));
        }
        let default = if scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some(port) => Some(port.parse::<u16>().map_err(|_| wrong("its port is not a number"))?),
            None => return Err(wrong("its port is not a number")),
        };
        match scheme.to_ascii_lowercase().as_str() {
            "https" => {}
            "http" if matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1") => {}
            "http" => return Err(wrong("credentials travel over https only")),
            _ => return Err(wrong("its scheme is not https")),
        }
        Ok(Self { host, port: port.filter(|port| *port != default), path: path.trim_matches('/').to_owned() })
    }
}

impl Place {
    /// The place of a URL that a tool sends; `None` where no token may go, whatever the profiles say: plain http,
    /// another scheme, a user name in it, no host at all.
    ///
    /// # Errors
    /// Blanks and control characters: what may be meant to smuggle a second line in is not passed over.
    pub fn of_url(url: &str) -> Result<Option<Self>> {
        if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Self::parse(url).map(Some);
        }
        // A star is for patterns alone.
        Ok(Self::parse(url).ok().filter(|place| !place.host.contains('*')))
    }
}

impl fmt::Display for Place {
    /// `HOST[:PORT]`, as it stands in a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]", self.host) } else { f.write_str(&self.host) }?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for HostPattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let place = Place::parse(text)?;
        let (name, below) = match place.host.strip_prefix("*.") {
            Some(suffix) => (suffix.to_owned(), true),
            None => (place.host, false),
        };
        if name.contains('*') || (below && !name.contains('.')) {
            return Err(Error::configuration(format!("{text:?} is too wide for a host"))
                .hint("a star stands at the beginning, for one domain's names: *.visualstudio.com"));
        }
        Ok(Self { name, below, port: place.port, path: place.path })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.below { "*." } else { "" })?;
        f.write_str(&self.name)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if !self.path.is_empty() {
            write!(f, "/{}", self.path)?;
        }
        Ok(())
    }
}

impl HostPattern {
    /// How exactly the pattern means `place`: `None` if it does not, else more for the more exact one.
    #[must_use]
    pub fn fits(&self, place: &Place) -> Option<usize> {
        let host = if self.below {
            place.host.strip_suffix(&self.name)?.strip_suffix('.').is_some_and(|label| !label.is_empty())
        } else {
            place.host == self.name
        };
        let path = self.path.is_empty()
            || place.path.get(..self.path.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.path))
                && matches!(place.path.as_bytes().get(self.path.len()), None | Some(b'/'));
        (host && path && self.port == place.port).then(|| self.name.len() + self.path.len() + usize::from(!self.below))
    }

    /// The one place that the pattern stands for; `None` where it has a star.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        (!self.below).then(|| Place { host: self.name.clone(), port: self.port, path: self.path.clone() })
    }

    /// The place at which all that the pattern means at `place`'s host begins.
    #[must_use]
    pub fn root_of(&self, place: &Place) -> Place {
        // As `place` writes it: the pattern's letters may be of another case.
        let path = place.path.get(..self.path.len()).unwrap_or_default();
        Place { path: path.to_owned(), ..place.clone() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, place: &str) -> bool {
        pattern.parse::<HostPattern>().unwrap().fits(&Place::parse(place).unwrap()).is_some()
    }

    #[test]
    fn a_pattern_means_its_host_and_no_other() {
        for (pattern, place, meant) in [
            ("dev.azure.com", "https://dev.azure.com/contoso/_git/x", true),
            ("dev.azure.com", "https://DEV.azure.com.", true),
            ("dev.azure.com", "https://dev.azure.com:443/", true),
            ("dev.azure.com", "https://dev.azure.com:444/", false),
            ("dev.azure.com", "https://xdev.azure.com", false),
            ("dev.azure.com", "https://dev.azure.com.evil.example", false),
            ("dev.azure.com/contoso", "dev.azure.com/Contoso/p", true),
            ("dev.azure.com/contoso", "dev.azure.com/contoso2/p", false),
            ("dev.azure.com/contoso", "dev.azure.com", false),
            ("*.visualstudio.com", "contoso.visualstudio.com", true),
            ("*.visualstudio.com", "visualstudio.com", false),
            ("*.visualstudio.com", "evilvisualstudio.com", false),
            ("localhost:8443", "http://localhost:8443/x", true),
        ] {
            assert_eq!(fits(pattern, place), meant, "{pattern} {place}");
        }
    }

    #[test]
    fn a_tools_url_is_ours_foreign_or_an_attack() {
        assert_eq!(Place::of_url("https://[::1]:444/x").unwrap().unwrap().to_string(), "[::1]:444");
        for foreign in ["http://h.example/", "ftp://h.example", "https://u@h.example/", "", "https://*.h.example/"] {
            assert_eq!(Place::of_url(foreign).unwrap(), None, "{foreign}");
        }
        for attack in ["https://h.example/\r\nx", "https://h.example\0", "h example", "https://h.example/\u{85}"] {
            assert!(Place::of_url(attack).is_err(), "{attack:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["", "https://", "ftp://h", "http://example.com", "a@b", "h:port", "h\nx", "https://h:99999"] {
            assert!(Place::parse(bad).is_err(), "{bad:?}");
        }
        for bad in ["*", "*.com", "a.*.com", "*.*.com"] {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,60}", pattern in ".{0,30}") {
            let place = Place::parse(&text);
            if let (Ok(place), Ok(pattern)) = (place, pattern.parse::<HostPattern>()) {
                let _ = pattern.fits(&place);
            }
        }

        #[test]
        fn all_that_a_pattern_means_lies_below_its_root(path in "[a-zA-Zé/]{0,12}", start in "[a-zA-Zé/]{0,6}") {
            let pattern: HostPattern = format!("*.example.com/{start}").parse().unwrap();
            let place = Place::parse(&format!("https://h.example.com:444/{path}")).unwrap();
            let at = Place { port: None, ..place };
            if pattern.fits(&at).is_some() {
                let root = pattern.root_of(&at);
                prop_assert!(at.path.starts_with(&root.path) && pattern.fits(&root).is_some());
            }
        }
    }
}
