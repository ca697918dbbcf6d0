//! The command line as such, and the protocols that tools speak with jeton.

mod aws;
mod bazel;
mod cargo;
mod docker;
mod git;
mod goauth;
mod google;
mod keyring;
mod kubernetes;
mod places;
mod pnpm;
mod terraform;

use jeton_emulator::Emulator;

use crate::expect::assert_says;
use crate::support::Home;

/// The commands that have a parser of their own beside the whole one.
const NARROW: [&str; 12] = [
    "token",
    "exec-credential",
    "credential-process",
    "git",
    "docker",
    "cargo",
    "bazel",
    "keyring",
    "terraform",
    "pnpm",
    "goauth",
    "google",
];

/// Those of them that take any word: what a tool wants done, or a URL.
const WORDY: [&str; 3] = ["git", "docker", "goauth"];

#[test]
fn the_version_is_told_on_stdout() {
    for argument in ["--version", "-V"] {
        let output = Home::new().jeton(&[argument]).run().quiet();
        assert_eq!(output.stdout, concat!("jeton ", env!("CARGO_PKG_VERSION"), "\n"));
    }
}

#[test]
fn help_is_told_on_stdout() {
    let output = Home::new().jeton(&["--help"]).run().quiet();
    assert_says(&output.stdout, &["Usage: jeton", "token", "exec-credential", "credential-process", "profile"]);
    assert_eq!(Home::new().jeton(&["help"]).run().quiet().stdout, output.stdout);
}

#[test]
fn the_help_of_a_command_is_the_same_through_the_narrow_and_the_whole_parser() {
    let home = Home::new();
    for command in NARROW {
        let narrow = home.jeton(&[command, "--help"]).run().quiet();
        assert_says(&narrow.stdout, &[&format!("Usage: jeton {command} [OPTIONS]"), "--scope", "--profile", "--help"]);
        assert_eq!(home.jeton(&["help", command]).run().quiet(), narrow);
        // Whatever else stands on the line.
        assert_eq!(home.jeton(&[command, "--scope", "databricks", "--help"]).run().quiet(), narrow);
        let short = home.jeton(&[command, "-h"]).run().quiet();
        assert_says(&short.stdout, &[&format!("Usage: jeton {command} [OPTIONS]")]);
    }
}

#[test]
fn every_option_in_the_help_is_taken_by_the_narrow_parser() {
    let (emulator, home) = (Emulator::start(), Home::new());
    for command in NARROW {
        let help = home.jeton(&[command, "--help"]).run().quiet().stdout;
        let options: Vec<_> = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2).collect();
        assert!(options.len() > 10, "{options:?}");
        for option in options {
            let option = option.trim_matches(['[', ']', ',', '.', ';', ')']);
            if option == "--help" {
                continue;
            }
            // Whatever comes of it: it does not come from the grammar.
            let output = home.jeton(&[command, option]).run();
            assert!(!output.stderr.contains("unexpected argument"), "{command} {option}: {}", output.stderr);
            assert!(!output.stderr.contains("panicked"), "{command} {option}: {}", output.stderr);
        }
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_wrong_flag_is_wrong_usage() {
    let home = Home::new();
    for command in NARROW {
        let stray = match command {
            "keyring" => &["get", "stray", "stray", "stray"][..],
            command if WORDY.contains(&command) => &["stray", "stray"],
            _ => &["stray"],
        };
        for arguments in [&["--scoop", "x"][..], &["--timeout", "soon"], stray, &["--scope"], &["-x"]] {
            let mut all = vec![command];
            all.extend(arguments);
            let output = home.jeton(&all).run().fails(2);
            assert_says(&output.stderr, &["error: ", "--help"]);
        }
        assert_says(&home.jeton(&[command, "--scoop", "x"]).run().fails(2).stderr, &["'--scope'"]);
    }
}

#[test]
fn there_is_no_option_for_a_secrets_value() {
    let home = Home::new();
    for command in NARROW {
        home.jeton(&[command, "--client-secret", "hunter2"]).run().fails(2);
    }
}

#[test]
fn no_command_at_all_prints_the_help_and_is_wrong_usage() {
    let output = Home::new().jeton::<&str>(&[]).run().fails(2);
    assert_says(&output.stderr, &["Usage: jeton", "token"]);
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    assert_says(&Home::new().jeton(&["tokin"]).run().fails(2).stderr, &["tokin", "token"]);
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_wrong_usage() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    for command in NARROW {
        let arguments = [command.as_ref(), "--scope".as_ref(), odd];
        assert_says(&Home::new().jeton(&arguments).run().fails(2).stderr, &["UTF-8"]);
    }
}

#[test]
fn silence_and_steps_exclude_each_other() {
    for command in NARROW {
        Home::new().jeton(&[command, "--silent", "-v"]).run().fails(2);
    }
}
