//! `jeton terraform`: the data source `external`, and the credentials helper.

use jeton_emulator::{Emulator, OTHER_TENANT};
use serde_json::{Value, json};

use super::places::hosted;
use crate::expect::{assert_about, assert_says, last_request, seconds_until};
use crate::support::{Home, age_token, wait_until};

#[test]
fn the_data_source_gets_an_object_of_strings() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let output = home.jeton(&["terraform", "-p", "plain"]).stdin("{}").run().quiet();
    output.line();
    let mut answer = output.json();
    let end = answer.as_object_mut().expect("an object").remove("expires_on").expect("a time");
    assert_about(seconds_until(&end), 3599 - 60);
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(answer["access_token"], token);
    assert!(answer.as_object().expect("an object").values().all(Value::is_string), "{answer}");
    assert_eq!(home.jeton(&["terraform", "-p", "plain"]).stdin("{}").run().quiet(), output);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn the_query_says_what_the_token_is_for_and_arguments_count_more() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let ask = |arguments: &[&str], query: Value| {
        home.jeton(&[&["terraform"], arguments].concat()).stdin(&query.to_string()).run().quiet();
        let request = last_request(&emulator);
        (
            request.path.split('/').nth(1).unwrap_or_default().to_owned(),
            request.field("scope").unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(ask(&[], json!({"profile": "plain"})).1, "api://plain/.default");
    assert_eq!(
        ask(&[], json!({"scope": "api://a", "resource": "", "tenant": OTHER_TENANT})),
        (OTHER_TENANT.into(), "api://a/.default".into())
    );
    assert_eq!(ask(&["--scope", "api://b"], json!({"scope": "api://c"})).1, "api://b/.default");
    assert_eq!(ask(&["-p", "feeds"], json!({"profile": "plain"})).1, "api://feeds/.default");
}

#[test]
fn what_is_no_query_is_refused_and_not_repeated() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for text in ["", "[]", "hunter2", r#"{"scope":1}"#, r#"{"secret":"hunter2"}"#, r#"{"scope":null}"#] {
        home.jeton(&["terraform", "-p", "plain"]).stdin(text).run().refusal(4);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_due_token_is_renewed_though_the_query_came_on_standard_input() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let query = json!({"profile": "plain", "scope": "api://other"}).to_string();
    let ask = || home.jeton(&["terraform"]).stdin(&query).run().quiet();
    let first = ask();
    age_token(&home.token_file(), 2000);
    ask();
    wait_until("a renewal", || emulator.count() == 2);
    wait_until("the new token", || ask().stdout != first.stdout);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_registrys_host_gets_its_token_and_a_foreign_one_nothing() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let get = |host| home.jeton(&["terraform", "get", host]).run().quiet().stdout;
    let answer = get("ports.example:8443");
    assert_eq!(answer, format!("{{\"token\":\"{}\"}}\n", emulator.issued_tokens()[0]));
    for host in ["app.terraform.io", "registry.terraform.io", "ports.example", "pkgs.dev.azure.com"] {
        assert_eq!(get(host), "{}\n", "{host}");
    }
    assert_eq!(emulator.count(), 1);
}

#[test]
fn nothing_is_stored_or_forgotten() {
    let home = Home::new();
    for operation in ["store", "forget"] {
        let run = home.jeton(&["terraform", operation, "app.terraform.io"]).stdin(r#"{"token":"hunter2"}"#);
        assert_says(&run.run().refusal(1), &["keeps no tokens"]);
    }
}

#[test]
fn other_words_are_wrong_usage() {
    let home = Home::new();
    for arguments in [&["terraform", "stray"][..], &["terraform", "get"], &["terraform", "get", "a", "b"]] {
        home.jeton(arguments).stdin("{}").run().fails(2);
    }
}

#[test]
fn a_link_named_terraform_credentials_jeton_is_the_helper() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    // As Terraform calls it: the arguments of its configuration come first.
    let output =
        home.run_as(&home.link("terraform-credentials-jeton"), &["-p", "feeds", "get", "feeds.example"]).run().quiet();
    assert_says(&output.stdout, &["{\"token\":\"eyJ"]);
}
