//! Secrets that are not where they should be, and that no message repeats.

use std::time::{Duration, Instant};

use jeton_emulator::CLIENT_SECRET;

use super::both;
use crate::expect::{HUNTER, assert_no_secret, assert_says};

/// What is said of a source that gives no secret; nobody is asked for a token.
#[track_caller]
fn missing(source: &str) -> String {
    let (emulator, mut home) = both();
    home.unset("AZURE_CLIENT_SECRET");
    std::fs::write(home.path("empty"), "\n").expect("a file");
    std::fs::create_dir(home.path("folder")).expect("a folder");
    std::fs::write(home.path("large"), HUNTER.repeat(20_000)).expect("a file");
    std::fs::write(home.path("binary"), [0xff, 0xfe, 0]).expect("a file");
    let stderr = home.token(&["--client-secret-from", source]).run().refusal(4);
    // Every step may be seen, but no secret.
    assert_no_secret(&home.token(&["-v", "--client-secret-from", source]).run().fails(4).stderr);
    assert_eq!(emulator.count(), 0);
    stderr
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    assert_says(&missing("env:NO_SUCH_VARIABLE"), &["NO_SUCH_VARIABLE", "not set"]);
}

#[test]
fn a_file_that_is_missing_is_named() {
    assert_says(&missing("file:no/such/file"), &["no/such/file", "can't be read"]);
}

#[test]
fn a_file_that_is_empty_is_named() {
    assert_says(&missing("file:empty"), &["file:empty", "is empty"]);
}

#[test]
fn a_file_that_is_none_or_too_large_or_no_text_is_named() {
    assert_says(&missing("file:folder"), &["folder"]);
    assert_says(&missing("file:large"), &["large", "too large"]);
    assert_says(&missing("file:binary"), &["binary", "can't be read"]);
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_named_and_what_it_printed_is_not_used() {
    let stderr = missing("command:cat large | head -c 7; exit 3");
    assert_says(&stderr, &["the command for the secret", "3", "cat large"]);
    assert_says(&missing("command:true"), &["is empty"]);
}

#[cfg(unix)]
#[test]
fn a_command_that_hangs_is_ended_when_time_is_up() {
    let (emulator, home) = both();
    let start = Instant::now();
    let stderr = home.token(&["--timeout", "1s", "--client-secret-from", "command:exec sleep 60"]).run().refusal(5);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_says(&stderr, &["took too long", "sleep 60"]);
    assert_eq!(emulator.count(), 0);
}

#[cfg(unix)]
#[test]
fn what_a_command_prints_besides_does_not_get_to_stdout() {
    let (_emulator, home) = both();
    let source = format!("command:echo chatter >&2; echo {CLIENT_SECRET}");
    let output = home.token(&["--client-secret-from", &source]).run().ok();
    output.line();
    assert_eq!(output.stderr, "chatter\n");
}

#[test]
fn a_prompt_without_a_terminal_is_refused() {
    assert_says(&missing("prompt"), &["no terminal", "env:NAME"]);
}

#[test]
fn standard_input_without_a_secret_is_refused() {
    assert_says(&missing("stdin"), &["stdin", "is empty"]);
}

#[test]
fn the_secret_in_place_of_its_source_is_not_repeated() {
    assert_says(&missing(HUNTER), &["not a place to read a secret from", "env:NAME"]);
}

#[test]
fn the_secret_in_a_profile_in_place_of_its_source_is_not_repeated() {
    let (emulator, mut home) = both();
    home.unset("AZURE_CLIENT_SECRET");
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"p":{{"client_secret":"{HUNTER}"}}}}}}"#));
    assert_says(&home.token(&["-p", "p"]).run().refusal(4), &["env:NAME"]);
    assert_no_secret(&home.token(&["-p", "p", "-v"]).run().fails(4).stderr);
    assert_eq!(emulator.count(), 0);
}

#[cfg(unix)]
#[test]
fn a_file_is_read_anew_for_each_fetch() {
    let (emulator, home) = both();
    std::fs::write(home.path("secret"), "wrong-secret").expect("a file");
    let arguments = ["--client-secret-from", "file:secret"];
    home.token(&arguments).run().refusal(6);
    std::fs::write(home.path("secret"), CLIENT_SECRET).expect("a file");
    home.token(&arguments).run().quiet();
    // A token from the cache needs no secret.
    std::fs::remove_file(home.path("secret")).expect("the file");
    home.token(&arguments).run().quiet();
    assert_eq!(emulator.count(), 2);
}
