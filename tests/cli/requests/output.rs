//! The forms in which `jeton token` prints, and where to.

use jeton_emulator::{CLIENT_ID, Emulator, TENANT};

use crate::expect::{assert_about, assert_says, seconds_until};
use crate::support::Home;

/// A home with a token in its cache, and that token.
fn home_with_token() -> (Emulator, Home, String) {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let token = home.token(&[]).run().quiet().line().to_owned();
    (emulator, home, token)
}

#[test]
fn the_token_stands_alone_on_one_line() {
    let (_emulator, home, token) = home_with_token();
    assert_eq!(home.token(&["--output", "token"]).run().quiet().stdout, format!("{token}\n"));
}

#[test]
fn json_has_exactly_these_fields() {
    let (_emulator, home, token) = home_with_token();
    let output = home.token(&["--output", "json"]).run().quiet();
    let json = output.json();
    let names: Vec<_> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["accessToken", "expiresOn", "tokenType", "scopes", "tenant"]);
    assert_eq!(json["accessToken"], *token);
    assert_about(seconds_until(&json["expiresOn"]), 3599);
    assert_eq!(json["tokenType"], "Bearer");
    assert_eq!(json["scopes"], serde_json::json!(["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"]));
    assert_eq!(json["tenant"], TENANT);
    assert!(output.line().starts_with('{'), "one line");
    assert_eq!(home.token(&["--json"]).run().quiet(), output);
}

#[test]
fn a_header_and_a_curl_configuration_carry_the_token() {
    let (_emulator, home, token) = home_with_token();
    let header = home.token(&["--output", "header"]).run().quiet();
    assert_eq!(header.stdout, format!("Authorization: Bearer {token}\n"));
    let curl = home.token(&["--output", "curl"]).run().quiet();
    assert_eq!(curl.stdout, format!("header = \"Authorization: Bearer {token}\"\n"));
}

#[cfg(unix)]
#[test]
fn a_shell_evaluates_the_env_form_to_the_token() {
    let (_emulator, home, token) = home_with_token();
    let lines = home.token(&["--output", "env"]).run().quiet().stdout;
    let script = format!("set -eu\n{lines}exec env");
    let output = std::process::Command::new("/bin/sh").args(["-c", &script]).env_clear().output().expect("a shell");
    let environment = String::from_utf8(output.stdout).expect("UTF-8");
    let value = |name: &str| {
        environment.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap_or_default().to_owned()
    };
    assert_eq!(value("JETON_TOKEN"), token);
    assert_eq!(value("JETON_TOKEN_TYPE"), "Bearer");
    assert_about(seconds_until(&value("JETON_TOKEN_EXPIRES_ON").into()), 3599);
}

#[test]
fn get_token_is_the_same_command() {
    let (emulator, home, token) = home_with_token();
    let output = home.jeton(&["get-token", "--scope", "databricks"]).run().quiet();
    assert_eq!(output.line(), token);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn two_forms_at_once_are_wrong_usage() {
    let (emulator, home, _) = home_with_token();
    for arguments in [["--output", "json", "--json"], ["--json", "--output", "token"]] {
        let output = home.token(&arguments).run().fails(2);
        assert_says(&output.stderr, &["--json", "--output", "cannot be used with"]);
    }
    assert_says(&home.token(&["--output", "yaml"]).run().fails(2).stderr, &["yaml", "token, json, header, env, curl"]);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_file_gets_the_token_and_stdout_nothing() {
    let (_emulator, home, token) = home_with_token();
    let output = home.token(&["-o", "out"]).run().quiet();
    assert_eq!(output.stdout, "");
    assert_eq!(std::fs::read_to_string(home.path("out")).expect("the file"), format!("{token}\n"));
    let output = home.token(&["--out-file", "out", "--json"]).run().quiet();
    assert_eq!(output.stdout, "");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(home.path("out")).unwrap()).expect("JSON");
    assert_eq!(json["accessToken"], *token);
    assert_eq!(home.token(&["-o", "-"]).run().quiet().line(), token);
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_replaced_in_one_step() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let (_emulator, home, token) = home_with_token();
    let out = home.path("out dir").join("token");
    std::fs::create_dir(out.parent().unwrap()).unwrap();
    std::fs::write(&out, "what was there before, and longer than a token".repeat(100)).unwrap();
    std::fs::set_permissions(&out, std::fs::Permissions::from_mode(0o644)).unwrap();
    let before = std::fs::metadata(&out).unwrap().ino();
    home.token(&["-o", out.to_str().unwrap()]).run().quiet();
    let after = std::fs::metadata(&out).unwrap();
    assert_eq!(after.mode() & 0o777, 0o600);
    assert_ne!(after.ino(), before, "written in place");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), format!("{token}\n"));
    assert_eq!(std::fs::read_dir(out.parent().unwrap()).unwrap().count(), 1, "leftovers");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let (_emulator, home, _) = home_with_token();
    let stderr = home.token(&["-o", "no such folder/token"]).run().refusal(1);
    assert_says(&stderr, &["no such folder/token", "permissions"]);
}

#[test]
fn a_failure_leaves_the_file_as_it_was() {
    let (emulator, home, _) = home_with_token();
    std::fs::write(home.path("out"), "old").unwrap();
    let wrong = home.token(&["-o", "out", "--client-id", "99999999-9999-9999-9999-999999999999"]).run();
    assert_says(&wrong.refusal(6), &["no such app"]);
    assert_eq!(std::fs::read_to_string(home.path("out")).unwrap(), "old");
    assert_eq!(emulator.token_requests()[0].field("client_id"), Some(CLIENT_ID));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_device_is_written_into_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt as _;
    let (_emulator, home, token) = home_with_token();
    let pipe = home.path("pipe");
    let made = std::process::Command::new("/usr/bin/mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    // Open at both ends, so that nobody waits for anybody.
    let mut both = std::fs::File::options().read(true).write(true).open(&pipe).expect("a pipe");
    assert_eq!(home.token(&["-o", "pipe"]).run().quiet().stdout, "");
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let mut read = vec![0; token.len() + 1];
    std::io::Read::read_exact(&mut both, &mut read).expect("the token");
    assert_eq!(read, format!("{token}\n").as_bytes());
}
