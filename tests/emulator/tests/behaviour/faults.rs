//! Scripted faults, latency and the gate.

use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault, Shape};

use crate::client::client;

const LONG: Duration = Duration::from_secs(10);

#[test]
fn faults_are_used_up_in_order() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.script(Fault::pass());
    emulator.script(
        Fault::error(400, "invalid_grant", 70008)
            .text("expired\r\n\u{1b}[31mred\u{7}")
            .suberror("bad_token")
            .claims("{\"access_token\":{}}"),
    );
    emulator.script(Fault::throttled("7").times(2));
    emulator.script(Fault::html(502));
    emulator.script(Fault::html(200));
    emulator.script(Fault::empty(200));
    emulator.script(Fault::truncated_json());
    emulator.script(Fault::redirect(307, "https://other.example/token"));
    emulator.script(Fault::shaped(Shape::NoAccessToken).date("Tue, 01 Jan 2030 00:00:00 GMT"));
    assert_eq!(emulator.scripted(), 9);

    let next = || client.token().expect("an answer");
    assert_eq!(next().status, 200);
    let error = next();
    assert_eq!(error.failure(), (400, "invalid_grant".into(), 70008));
    assert_eq!(error.json()["suberror"], "bad_token");
    assert!(error.json()["error_description"].as_str().is_some_and(|text| text.contains("expired\r\n\u{1b}[31mred")));
    for _ in 0..2 {
        let throttled = next();
        assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("7")));
    }
    let html = next();
    assert_eq!((html.status, html.header("content-type")), (502, Some("text/html; charset=utf-8")));
    assert!(next().body.starts_with("<!DOCTYPE html>"));
    assert_eq!(next().body, "");
    assert!(serde_json::from_str::<serde_json::Value>(&next().body).is_err());
    let redirect = next();
    assert_eq!((redirect.status, redirect.header("location")), (307, Some("https://other.example/token")));
    let dated = next();
    assert_eq!(dated.header("date"), Some("Tue, 01 Jan 2030 00:00:00 GMT"));
    assert!(dated.json().get("access_token").is_none());
    assert_eq!(next().status, 200, "the script has ended");
    assert_eq!((emulator.scripted(), emulator.token_count()), (0, 11));
}

#[test]
fn connections_break_as_scripted() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.script(Fault::reset());
    emulator.script(Fault::truncated_body());
    let reset = client.token().err().expect("no answer").to_string();
    assert!(reset.contains("reset") || reset.contains("os error"), "{reset}");
    assert!(client.token().is_err(), "the body ends early");
    assert_eq!(client.token().expect("an answer").status, 200);
    assert_eq!(emulator.token_count(), 3);
}

#[test]
fn a_fault_for_a_path_waits_for_it() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.script_for("/common/", Fault::respond(418, "text/plain", "tea"));
    assert_eq!(client.token().expect("an answer").status, 200);
    assert_eq!(client.get("/common/discovery/keys", None).body, "tea");
    assert_eq!(client.get("/common/discovery/keys", None).status, 200);
}

#[test]
fn a_hang_ends_with_the_emulator() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.script(Fault::hang());
    let waiting = std::thread::spawn(move || client.token().is_err());
    assert!(emulator.wait_for_requests(1, LONG));
    let started = Instant::now();
    drop(emulator);
    assert!(waiting.join().expect("no panic"), "no answer");
    assert!(started.elapsed() < LONG);
}

#[test]
fn the_gate_holds_many_at_once() {
    let emulator = Emulator::start();
    emulator.hold();
    std::thread::scope(|scope| {
        for _ in 0..200 {
            let client = client(&emulator);
            scope.spawn(move || assert_eq!(client.token().expect("an answer").status, 200));
        }
        let all = emulator.wait_for_requests(200, Duration::from_secs(60));
        assert!(all, "{} arrived", emulator.token_count());
        assert_eq!(emulator.issued_tokens().len(), 0, "none was answered");
        emulator.release();
    });
    let tokens: std::collections::HashSet<_> = emulator.issued_tokens().into_iter().collect();
    assert_eq!(tokens.len(), 200);
}

#[test]
fn slow_answers_are_slow() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.set_latency(Duration::from_millis(60));
    emulator.script(Fault::slow(Duration::from_millis(60)));
    let started = Instant::now();
    assert_eq!(client.token().expect("an answer").status, 200);
    assert!(started.elapsed() >= Duration::from_millis(120));
    assert!(!emulator.wait_for_requests(2, Duration::from_millis(1)), "there is no second request");
}

#[test]
fn the_clock_can_be_off() {
    let emulator = Emulator::start();
    emulator.set_clock_offset(-86_400);
    let answer = client(&emulator).token().expect("an answer");
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let date = httpdate::parse_http_date(answer.header("date").expect("a date")).expect("an HTTP date");
    assert!(date < std::time::SystemTime::now() - Duration::from_secs(86_000));
    assert!(emulator.is_valid(&token));
    emulator.set_clock_offset(0);
    assert!(!emulator.is_valid(&token), "by the true clock it has expired");
}
