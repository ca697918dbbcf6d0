//! Answers that are none, or not quite.

use std::time::{Duration, Instant};

use jeton_emulator::{Fault, Shape};

use super::both;
use crate::expect::{assert_about, assert_says, seconds_until};

/// What is said of an answer that is no token: exit code 5, after one request, and nothing is cached.
#[track_caller]
fn no_token(fault: Fault) -> String {
    let (emulator, home) = both();
    emulator.script(fault);
    let stderr = home.token(&[]).run().refusal(5);
    assert_eq!(emulator.count(), 1);
    assert_eq!(home.cached(".token").len(), 0);
    // The next one is none the worse for it.
    home.token(&[]).run().quiet();
    stderr
}

#[test]
fn a_page_in_place_of_a_token_is_taken_for_a_portals() {
    assert_says(&no_token(Fault::html(200)), &["no token", "HTTP 200", "text/html", "proxy or sign-in portal"]);
}

#[test]
fn an_empty_answer_is_no_token() {
    assert_says(&no_token(Fault::empty(200)), &["no token", "HTTP 200"]);
}

#[test]
fn json_that_ends_in_its_middle_is_no_token() {
    assert_says(&no_token(Fault::truncated_json()), &["no token", "HTTP 200"]);
}

#[test]
fn json_without_a_usable_token_is_none() {
    for shape in [
        Shape::NoAccessToken,
        Shape::EmptyAccessToken,
        Shape::AccessTokenNotText,
        Shape::NotAnObject,
        // It would end the header that it is put into.
        Shape::AccessTokenWithNewline,
    ] {
        assert_says(&no_token(Fault::shaped(shape)), &["no token", "HTTP 200"]);
    }
}

#[test]
fn no_token_endpoint_at_all_is_a_wrong_configuration() {
    let (emulator, home) = both();
    emulator.script(Fault::html(404));
    assert_says(&home.token(&[]).run().refusal(4), &["no token endpoint", "--authority-host"]);
}

#[test]
fn an_endless_answer_is_given_up() {
    let stderr = no_token(Fault::respond(200, "application/json", &" ".repeat(2 << 20)));
    assert_says(&stderr, &["localhost", "more than"]);
}

#[test]
fn a_token_type_with_a_line_end_does_not_get_into_a_header() {
    let (emulator, home) = both();
    let body = r#"{"access_token":"a.b.c","expires_in":3600,"token_type":"Bearer\r\nX-Injected: yes"}"#;
    emulator.script(Fault::respond(200, "application/json", body));
    let output = home.token(&["--output", "header"]).run();
    assert!(!output.stdout.contains("X-Injected"), "{:?}", output.stdout);
}

/// The life that a token of this shape is given, in seconds.
#[track_caller]
fn life(shape: Shape) -> u64 {
    let (emulator, home) = both();
    emulator.set_shape(shape);
    let fresh = home.token(&["--json"]).run().quiet();
    assert_eq!(home.token(&["--json"]).run().quiet(), fresh, "from the cache");
    assert_eq!(emulator.count(), 1);
    seconds_until(&fresh.json()["expiresOn"])
}

#[test]
fn a_token_without_a_life_is_given_ten_minutes() {
    assert_about(life(Shape::NoExpiry), 600);
    assert_about(life(Shape::ExpiresInGarbage), 600);
}

#[test]
fn a_life_may_be_a_text_a_fraction_or_a_time() {
    assert_about(life(Shape::ExpiresInText), 3599);
    assert_about(life(Shape::ExpiresInFloat), 3599);
    assert_about(life(Shape::ExpiresOnOnly), 3599);
}

#[test]
fn a_life_beyond_all_measure_is_not_believed() {
    const TWO_DAYS: u64 = 2 * 24 * 3600;
    assert!(life(Shape::ExpiresInHuge) <= TWO_DAYS);
    for number in ["1e300", "\"1e300\"", "18446744073709551615", "1e18"] {
        let (emulator, home) = both();
        let body = format!(r#"{{"access_token":"a.b.c","expires_in":{number},"refresh_in":{number}}}"#);
        emulator.script(Fault::respond(200, "application/json", &body));
        let output = home.token(&["--json"]).run().quiet();
        assert!(seconds_until(&output.json()["expiresOn"]) <= TWO_DAYS, "{number}");
    }
}

#[test]
fn a_token_without_any_life_left_is_an_error_and_not_a_loop() {
    for shape in [Shape::ExpiresInZero, Shape::ExpiresInNegative] {
        assert_says(&no_token(Fault::shaped(shape)), &["no life left", "expires_in"]);
    }
}

#[test]
fn a_host_that_does_not_answer_is_named_when_time_is_up() {
    let (emulator, home) = both();
    emulator.script(Fault::hang());
    let start = Instant::now();
    let stderr = home.token(&["--timeout", "1s"]).run().refusal(5);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_says(&stderr, &["no answer from localhost", "1.0 s", "correlation id"]);
    emulator.script(Fault::hang());
    let stderr = home.token(&[]).env("JETON_TIMEOUT", "1").run().refusal(5);
    assert_says(&stderr, &["no answer from localhost"]);
    assert_eq!(emulator.count(), 2, "what takes too long is not tried again");
}
