//! The loopback listener that the browser comes back to: it takes one answer, the one with the right state, and is gone.
//!
//! Anything else that connects (a browser that asks for an icon, a page that guesses the port, a program that sends a
//! byte a minute) is answered or dropped beside it and can neither end the wait nor hold it up.

mod page;

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use self::page::Page;
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::inbound::{Bad, Bounds, Request, Timed, read_request};
use crate::log::Log;
use crate::oauth::{Answer, Loopback, State};

/// How long one connection may take for its request, and again for its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A browser sends all cookies that any program on `localhost` ever set; a code has some two thousand bytes.
const BOUNDS: Bounds = Bounds { head: 64 * 1024, body: 64 * 1024, headers: &[] };
/// Connections at a time. Browsers open a few, some of them only in case.
const MOST_CONNECTIONS: usize = 64;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// How often another port is tried where one is taken at `[::1]` alone.
const MOST_PORTS: u32 = 20;

/// A listener on this machine's own addresses.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
    host: String,
    path: String,
}

/// The browser that brought the answer; it waits for a page. Dropped without one, it is shown a failure.
#[derive(Debug)]
pub struct Reply(Option<TcpStream>);

/// What a connection came to.
enum Event {
    Answer(Answer, Reply),
    /// Why there is none, for `-v`.
    Refused(&'static str),
}

/// What all connections of one wait know.
struct Wait {
    /// `Host` has to be this: a page of another name that was made to lead here (DNS rebinding) has its own.
    host: String,
    path: String,
    state: State,
    taken: AtomicBool,
    connections: AtomicUsize,
}

impl Listener {
    /// Listens where `uri` says, on `port` or any free one.
    ///
    /// # Errors
    /// Configuration: the port is taken or forbidden.
    pub fn bind(uri: &Loopback, port: Option<u16>) -> Result<Self> {
        let mut bound = bind(uri.addresses(), port.unwrap_or(0));
        for _ in 1..MOST_PORTS {
            match &bound {
                Err(error) if port.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
                    bound = bind(uri.addresses(), 0);
                }
                _ => break,
            }
        }
        let (sockets, port) = bound.map_err(|error| match port {
            Some(port) if error.kind() == io::ErrorKind::AddrInUse => {
                Error::configuration(format!("the sign-in's port {port} is taken by another program"))
                    .hint("end that program, or name another port with --port (without it any free one is used)")
            }
            Some(port) => Error::configuration(format!("nothing can listen on the sign-in's port {port}: {error}"))
                .hint("name another port with --port"),
            None => Error::configuration(format!("nothing can listen on this machine's own address: {error}"))
                .hint("use --paste or --flow device-code"),
        })?;
        Ok(Self { sockets, port, host: uri.host.clone(), path: uri.path().to_owned() })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the answer to the request with this state; `None` when time is up. `meanwhile` is called again and
    /// again.
    pub fn wait(
        self,
        state: State,
        deadline: Deadline,
        log: &Log,
        meanwhile: &mut dyn FnMut(),
    ) -> Option<(Answer, Reply)> {
        let host = if self.port == 80 { self.host.clone() } else { format!("{}:{}", self.host, self.port) };
        let wait = Arc::new(Wait {
            host,
            path: self.path.clone(),
            state,
            taken: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let (sender, events) = mpsc::channel();
        loop {
            for socket in &self.sockets {
                while let Ok((stream, _)) = socket.accept() {
                    accept(stream, &wait, &sender);
                }
            }
            meanwhile();
            match events.recv_timeout(deadline.left()?.min(PAUSE)) {
                Ok(Event::Answer(answer, reply)) => return Some((answer, reply)),
                Ok(Event::Refused(why)) => log.step(|| format!("listener: a request was not taken: {why}")),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }
}

/// Listens at all `addresses` on one port. An address that this machine does not have is left out, unless it is the
/// first.
fn bind(addresses: &[IpAddr], port: u16) -> io::Result<(Vec<TcpListener>, u16)> {
    let (mut sockets, mut port) = (Vec::new(), port);
    for address in addresses {
        match TcpListener::bind(SocketAddr::new(*address, port)) {
            Ok(socket) => {
                // A connection that is gone before it is accepted must not hold up the wait.
                socket.set_nonblocking(true)?;
                port = socket.local_addr()?.port();
                sockets.push(socket);
            }
            Err(error) if sockets.is_empty() || error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => {}
        }
    }
    Ok((sockets, port))
}

/// Reads the connection's request beside the wait.
fn accept(stream: TcpStream, wait: &Arc<Wait>, sender: &Sender<Event>) {
    if wait.connections.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS {
        wait.connections.fetch_sub(1, Ordering::Relaxed);
        let _ = sender.send(Event::Refused("too many connections at a time"));
        return;
    }
    let (ours, sender) = (Arc::clone(wait), sender.clone());
    let started = thread::Builder::new().stack_size(256 * 1024).spawn(move || {
        // Nobody listens any more once an answer was taken.
        let _ = sender.send(serve(stream, &ours));
        ours.connections.fetch_sub(1, Ordering::Relaxed);
    });
    if started.is_err() {
        wait.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve(mut stream: TcpStream, wait: &Wait) -> Event {
    let set_up = stream.set_nonblocking(false).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    let request = match set_up.map_err(|_| Bad::Gone) {
        Ok(()) => read_request(&mut Timed::new(&mut stream, PATIENCE), BOUNDS),
        Err(gone) => Err(gone),
    };
    let (page, why) = match request.map(|request| judge(&request, wait)) {
        Ok(Ok(answer)) => return Event::Answer(answer, Reply(Some(stream))),
        Ok(Err(refusal)) => refusal,
        Err(Bad::Gone) => return Event::Refused("it came to no end"),
        Err(Bad::TooLarge) => (Page::TOO_LARGE, "it is too large"),
        Err(Bad::Malformed) => (Page::MALFORMED, "it is no HTTP request that a browser sends"),
    };
    page.send(stream);
    Event::Refused(why)
}

/// The answer in a request, or the page that is shown in place of one.
fn judge(request: &Request, wait: &Wait) -> std::result::Result<Answer, (Page, &'static str)> {
    if !request.host.eq_ignore_ascii_case(&wait.host) {
        return Err((Page::OTHER_HOST, "it is for another host"));
    }
    if request.path != wait.path {
        return Err((Page::NOT_FOUND, "it is for another path"));
    }
    let Some(form) = request.form() else { return Err((Page::OTHER_METHOD, "it is neither a GET nor a form")) };
    let answer = Answer::read(form, &wait.state).map_err(|not_ours| (Page::NOT_OURS, not_ours.why()))?;
    // Of two at once one is taken.
    if wait.taken.swap(true, Ordering::AcqRel) {
        return Err((Page::NOT_OURS, "the answer was there already"));
    }
    Ok(answer)
}

impl Reply {
    /// Shows how it ended.
    pub fn finish(mut self, signed_in: bool) {
        if let Some(stream) = self.0.take() {
            if signed_in { Page::SIGNED_IN } else { Page::FAILED }.send(stream);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            Page::FAILED.send(stream);
        }
    }
}
