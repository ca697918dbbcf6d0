//! What a failed attempt means: for the user (an [`Error`]), and for the next attempt ([`Again`]).

use std::io::{self, ErrorKind};
use std::time::Duration;

use ureq::Timeout;

use super::proxy::Route;
use super::retry::Again;
use super::target::Target;
use crate::clock;
use crate::error::Error;

/// rustls' word for a certificate that no root vouches for.
const UNKNOWN_ISSUER: &str = "UnknownIssuer";

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Error,
    pub(super) again: Again,
    pub(super) reached: Reached,
}

/// How far a failed attempt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Nothing of the request was sent.
    Nobody,
    /// Nothing was sent, because the roots in use do not verify the server. Others may.
    Unverified,
    /// The server may have the request, and its id in its logs.
    Server,
}

impl Fault {
    fn unsent(again: Again, text: String, hint: String) -> Self {
        Self { error: Error::network(text).hint(hint), again, reached: Reached::Nobody }
    }

    fn sent(again: Again, text: String, hint: String) -> Self {
        Self { error: Error::network(text).hint(hint), again, reached: Reached::Server }
    }

    /// Of two faults of one server, found with two sets of roots, the one that tells more: that a set does not have the
    /// issuer tells least.
    pub(super) fn or_more_telling(self, later: Self) -> Self {
        if self.error.message.contains(UNKNOWN_ISSUER) { later } else { self }
    }
}

impl From<Error> for Fault {
    /// An error of ours that would come again.
    fn from(error: Error) -> Self {
        Self { error, again: Again::Never, reached: Reached::Nobody }
    }
}

/// What `error` means for a call to `target` by `route`, `passed` after its start. Nothing of the query, the body or a
/// proxy's password is shown.
pub(super) fn explain(error: ureq::Error, target: &Target, route: &Route, passed: Duration) -> Fault {
    let host = &target.host;
    let after = format!("{:.1} s", passed.as_secs_f64());
    match error {
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            Fault::unsent(Again::Always, format!("no connection to {host} after {after}"), reach(route))
        }
        ureq::Error::Timeout(_) => {
            Fault::sent(Again::Never, format!("no answer from {host} after {after}"), reach(route))
        }
        ureq::Error::HostNotFound => Fault::unsent(Again::Never, unknown(host, route, "no address"), reach(route)),
        ureq::Error::ConnectProxyFailed(why) => refused_by_proxy(&why, host, route),
        ureq::Error::Io(error) => io_fault(&error, target, route),
        ureq::Error::Rustls(error) => tls_fault(&error.to_string(), host),
        ureq::Error::Tls(why) => tls_fault(why, host),
        // A URL or header that the library refuses was made by us; its text may hold the query.
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            Error::configuration(format!("the request to {host} can't be put into HTTP")).into()
        }
        other => Fault::sent(Again::Never, format!("{host} does not answer in HTTP: {other}"), reach(route)),
    }
}

fn io_fault(error: &io::Error, target: &Target, route: &Route) -> Fault {
    let host = &target.host;
    let unmade = match route {
        // Through a proxy, only the proxy itself is connected to.
        Route::Proxy { shown, variable, .. } => format!("no connection to the proxy {shown} ({variable}): {error}"),
        _ => format!("no connection to {host}: {error}"),
    };
    match error.kind() {
        // AddrNotAvailable: IPv6 without a route, for one.
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => Fault::unsent(Again::Always, unmade, reach(route)),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => {
            Fault::sent(Again::IfSafe, format!("the connection to {host} broke off: {error}"), reach(route))
        }
        // rustls says so for everything that is wrong with the handshake.
        ErrorKind::InvalidData if target.https => tls_fault(&error.to_string(), host),
        _ => match lookup(error) {
            Some(again) => Fault::unsent(again, unknown(host, route, &error.to_string()), reach(route)),
            None => Fault::sent(Again::Never, format!("the connection to {host} failed: {error}"), reach(route)),
        },
    }
}

/// Whether `error` came from resolving a name, and what that allows: a resolver that can't be reached for the moment may
/// answer soon, a name that does not exist will not.
fn lookup(error: &io::Error) -> Option<Again> {
    // Windows: WSATRY_AGAIN, WSAHOST_NOT_FOUND and WSANO_DATA. Elsewhere std wraps the text of getaddrinfo, where
    // EAI_AGAIN reads "Temporary failure in name resolution" (glibc) or "Try again" (musl).
    match error.raw_os_error() {
        Some(11002) if cfg!(windows) => return Some(Again::Always),
        Some(11001 | 11004) if cfg!(windows) => return Some(Again::Never),
        _ => {}
    }
    let text = error.to_string();
    let why = text.strip_prefix("failed to lookup address information")?;
    let passing = why.contains("Temporary failure") || why.contains("Try again");
    Some(if passing { Again::Always } else { Again::Never })
}

fn unknown(host: &str, route: &Route, why: &str) -> String {
    let why = why.trim_start_matches("failed to lookup address information: ");
    match route {
        Route::Proxy { shown, variable, .. } => format!("the proxy {shown} ({variable}) can't be resolved: {why}"),
        _ => format!("{host} can't be resolved: {why}"),
    }
}

/// `why` is rustls' text: its types would be one more dependency to keep in step with the HTTP library's.
fn tls_fault(why: &str, host: &str) -> Fault {
    let certificate = why.strip_prefix("invalid peer certificate: ");
    let why = certificate.unwrap_or(why);
    let has = |marks: &[&str]| marks.iter().any(|mark| why.contains(mark));
    let hint = if has(&[UNKNOWN_ISSUER]) {
        "if a proxy inspects TLS here, name a PEM file with its CA certificate in JETON_CA_FILE (or SSL_CERT_FILE)"
            .into()
    } else if has(&["certificate expired", "Expired", "not valid yet", "NotValidYet"]) {
        format!(
            "check this machine's clock (it says {}); if it is right, tell who runs {host}",
            clock::rfc3339(clock::now())
        )
    } else {
        "see whether a proxy or a sign-in page of this network answers in place of the host".into()
    };
    // A certificate can list a hundred names.
    let shown: String = why.chars().take(200).collect();
    let fault = Fault::unsent(Again::Never, format!("no trusted connection to {host}: {shown}"), hint);
    // The name is compared last: a wrong one is wrong with all roots.
    let other_roots_may_do = certificate.is_some() && !has(&["not valid for name", "NotValidForName"]);
    if other_roots_may_do { Fault { reached: Reached::Unverified, ..fault } } else { fault }
}

/// `why` holds the status that the proxy answered CONNECT with, if it answered.
fn refused_by_proxy(why: &str, host: &str, route: &Route) -> Fault {
    let (shown, variable) = match route {
        Route::Proxy { shown, variable, .. } => (shown.as_str(), *variable),
        _ => ("the proxy", "HTTPS_PROXY"),
    };
    let status = why.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse::<u16>().ok());
    let (again, text, hint) = match status {
        Some(407) => (
            Again::Never,
            format!("the proxy {shown} asks for a user name and password"),
            format!("put them into {variable} as http://USER:PASSWORD@HOST:PORT, percent-encoded"),
        ),
        Some(status @ (502..=504)) => {
            (Again::Always, format!("the proxy {shown} can't reach {host}: status {status}"), reach(route))
        }
        Some(status) => (
            Again::Never,
            format!("the proxy {shown} refuses a connection to {host}: status {status}"),
            format!("check {variable}; NO_PROXY lists the hosts that are reached without it"),
        ),
        None => (Again::Always, format!("the proxy {shown} does not answer"), reach(route)),
    };
    Fault::unsent(again, text, hint)
}

/// What to look at when a host can't be reached.
fn reach(route: &Route) -> String {
    match route {
        Route::Local => "check that the service runs on this machine".to_owned(),
        Route::Open => "check the network; if it has a proxy, set HTTPS_PROXY".to_owned(),
        Route::Exempt(variable) => format!("check the network; NO_PROXY keeps this host from the proxy in {variable}"),
        Route::Proxy { variable, shown, .. } => format!(
            "check the network and the proxy {shown} ({variable}); NO_PROXY lists the hosts that are reached without it"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Via;
    use super::*;

    fn told(error: ureq::Error) -> Fault {
        let target = Target::new("https://login.example/t?secret=1", Via::Environment).unwrap();
        explain(error, &target, &Route::Open, Duration::from_millis(1500))
    }

    fn io(kind: ErrorKind, text: &str) -> ureq::Error {
        ureq::Error::Io(io::Error::new(kind, text.to_owned()))
    }

    #[test]
    fn each_fault_says_whether_to_try_again() {
        let lookup = "failed to lookup address information: ";
        let cases = [
            (io(ErrorKind::ConnectionRefused, "refused"), Again::Always),
            (io(ErrorKind::NetworkUnreachable, "unreachable"), Again::Always),
            (ureq::Error::Timeout(Timeout::Connect), Again::Always),
            (ureq::Error::ConnectProxyFailed("proxy server responded 503/503".into()), Again::Always),
            (ureq::Error::ConnectProxyFailed("proxy server did not respond".into()), Again::Always),
            (io(ErrorKind::Other, &format!("{lookup}Temporary failure in name resolution")), Again::Always),
            (io(ErrorKind::ConnectionReset, "reset"), Again::IfSafe),
            (io(ErrorKind::UnexpectedEof, "eof"), Again::IfSafe),
            (io(ErrorKind::BrokenPipe, "pipe"), Again::IfSafe),
            (io(ErrorKind::Other, &format!("{lookup}Name or service not known")), Again::Never),
            (ureq::Error::HostNotFound, Again::Never),
            (ureq::Error::Timeout(Timeout::Global), Again::Never),
            (ureq::Error::ConnectProxyFailed("proxy server responded 407/407".into()), Again::Never),
            (ureq::Error::ConnectProxyFailed("proxy server responded 403/403".into()), Again::Never),
            (io(ErrorKind::InvalidData, "invalid peer certificate: UnknownIssuer"), Again::Never),
        ];
        for (error, again) in cases {
            let text = error.to_string();
            let fault = told(error);
            assert_eq!(fault.again, again, "{text}");
            assert!(
                fault.error.message.contains("login.example") || fault.error.message.contains("the proxy"),
                "{text}"
            );
            assert!(!fault.error.to_string().contains("secret"), "{text}");
        }
    }

    #[test]
    fn certificate_faults_name_the_remedy() {
        let hint = |why: &str| told(io(ErrorKind::InvalidData, why)).error.hint.unwrap();
        assert!(hint("invalid peer certificate: UnknownIssuer").contains("JETON_CA_FILE"));
        assert!(hint("invalid peer certificate: certificate expired: verification time 1 (UNIX)").contains("clock"));
        assert!(hint("invalid peer certificate: certificate not valid yet: verification time 1").contains("clock"));
        assert!(hint("received corrupt message of type InvalidContentType").contains("proxy"));
        let reached = |why: &str| told(io(ErrorKind::InvalidData, why)).reached;
        assert_eq!(reached("invalid peer certificate: BadSignature"), Reached::Unverified);
        assert_eq!(reached("invalid peer certificate: certificate not valid for name \"a\""), Reached::Nobody);
        assert_eq!(reached("received fatal alert: HandshakeFailure"), Reached::Nobody);
    }

    #[test]
    fn timeouts_say_what_and_how_long() {
        let timeout = |which| told(ureq::Error::Timeout(which)).error.message;
        assert_eq!(timeout(Timeout::Global), "no answer from login.example after 1.5 s");
        assert_eq!(timeout(Timeout::Connect), "no connection to login.example after 1.5 s");
    }
}
