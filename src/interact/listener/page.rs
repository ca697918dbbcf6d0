//! The pages that the browser is shown. They are fixed texts: nothing of a request is repeated in them.

use std::net::TcpStream;

use crate::inbound::send_last;

/// Status and words of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    status: &'static str,
    title: &'static str,
    text: &'static str,
}

/// Nothing is loaded, run, framed or sent on, whatever stands in the page; and no icon is asked for.
const HEADERS: &str = "Content-Type: text/html; charset=utf-8\r\n\
    Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Referrer-Policy: no-referrer\r\n\
    Cache-Control: no-store\r\n\
    Connection: close\r\n";

impl Page {
    pub(super) const SIGNED_IN: Self =
        Self { status: "200 OK", title: "You are signed in", text: "You can close this page." };
    pub(super) const FAILED: Self = Self {
        status: "400 Bad Request",
        title: "The sign-in failed",
        text: "The terminal in which it was started says why. You can close this page.",
    };
    pub(super) const NOT_OURS: Self = Self {
        status: "400 Bad Request",
        title: "This is not the answer to the sign-in",
        text: "It belongs to another one, or is incomplete. Start the sign-in again from the terminal.",
    };
    pub(super) const OTHER_HOST: Self =
        Self { status: "403 Forbidden", title: "Not here", text: "This address is for another machine." };
    pub(super) const NOT_FOUND: Self =
        Self { status: "404 Not Found", title: "There is nothing here", text: "A sign-in is waited for at this port." };
    pub(super) const OTHER_METHOD: Self =
        Self { status: "405 Method Not Allowed", title: "Not so", text: "A sign-in is waited for at this port." };
    pub(super) const TOO_LARGE: Self =
        Self { status: "413 Content Too Large", title: "Too large", text: "A sign-in is waited for at this port." };
    pub(super) const MALFORMED: Self =
        Self { status: "400 Bad Request", title: "Not so", text: "A sign-in is waited for at this port." };

    /// Sends it and ends the connection.
    pub(super) fn send(self, mut stream: TcpStream) {
        let Self { status, title, text } = self;
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem; \
             color-scheme: light dark }}</style>\n<h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
        );
        let head = format!("HTTP/1.1 {status}\r\n{HEADERS}Content-Length: {}\r\n\r\n", html.len());
        send_last(&mut stream, format!("{head}{html}").as_bytes());
    }
}
