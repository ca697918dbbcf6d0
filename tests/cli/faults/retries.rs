//! What is tried again, how often, and when not.

use std::time::{Duration, Instant};

use jeton_emulator::Fault;

use super::both;
use crate::expect::assert_says;

#[test]
fn a_throttled_call_is_made_again_when_the_service_says() {
    let (emulator, home) = both();
    emulator.script(Fault::throttled("1"));
    home.token(&[]).run().quiet();
    let requests = emulator.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1), "earlier than the service asked");
}

#[test]
fn a_retry_after_beyond_the_time_out_ends_the_call_at_once_and_holds_for_the_next_process() {
    let (emulator, home) = both();
    emulator.script(Fault::throttled("120"));
    let start = Instant::now();
    let first = home.token(&["--timeout", "10s"]).run().refusal(5);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_says(&first, &["throttled", "AADSTS90055"]);
    assert_eq!(emulator.count(), 1);
    // Another process does not ask, whatever its command, and tells the same.
    assert_eq!(home.token(&[]).run().refusal(5), first);
    assert_eq!(home.token(&["--force-refresh"]).run().refusal(5), first);
    assert_eq!(home.jeton(&["exec-credential", "--scope", "databricks"]).run().refusal(5), first);
    assert_eq!(emulator.count(), 1);
    // Another identity does.
    home.jeton(&["token", "--scope", "arm"]).run().quiet();
    assert_eq!(emulator.count(), 2);
    // When its time has come, it asks again.
    let flight = home.cached(".flight").pop().expect("a record of the flight");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&flight).unwrap()).expect("JSON");
    let error = &mut record["failure"]["error"];
    error["retry_at"] = (error["retry_at"].as_u64().expect("a time") - 120).into();
    std::fs::write(&flight, record.to_string()).unwrap();
    home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), 3);
}

#[test]
fn a_retry_after_may_be_a_date_by_the_servers_clock() {
    let (emulator, home) = both();
    // The server's clock is years behind; it still asks for two minutes.
    let fault = Fault::html(503).date("Fri, 31 Dec 1999 23:59:59 GMT").retry_after("Sat, 01 Jan 2000 00:01:59 GMT");
    emulator.script(fault);
    home.token(&["--timeout", "10s"]).run().refusal(5);
    home.token(&[]).run().refusal(5);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_failing_service_is_asked_again_until_it_works() {
    for fault in [Fault::error(500, "server_error", 90033), Fault::html(502), Fault::empty(503), Fault::html(504)] {
        let (emulator, home) = both();
        emulator.script(fault.retry_after("0").times(3));
        home.token(&[]).run().quiet();
        assert_eq!(emulator.count(), 4);
    }
}

#[test]
fn a_service_that_goes_on_failing_is_told() {
    for (fault, words) in [
        (Fault::error(503, "temporarily_unavailable", 90033), "unavailable for the moment"),
        (Fault::error(500, "server_error", 90024), "passing error"),
        (Fault::html(502), "the service failed (HTTP 502)"),
        (Fault::html(429), "throttling (HTTP 429)"),
    ] {
        let (emulator, home) = both();
        emulator.script(fault.retry_after("0").times(4));
        assert_says(&home.token(&[]).run().refusal(5), &[words]);
        assert_eq!(emulator.count(), 4, "{words}");
        home.token(&[]).run().quiet();
    }
}

#[test]
fn the_delays_grow_where_the_service_names_none() {
    let (emulator, home) = both();
    emulator.script(Fault::html(503).times(2));
    home.token(&[]).run().quiet();
    let at: Vec<_> = emulator.requests().iter().map(|request| request.at).collect();
    assert_eq!(at.len(), 3);
    // Half a second and a second, each up to a quarter shorter.
    assert!(at[1] - at[0] >= Duration::from_millis(375) && at[2] - at[1] >= Duration::from_millis(750), "{at:?}");
}

#[test]
fn a_refusal_is_not_tried_again() {
    for fault in [Fault::error(400, "invalid_grant", 1), Fault::error(401, "invalid_client", 7_000_215)] {
        let (emulator, home) = both();
        emulator.script(fault.retry_after("0").times(4));
        home.token(&[]).run().refusal(6);
        assert_eq!(emulator.count(), 1);
    }
}

#[test]
fn a_connection_that_broke_off_is_made_again() {
    for fault in [Fault::reset(), Fault::truncated_body()] {
        let (emulator, home) = both();
        emulator.script(fault);
        let output = home.token(&[]).run().quiet();
        assert_eq!(emulator.count(), 2);
        assert_eq!(emulator.issued_tokens().last().map(String::as_str), Some(output.line()));
    }
}

#[test]
fn a_connection_that_goes_on_breaking_off_is_told_within_the_time_out() {
    for fault in [Fault::reset(), Fault::truncated_body()] {
        let (emulator, home) = both();
        emulator.script(fault.times(9));
        let start = Instant::now();
        // After half a second, after one more, and then there is no time for two seconds more.
        let stderr = home.token(&["--timeout", "2500ms"]).run().refusal(5);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert_says(&stderr, &["the connection to localhost broke off"]);
        // (A slow machine may have no time for the third.)
        assert!(matches!(emulator.count(), 2 | 3), "{}", emulator.count());
        assert_eq!(home.cached(".token").len(), 0);
    }
}

#[test]
fn a_forced_refresh_asks_even_when_the_last_one_just_failed() {
    let (emulator, home) = both();
    let first = home.token(&[]).run().quiet();
    emulator.script(Fault::html(200));
    home.token(&["--force-refresh"]).run().refusal(5);
    // The token lives and is good for everybody else.
    assert_eq!(home.token(&[]).run().quiet(), first);
    assert_ne!(home.token(&["--force-refresh"]).run().quiet(), first);
    assert_eq!(emulator.count(), 3);
}
