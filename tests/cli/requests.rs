//! What is sent to the token endpoint: every field, every byte of the secret, and nothing else.

mod audience;
mod keys;
mod network;
mod output;
mod settings;

use jeton_emulator::{
    AWKWARD_CLIENT_ID, AWKWARD_SECRET, CLIENT_ID, CLIENT_SECRET, Emulator, Fault, Request, Shape, TENANT,
};

use crate::expect::{assert_about, assert_no_secret, only_request, seconds_until};
use crate::support::Home;

const DATABRICKS: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";

fn sorted_form(request: &Request) -> Vec<(&str, &str)> {
    let mut form: Vec<_> = request.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.sort_unstable();
    form
}

#[test]
fn the_v2_endpoint_gets_these_four_fields_and_no_other() {
    let emulator = Emulator::start();
    let output = Home::at(&emulator).token(&[]).run().quiet();
    let request = only_request(&emulator);
    assert_eq!((request.method.as_str(), &*request.path), ("POST", &*format!("/{TENANT}/oauth2/v2.0/token")));
    assert_eq!(
        sorted_form(&request),
        [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "client_credentials"),
            ("scope", &format!("{DATABRICKS}/.default")),
        ]
    );
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("jeton/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(emulator.issued_tokens(), [output.line()]);
}

#[test]
fn the_v1_endpoint_gets_a_resource_and_never_a_scope() {
    let emulator = Emulator::start();
    let output = Home::at(&emulator).token(&["--endpoint", "v1", "--json"]).run().quiet();
    let request = only_request(&emulator);
    assert_eq!(request.path, format!("/{TENANT}/oauth2/token"));
    assert_eq!(
        sorted_form(&request),
        [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "client_credentials"),
            ("resource", DATABRICKS),
        ]
    );
    // v1 writes its numbers as strings.
    assert_about(seconds_until(&output.json()["expiresOn"]), 3599);
}

#[test]
fn a_resource_becomes_the_default_scope_on_v2_and_keeps_its_slash() {
    let emulator = Emulator::start();
    Home::at(&emulator).jeton(&["token", "--resource", "https://management.core.windows.net/"]).run().quiet();
    assert_eq!(only_request(&emulator).field("scope"), Some("https://management.core.windows.net//.default"));
}

#[test]
fn a_miss_is_one_request_without_discovery_and_a_hit_is_none() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let fresh = home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), 1);
    let cached = home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), 1);
    assert_eq!(fresh, cached);
}

/// The app with the awkward secret signs in with the secret from `source`.
fn awkward(prepare: impl FnOnce(&mut Home) -> String) {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    let source = prepare(&mut home);
    let output = home.token(&["-v", "--client-id", AWKWARD_CLIENT_ID, "--client-secret-from", &source]).run().ok();
    assert_eq!(only_request(&emulator).field("client_secret"), Some(AWKWARD_SECRET));
    assert_no_secret(&output.stderr);
}

#[test]
fn an_awkward_secret_arrives_intact_from_a_variable() {
    awkward(|home| {
        home.set("APP_SECRET", AWKWARD_SECRET);
        "env:APP_SECRET".into()
    });
}

#[test]
fn an_awkward_secret_arrives_intact_from_a_file() {
    awkward(|home| {
        let path = home.path("secret file");
        std::fs::write(&path, format!("{AWKWARD_SECRET}\n")).expect("a file");
        format!("file:{}", path.display())
    });
}

#[cfg(unix)]
#[test]
fn an_awkward_secret_arrives_intact_from_a_command() {
    awkward(|home| {
        std::fs::write(home.path("vault"), AWKWARD_SECRET).expect("a file");
        "command:cat vault; echo".into()
    });
}

#[test]
fn an_awkward_secret_arrives_intact_from_standard_input() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let arguments = ["--client-id", AWKWARD_CLIENT_ID, "--client-secret-from", "stdin"];
    home.token(&arguments).stdin(&format!("{AWKWARD_SECRET}\r\nnot this\n")).run().quiet();
    assert_eq!(only_request(&emulator).field("client_secret"), Some(AWKWARD_SECRET));
}

#[test]
fn the_request_id_that_was_sent_is_shown_in_the_error() {
    let emulator = Emulator::start();
    // Not the body's: a proxy's page has none.
    emulator.script(Fault::html(400));
    let stderr = Home::at(&emulator).token(&[]).run().refusal(5);
    let id = only_request(&emulator).header("client-request-id").expect("an id").to_owned();
    assert!(stderr.contains(&format!("correlation id: {id}")), "{stderr}");
    assert!(stderr.contains(&format!("tenant: {TENANT}")), "{stderr}");
    assert!(stderr.contains(&format!("client: {CLIENT_ID}")), "{stderr}");
    assert!(stderr.contains(&format!("scope: {DATABRICKS}/.default")), "{stderr}");
}

#[test]
fn every_attempt_of_one_call_has_the_same_request_id_and_the_next_call_another() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    emulator.script(Fault::html(503).retry_after("0").times(2));
    home.token(&[]).run().quiet();
    home.token(&["--force-refresh"]).run().quiet();
    let ids: Vec<_> =
        emulator.requests().iter().map(|request| request.header("client-request-id").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 4);
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3], "{ids:?}");
}

#[test]
fn a_token_of_a_hundred_kilobytes_is_fetched_cached_and_whole() {
    let emulator = Emulator::start();
    emulator.set_shape(Shape::BigToken(75_000));
    let home = Home::at(&emulator);
    let fresh = home.token(&[]).run().quiet();
    assert!(fresh.line().len() > 100_000);
    assert_eq!(emulator.issued_tokens(), [fresh.line()]);
    assert_eq!(home.token(&[]).run().quiet(), fresh);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn fields_that_nobody_knows_are_passed_over() {
    let emulator = Emulator::start();
    emulator.set_shape(Shape::ExtraFields);
    let output = Home::at(&emulator).token(&[]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
}
