//! `jeton cargo`, after the Cargo Book's "Credential Provider Protocol".

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use jeton_emulator::Emulator;
use serde_json::{Value, json};

use super::places::hosted;
use crate::expect::{assert_about, assert_no_secret, assert_says};
use crate::support::{Home, Output};

const HELLO: &str = "{\"v\":[1]}";
const INDEX: &str = "sparse+https://feeds.example/index/";

fn request(kind: &str, index_url: &str, args: &[&str]) -> Value {
    json!({
        "v": 1, "kind": kind, "operation": "read", "args": args,
        "registry": {"index-url": index_url, "name": "feeds", "headers": ["WWW-Authenticate: Bearer"]},
    })
}

/// The answers to these lines.
#[track_caller]
fn converse(home: &Home, lines: &[String]) -> Vec<Value> {
    let output = home.jeton(&["--cargo-plugin"]).stdin(&(lines.join("\n") + "\n")).run().quiet();
    answers(&output)
}

#[track_caller]
fn answers(output: &Output) -> Vec<Value> {
    let mut lines = output.stdout.lines();
    assert_eq!(lines.next(), Some(HELLO));
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_answer_has_exactly_these_fields() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let mut answers = converse(&home, &[request("get", INDEX, &["cargo"]).to_string()]);
    let end = answers[0]["Ok"].as_object_mut().expect("an answer").remove("expiration").expect("an end");
    let token = emulator.issued_tokens().remove(0);
    let ok = json!({
        "kind": "get", "token": format!("Bearer {token}"), "cache": "expires", "operation_independent": true,
    });
    assert_eq!(answers, [json!({"Ok": ok})]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_about(end.as_u64().expect("epoch seconds") - now, 3599);
}

#[test]
fn requests_are_answered_one_after_another_until_the_pipe_is_closed() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let mut run = home.jeton(&["cargo", "--cargo-plugin"]);
    run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.command.spawn().expect("jeton starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut read = || {
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        line
    };
    // Before anything is asked.
    assert_eq!(read(), format!("{HELLO}\n"));
    for (index, part) in [(INDEX, "Bearer "), ("sparse+https://other.example/", "url-not-supported"), (INDEX, "Ok")] {
        writeln!(stdin, "{}", request("get", index, &[])).expect("a request");
        assert_says(&read(), &[part]);
    }
    drop(stdin);
    assert!(child.wait().expect("an end").success());
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_foreign_registry_is_left_to_the_next_provider() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let foreign = [
        "https://github.com/rust-lang/crates.io-index",
        "sparse+https://index.crates.io/",
        "sparse+http://feeds.example/index/",
        "ssh://git@feeds.example/index",
        "",
    ];
    let mut lines: Vec<_> = foreign.iter().map(|url| request("get", url, &[]).to_string()).collect();
    lines.push(request("login", "sparse+https://index.crates.io/", &[]).to_string());
    // Named, but not for this host.
    lines.push(request("get", INDEX, &["cargo", "-p", "plain"]).to_string());
    for answer in converse(&home, &lines) {
        assert_eq!(answer, json!({"Err": {"kind": "url-not-supported"}}));
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn nothing_but_get_is_supported() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let lines = ["login", "logout", "something-later"].map(|kind| request(kind, INDEX, &[]).to_string());
    for answer in converse(&home, &lines) {
        assert_eq!(answer, json!({"Err": {"kind": "operation-not-supported"}}));
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn the_arguments_of_the_configuration_come_with_the_request() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let ask =
        |args: &[&str]| converse(&home, &[request("get", "sparse+https://feeds.example/contoso/", args).to_string()]);
    ask(&["cargo", "-p", "feeds"]);
    assert_eq!(emulator.token_requests()[0].field("scope"), Some("api://feeds/.default"));
    ask(&["cargo"]);
    assert_eq!(emulator.token_requests()[1].field("scope"), Some("api://contoso/.default"));
    for wrong in [&["cargo", "--scoop"][..], &["cargo", "stray"], &["cargo", "-p"]] {
        let answer = ask(wrong).remove(0);
        assert_eq!(answer["Err"]["kind"], "other", "{answer}");
        assert_says(&answer.to_string(), &["next: mend credential-provider"]);
    }
    assert_eq!(ask(&["cargo", "-p", "nobody"])[0]["Err"]["kind"], "other");
}

#[test]
fn garbage_is_an_error_in_cargos_words_and_is_not_repeated() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let mut version = request("get", INDEX, &[]);
    version["v"] = json!(2);
    let mut login = request("login", INDEX, &[]);
    login["token"] = json!("hunter2");
    login["v"] = json!("hunter2");
    let lines = ["hunter2".into(), "{}".into(), "[]".into(), String::new(), version.to_string(), login.to_string()];
    let answers = converse(&home, &lines);
    assert_eq!(answers.len(), lines.len());
    for answer in answers {
        assert_eq!(answer["Err"]["kind"], "other");
        assert_no_secret(&answer.to_string());
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_failure_is_told_to_cargo_with_what_to_do_next() {
    let emulator = Emulator::start();
    let mut home = hosted(&emulator);
    home.set("AZURE_CLIENT_SECRET", "wrong-secret");
    let answer = converse(&home, &[request("get", INDEX, &[]).to_string()]).remove(0);
    assert_says(answer["Err"]["message"].as_str().expect("a message"), &["the client secret is wrong"]);
    assert_says(answer["Err"]["caused-by"][0].as_str().expect("a cause"), &["next: "]);
}

#[test]
fn one_line_is_printed_for_token_from_stdout() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let output = home.jeton(&["cargo"]).env("CARGO_REGISTRY_INDEX_URL", INDEX).run().quiet();
    assert_eq!(output.line(), format!("Bearer {}", emulator.issued_tokens()[0]));
    assert_eq!(home.jeton(&["cargo", "--url", INDEX]).run().quiet(), output);
    for foreign in ["sparse+https://index.crates.io/", "sparse+http://feeds.example/"] {
        home.jeton(&["cargo", "--url", foreign]).run().fails(if foreign.contains("http:") { 2 } else { 4 });
    }
    assert_says(&home.jeton(&["cargo"]).run().refusal(2), &["CARGO_REGISTRY_INDEX_URL"]);
}

#[test]
fn azure_artifacts_needs_no_hosts() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let index = "sparse+https://pkgs.dev.azure.com/contoso/_packaging/feed/Cargo/index/";
    let answer = converse(&home, &[request("get", index, &[]).to_string()]).remove(0);
    assert_says(&answer.to_string(), &["Bearer "]);
}

#[test]
fn a_link_named_cargo_credential_jeton_is_the_provider() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let line = request("get", INDEX, &[]).to_string() + "\n";
    let output = home.run_as(&home.link("cargo-credential-jeton"), &["--cargo-plugin"]).stdin(&line).run().quiet();
    assert_says(&answers(&output)[0].to_string(), &["Bearer "]);
}
