//! Streams that are closed, full or left by their reader.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::Duration;

use super::both;
use crate::expect::assert_says;
use crate::support::{Home, Output, Run, finish};

/// Runs `run` by a shell with `redirection` behind it, such as `>&-`.
fn redirected(home: &Home, run: &Run, redirection: &str) -> Output {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("exec \"$@\" {redirection}"), "sh"]).arg(run.command.get_program());
    command.args(run.command.get_args()).current_dir(home.path("")).env_clear();
    command.envs(run.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    finish(command.spawn().expect("a shell"))
}

#[test]
fn a_closed_stdout_is_no_reason_to_panic() {
    let (_emulator, home) = both();
    for command in ["token", "exec-credential", "credential-process"] {
        let run = home.jeton(&[command, "--scope", "databricks"]);
        let output = redirected(&home, &run, ">&-");
        assert!(matches!(output.code, 0 | 1), "{output:?}");
        assert!(!output.stderr.contains("panicked"), "{output:?}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_reason_to_panic() {
    let (emulator, home) = both();
    emulator.hold();
    let mut child = home.token(&[]).spawn();
    assert!(emulator.wait_for_requests(1, Duration::from_secs(20)));
    drop(child.stdout.take());
    emulator.release();
    let output = finish(child);
    assert_eq!((output.code, &*output.stderr), (0, ""));
    // The token is in the cache, for those who read.
    home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_closed_stderr_changes_nothing() {
    let (_emulator, home) = both();
    home.token(&[]).run().quiet();
    std::fs::write(home.token_file(), "damaged").expect("a file");
    let output = redirected(&home, &home.token(&["-v"]), "2>&-");
    assert_eq!(output.code, 0);
    output.line();
    assert_eq!(redirected(&home, &home.token(&["--cloud", "atlantis"]), "2>&-").code, 4);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_told() {
    let (_emulator, home) = both();
    for command in ["token", "exec-credential"] {
        let run = home.jeton(&[command, "--scope", "databricks"]);
        assert_says(&redirected(&home, &run, ">/dev/full").refusal(1), &["stdout", "No space left"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_a_file_is_told_and_the_device_stays() {
    use std::os::unix::fs::{FileTypeExt as _, symlink};
    let (_emulator, home) = both();
    // By a link of our own: if it were replaced, the device would still be there.
    symlink("/dev/full", home.path("full")).expect("a link");
    assert_says(&home.token(&["-o", "full"]).run().refusal(1), &["full", "No space left"]);
    assert!(std::fs::metadata(home.path("full")).expect("the device").file_type().is_char_device());
}
