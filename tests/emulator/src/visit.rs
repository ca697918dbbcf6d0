//! A browser in miniature, so that a test of a sign-in needs none: it opens a URL of the emulator, fills its forms in,
//! and goes back to the client's listener.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::capture::Request;
use crate::emulator::Emulator;
use crate::server;

/// What a browser was answered.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The HTTP status.
    pub status: u16,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The page.
    pub html: String,
}

impl Emulator {
    /// Opens a URL of this emulator as a browser would (without TLS, but captured and faulted like any request).
    pub fn visit(&self, url: &str) -> Visit {
        self.browse("GET", url, &[])
    }

    /// Submits the form on a page of this emulator: its hidden fields, and these.
    pub fn submit(&self, page: &Visit, fields: &[(&str, &str)]) -> Visit {
        let mut all = page.hidden_fields();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.browse("POST", &page.action().unwrap_or_default(), &all)
    }

    fn browse(&self, method: &str, url: &str, form: &[(String, String)]) -> Visit {
        let (door, target) = self.state.sites.door_of(self.url(), url);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let headers = vec![
            ("User-Agent".to_owned(), "Mozilla/5.0 (emulated)".to_owned()),
            ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ];
        let response = server::visit(
            &self.state,
            Request {
                number: 0,
                at: Duration::ZERO,
                method: method.into(),
                path: path.into(),
                query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
                headers,
                body: body.into_bytes(),
                form: form.to_vec(),
                peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                door,
            },
        );
        let location = response.headers.iter().find(|(name, _)| name == "Location").map(|(_, value)| value.clone());
        Visit { status: response.status, location, html: String::from_utf8_lossy(&response.body).into_owned() }
    }
}

impl Visit {
    /// Goes back to the client: follows the redirect, or sends the form of `form_post`. Status and body of the client's
    /// answer. An error of kind `InvalidInput` when there is no way back, or it is not to `http://localhost`.
    pub fn go_back(&self) -> io::Result<(u16, String)> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "there is no way back to a listener on this page");
        let (method, url, body) = match &self.location {
            Some(url) => ("GET", url.clone(), String::new()),
            None => {
                let fields = self.hidden_fields();
                let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                ("POST", self.action().ok_or_else(invalid)?, body)
            }
        };
        let rest = url.strip_prefix("http://").ok_or_else(invalid)?;
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let port = host.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok()).ok_or_else(invalid)?;
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        // A browser leaves the fragment out.
        let target = target.split('#').next().unwrap_or_default();
        let mut socket = TcpStream::connect(("localhost", port))?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(invalid)?;
        let page = answer.split_once("\r\n\r\n").map(|(_, page)| page.to_owned()).unwrap_or_default();
        Ok((status, page))
    }

    /// What goes back to the client: the query (or fragment) of the redirect, or the fields of the form.
    pub fn returned(&self) -> Vec<(String, String)> {
        match &self.location {
            Some(url) => {
                let query = url.split_once(['?', '#']).map(|(_, query)| query).unwrap_or_default();
                form_urlencoded::parse(query.as_bytes()).into_owned().collect()
            }
            None => self.hidden_fields(),
        }
    }

    /// One value of [`returned`](Self::returned).
    pub fn returned_value(&self, name: &str) -> Option<String> {
        self.returned().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Where the page's form goes.
    fn action(&self) -> Option<String> {
        between(&self.html, " action=\"", "\"").map(|(action, _)| unescape(action))
    }

    fn hidden_fields(&self) -> Vec<(String, String)> {
        let (mut rest, mut fields) = (self.html.as_str(), Vec::new());
        while let Some((name, tail)) = between(rest, "<input type=\"hidden\" name=\"", "\"") {
            let Some((value, tail)) = between(tail, "value=\"", "\"") else { break };
            fields.push((unescape(name), unescape(value)));
            rest = tail;
        }
        fields
    }
}

/// The text between two marks, and what follows it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (_, tail) = text.split_once(start)?;
    tail.split_once(end)
}

/// The opposite of how the pages are escaped.
fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}
