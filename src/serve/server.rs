//! Connections: accepted, read, answered and logged, each in a thread of its own.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::platform::Peer;
use super::route::{Answer, Protocol, Route};
use super::{AccessLog, Listener};
use crate::inbound::{Bad, Bounds, Connection, Request, Timed, read_request, send_last};
use crate::secret::{Guard, Secret};

/// How long a request may take from its first byte to its last, and again its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may be open before it asks.
const IDLE: Duration = Duration::from_secs(60);
/// The same where there are many: the last places change hands soon, so that idle connections lock nobody out.
const IDLE_IN_A_CROWD: Duration = Duration::from_secs(2);
const CROWD: usize = 224;
/// Connections at a time, idle ones included. One more is told to come again.
const MOST_CONNECTIONS: usize = 256;
/// Answers that are made at a time: many at once would each want memory of their own for the moment that it takes.
const MOST_AT_WORK: usize = 16;
/// How long one waits for its turn. Where others take so long, they wait for a provider, and not for this machine.
const TURN: Duration = Duration::from_millis(100);
/// How long requests under way are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(5);
/// Before the next connection is accepted where the system had no more to give.
const PAUSE: Duration = Duration::from_millis(50);

/// SDKs send some hundred bytes. No body is read: all that is asked stands in the head.
const BOUNDS: Bounds = Bounds { head: 8 * 1024, body: 0, headers: HEADERS };
const HEADERS: &[&str] = &{
    let mut all = [FORWARDED, ORIGIN, "", "", "", ""];
    let mut at = 0;
    while at < Protocol::HEADERS.len() {
        all[at + 2] = Protocol::HEADERS[at];
        at += 1;
    }
    all
};
/// A proxy adds it, and no proxy has any business here (as IMDS has it).
const FORWARDED: &str = "X-Forwarded-For";
/// Browsers add it where a page sends a request elsewhere.
const ORIGIN: &str = "Origin";

/// A server that runs beside whatever this process does.
pub struct Server {
    shared: Arc<Shared>,
    /// Sockets in the file system.
    made: Vec<PathBuf>,
}

/// What all threads know.
struct Shared {
    routes: Vec<Route>,
    guard: Guard,
    log: AccessLog,
    connections: AtomicUsize,
    /// Requests that are being answered.
    busy: AtomicUsize,
    /// Those of them at work, and who waits for a turn.
    at_work: Mutex<usize>,
    turn: Condvar,
    ending: AtomicBool,
}

impl Server {
    /// Answers what comes to `listeners`, from now on.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn start(
        listeners: Vec<Listener>,
        routes: Vec<Route>,
        secret: &Secret,
        log: AccessLog,
    ) -> crate::error::Result<Self> {
        let shared = Arc::new(Shared {
            routes,
            guard: Guard::new(secret.expose())?,
            log,
            connections: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            at_work: Mutex::new(0),
            turn: Condvar::new(),
            ending: AtomicBool::new(false),
        });
        let made = listeners.iter().filter_map(Listener::made).collect();
        for listener in listeners {
            let shared = Arc::clone(&shared);
            thread::spawn(move || listen(&listener, &shared));
        }
        Ok(Self { shared, made })
    }

    /// Takes no more requests, and waits for those that are being answered.
    pub fn end(self) {
        self.shared.ending.store(true, Ordering::Release);
        for path in &self.made {
            let _ = std::fs::remove_file(path);
        }
        let start = Instant::now();
        while self.shared.busy.load(Ordering::Acquire) > 0 && start.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn listen(listener: &Listener, shared: &Arc<Shared>) {
    while !shared.ending.load(Ordering::Acquire) {
        match listener.accept() {
            Ok((connection, peer, local)) => begin(connection, peer, local, shared),
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted) => {}
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Counts one of something, for as long as it lives.
struct Counted(Arc<Shared>, fn(&Shared) -> &AtomicUsize);

impl Counted {
    fn new(shared: &Arc<Shared>, which: fn(&Shared) -> &AtomicUsize) -> (Self, usize) {
        let before = which(shared).fetch_add(1, Ordering::AcqRel);
        (Self(Arc::clone(shared), which), before)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1(&self.0).fetch_sub(1, Ordering::AcqRel);
    }
}

fn begin(mut connection: Box<dyn Connection>, peer: Peer, local: Option<IpAddr>, shared: &Arc<Shared>) {
    let (counted, before) = Counted::new(shared, |shared| &shared.connections);
    if before >= MOST_CONNECTIONS {
        shared.log.write(&format!("{peer} refused 503: too many connections at a time"));
        // (Nothing waits for it: this thread is the one that accepts.)
        let _ = connection.write_all(
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
        return;
    }
    let ours = Arc::clone(shared);
    let idle = if before < CROWD { IDLE } else { IDLE_IN_A_CROWD };
    // (With the usual stack: what is not used of it costs nothing, and a fetch over TLS is done on it.)
    let started = thread::Builder::new().spawn(move || {
        serve(&mut *connection, idle, peer, local, &ours);
        drop(counted);
    });
    if started.is_err() {
        thread::sleep(PAUSE);
    }
}

fn serve(connection: &mut dyn Connection, idle: Duration, peer: Peer, local: Option<IpAddr>, shared: &Arc<Shared>) {
    if connection.set_write_timeout(PATIENCE).is_err() {
        return;
    }
    let mut timed = Timed::idle(connection, idle, PATIENCE);
    let read = read_request(&mut timed, BOUNDS);
    if timed.is_idle() {
        return;
    }
    let start = Instant::now();
    let _busy = Counted::new(shared, |shared| &shared.busy);
    // To its very end: until then the thread's stack holds what the answer took.
    shared.in_turn(|| answer(connection, read, start, peer, local, shared));
}

/// Answers what was read, and says so in the log.
fn answer(
    connection: &mut dyn Connection,
    read: Result<Request, Bad>,
    start: Instant,
    peer: Peer,
    local: Option<IpAddr>,
    shared: &Shared,
) {
    // Before the answer: a program that has it may be gone.
    let peer = if shared.log.is_on() { peer.named() } else { peer };
    let (what, answer) = match read {
        Ok(request) => shared.judge(&request, local),
        Err(Bad::Gone) => ("-".to_owned(), plain(408, "the request came too slowly, or not to its end")),
        Err(Bad::TooLarge) => ("-".to_owned(), plain(431, "the request is too large")),
        Err(Bad::Malformed) => ("-".to_owned(), plain(400, "the request is no HTTP, or ambiguous")),
    };
    let Answer { status, body, note } = answer;
    let head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        reason(status),
        body.len()
    );
    let mut bytes = Zeroizing::new(Vec::with_capacity(head.len() + body.len()));
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(body.as_bytes());
    if shared.log.is_on() {
        let separator = if note.is_empty() { "" } else { ": " };
        shared.log.write(&format!("{peer} {what} {status} {} ms{separator}{note}", start.elapsed().as_millis()));
    }
    send_last(connection, &bytes);
}

impl Shared {
    /// Does `work` when few others are at theirs, or have been for long.
    fn in_turn(&self, work: impl FnOnce()) {
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.turn.wait_timeout_while(at_work, TURN, |at_work| *at_work >= MOST_AT_WORK);
        let (mut at_work, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *at_work += 1;
        drop(at_work);
        work();
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.turn.notify_one();
    }

    /// What is asked, for the log, and the answer.
    fn judge(&self, request: &Request, local: Option<IpAddr>) -> (String, Answer) {
        let unknown = |status, text| ("-".to_owned(), plain(status, text));
        if !is_ours(&request.host, local) {
            return unknown(403, "the header Host names another machine");
        }
        if [FORWARDED, ORIGIN].iter().any(|name| request.header(name).is_some()) {
            return unknown(403, "neither proxies nor web pages are answered");
        }
        match self.routes.iter().find(|route| route.is_meant(request, &self.guard)) {
            Some(route) => (route.title(), route.answer(request, &self.guard)),
            None => unknown(404, "there is nothing at this path, or its secret is wrong"),
        }
    }
}

/// Whether `Host` is one of this machine's own addresses. A name that somebody had lead here (DNS rebinding) is not; the
/// port may be another one, where a tunnel ends in between.
fn is_ours(host: &str, local: Option<IpAddr>) -> bool {
    let name = match host.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || Some(address) == local,
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// An answer that is in no protocol: nobody knows which one was meant.
fn plain(status: u16, text: &str) -> Answer {
    let body = Zeroizing::new(serde_json::json!({"error": text}).to_string());
    Answer { status, body, note: text.to_owned() }
}

/// RFC 9110 section 15.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_names_are_ours() {
        let bound = Some(IpAddr::from([192, 168, 1, 5]));
        for (host, local, ours) in [
            ("127.0.0.1:8790", None, true),
            ("127.0.0.1", None, true),
            ("localhost:1", None, true),
            ("LOCALHOST", None, true),
            ("[::1]:8790", None, true),
            ("192.168.1.5:8790", bound, true),
            ("192.168.1.5:8790", None, false),
            ("192.168.1.6", bound, false),
            ("evil.example:8790", None, false),
            ("localhost.evil.example", None, false),
            ("127.0.0.1.evil.example", None, false),
            ("", None, false),
            ("[::1", None, false),
        ] {
            assert_eq!(is_ours(host, local), ours, "{host}");
        }
    }
}
