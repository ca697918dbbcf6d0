//! curl's command line, as far as it has to be understood to know every place that a request may go to.
//!
//! curl takes each word that is no option for a URL, and sends what it is given to all of them. So an option has to be
//! known here, and whether a word stands behind it: one that is not known is refused, and so are those that name further
//! places or hand the token on (a configuration, `--next`, `--location-trusted`, `--insecure`, traces).
//!
//! Source: curl's manual (curl.1) and `src/tool_getparam.c`: letters may stand together, the last one may have its value
//! attached; long options have theirs in the next word.

use std::ffi::{OsStr, OsString};

use crate::error::{Error, Result};
use crate::profile::Place;

/// Letters that stand alone.
const SWITCHES: &[u8] = b"046fgGiIjJLNORsSvZ#";

/// Letters with a value.
const WITH_VALUE: &[u8] = b"AbcCdDeEFHmorTwxXyYz";

/// Long options that stand alone.
const LONG_SWITCHES: &[&str] = &[
    "ca-native",
    "compressed",
    "create-dirs",
    "fail",
    "fail-early",
    "fail-with-body",
    "get",
    "globoff",
    "head",
    "http1.1",
    "http2",
    "http3",
    "include",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "location",
    "no-buffer",
    "no-clobber",
    "no-keepalive",
    "no-progress-meter",
    "parallel",
    "parallel-immediate",
    "path-as-is",
    "post301",
    "post302",
    "post303",
    "progress-bar",
    "raw",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "remove-on-error",
    "retry-all-errors",
    "retry-connrefused",
    "show-error",
    "show-headers",
    "silent",
    "ssl-no-revoke",
    "ssl-revoke-best-effort",
    "tlsv1.2",
    "tlsv1.3",
    "verbose",
];

/// Long options with a value.
const LONG_WITH_VALUE: &[&str] = &[
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie",
    "cookie-jar",
    "create-file-mode",
    "data",
    "data-ascii",
    "data-binary",
    "data-raw",
    "data-urlencode",
    "dump-header",
    "etag-compare",
    "etag-save",
    "form",
    "form-string",
    "header",
    "interface",
    "json",
    "key",
    "key-type",
    "limit-rate",
    "max-filesize",
    "max-redirs",
    "max-time",
    "noproxy",
    "output",
    "output-dir",
    "parallel-max",
    "proxy",
    "range",
    "rate",
    "referer",
    "request",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "speed-limit",
    "speed-time",
    "stderr",
    "time-cond",
    "tls-max",
    "upload-file",
    "url-query",
    "user-agent",
    "write-out",
];

/// The lines of a configuration that keep the token on https and at its hosts, whatever `~/.curlrc` says.
pub const CAREFUL: &str =
    "no-location-trusted\nno-insecure\nproto-default = \"https\"\nproto = \"=https\"\nproto-redir = \"=https\"\n";

/// A command line that was understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The profile, by `--profile NAME`, which is not curl's.
    pub profile: Option<String>,
    /// Where requests go.
    pub places: Vec<Place>,
    /// Whether redirects are followed.
    pub follows: bool,
    /// What curl is called with.
    pub arguments: Vec<OsString>,
}

impl Call {
    /// Reads what stands behind `curl`.
    ///
    /// # Errors
    /// Usage: an option that is not known here or would carry the token elsewhere, a URL that is not https, or none.
    pub fn parse(arguments: &[OsString]) -> Result<Self> {
        let mut call = Self::default();
        let mut words = arguments.iter();
        let mut are_urls = false;
        while let Some(word) = words.next() {
            let text = word.to_str();
            let long = text.and_then(|text| text.strip_prefix("--")).filter(|_| !are_urls);
            if long == Some("profile") {
                let name = words.next().and_then(|name| name.to_str()).ok_or_else(|| no_value(word))?;
                call.profile = Some(name.to_owned());
                continue;
            }
            call.arguments.push(word.clone());
            match (long, word.as_encoded_bytes()) {
                (Some(""), _) => are_urls = true,
                (Some("url"), _) => {
                    let url = words.next().ok_or_else(|| no_value(word))?;
                    call.add_url(url)?;
                    call.arguments.push(url.clone());
                }
                (Some(name), _) if LONG_SWITCHES.contains(&name) => call.follows |= name == "location",
                (Some(name), _) if LONG_WITH_VALUE.contains(&name) => {
                    call.arguments.push(words.next().ok_or_else(|| no_value(word))?.clone());
                }
                (None, [b'-', letters @ ..]) if !are_urls && !letters.starts_with(b"-") => {
                    let end = letters.iter().position(|letter| !SWITCHES.contains(letter));
                    call.follows |= letters[..end.unwrap_or(letters.len())].contains(&b'L');
                    match end.map(|end| &letters[end..]) {
                        None if letters.is_empty() => return Err(unknown(word)),
                        None => {}
                        Some([letter]) if WITH_VALUE.contains(letter) => {
                            call.arguments.push(words.next().ok_or_else(|| no_value(word))?.clone());
                        }
                        Some([letter, ..]) if WITH_VALUE.contains(letter) => {}
                        Some(_) => return Err(unknown(word)),
                    }
                }
                (Some(_), _) | (None, [b'-', ..]) if !are_urls => return Err(unknown(word)),
                _ => call.add_url(word)?,
            }
        }
        if call.places.is_empty() {
            return Err(
                Error::usage("no URL is given").hint("jeton curl [--profile NAME] [options of curl] https://...")
            );
        }
        Ok(call)
    }

    fn add_url(&mut self, url: &OsStr) -> Result<()> {
        let text = url.to_str().unwrap_or("\0");
        let place = Place::parse(text)?;
        // (Plain http is none for a proxy's ears, on this machine as well; a star is no host.)
        if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:")) || place.host.contains('*') {
            return Err(Error::usage(format!("no token goes to {text}")).hint("give an https:// URL"));
        }
        // curl puts dots and braces to other uses: the path would be another one than that which is compared with hosts.
        let path = place.path.to_ascii_lowercase().replace("%2e", ".");
        if path.split('/').any(|part| part == "." || part == "..") || path.contains(['{', '[']) {
            return Err(Error::usage(format!("{text} is not one place"))
                .hint("write the path without dots, braces or brackets"));
        }
        self.places.push(place);
        Ok(())
    }
}

fn no_value(option: &OsStr) -> Error {
    Error::usage(format!("{} lacks its value", option.to_string_lossy())).hint("see curl's manual: man curl")
}

fn unknown(option: &OsStr) -> Error {
    Error::usage(format!("{} is not passed on to curl", option.to_string_lossy())).hint(
        "it is not known to keep the token at its host; without it, or by hand: jeton token --output curl | curl -K - ...",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(line: &[&str]) -> Result<Call> {
        Call::parse(&line.iter().map(OsString::from).collect::<Vec<_>>())
    }

    fn hosts(line: &[&str]) -> Vec<String> {
        let call = parse(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        call.places.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_word_that_curl_takes_for_a_url_is_seen() {
        for (line, urls) in [
            (&["https://a.example/x"][..], &["a.example"][..]),
            (&["-sS", "a.example"], &["a.example"]),
            (&["a.example", "-d", "https://data.example", "b.example:444"], &["a.example", "b.example:444"]),
            (&["-XPOST", "a.example", "-sSo", "file", "--url", "b.example"], &["a.example", "b.example"]),
            (&["-fLH", "a: b", "a.example", "--", "-b.example"], &["a.example", "-b.example"]),
            (&["-o", "-L", "a.example"], &["a.example"]),
            (&["--data", "--url", "a.example"], &["a.example"]),
        ] {
            assert_eq!(hosts(line), urls, "{line:?}");
        }
    }

    #[test]
    fn a_profile_is_named_and_not_passed_on() {
        let call = parse(&["-L", "--profile", "work", "a.example"]).unwrap();
        assert_eq!((call.profile.as_deref(), call.follows), (Some("work"), true));
        assert_eq!(call.arguments, ["-L", "a.example"]);
        // Here it is a file's name.
        assert!(!parse(&["-o", "-L", "a.example"]).unwrap().follows);
        assert!(parse(&["-oL", "a.example"]).is_ok_and(|call| !call.follows));
    }

    #[test]
    fn what_could_carry_the_token_elsewhere_is_refused() {
        for line in [
            &["-k", "a.example"][..],
            &["--insecure", "a.example"],
            &["--location-trusted", "a.example"],
            &["-K", "file", "a.example"],
            &["--config=file", "a.example"],
            &["--next", "a.example"],
            &["-:", "a.example"],
            &["--trace", "file", "a.example"],
            &["--proto", "=http", "a.example"],
            &["-sk", "a.example"],
            &["-", "a.example"],
            &["--unknown", "a.example"],
            &["http://localhost/x"],
            &["HTTP://127.0.0.1"],
            &["file:///etc/passwd"],
            &["https://a.example@evil.example"],
            &["https://{a,evil}.example"],
            &["https://*.example"],
            &["https://a.example/b/../c"],
            &["https://a.example/b/%2E./c"],
            &["https://a.example/b/{.,x}{.,x}/c"],
            &["@file"],
            &["--url"],
            &["-o"],
            &[],
            &["-s"],
        ] {
            assert!(parse(line).is_err(), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read_without_a_panic(words in proptest::collection::vec("[-a-zA-Z.:/@ é]{0,8}", 0..6)) {
            let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
            if let Ok(call) = Call::parse(&words) {
                prop_assert!(!call.places.is_empty());
            }
        }
    }
}
