//! Many requests, many connections, and what that costs.

use std::collections::HashSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault};

use super::client::{Served, databricks, parts, read};
use crate::databricks as dbx;
use crate::support::{Home, rewrite_token, wait_until};

const GRAPH: &str = "https://graph.microsoft.com";

/// What a server may use at most, in KiB. A debug build has larger stacks and code than what is installed, which the
/// benchmark holds to 10 MiB.
const MOST: u64 = if cfg!(debug_assertions) { 64 << 10 } else { 10 << 10 };

#[test]
fn ten_thousand_requests_are_answered_while_the_service_stumbles() {
    let emulator = Emulator::start();
    let home = dbx::home(&emulator);
    let served = Served::start(&home, &["--databricks"]);
    let (url, host) = (served.var("DATABRICKS_METADATA_SERVICE_URL"), served.var("DATABRICKS_HOST"));
    served.databricks().token();
    let start = Instant::now();
    let answered = AtomicUsize::new(0);
    let one = || {
        let token = databricks(url, host).token();
        answered.fetch_add(1, Ordering::Relaxed);
        token
    };
    let faults = [Fault::empty(503), Fault::reset(), Fault::empty(500), Fault::pass(), Fault::html(502)];
    let tokens: HashSet<String> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..20).map(|_| scope.spawn(|| (0..500).map(|_| one()).collect::<HashSet<_>>())).collect();
        for (at, fault) in faults.iter().enumerate() {
            let reached =
                || crowd.iter().any(|member| member.is_finished()) || answered.load(Ordering::Relaxed) >= at * 2000;
            wait_until("some thousand answers", reached);
            // The token nears its end, and who wants a new one meets the fault.
            emulator.script(fault.clone().on(dbx::TOKEN_PATH));
            make_stale(&home);
            wait_until("the fault was met", || emulator.scripted() == 0);
            // What that attempt stores is not to be replaced by what was there before.
            let lock = std::fs::File::open(home.token_file().with_extension("lock")).expect("a lock file");
            wait_until("the lock is free", || lock.try_lock().is_ok());
        }
        crowd.into_iter().flat_map(|member| member.join().expect("no failed call")).collect()
    });
    let (count, peak) = (tokens.len(), served.peak());
    eprintln!("10,000 requests in {:?}: {count} tokens, {peak} KiB", start.elapsed());
    assert!(answered.load(Ordering::Relaxed) == 10_000 && count > 1 && peak < MOST, "{count} tokens, {peak} KiB");
    assert_eq!(served.end().stderr, "");
}

/// Leaves the token so little life that it is renewed first, and has the last failure forgotten. In one step: it is
/// being read.
fn make_stale(home: &Home) {
    let (token, copy) = (home.token_file(), home.path("copy"));
    std::fs::copy(&token, &copy).expect("a copy");
    rewrite_token(&copy, |header| {
        let now = crate::age::now();
        (header["issued_at"], header["expires_at"]) = ((now - 3400).into(), (now + 200).into());
    });
    std::fs::rename(&copy, &token).expect("a token");
    for flight in home.cached(".flight") {
        let _ = std::fs::remove_file(flight);
    }
}

#[test]
fn two_hundred_held_connections_hold_up_nobody() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let (address, path) = parts(served.var("IDENTITY_ENDPOINT"));
    let mut held: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(address).expect("it listens")).collect();
    let start = Instant::now();
    for _ in 0..200 {
        assert_eq!(served.azure(GRAPH).status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // They are still good for a request each, all at once.
    let request = format!(
        "GET {path}?api-version=2019-08-01&resource={GRAPH} HTTP/1.1\r\nHost: {address}\r\nX-IDENTITY-HEADER: {}\r\n\r\n",
        served.var("IDENTITY_HEADER")
    );
    held.iter_mut().for_each(|stream| stream.write_all(request.as_bytes()).expect("it reads"));
    for stream in &mut held {
        assert_eq!(read(stream).expect("an answer").status, 200);
    }
    eprintln!("200 connections: {} KiB", served.peak());
    assert!(served.peak() < MOST, "{} KiB", served.peak());
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_flood_of_idle_connections_locks_nobody_out() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let (address, path) = parts(served.var("IDENTITY_ENDPOINT"));
    let _held: Vec<TcpStream> = (0..400).map(|_| TcpStream::connect(address).expect("it listens")).collect();
    let request = format!(
        "GET {path}?api-version=2019-08-01&resource={GRAPH} HTTP/1.1\r\nHost: {address}\r\nX-IDENTITY-HEADER: {}\r\n\r\n",
        served.var("IDENTITY_HEADER")
    );
    // The first places stay taken; the last ones are free again within seconds, and until then it is said to come again.
    wait_until("somebody's turn", || {
        let reply = super::client::send(address, request.as_bytes());
        let status = reply.map_or(503, |reply| reply.status);
        assert!(matches!(status, 200 | 503), "{status}");
        status == 200
    });
}
