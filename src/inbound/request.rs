//! One HTTP/1.1 request, as a browser or an SDK sends it, within bounds (RFC 9112).

use std::io::Read;

use zeroize::Zeroizing;

/// How long a request may be, and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The longest head, in bytes.
    pub head: usize,
    /// The longest body, in bytes. A body of another kind than a form is not read at all.
    pub body: usize,
    /// The headers that are kept besides `Host`; each may be there once.
    pub headers: &'static [&'static str],
}

const MOST_HEADERS: usize = 100;
/// What is set aside for a request at first, in bytes: most are shorter.
const FIRST: usize = 2 * 1024;

/// What matters of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// As it came: `GET`, `POST`, ...
    pub method: String,
    /// Before the question mark.
    pub path: String,
    /// After it; it may hold a code.
    query: Zeroizing<String>,
    /// `Host`.
    pub host: String,
    /// Those of [`Bounds::headers`] that are there.
    headers: Vec<(&'static str, Zeroizing<String>)>,
    /// `None` where it is no form.
    body: Option<Zeroizing<String>>,
}

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// The connection ended, or time was up.
    Gone,
    /// Longer than any that is meant.
    TooLarge,
    /// Not HTTP, or none that a client of ours would send.
    Malformed,
}

impl Request {
    /// The parameters, form-encoded: the query of a GET, the body of a form that was posted.
    #[must_use]
    pub fn form(&self) -> Option<&str> {
        match self.method.as_str() {
            "GET" => Some(&self.query),
            "POST" => self.body.as_ref().map(|body| body.as_str()),
            _ => None,
        }
    }

    /// A header, if it is one of [`Bounds::headers`] and there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a request, as far as it keeps within the bounds.
///
/// # Errors
/// See [`Bad`].
pub fn read_request(from: &mut dyn Read, bounds: Bounds) -> Result<Request, Bad> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(FIRST));
    let mut searched = 0_usize;
    let head = loop {
        // The end may lie across what came before.
        if let Some(at) = find(&bytes[searched.saturating_sub(3)..], b"\r\n\r\n") {
            break searched.saturating_sub(3) + at + 4;
        }
        searched = bytes.len();
        if searched > bounds.head {
            break searched;
        }
        more(from, &mut bytes)?;
    };
    if head > bounds.head {
        return Err(Bad::TooLarge);
    }
    let (mut request, length) = parse_head(&bytes[..head], bounds)?;
    let Some(length) = length else { return Ok(request) };
    while bytes.len() < head + length {
        more(from, &mut bytes)?;
    }
    request.body = std::str::from_utf8(&bytes[head..head + length]).ok().map(|text| Zeroizing::new(text.to_owned()));
    Ok(request)
}

/// The request's head, and the length of the form that follows, if one does.
fn parse_head(head: &[u8], bounds: Bounds) -> Result<(Request, Option<usize>), Bad> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(Bad::Malformed),
        Err(httparse::Error::TooManyHeaders) => return Err(Bad::TooLarge),
        Err(_) => return Err(Bad::Malformed),
    }
    // One value or none: two may be read differently by whoever stands in between.
    let one = |name: &str| {
        let mut found = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(header), None) => {
                std::str::from_utf8(header.value).map(|text| Some(text.trim())).map_err(|_| Bad::Malformed)
            }
            (Some(_), Some(_)) => Err(Bad::Malformed),
        }
    };
    let method = parsed.method.unwrap_or_default().to_owned();
    let target = parsed.path.filter(|target| target.starts_with('/')).ok_or(Bad::Malformed)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let host = one("Host")?.ok_or(Bad::Malformed)?.to_owned();
    if one("Transfer-Encoding")?.is_some() {
        return Err(Bad::Malformed);
    }
    let length = match one("Content-Length")? {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse::<usize>().map_err(|_| Bad::TooLarge)?
        }
        Some(_) => return Err(Bad::Malformed),
        None => 0,
    };
    if length > bounds.body {
        return Err(Bad::TooLarge);
    }
    let kind = one("Content-Type")?.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_form = method == "POST" && kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let mut headers = Vec::new();
    for name in bounds.headers {
        headers.extend(one(name)?.map(|value| (*name, Zeroizing::new(value.to_owned()))));
    }
    let (path, query) = (path.to_owned(), Zeroizing::new(query.to_owned()));
    let request = Request { method, path, query, host, headers, body: None };
    Ok((request, is_form.then_some(length)))
}

fn more(from: &mut dyn Read, bytes: &mut Zeroizing<Vec<u8>>) -> Result<(), Bad> {
    let mut chunk = Zeroizing::new([0; 4096]);
    match from.read(&mut *chunk) {
        Ok(count @ 1..) => {
            bytes.extend_from_slice(&chunk[..count]);
            Ok(())
        }
        Ok(0) | Err(_) => Err(Bad::Gone),
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.clamp(1, buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    const BOUNDS: Bounds = Bounds { head: 16 * 1024, body: 16 * 1024, headers: &["X-Secret", "Authorization"] };

    fn read_in_steps(bytes: &[u8], step: usize) -> Result<Request, Bad> {
        read_request(&mut Slowly(bytes, step), BOUNDS)
    }

    fn read(text: &str) -> Result<Request, Bad> {
        read_in_steps(text.as_bytes(), 7)
    }

    #[test]
    fn a_redirect_and_a_form_are_read() {
        let get = read("GET /cb?code=a%20b&state=s HTTP/1.1\r\nhost: localhost:1\r\nCookie: x=y\r\n\r\n").unwrap();
        assert_eq!(
            (get.path.as_str(), get.host.as_str(), get.form()),
            ("/cb", "localhost:1", Some("code=a%20b&state=s"))
        );
        let post = read(
            "POST /?code=no HTTP/1.1\r\nHost: h\r\nContent-Type: application/X-www-form-urlencoded; charset=utf-8\r\n\
             Content-Length: 6\r\n\r\ncode=abc",
        );
        assert_eq!(post.unwrap().form(), Some("code=a"));
    }

    #[test]
    fn other_methods_and_other_bodies_hold_no_parameters() {
        for head in ["HEAD /?code=a HTTP/1.1", "POST /?code=a HTTP/1.1", "POST / HTTP/1.1\r\nContent-Type: text/plain"]
        {
            assert_eq!(read(&format!("{head}\r\nHost: h\r\n\r\n")).unwrap().form(), None, "{head}");
        }
    }

    #[test]
    fn the_headers_that_are_wanted_are_kept_and_may_be_there_once() {
        let request = read("GET / HTTP/1.1\r\nHost: h\r\nx-secret:  s \r\nCookie: c\r\nCookie: d\r\n\r\n").unwrap();
        assert_eq!(request.header("X-Secret"), Some("s"));
        assert_eq!((request.header("Authorization"), request.header("Cookie")), (None, None));
        assert_eq!(read("GET / HTTP/1.1\r\nHost: h\r\nX-Secret: a\r\nX-SECRET: b\r\n\r\n"), Err(Bad::Malformed));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        let long = "x".repeat(BOUNDS.head);
        let many = "A: b\r\n".repeat(MOST_HEADERS + 1);
        for (text, bad) in [
            ("", Bad::Gone),
            ("GET / HTTP/1.1\r\nHost: h\r\n", Bad::Gone),
            ("\u{16}\u{3}\u{1} TLS\r\n\r\n", Bad::Malformed),
            ("GET / HTTP/1.1\r\n\r\n", Bad::Malformed),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Bad::Malformed),
            ("GET http://localhost/ HTTP/1.1\r\nHost: h\r\n\r\n", Bad::Malformed),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Bad::Malformed),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", Bad::Malformed),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", Bad::TooLarge),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n", Bad::TooLarge),
            (&format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n"), Bad::TooLarge),
            (&format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n"), Bad::TooLarge),
            (
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\nab",
                Bad::Gone,
            ),
        ] {
            assert_eq!(read_in_steps(text.as_bytes(), 4096), Err(bad), "{:.60}", text);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), step in 1_usize..50) {
            let _ = read_in_steps(&bytes, step);
        }

        #[test]
        fn it_does_not_matter_in_which_pieces_it_comes(
            path in "/[a-z/]{0,20}", query in "[a-zA-Z0-9=&%._-]{0,80}", body in "[a-zA-Z0-9=&%._-]{0,80}", step in 1_usize..200,
        ) {
            let get = format!("GET {path}?{query} HTTP/1.1\r\nHost: localhost:9\r\n\r\n");
            let get = read_in_steps(get.as_bytes(), step).unwrap();
            prop_assert_eq!((get.path.as_str(), get.form()), (path.as_str(), Some(query.as_str())));
            let post = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost:9\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let post = read_in_steps(post.as_bytes(), step).unwrap();
            prop_assert_eq!(post.form(), Some(body.as_str()));
        }
    }
}
