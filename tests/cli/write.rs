//! `jeton write`: what is in the file, and that it stays fresh.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault};
use rustix::process::{Pid, Signal, kill_process};

use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, Output, SCOPE, finish, wait_until};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn end(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().expect("a process id")).expect("a process id");
    kill_process(pid, signal).expect("a signal");
}

/// `jeton write FILE -s databricks` and these arguments.
fn write(home: &Home, file: &Path, args: &[&str]) -> crate::support::Run {
    let file = file.to_str().expect("UTF-8");
    home.jeton(&[&["write", file, "-s", SCOPE], args].concat())
}

#[test]
fn the_file_holds_the_token_alone_and_is_private() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let file = home.path("token");
    std::fs::write(&file, "old and much longer than nothing").expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let output = write(&home, &file, &[]).run().quiet();
    assert_eq!(output.stdout, "");
    // No line end: SDKs send all that is in the file.
    assert!(emulator.is_valid(&read(&file)));
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_link_stays_a_link_also_where_nothing_is_behind_it_yet() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let (link, target) = (home.path("link"), home.path("target"));
    std::os::unix::fs::symlink("target", &link).expect("a link");
    for _ in 0..2 {
        write(&home, &link, &[]).run().quiet();
        assert!(link.symlink_metadata().expect("a link").is_symlink());
        assert!(emulator.is_valid(&read(&target)));
    }
    // A name without a folder is one in the folder where one is.
    write(&home, Path::new("here"), &[]).run().quiet();
    assert!(emulator.is_valid(&read(&home.path("here"))));
}

#[test]
fn each_format_is_what_its_tools_read() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("DATABRICKS_HOST", "adb-1.2.azuredatabricks.net");
    home.set("AWS_ENDPOINT_URL_STS", format!("{}/sts", emulator.url()));
    let token = home.token(&[]).run().quiet().line().to_owned();
    let role = ["--aws-role-arn", "arn:aws:iam::123456789012:role/Reader"];
    let of = |args: &[&str]| {
        let file = home.path(&format!("file-{}", args[1]));
        write(&home, &file, args).run().quiet();
        read(&file)
    };
    assert!(of(&["--format", "json"]).starts_with("{\"accessToken\":"));
    assert_eq!(of(&["--format", "header"]), format!("Authorization: Bearer {token}\n"));
    assert!(of(&["--format", "env"]).starts_with(&format!("export JETON_TOKEN='{token}'\n")));
    assert!(of(&["--format", "curl"]).starts_with("header = \"Authorization: Bearer "));
    let pgpass = of(&["--format", "pgpass", "--server", "db.example.com:5432"]);
    assert!(pgpass.ends_with(&format!("\ndb.example.com:5432:*:*:{token}\n")));
    let databricks = of(&["--format", "databrickscfg", "--section", "prod"]);
    assert!(databricks.contains(&format!("[prod]\nhost = https://adb-1.2.azuredatabricks.net\ntoken = {token}\n")));
    let aws = of(&[&["--format", "aws-credentials"], &role[..]].concat());
    assert_says(&aws, &["[default]\naws_access_key_id = ASIA", "\naws_secret_access_key = ", "\naws_session_token = "]);
    // What jeton wrote it replaces, whose own file it is not it leaves alone.
    of(&["--format", "databrickscfg"]);
    let own = home.path("own");
    std::fs::write(&own, "[DEFAULT]\nhost = mine\n").expect("a file");
    let stderr = write(&home, &own, &["--format", "databrickscfg"]).run().refusal(2);
    assert_says(&stderr, &["is not jeton's", "docs/run.md"]);
    assert_eq!(read(&own), "[DEFAULT]\nhost = mine\n");
}

#[test]
fn what_does_not_go_together_is_told_before_a_token_is_got() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let file = home.path("f");
    for (args, said) in [
        (&["--format", "pgpass"][..], "--server"),
        (&["--server", "h"], "--server means nothing"),
        (&["--section", "s"], "--section means nothing"),
        (&["--format", "databrickscfg", "--section", "a]b"], "section"),
    ] {
        assert_says(&write(&home, &file, args).run().refusal(2), &[said]);
    }
    assert_says(&write(&home, Path::new("-"), &[]).run().refusal(2), &["jeton token"]);
    write(&home, &file, &["--once", "--watch"]).run().fails(2);
    assert_eq!((emulator.count(), file.exists()), (0, false));
    let stderr = write(&home, &home.path("no/such/folder"), &[]).run().refusal(1);
    assert_says(&stderr, &["can't be written", "folder"]);
}

/// Waits until the file holds another token than `old`.
#[track_caller]
fn wait_for_new(file: &Path, old: &str) -> String {
    wait_until("a new token in the file", || !read(file).is_empty() && read(file) != old);
    read(file)
}

#[test]
fn a_watched_file_is_renewed_at_half_life_until_a_signal_ends_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let emulator = Emulator::start();
        emulator.change_settings(|settings| settings.lifetime = 4);
        let home = Home::at(&emulator);
        let file = home.path("token");
        let child = write(&home, &file, &["--watch"]).spawn();
        let mut seen = vec![wait_for_new(&file, "")];
        for _ in 0..2 {
            let new = wait_for_new(&file, &seen[seen.len() - 1]);
            // The old one was replaced while it lived.
            assert!(emulator.is_valid(&new));
            seen.push(new);
        }
        end(&child, signal);
        let output = finish(child);
        assert_eq!(output, Output { code: 0, stdout: String::new(), stderr: String::new() });
        // One request for each token: it waits in between.
        assert!(emulator.count() <= seen.len() + 1, "{}", emulator.count());
    }
}

#[test]
fn a_failure_keeps_the_last_file_and_is_tried_again() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.lifetime = 4);
    let home = Home::at(&emulator);
    let file = home.path("token");
    let child = write(&home, &file, &["--watch"]).spawn();
    let first = wait_for_new(&file, "");
    // Refused outright: no repeats within the call.
    emulator.script(Fault::error(401, "invalid_client", 7_000_222).times(2));
    let count = emulator.count();
    wait_until("the failure", || emulator.count() > count);
    assert_eq!(read(&file), first);
    wait_for_new(&file, &first);
    end(&child, Signal::TERM);
    let output = finish(child);
    assert_eq!(output.code, 0);
    assert_eq!(output.stderr.lines().count(), 1, "told once: {}", output.stderr);
    assert_says(&output.stderr, &["warning", "was not renewed", "trying again"]);
    assert_no_secret(&output.stderr);
}

#[test]
fn what_is_wrong_from_the_start_ends_it_with_its_own_code() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let file = home.path("token");
    write(&home, &file, &["--watch", "-p", "nobody"]).run().refusal(4);
    emulator.script(Fault::error(401, "invalid_client", 7_000_222).times(9));
    write(&home, &file, &["--watch"]).run().refusal(6);
    assert!(!file.exists());
}

#[test]
fn a_network_that_is_not_there_yet_is_waited_for() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let file = home.path("token");
    emulator.script(Fault::error(503, "temporarily_unavailable", 0).times(100));
    let child = write(&home, &file, &["--watch", "--silent", "--timeout", "1s"]).spawn();
    wait_until("an attempt", || emulator.count() > 0);
    emulator.reset();
    wait_for_new(&file, "");
    end(&child, Signal::TERM);
    assert_eq!(finish(child), Output { code: 0, stdout: String::new(), stderr: String::new() });
}

#[test]
fn a_signal_ends_it_at_once_also_while_it_waits_for_the_server() {
    let emulator = Emulator::start();
    emulator.hold();
    let home = Home::at(&emulator);
    let file = home.path("token");
    let child = write(&home, &file, &["--watch"]).spawn();
    assert!(emulator.wait_for_requests(1, Duration::from_secs(20)));
    let start = Instant::now();
    end(&child, Signal::TERM);
    assert_eq!(finish(child).code, 0);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    emulator.release();
    let left: Vec<_> = std::fs::read_dir(home.path("")).expect("a folder").flatten().collect();
    assert!(!left.iter().any(|entry| entry.file_name().to_string_lossy().contains(".tmp-")), "{left:?}");
}
