//! The client against a server on loopback that says exactly what a test tells it to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::error::Kind;

/// Answers one connection after the other with `answers`, then takes no more. Gives its address, and the requests
/// (head and body) that it got. `None` closes the connection without a word.
fn server(answers: Vec<Option<&'static str>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            seen.lock().unwrap().push(head + "\r\n" + std::str::from_utf8(&body).unwrap());
            stream.write_all(answer.unwrap_or_default().as_bytes()).unwrap();
        }
    });
    (url, requests)
}

const OK: Option<&str> = Some("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
const BUSY: Option<&str> =
    Some("HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy");
const TRUNCATED: Option<&str> = Some("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"a\"");

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

/// A client that reads nothing from the environment.
fn client() -> Http {
    let http = Http::new(HttpOptions::default());
    http.settings.set(Settings::default()).unwrap();
    http
}

fn send(call: &Call<'_>) -> Result<Answer> {
    client().send(call, &Log::silent())
}

#[test]
fn a_form_is_posted_with_the_usual_headers() {
    let (url, requests) = server(vec![Some(
        "HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nX-MS-Request-Id: srv-1\r\nDate: Thu, 01 Jan 1970 00:01:40 GMT\r\n\
         Retry-After: Thu, 01 Jan 1970 00:01:47 GMT\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 3\r\n\r\na\u{e9}",
    )]);
    let url = format!("{url}/t/token?q=1");
    let answer = send(&Call {
        body: Body::Form(vec![("client_secret", "a+b"), ("scope", "x y")]),
        headers: vec![("Accept", "text/xml".into())],
        secret_headers: vec![("Authorization", Secret::from("Bearer t"))],
        ..Call::new(Method::Post, &url, soon())
    })
    .unwrap();
    assert_eq!((answer.status, answer.body.expose()), (400, "aé"));
    assert_eq!(answer.server_request_id.as_deref(), Some("srv-1"));
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    assert_eq!(answer.date, Some(100));
    assert!(answer.retry_at.unwrap().abs_diff(clock::now() + 7) <= 2);
    assert_eq!(answer.header("www-AUTHENTICATE"), Some("Basic realm=x"));
    assert!(!format!("{answer:?}").contains("Basic"));

    let requests = requests.lock().unwrap();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "client_secret=a%2Bb&scope=x+y");
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /t/token?q=1 http/1.1\r\n"), "{head}");
    for line in [
        "user-agent: jeton/",
        "accept: text/xml",
        "authorization: bearer t",
        "return-client-request-id: true",
        "content-type: application/x-www-form-urlencoded",
        &format!("client-request-id: {}", answer.request_id),
    ] {
        assert_eq!(head.matches(&format!("\r\n{line}")).count(), 1, "{line}\n{head}");
    }
}

#[test]
fn busy_servers_are_asked_again_with_the_same_id() {
    let (url, requests) = server(vec![BUSY, TRUNCATED, None, OK]);
    // Two waits of the client's own: about 1 s and 2 s.
    let answer = send(&Call::new(Method::Get, &url, soon())).unwrap();
    assert_eq!((answer.status, answer.body.expose()), (200, "{}"));
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.contains(&answer.request_id)));
}

#[test]
fn the_last_answer_of_a_busy_server_is_given_back() {
    let (url, requests) = server(vec![BUSY; 4]);
    let answer = send(&Call::new(Method::Get, &url, soon())).unwrap();
    assert_eq!((answer.status, answer.body.expose()), (503, "busy"));
    assert!(answer.retry_at.is_some());
    assert_eq!(requests.lock().unwrap().len(), 4);
}

#[test]
fn what_must_not_be_repeated_is_not() {
    let (url, requests) = server(vec![BUSY, OK]);
    let call = Call { body: Body::Json("{}"), client_request_id: false, ..Call::new(Method::Post, &url, soon()) };
    let answer = send(&call).unwrap();
    assert_eq!((answer.status, answer.request_id.as_str()), (503, ""));
    assert!(!requests.lock().unwrap()[0].contains("client-request-id"));

    for lost in [TRUNCATED, None] {
        let (url, requests) = server(vec![lost, OK]);
        let error = send(&Call { body: Body::Json("{}"), ..Call::new(Method::Post, &url, soon()) }).unwrap_err();
        assert_eq!(error.kind, Kind::Network);
        assert!(error.message.starts_with("the connection to 127.0.0.1 broke off"), "{error}");
        assert_eq!(error.details[0].0, "correlation id");
        assert_eq!(requests.lock().unwrap().len(), 1);
    }
}

#[test]
fn a_connection_that_is_refused_is_tried_again_by_all() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let listening = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        let (mut stream, _) = TcpListener::bind(address).unwrap().accept().unwrap();
        let _ = stream.read(&mut [0; 1000]).unwrap();
        stream.write_all(OK.unwrap().as_bytes()).unwrap();
    });
    let answer = send(&Call::new(Method::Post, &format!("http://{address}/"), soon())).unwrap();
    assert_eq!(answer.status, 200);
    listening.join().unwrap();
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let (url, _) =
        server(vec![Some("HTTP/1.1 429 Slow\r\nretry-after: 60\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")]);
    let start = Instant::now();
    let answer = send(&Call::new(Method::Get, &url, soon())).unwrap();
    assert_eq!(answer.status, 429);
    assert!(answer.retry_at.unwrap().abs_diff(clock::now() + 60) <= 2);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_deadline_ends_a_call_that_is_not_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a?secret=1", listener.local_addr().unwrap());
    let deadline = Deadline::after(Duration::from_millis(300));
    let error = send(&Call::new(Method::Get, &url, deadline)).unwrap_err();
    assert!(error.message.starts_with("no answer from 127.0.0.1 after 0.3"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = send(&Call::new(Method::Get, &url, deadline)).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Network, "no time is left to call 127.0.0.1"));
}

#[test]
fn redirects_are_answers_and_bodies_are_bounded() {
    let (url, requests) = server(vec![Some(
        "HTTP/1.1 307 Away\r\nlocation: https://evil.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    )]);
    let answer = send(&Call { body: Body::Json("{}"), ..Call::new(Method::Post, &url, soon()) }).unwrap();
    assert_eq!((answer.status, answer.header("location")), (307, Some("https://evil.example/")));
    assert_eq!(requests.lock().unwrap().len(), 1);

    let (url, _) = server(vec![Some("HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n")]);
    let error = send(&Call::new(Method::Get, &url, soon())).unwrap_err();
    assert_eq!(error.message, "127.0.0.1 answers with more than 1048576 bytes");
    let endless: &str = Box::leak(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(LONGEST_BODY + 1)).into_boxed_str());
    let (url, _) = server(vec![Some(endless)]);
    let error = send(&Call::new(Method::Get, &url, soon())).unwrap_err();
    assert_eq!(error.message, "127.0.0.1 answers with more than 1048576 bytes");
    let longest: &str = Box::leak(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(LONGEST_BODY)).into_boxed_str());
    let (url, _) = server(vec![Some(longest)]);
    assert_eq!(send(&Call::new(Method::Get, &url, soon())).unwrap().body.expose().len(), LONGEST_BODY);
}

#[test]
fn header_values_cannot_smuggle_lines() {
    let call = Call {
        secret_headers: vec![("authorization", Secret::from("hunter2\r\nx: y"))],
        ..Call::new(Method::Get, "http://localhost:1/", soon())
    };
    let error = send(&call).unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn a_new_client_has_read_nothing() {
    let http = Http::new(HttpOptions::default());
    assert!(http.settings.get().is_none());
}

#[test]
fn a_direct_call_takes_no_proxy_whatever_the_environment_says() {
    let http = Http::new(HttpOptions::default());
    let proxy = ProxySettings::read(|name| (name == "HTTPS_PROXY").then(|| "http://proxy.example:1".into()));
    http.settings.set(Settings { proxy, trust: Trust::default() }).unwrap();
    let route = |url: &str, via| {
        let call = Call { via, ..Call::new(Method::Get, url, Deadline::after(Duration::from_secs(1))) };
        http.prepare(&call).unwrap().route
    };
    assert!(matches!(route("http://169.254.169.254/metadata", Via::Direct), Route::Local));
    assert!(matches!(route("https://fabric.example/", Via::Direct), Route::Local));
    assert!(matches!(route("https://login.example/", Via::Environment), Route::Proxy { .. }));
}
