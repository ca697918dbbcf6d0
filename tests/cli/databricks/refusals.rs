//! What Databricks refuses, as one line and a next step.

use jeton_emulator::{DATABRICKS_SECRET, Emulator, ErrorShape, Fault};

use super::{TOKEN_PATH, assert_careful, home};
use crate::expect::assert_says;

#[test]
fn a_wrong_secret_is_told_and_not_shown() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_CLIENT_SECRET", "dose-hunter2");
    let stderr = home.jeton(&["token"]).run().refusal(6);
    assert_says(
        &stderr,
        &["does not accept this client", "Client authentication failed", "OAuth secret", "client: eeee"],
    );
    assert_careful(&emulator, &stderr);
}

#[test]
fn an_unknown_scope_is_told() {
    let emulator = Emulator::start();
    let stderr = home(&emulator).jeton(&["token", "--databricks-scope", "unknown-one"]).run().refusal(4);
    assert_says(&stderr, &["unknown-one", "all-apis"]);
}

#[test]
fn each_shape_of_an_error_becomes_a_line() {
    for shape in [
        ErrorShape::Api,
        ErrorShape::Gate,
        ErrorShape::Legacy,
        ErrorShape::Scim,
        ErrorShape::Text,
        ErrorShape::Html,
        ErrorShape::OAuth,
    ] {
        let emulator = Emulator::start();
        let home = home(&emulator);
        let said = format!("it is {DATABRICKS_SECRET} \u{1b}[2J so");
        emulator.script(Fault::databricks(TOKEN_PATH, 403, "PERMISSION_DENIED", &said).error_shape(shape));
        let stderr = home.jeton(&["token"]).run().refusal(6);
        assert_says(&stderr, &["so)", "next: ", &emulator.workspace()]);
        assert_careful(&emulator, &stderr);
    }
}

#[test]
fn a_private_link_and_other_redirects_are_not_followed() {
    for (fault, says) in [
        (Fault::databricks(TOKEN_PATH, 302, "", "").error_shape(ErrorShape::PrivateLink), "private link"),
        (Fault::redirect(307, "https://elsewhere.example/token").on(TOKEN_PATH), "redirects elsewhere"),
    ] {
        let emulator = Emulator::start();
        let home = home(&emulator);
        emulator.script(fault);
        assert_says(&home.jeton(&["token"]).run().refusal(4), &[says]);
        assert_eq!(emulator.token_count(), 1);
    }
}

#[test]
fn throttling_is_waited_for_and_a_failing_service_asked_again() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script(Fault::databricks(TOKEN_PATH, 429, "REQUEST_LIMIT_EXCEEDED", "slow down").retry_after("0"));
    emulator.script(Fault::databricks(TOKEN_PATH, 503, "TEMPORARILY_UNAVAILABLE", "busy").retry_after("0"));
    home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.token_count(), 3);
    emulator.script(Fault::databricks(TOKEN_PATH, 429, "REQUEST_LIMIT_EXCEEDED", "slow down").retry_after("3600"));
    let stderr = home.jeton(&["token", "--force-refresh"]).run().refusal(5);
    assert_says(&stderr, &["throttling", "slow down"]);
    assert_eq!(emulator.token_count(), 4);
}

#[test]
fn what_is_no_answer_of_databricks_is_told() {
    for fault in [Fault::html(200), Fault::respond(200, "application/json", "{}"), Fault::truncated_json()] {
        let emulator = Emulator::start();
        let home = home(&emulator);
        emulator.script_for(TOKEN_PATH, fault);
        let stderr = home.jeton(&["token"]).run().refusal(5);
        assert_says(&stderr, &["no token", "proxy"]);
        assert_careful(&emulator, &stderr);
    }
}

#[test]
fn without_network_a_token_that_lives_is_handed_out() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.token_lifetime = 900);
    let home = home(&emulator);
    let first = home.jeton(&["token"]).run().quiet();
    crate::support::age_token(&home.token_file(), 700);
    emulator.script_for(TOKEN_PATH, Fault::html(503).times(4).retry_after("0"));
    let output = home.jeton(&["token"]).run();
    assert_says(output.warning(), &["could not be renewed"]);
    assert_eq!(output.line(), first.line());
}
