//! The loopback listener: where it listens, what it takes, and what it does not.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault, SignInBend};

use super::{Asking, home, parameter};
use crate::expect::assert_says;
use crate::support::wait_until;

/// Sends `text` to the port and reads the answer to its end.
fn send(port: u16, text: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a listener");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
    stream.write_all(text.as_bytes()).expect("a reader");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// A port that is free at the moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn the_port_may_be_set_for_ssh() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
    let port = free_port();
    let asking = Asking::start(home.token(&["--port", &port.to_string()]));
    assert_eq!(asking.port(), port);
    assert_eq!(asking.sign_in(&emulator).0, 200);
    let forward = format!("ssh -L {port}:localhost:{port} HOST");
    assert_says(&asking.finish().ok().stderr, &[&forward, "--flow device-code", "--paste"]);
}

#[test]
fn the_port_and_path_of_the_redirect_uri_count() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let port = free_port();
    let uri = format!("http://localhost:{port}/");
    let asking = Asking::start(home.token(&["--redirect-uri", &uri]));
    assert_eq!(asking.parameter("redirect_uri"), uri);
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    let other = ["--redirect-uri", &uri, "--port", "1"];
    assert_says(&home.token(&other).run().refusal(4), &[&format!("has port {port}, and --port says 1")]);
}

#[test]
fn a_port_that_is_taken_is_told_and_nobody_is_asked() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(taken) = TcpListener::bind(address) else { continue };
        let port = taken.local_addr().unwrap().port().to_string();
        let refusal = home.token(&["--port", &port]).run().refusal(4);
        assert_says(&refusal, &[&format!("port {port} is taken"), "--port"]);
    }
    // No prompt, so none to be remembered.
    assert_eq!(super::sign_in(&emulator, &home), emulator.issued_tokens()[0]);
}

#[test]
fn localhost_is_listened_at_by_both_its_addresses() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let mut asking = Asking::start(home.token(&[]));
    let port = asking.port();
    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    assert_eq!(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_ok(), v6);
    assert!(asking.waits());
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
}

#[test]
fn an_answer_without_the_right_state_neither_counts_nor_ends_the_wait() {
    for (bend, why) in [
        (SignInBend::WrongState, "the state of another sign-in"),
        (SignInBend::NoState, "no state"),
        (SignInBend::DoubledState, "parameters twice"),
    ] {
        for mode in ["query", "form_post"] {
            let emulator = Emulator::start();
            let home = home(&emulator);
            emulator.script(Fault::sign_in(bend));
            let mut asking = Asking::start(home.token(&["--response-mode", mode, "-v"]));
            let (status, page) = asking.sign_in(&emulator);
            assert_eq!(status, 400);
            assert_says(&page, &["This is not the answer to the sign-in"]);
            assert!(!page.contains("not-what-was-sent"), "{page}");
            assert!(asking.waits());
            assert_eq!(asking.sign_in(&emulator).0, 200);
            assert_says(&asking.finish().ok().stderr, &["a request was not taken", why]);
            assert_eq!(emulator.token_count(), 1);
            assert_eq!(emulator.violations(), [""; 0]);
        }
    }
}

#[test]
fn the_second_of_two_answers_finds_nobody() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&[]));
    emulator.hold();
    let visit = emulator.visit(&asking.url);
    let first = std::thread::spawn({
        let visit = visit.clone();
        move || visit.go_back()
    });
    assert!(emulator.wait_for_requests(1, Duration::from_secs(20)));
    // The page is reloaded while the code is being redeemed.
    assert!(!matches!(visit.go_back(), Ok((200, _))));
    emulator.release();
    assert_eq!(first.join().unwrap().unwrap().0, 200);
    asking.finish().ok();
    assert_eq!(emulator.token_count(), 1);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn other_requests_are_answered_and_end_nothing() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let mut asking = Asking::start(home.token(&["--response-mode", "query"]));
    let (port, state) = (asking.port(), asking.parameter("state"));
    let mark = "<script>alert(1)</script>";
    for (request, status) in [
        (format!("GET /favicon.ico HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), "404"),
        (format!("GET /{mark}?code=a&state={state} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), "404"),
        (format!("HEAD /?code=a&state={state} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), "405"),
        (format!("OPTIONS / HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://evil.example\r\n\r\n"), "405"),
        (format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), "400"),
        (format!("GET /?error={mark}&state=x HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), "400"),
        // A page of another name that was made to lead here.
        (format!("GET /?code=a&state={state} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"), "403"),
        (format!("GET /?code=a&state={state} HTTP/1.1\r\nHost: localhost\r\n\r\n"), "403"),
        (format!("GET /?code=a&state={state} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"), "403"),
        (format!("GET /?code=a&state={state} HTTP/1.1\r\n\r\n"), "400"),
        (format!("POST /?code=a&state={state} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 0\r\n\r\n"), "405"),
        (format!("POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 9999999\r\n\r\n"), "413"),
        (format!("GET /{} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "x".repeat(70_000)), "413"),
        ("\u{16}\u{3}\u{1}\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = send(port, &request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:.80}: {answer}");
        assert!(!answer.contains("script") && !answer.contains("evil") && !answer.contains(&state), "{answer}");
        assert_says(
            &answer,
            &[
                "default-src 'none'",
                "frame-ancestors 'none'",
                "Cache-Control: no-store",
                "Connection: close",
                "nosniff",
            ],
        );
    }
    assert!(asking.waits());
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn who_sends_nothing_holds_nobody_up() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&[]));
    let mut idle = Vec::new();
    for text in ["", "GET", "POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nco"].iter().cycle().take(30) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, asking.port())).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        idle.push(stream);
    }
    let start = Instant::now();
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
}

#[test]
fn more_connections_than_a_browser_opens_are_dropped() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&[]));
    let port = asking.port();
    let mut idle: Vec<_> = (0..80).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap()).collect();
    // One that is dropped is closed without an answer; the first 64 stay until they are done.
    wait_until("a connection that is dropped", || {
        idle.iter_mut().any(|stream| {
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            matches!(stream.read(&mut [0]), Ok(0))
        })
    });
    drop(idle);
    wait_until("room for the browser", || {
        let state = parameter(&asking.url, "state").unwrap();
        let request = format!("GET /none?state={state} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
        let mut answer = String::new();
        stream.write_all(request.as_bytes()).is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.contains("404")
    });
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
}
