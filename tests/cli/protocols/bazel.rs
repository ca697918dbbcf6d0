//! `jeton bazel get`, after EngFlow's credential-helper-spec.

use jeton_emulator::Emulator;
use serde_json::json;

use super::places::hosted;
use crate::expect::{assert_about, assert_says, seconds_until};

#[test]
fn the_answer_is_one_line_with_exactly_these_fields() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let uri = r#"{"uri":"https://feeds.example/a/b.tar.gz","unknown":[1]}"#;
    let output = home.jeton(&["bazel", "get"]).stdin(uri).run().quiet();
    output.line();
    let mut answer = output.json();
    let end = answer.as_object_mut().expect("an object").remove("expires").expect("a time");
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(answer, json!({"headers": {"Authorization": [format!("Bearer {token}")]}}));
    assert_about(seconds_until(&end), 3599 - 60);
    // From the cache, to the byte.
    assert_eq!(home.jeton(&["bazel", "get"]).stdin(uri).run().quiet(), output);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_foreign_uri_needs_no_headers() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for uri in ["https://github.com/x", "http://feeds.example/", "s3://bucket/x", ""] {
        let output = home.jeton(&["bazel", "get"]).stdin(&json!({"uri": uri}).to_string()).run().quiet();
        assert_eq!(output.stdout, "{}\n", "{uri}");
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn what_is_no_request_is_refused_and_not_repeated() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for text in ["", "hunter2", "{}", "[\"hunter2\"]", r#"{"uri":["hunter2"]}"#, r#"{"uri":"https://h"} hunter2"#] {
        let stderr = home.jeton(&["bazel", "get"]).stdin(text).run().refusal(4);
        assert_says(&stderr, &["standard input", "line"]);
    }
    let long = format!("{{\"uri\":\"https://{}\"}}", "x".repeat(2 << 20));
    assert_says(&home.jeton(&["bazel", "get"]).stdin(&long).run().refusal(4), &["too long"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn other_commands_are_wrong_usage() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for arguments in [&["bazel"][..], &["bazel", "store"], &["bazel", "get", "x"]] {
        assert_says(&home.jeton(arguments).run().fails(2).stderr, &["error: "]);
    }
}

#[test]
fn the_provider_is_not_waited_for_longer_than_bazel_waits() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    emulator.set_latency(std::time::Duration::from_secs(60));
    let start = std::time::Instant::now();
    home.jeton(&["bazel", "get", "--url", "https://feeds.example/"]).run().refusal(5);
    assert!(start.elapsed().as_secs_f64() < 9.9, "{:?}", start.elapsed());
}

#[test]
fn a_link_named_bazel_credential_jeton_is_the_helper() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let uri = r#"{"uri":"https://feeds.example/"}"#;
    let output = home.run_as(&home.link("bazel-credential-jeton"), &["get"]).stdin(uri).run().quiet();
    assert_eq!(output, home.jeton(&["bazel", "get"]).stdin(uri).run().quiet());
}
