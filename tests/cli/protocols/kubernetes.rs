//! `jeton exec-credential`, as kubectl and its kin call it.

use std::process::Stdio;

use jeton_emulator::{AKS_AUDIENCE, Emulator, OTHER_TENANT, TENANT};
use serde_json::{Value, json};

use crate::expect::{assert_about, assert_no_secret, assert_says, last_request, only_request, seconds_until};
use crate::support::{Home, finish};

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// What client-go sends, with `config` as the cluster's extension.
fn info(version: &str, config: Value) -> String {
    json!({
        "kind": "ExecCredential",
        "apiVersion": version,
        "spec": {
            "cluster": {"server": "https://cluster.example.test", "config": config},
            "interactive": false,
        },
    })
    .to_string()
}

/// Tenant, scope and answer of a call with this KUBERNETES_EXEC_INFO and these arguments.
#[track_caller]
fn asked(info: &str, arguments: &[&str]) -> (String, String, Value) {
    let emulator = Emulator::start();
    let mut all = vec!["exec-credential"];
    all.extend(arguments);
    let output = Home::at(&emulator).jeton(&all).env("KUBERNETES_EXEC_INFO", info).run().quiet();
    let request = only_request(&emulator);
    let tenant = request.path.split('/').nth(1).expect("a tenant").to_owned();
    (tenant, request.field("scope").expect("a scope").to_owned(), output.json())
}

#[test]
fn the_answer_is_one_line_with_exactly_these_fields() {
    let emulator = Emulator::start();
    let output = Home::at(&emulator).jeton(&["exec-credential"]).run().quiet();
    output.line();
    let mut answer = output.json();
    let end = answer["status"].as_object_mut().expect("a status").remove("expirationTimestamp").expect("a time");
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(answer, json!({"apiVersion": V1, "kind": "ExecCredential", "status": {"token": token}}));
    // Two minutes before the token's, because clients use it up to the very end.
    assert_about(seconds_until(&end), 3599 - 120);
}

#[test]
fn the_callers_version_is_answered() {
    for version in [V1, V1BETA1] {
        let (_, _, answer) = asked(&info(version, Value::Null), &[]);
        assert_eq!(answer["apiVersion"], version);
    }
}

#[test]
fn a_caller_that_says_nothing_gets_v1_and_the_cluster_of_aks() {
    for nothing in ["", "{}", r#"{"apiVersion":"","kind":"","spec":null}"#, r#"{"spec":{"cluster":null}}"#] {
        let (tenant, scope, answer) = asked(nothing, &[]);
        assert_eq!(answer["apiVersion"], V1, "{nothing}");
        assert_eq!((tenant.as_str(), scope), (TENANT, format!("{AKS_AUDIENCE}/.default")));
    }
}

#[test]
fn garbage_is_refused_and_neither_repeated_nor_worth_a_request() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for garbage in ["hunter2", "\"hunter2\"", "{\"apiVersion\": \"hunter2", "{\"spec\":\"hunter2\"}", "5"] {
        let stderr = home.jeton(&["exec-credential"]).env("KUBERNETES_EXEC_INFO", garbage).run().refusal(4);
        assert_says(&stderr, &["KUBERNETES_EXEC_INFO", "line 1"]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn an_unknown_version_is_refused_with_those_there_are() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for version in ["client.authentication.k8s.io/v1alpha1", "client.authentication.k8s.io/v2"] {
        let run = home.jeton(&["exec-credential"]);
        let stderr = run.env("KUBERNETES_EXEC_INFO", info(version, Value::Null)).run().refusal(4);
        assert_says(&stderr, &[version, V1, V1BETA1]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn the_clusters_audience_scope_and_tenant_are_used() {
    let (_, scope, _) = asked(&info(V1, json!({"audience": "api://cluster"})), &[]);
    assert_eq!(scope, "api://cluster/.default");
    let (_, scope, _) = asked(&info(V1BETA1, json!({"scope": "api://cluster/.default"})), &[]);
    assert_eq!(scope, "api://cluster/.default");
    let (tenant, scope, _) = asked(&info(V1, json!({"tenant": OTHER_TENANT, "audience": ""})), &[]);
    assert_eq!((tenant.as_str(), scope), (OTHER_TENANT, format!("{AKS_AUDIENCE}/.default")));
}

#[test]
fn flags_count_more_than_what_the_cluster_says() {
    let config = json!({"audience": "api://cluster", "scope": "api://cluster", "tenant": OTHER_TENANT});
    for flag in ["--scope", "--resource", "--server-id"] {
        let (tenant, scope, _) = asked(&info(V1, config.clone()), &["--tenant", TENANT, flag, "api://mine"]);
        assert_eq!((tenant.as_str(), scope.as_str()), (TENANT, "api://mine/.default"), "{flag}");
    }
}

#[test]
fn what_the_cluster_says_counts_more_than_the_environment() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_SCOPE", "arm");
    home.jeton(&["exec-credential"]).run().quiet();
    assert_eq!(last_request(&emulator).field("scope"), Some("https://management.azure.com/.default"));
    home.set("KUBERNETES_EXEC_INFO", info(V1, json!({"audience": "api://cluster"})));
    home.jeton(&["exec-credential"]).run().quiet();
    assert_eq!(last_request(&emulator).field("scope"), Some("api://cluster/.default"));
}

#[test]
fn the_server_id_excludes_other_ways_to_name_the_audience() {
    for flag in ["--scope", "--resource"] {
        Home::new().jeton(&["exec-credential", "--server-id", "a", flag, "b"]).run().fails(2);
    }
}

#[test]
fn the_second_call_asks_nobody_and_shares_the_token_of_other_commands() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let first = home.jeton(&["exec-credential"]).run().quiet();
    assert_eq!(home.jeton(&["exec-credential"]).run().quiet(), first);
    let token = home.jeton(&["token", "--scope", "aks"]).run().quiet();
    assert_eq!(first.json()["status"]["token"], token.line());
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_short_lived_token_is_not_told_dead_at_once() {
    let emulator = Emulator::start();
    emulator.set_lifetime(90);
    let output = Home::at(&emulator).jeton(&["exec-credential"]).run().quiet();
    let left = seconds_until(&output.json()["status"]["expirationTimestamp"]);
    assert!((30..90).contains(&left), "{left}");
}

#[test]
fn standard_input_is_never_read() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for command in ["exec-credential", "credential-process", "token"] {
        let mut run = home.jeton(&[command, "--scope", "aks"]);
        run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.command.spawn().expect("jeton starts");
        // Open until the answer is there: a read would wait for ever.
        let pipe = child.stdin.take();
        finish(child).quiet();
        drop(pipe);
    }
}

#[test]
fn a_failure_leaves_stdout_empty_and_tells_why() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AZURE_CLIENT_SECRET", "wrong-secret");
    assert_says(&home.jeton(&["exec-credential"]).run().refusal(6), &["the client secret is wrong"]);
}

#[test]
fn steps_are_shown_on_stderr_alone_and_without_a_secret() {
    let emulator = Emulator::start();
    let output = Home::at(&emulator).jeton(&["exec-credential", "-v"]).run().ok();
    output.json();
    assert_says(&output.stderr, &["cache: no usable entry", "status 200", "cache: stored"]);
    assert_no_secret(&output.stderr);
}
