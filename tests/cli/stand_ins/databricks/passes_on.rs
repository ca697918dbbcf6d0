//! The version, and what is not answered here.

use jeton_emulator::Emulator;

use super::super::script;
use super::{databricks, databrickscfg, home, link, with_app};
use crate::expect::assert_says;
use crate::support::{Home, Output};

/// A home with a real program further down PATH, which says how it was called and ends with 7.
fn with_real(mut home: Home) -> Home {
    script(
        &home.path("real/databricks"),
        "echo \"real $DATABRICKS_TOKEN\"; for word; do echo \"[$word]\"; done; exit 7",
    );
    home.set("PATH", format!("{}:{}:/usr/bin:/bin", home.path("links").display(), home.path("real").display()));
    home
}

fn said(words: &[&str]) -> Output {
    let stdout = words.iter().fold("real \n".to_owned(), |text, word| text + &format!("[{word}]\n"));
    Output { code: 7, stdout, stderr: String::new() }
}

#[test]
fn the_version_is_told_in_both_forms_also_before_a_real_one() {
    for home in [super::super::linked(Home::new()), with_real(super::super::linked(Home::new()))] {
        for line in ["version", "--version", "-v", "version -o text"] {
            // (What people set for themselves does not change what SDKs read.)
            let output = databricks(&home, line).env("DATABRICKS_OUTPUT_FORMAT", "json").run().quiet();
            assert_eq!(output.stdout, "Databricks CLI v1.13.0\n", "{line}");
        }
        for line in ["version --output json", "version -o=json", "--output json version"] {
            let told = databricks(&home, line).run().quiet().json();
            assert_eq!((&told["Major"], &told["Minor"], &told["Patch"]), (&1.into(), &13.into(), &0.into()), "{line}");
            assert_eq!((&told["Version"], &told["Prerelease"]), (&"1.13.0".into(), &"".into()));
        }
    }
}

#[test]
fn other_commands_are_the_real_programs_with_the_same_words() {
    let emulator = Emulator::start();
    let home = with_real(with_app(&emulator));
    for words in [
        &["clusters", "list", "--output", "json", "a b", ""][..],
        &["auth", "login", "--host", "https://h"],
        &["auth", "switch"],
        &["auth", "token", "--help"],
        &["auth", "token", "--later", "x"],
        &["bundle", "deploy", "-t", "dev", "--force"],
        &[],
    ] {
        let run = || home.run_as(&link(&home, "databricks"), words);
        assert_eq!(run().run(), said(words));
        let mut own = vec!["databricks"];
        own.extend(words);
        assert_eq!(home.jeton(&own).run(), said(words));
        // What the user set for it stays as it is, and nothing is added.
        let output = run().env("DATABRICKS_TOKEN", "dapi-mine").run();
        assert!(output.stdout.starts_with("real dapi-mine\n"), "{}", output.stdout);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn what_jeton_is_set_up_for_is_not_handed_on() {
    let emulator = Emulator::start();
    let home = with_real(with_app(&emulator));
    databricks(&home, "auth token --profile app").run().quiet();
    databricks(&home, &format!("auth token --host {}", emulator.workspace())).run().quiet();
    databricks(&home, "auth env --profile app").run().quiet();
    databricks(&home, "auth describe --profile app").run().quiet();
    databricks(&home, "auth profiles").run().quiet();
    databricks(&home, "auth token --profile other").run().fails(1);
}

#[test]
fn who_signed_in_with_the_real_one_stays_signed_in() {
    let emulator = Emulator::start();
    let home = with_real(home(&emulator));
    // Nothing of jeton's at all, an unknown host, a section that leaves the sign-in to the CLI.
    databrickscfg(&home, "[cli]\nhost = https://b.cloud.databricks.com\nauth_type = databricks-cli\n");
    for words in [
        &["auth", "token", "--profile", "cli"][..],
        &["auth", "token", "--host", "b.cloud.databricks.com", "--force-refresh"],
        &["auth", "token", "--host", "https://other.cloud.databricks.com"],
        &["auth", "token", "https://other.cloud.databricks.com"],
        &["auth", "env", "--host", "https://adb-1.2.azuredatabricks.net", "--profile", "cli"],
        &["auth", "profiles", "--skip-validate"],
        &["auth", "describe", "--profile", "cli"],
    ] {
        if words[1] == "env" {
            // (Its host is another one.)
            home.run_as(&link(&home, "databricks"), words).run().fails(1);
            continue;
        }
        assert_eq!(home.run_as(&link(&home, "databricks"), words).run(), said(words));
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_command_of_a_program_that_is_not_there_is_told() {
    let home = super::super::linked(Home::new());
    let stderr = databricks(&home, "clusters list --all").run().fails(127).stderr;
    assert_says(
        &stderr,
        &["databricks clusters list", "the Databricks CLI", "not on PATH", "https://docs.databricks.com"],
    );
    assert!(!stderr.contains("not found"), "{stderr}");
    databricks(&home, "").run().fails(127);
}

#[test]
fn nothing_goes_round_in_circles() {
    let mut home = super::super::linked(Home::new());
    for body in [
        format!("exec '{}' databricks \"$@\"", super::super::PROGRAM),
        format!("'{}' \"$@\"", link(&home, "databricks").display()),
    ] {
        script(&home.path("real/databricks"), &body);
        home.set("PATH", format!("{}:{}:/usr/bin:/bin", home.path("links").display(), home.path("real").display()));
        databricks(&home, "clusters list").run().fails(127);
        // The token's way has the same end as without a real one.
        let stderr = databricks(&home, "auth token --host https://b.cloud.databricks.com").run().fails(1).stderr;
        assert_says(&stderr, &["databricks OAuth is not configured for this host"]);
    }
}

/// The CLI tells its children to ask the program that it was called as, which is to be jeton.
#[cfg(target_os = "linux")]
#[test]
fn the_real_program_is_called_by_the_same_name() {
    let mut home = super::super::linked(Home::new());
    // (A shell shows its own name; a script would be shown by its path.)
    std::fs::create_dir(home.path("real")).expect("a folder");
    std::os::unix::fs::symlink("/bin/sh", home.path("real/databricks")).expect("a link");
    home.set("PATH", format!("{}:{}", home.path("links").display(), home.path("real").display()));
    let words = ["-c", "read -r line < /proc/$$/cmdline; echo \"${line%%-c*}\""];
    let stdout = home.run_as(&link(&home, "databricks"), &words).run().quiet().stdout;
    assert!(stdout.starts_with(&*link(&home, "databricks").to_string_lossy()), "{stdout}");
    let mut own = vec!["databricks"];
    own.extend(words);
    assert!(home.jeton(&own).run().ok().stdout.starts_with("databricks"));
}
