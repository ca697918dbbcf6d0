//! `jeton serve`: requests a second from the cache, and what it takes of memory while many connections are held open.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clients at a time, and requests of each.
const CLIENTS: usize = 4;
const REQUESTS: usize = 2500;
const HELD: usize = 200;

/// A server, and the request for one token of it.
pub(crate) struct Served {
    child: Child,
    address: String,
    request: String,
}

impl Served {
    /// `command` is a `jeton serve --managed-identity --listen 127.0.0.1:0`.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a server");
        let mut text = [0; 4096];
        let length = child.stdout.as_mut().expect("a pipe").read(&mut text).expect("what it says");
        let text = String::from_utf8_lossy(&text[..length]).into_owned();
        let var = |name: &str| {
            let start = format!("export {name}=");
            text.lines().find_map(|line| line.strip_prefix(&start)).expect("a variable").to_owned()
        };
        let endpoint = var("IDENTITY_ENDPOINT");
        let (address, path) = endpoint.strip_prefix("http://").and_then(|url| url.split_once('/')).expect("a URL");
        let request = format!(
            "GET /{path}?api-version=2019-08-01&resource=https://graph.microsoft.com HTTP/1.1\r\nHost: {address}\r\n\
             X-IDENTITY-HEADER: {}\r\n\r\n",
            var("IDENTITY_HEADER")
        );
        Self { child, address: address.to_owned(), request }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).expect("it listens")
    }

    fn ask(&self, mut stream: TcpStream) {
        stream.write_all(self.request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{:.20}", answer);
    }

    /// Requests a second, each on a connection of its own.
    pub(crate) fn rate(&self) -> f64 {
        self.ask(self.connect());
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| (0..REQUESTS).for_each(|_| self.ask(self.connect())));
            }
        });
        (CLIENTS * REQUESTS) as f64 / start.elapsed().as_secs_f64()
    }

    /// How long a request takes while many connections are held open, and the most memory until then; at last those ask,
    /// all at once.
    pub(crate) fn beside_held(&self) -> (Duration, f64) {
        let held: Vec<TcpStream> = (0..HELD).map(|_| self.connect()).collect();
        let start = Instant::now();
        (0..100).for_each(|_| self.ask(self.connect()));
        let (each, peak) = (start.elapsed() / 100, self.peak());
        std::thread::scope(|scope| {
            held.into_iter().for_each(|stream| drop(scope.spawn(|| self.ask(stream))));
        });
        (each, peak)
    }

    /// The most memory that it ever had, in MiB.
    pub(crate) fn peak(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
