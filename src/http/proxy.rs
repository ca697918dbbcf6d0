//! Which proxy a call takes, by the variables that curl and Go read.
//!
//! The HTTP library can read them too, but it takes `HTTP_PROXY` for https URLs, knows no domain suffixes or networks in
//! `NO_PROXY`, and goes straight where a value is wrong. Here a wrong value is an error: going round a proxy unasked
//! would show a secret to a network that its owner meant to avoid.
//!
//! `http_proxy` has no use here: plain http reaches no further than this machine ([`super::target`]).

use std::ffi::OsString;
use std::net::IpAddr;

use super::target::{Target, bare, port_is_sound};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// What the environment says about proxies.
#[derive(Debug, Default)]
pub(super) struct ProxySettings {
    /// The variable that counts and its value, which may hold a password; a value that is not Unicode as `None`.
    proxy: Option<(&'static str, Option<Secret>)>,
    no_proxy: String,
}

/// How a call reaches its host.
#[derive(Debug)]
pub(super) enum Route {
    /// Without a proxy, because it must not leave this machine or link.
    Local,
    /// Without a proxy, because none is set.
    Open,
    /// Without the proxy of this variable, because of `NO_PROXY`.
    Exempt(&'static str),
    /// Through a proxy.
    Proxy {
        /// The variable that named it.
        variable: &'static str,
        /// Scheme, host and port, without a user name or password.
        shown: String,
        proxy: ureq::Proxy,
    },
}

impl ProxySettings {
    /// Reads the variables through `var`. An empty one counts as unset; the lower case form goes first, as in curl.
    pub(super) fn read(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let proxy = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            .into_iter()
            .find_map(|name| Some((name, set(name)?.into_string().ok().map(Secret::new))));
        let no_proxy = set("no_proxy").or_else(|| set("NO_PROXY")).unwrap_or_default();
        Self { proxy, no_proxy: no_proxy.to_string_lossy().into_owned() }
    }

    /// The way to `target`.
    ///
    /// # Errors
    /// The variable's value is no address of an HTTP proxy.
    pub(super) fn route(&self, target: &Target) -> Result<Route> {
        if target.is_loopback() {
            return Ok(Route::Local);
        }
        let Some((variable, value)) = &self.proxy else { return Ok(Route::Open) };
        if exempt(&self.no_proxy, target) {
            return Ok(Route::Exempt(variable));
        }
        let (shown, proxy) = read(variable, value.as_ref())?;
        Ok(Route::Proxy { variable, shown, proxy })
    }

    /// The proxy that is set, whatever goes by it: the variable, and its value without a password.
    ///
    /// # Errors
    /// The variable's value is no address of an HTTP proxy.
    pub(super) fn named(&self) -> Result<Option<(&'static str, String)>> {
        let Some((variable, value)) = &self.proxy else { return Ok(None) };
        read(variable, value.as_ref()).map(|(shown, _)| Some((*variable, shown)))
    }
}

/// A variable's proxy, as it may be shown and as it is used.
fn read(variable: &str, value: Option<&Secret>) -> Result<(String, ureq::Proxy)> {
    let proxy = value.and_then(|value| parse(value.expose())).ok_or_else(|| {
        // The value is not shown: it may hold a password.
        Error::configuration(format!("{variable} is not the address of an HTTP proxy"))
            .hint(format!("set {variable} to http://HOST:PORT or https://HOST:PORT; SOCKS is not supported"))
    })?;
    let shown = format!("{}://{}:{}", proxy.uri().scheme_str().unwrap_or("http"), proxy.host(), proxy.port());
    Ok((shown, proxy))
}

fn parse(value: &str) -> Option<ureq::Proxy> {
    let value = value.trim();
    let proxy = match value.split_once("://") {
        Some((scheme, _)) if ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            ureq::Proxy::new(value).ok()?
        }
        // Without its SOCKS feature the library stops the process on such a proxy.
        Some(_) => return None,
        None => ureq::Proxy::new(&format!("http://{value}")).ok()?,
    };
    (!proxy.host().is_empty() && port_is_sound(proxy.uri())).then_some(proxy)
}

/// Whether one entry of `list` (between commas or spaces) names `target`: `*`, a domain with or without a leading dot
/// (and all below it), an address, a network such as `10.0.0.0/8`; each but the network may end in a port.
fn exempt(list: &str, target: &Target) -> bool {
    list.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, length)) = entry.split_once('/') {
            let network = bare(network).parse().ok();
            return match (network, length.parse().ok(), target.address()) {
                (Some(network), Some(length), Some(address)) => within(address, network, length),
                _ => false,
            };
        }
        let (name, port) = split_port(entry);
        if port.is_some_and(|port| port != target.port) {
            return false;
        }
        let name = bare(name);
        if let Some(address) = target.address() {
            return name.parse() == Ok(address);
        }
        let domain = name.strip_prefix("*.").unwrap_or(&name).trim_matches('.');
        let host = target.host.trim_end_matches('.');
        !domain.is_empty() && host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// `host:port` and `[address]:port` in two; an IPv6 address without brackets has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

/// Whether the first `length` bits of both addresses are the same.
fn within(address: IpAddr, network: IpAddr, length: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            (address.to_bits() ^ network.to_bits()) & mask == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            (address.to_bits() ^ network.to_bits()) & mask == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Via;
    use super::*;

    fn route(variables: &[(&str, &str)], url: &str) -> String {
        let settings = ProxySettings::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value))
        });
        match settings.route(&Target::new(url, Via::Environment).unwrap()) {
            Ok(Route::Local) => "local".to_owned(),
            Ok(Route::Open) => "open".to_owned(),
            Ok(Route::Exempt(variable)) => format!("not {variable}"),
            Ok(Route::Proxy { variable, shown, .. }) => format!("{variable} {shown}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_variables_count_in_curls_order() {
        const URL: &str = "https://login.microsoftonline.com/t";
        let (lower, upper) = (("https_proxy", "http://low:1"), ("HTTPS_PROXY", "http://up:2"));
        let (all_lower, all_upper) = (("all_proxy", "http://all:3"), ("ALL_PROXY", "http://ALL:4"));
        let cases: [(&[(&str, &str)], &str); 9] = [
            (&[], "open"),
            (&[upper, lower, all_lower], "https_proxy http://low:1"),
            (&[all_upper, upper], "HTTPS_PROXY http://up:2"),
            (&[all_upper, all_lower], "all_proxy http://all:3"),
            (&[("https_proxy", ""), upper], "HTTPS_PROXY http://up:2"),
            (&[("HTTP_PROXY", "http://p"), ("http_proxy", "http://p")], "open"),
            (&[("HTTPS_PROXY", "proxy.corp:3128")], "HTTPS_PROXY http://proxy.corp:3128"),
            (&[("HTTPS_PROXY", " https://me:hunter2@proxy.corp ")], "HTTPS_PROXY https://proxy.corp:443"),
            (&[("HTTPS_PROXY", "me:hunter2@proxy.corp")], "HTTPS_PROXY http://proxy.corp:80"),
        ];
        for (variables, expected) in cases {
            assert_eq!(route(variables, URL), expected, "{variables:?}");
        }
        for loopback in ["https://localhost:8443/", "http://127.0.0.1/", "https://[::1]/"] {
            assert_eq!(route(&[upper, lower, all_lower], loopback), "local", "{loopback}");
        }
    }

    #[test]
    fn no_proxy_matches_as_in_curl_and_go() {
        let cases = [
            ("*", "https://a.example.com/", true),
            ("example.com", "https://example.com/", true),
            ("example.com", "https://A.Example.com/", true),
            (".example.com", "https://example.com/", true),
            (".example.com", "https://a.example.com/", true),
            ("*.example.com", "https://a.example.com/", true),
            ("EXAMPLE.COM.", "https://a.example.com/", true),
            ("example.com", "https://notexample.com/", false),
            ("example.com", "https://example.com.evil.net/", false),
            ("foo, example.com", "https://example.com/", true),
            ("foo example.com", "https://example.com/", true),
            (" , ,", "https://example.com/", false),
            (".", "https://example.com/", false),
            ("example.com:443", "https://example.com/", true),
            ("example.com:8443", "https://example.com/", false),
            ("example.com:8443", "https://example.com:8443/", true),
            ("10.0.0.0/8", "https://10.200.1.1/", true),
            ("10.0.0.0/8", "https://11.0.0.1/", false),
            ("10.0.0.0/8", "https://ten.example/", false),
            ("0.0.0.0/0", "https://11.0.0.1/", true),
            ("10.0.0.0/33", "https://10.0.0.1/", false),
            ("10.0.0.1", "https://10.0.0.1/", true),
            ("10.0.0.1:443", "https://10.0.0.1/", true),
            ("0.0.1", "https://10.0.0.1/", false),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("fd00::/8", "https://[fe80::1]/", false),
            ("::/0", "https://[fe80::1]/", true),
            ("fd12::1", "https://[fd12:0::1]/", true),
            ("[fd12::1]:443", "https://[fd12::1]/", true),
            ("[fd12::1]:444", "https://[fd12::1]/", false),
        ];
        for (list, url, direct) in cases {
            let variables = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", list)];
            let expected = if direct { "not HTTPS_PROXY" } else { "HTTPS_PROXY http://p:1" };
            assert_eq!(route(&variables, url), expected, "{list} {url}");
        }
        let both = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*"), ("no_proxy", "other")];
        assert_eq!(route(&both, "https://example.com/"), "HTTPS_PROXY http://p:1");
    }

    #[test]
    fn a_wrong_value_is_an_error_that_does_not_show_it() {
        for value in
            ["socks5://me:hunter2@p:1080", "garbage://hunter2", "http://", "http://hunter2 x:1", "http://p:port"]
        {
            let text = route(&[("HTTPS_PROXY", value)], "https://example.com/");
            assert!(text.starts_with("jeton: HTTPS_PROXY is not the address of an HTTP proxy"), "{value}: {text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
