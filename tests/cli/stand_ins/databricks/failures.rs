//! What is told where there is no token, as the SDKs sort it: "nothing here" lets them go on, all else ends their search.

use std::time::{Duration, Instant};

use jeton_emulator::{CLIENT_ID, Emulator, Fault};

use super::refresh::signed_in;
use super::{databricks, databrickscfg, home, link, with_app};
use crate::databricks::{TOKEN_PATH, assert_careful};
use crate::expect::assert_says;
use crate::support::{Home, finish};

const NOTHING_HERE: &str = "databricks OAuth is not configured for this host";

#[track_caller]
fn assert_ends_the_search(stderr: &str) {
    assert!(stderr.starts_with("Error: "), "{stderr}");
    // Go before 0.104, Python, JavaScript; Java.
    for skipped in ["databricks oauth is not", "not found", "no configuration file found at"] {
        assert!(!stderr.to_lowercase().contains(skipped), "{skipped}: {stderr}");
    }
    assert!(!stderr.contains("\n\n"), "one paragraph: {stderr}");
}

#[test]
fn nothing_for_the_host_lets_an_sdk_go_on() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    for host in ["https://adb-1.2.azuredatabricks.net", "dbc-1.cloud.databricks.com"] {
        let stderr = databricks(&home, &format!("auth token --host {host}")).run().fails(1).stderr;
        assert_says(&stderr, &["Error: cache: ", NOTHING_HERE, "jeton login --databricks-host", host]);
        assert!(!stderr.contains("unknown flag"), "{stderr}");
    }
    let stderr = databricks(&Home::new_with_link(), "auth token").run().fails(1).stderr;
    assert_says(&stderr, &[NOTHING_HERE]);
    assert_eq!(emulator.count(), 0);
}

impl Home {
    fn new_with_link() -> Self {
        super::linked(Self::new())
    }
}

#[test]
fn who_is_not_signed_in_is_told_the_command_and_never_asked() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"me":{{"databricks_host":"{}"}}}}}}"#, emulator.workspace()));
    for line in ["auth token -p me", "auth token --force-refresh", "auth token me --timeout 10s"] {
        // (What the user set for other commands does not make this one ask.)
        let run = databricks(&home, line).env("JETON_INTERACTIVE", "always").env("BROWSER", "/nonexistent");
        let stderr = run.run().fails(1).stderr;
        assert_says(&stderr, &["Error: cache: ", NOTHING_HERE, "next: run: jeton login -p me\n"]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_sign_in_that_has_ended_is_no_missing_one() {
    let emulator = Emulator::start();
    let home = signed_in(&emulator);
    let refresh_token = emulator.databricks_refresh_tokens().pop().unwrap();
    assert!(emulator.revoke_databricks(&refresh_token));
    let stderr = databricks(&home, "auth token -p me --force-refresh").run().fails(1).stderr;
    assert_says(
        &stderr,
        &["Error: A new access token could not be retrieved because the refresh token is invalid", "jeton login -p me"],
    );
    assert_ends_the_search(&stderr);
    assert_careful(&emulator, &stderr);
}

#[test]
fn what_databricks_refuses_is_told() {
    let emulator = Emulator::start();
    let mut home = with_app(&emulator);
    home.set("DBX_SECRET", "wrong");
    let stderr = databricks(&home, "auth token --profile app").run().fails(1).stderr;
    assert_says(&stderr, &["invalid_client", "next: "]);
    assert_ends_the_search(&stderr);
    home.set("DBX_SECRET", jeton_emulator::DATABRICKS_SECRET);
    emulator.script_for(TOKEN_PATH, Fault::databricks(TOKEN_PATH, 400, "invalid_request", "the app was not found"));
    let stderr = databricks(&home, "auth token --profile app").run().fails(1).stderr;
    assert_says(&stderr, &["the app was not there"]);
    assert_ends_the_search(&stderr);
    assert_careful(&emulator, &stderr);
}

#[test]
fn what_entra_refuses_keeps_its_number() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"e":{{"databricks_host":"{}","tenant":"{}","client_id":"{CLIENT_ID}","client_secret":"env:NO_SECRET","authority_host":"{}"}}}}}}"#,
        emulator.workspace(),
        jeton_emulator::TENANT,
        emulator.url()
    ));
    let stderr = databricks(&home, "auth token -p e").env("NO_SECRET", "wrong").run().fails(1).stderr;
    assert_says(&stderr, &["AADSTS7000215"]);
    assert_ends_the_search(&stderr);
    let told =
        databricks(&home, "auth token -p e").env("NO_SECRET", jeton_emulator::CLIENT_SECRET).run().quiet().json();
    assert_eq!(emulator.issued_tokens().last().map(String::as_str), told["access_token"].as_str());
}

#[test]
fn settings_that_are_wrong_are_told() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    for (line, said) in [
        ("auth token --profile other", "there is no profile \"other\""),
        ("auth token other", "there is no profile \"other\""),
        ("auth token --host ftp://x", "is not the host"),
        ("auth token --profile app --host https://x.cloud.databricks.com", "conflicts with --host"),
        ("auth token --bogus", "Error: unknown flag: --bogus\n"),
        ("auth token -o xml", "invalid argument \"xml\""),
        ("auth token app --host h", "cannot be combined with --host or --profile"),
    ] {
        let stderr = databricks(&home, line).run().fails(1).stderr;
        assert_says(&stderr, &[said]);
        assert_ends_the_search(&stderr);
    }
    databrickscfg(&home, "[bad\n");
    let stderr = databricks(&home, "auth token --profile other").run().fails(1).stderr;
    assert_says(&stderr, &[".databrickscfg is malformed: line 1"]);
    // Whoever has a profile of jeton's does not read that file.
    databricks(&home, "auth token --profile app").run().quiet();
    home.profiles("{");
    assert_ends_the_search(&databricks(&home, "auth token --profile app").run().fails(1).stderr);
}

#[test]
fn a_service_that_hangs_is_given_up_in_the_time_that_is_asked_for() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    emulator.script_for(TOKEN_PATH, Fault::hang());
    let start = Instant::now();
    let stderr = databricks(&home, "auth token --profile app --timeout 1s").run().fails(1).stderr;
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_ends_the_search(&stderr);
}

#[test]
fn standard_input_is_not_read_and_the_folder_does_not_matter() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let mut run = databricks(&home, "auth token --profile app");
    run.command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).current_dir("/bin");
    let mut child = run.command.stderr(std::process::Stdio::piped()).spawn().expect("a run");
    let stdin = child.stdin.take();
    finish(child).quiet();
    drop(stdin);
    // With PATH alone, the home folder is found in the user database. Whoever runs this test, has no such profile.
    let mut run = home.run_as(&link(&home, "databricks"), &["auth", "token", "--profile", "of-nobody-at-all"]);
    run.command.env_clear().env("PATH", home.path("links")).current_dir("/bin");
    let stderr = run.run().fails(1).stderr;
    assert_says(&stderr, &["there is no profile \"of-nobody-at-all\""]);
}
