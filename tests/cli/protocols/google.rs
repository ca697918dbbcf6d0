//! `jeton google`: the executable source of an external account (AIP-4117).

use jeton_emulator::Emulator;
use serde_json::json;

use super::places::hosted;
use crate::expect::{assert_about, assert_no_secret, assert_says};
use crate::support::{Home, Output, Run};

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// A call with what the library says in the environment.
fn call(home: &Home, more: &[(&str, &str)]) -> Run {
    let mut run = home.jeton(&["google", "-p", "plain"]);
    for (name, value) in [
        ("AUDIENCE", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"),
        ("TOKEN_TYPE", JWT),
        ("ID", ""),
        ("INTERACTIVE", "0"),
        ("REVOKE", "0"),
    ] {
        run = run.env(&format!("GOOGLE_EXTERNAL_ACCOUNT_{name}"), value);
    }
    for (name, value) in more {
        run = run.env(&format!("GOOGLE_EXTERNAL_ACCOUNT_{name}"), value);
    }
    run
}

/// Asserts a failure as the protocol has it: an answer, and nothing on stderr that a library could join with it.
#[track_caller]
fn failed(output: Output, code: &str) -> String {
    let output = output.quiet();
    output.line();
    let answer = output.json();
    assert_eq!((&answer["version"], &answer["success"], &answer["code"]), (&json!(1), &json!(false), &json!(code)));
    assert_no_secret(&output.stdout);
    answer["message"].as_str().expect("a message").to_owned()
}

#[test]
fn the_answer_is_one_line_with_exactly_these_fields() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for kind in [JWT, "urn:ietf:params:oauth:token-type:id_token"] {
        let output = call(&home, &[("TOKEN_TYPE", kind)]).run().quiet();
        output.line();
        let mut answer = output.json();
        let end = answer.as_object_mut().expect("an object").remove("expiration_time").expect("an end");
        let token = emulator.issued_tokens().remove(0);
        assert_eq!(answer, json!({"version": 1, "success": true, "token_type": kind, "id_token": token}));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_about(end.as_u64().expect("epoch seconds") - now, 3599 - 60);
    }
    assert_eq!(emulator.count(), 1);
}

#[test]
fn the_answer_is_kept_in_the_file_that_is_named() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let file = home.path("answer.json");
    let output = call(&home, &[("OUTPUT_FILE", file.to_str().expect("text"))]).run().quiet();
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), output.stdout);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let nowhere = home.path("no/such/folder/answer.json");
    let message = failed(call(&home, &[("OUTPUT_FILE", nowhere.to_str().expect("text"))]).run(), "FAILED");
    assert_says(&message, &["can't be written", "output_file"][..1]);
}

#[test]
fn an_interactive_call_answers_in_the_file_alone() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let file = home.path("answer.json");
    let name = file.to_str().expect("text");
    let output = call(&home, &[("INTERACTIVE", "1"), ("OUTPUT_FILE", name)]).run().quiet();
    assert_eq!(output.stdout, "");
    assert_says(&std::fs::read_to_string(&file).expect("a file"), &["\"success\":true"]);
    assert_says(&failed(call(&home, &[("INTERACTIVE", "1")]).run(), "CONFIGURATION"), &["output_file"]);
}

#[test]
fn a_failure_is_an_answer_that_says_what_to_do() {
    let emulator = Emulator::start();
    let mut home = hosted(&emulator);
    let saml = failed(call(&home, &[("TOKEN_TYPE", "urn:ietf:params:oauth:token-type:saml2")]).run(), "CONFIGURATION");
    assert_says(&saml, &["saml2", "; next: "]);
    failed(call(&home, &[("REVOKE", "1")]).run(), "FAILED");
    assert_eq!(emulator.count(), 0);
    home.set("AZURE_CLIENT_SECRET", "wrong-secret");
    assert_says(&failed(call(&home, &[]).run(), "REFUSED"), &["the client secret is wrong", "; next: "]);
}
