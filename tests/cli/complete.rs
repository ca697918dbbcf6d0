//! `jeton __complete`: what the shells' completions ask for.

use jeton_emulator::{DATABRICKS_CLIENT_ID, Emulator, Site};

use crate::databricks;
use crate::support::Home;

fn complete(home: &Home, kind: &str) -> String {
    let output = home.jeton(&["__complete", kind]).run().ok();
    assert_eq!(output.stderr, "");
    output.stdout
}

#[test]
fn profiles_come_with_what_tells_them_apart() {
    let home = Home::new();
    assert_eq!(complete(&home, "profiles"), "");
    home.profiles(r#"{"version": 1, "profiles": {"dev": {"flow": "device-code"}, "prod": {"tenant": "t"}, "x": {}}}"#);
    assert_eq!(complete(&home, "profiles"), "dev\tdevice-code\nprod\tt\nx\n");
}

#[test]
fn what_a_shell_would_expand_is_not_offered() {
    let home = Home::new();
    home.profiles(
        r#"{"version": 1, "profiles": {"$(id)": {}, "`id`": {}, "a b": {}, "a\tb": {}, "*": {}, "~": {}, "ok-1.2_3": {"tenant": "a\u001b[2J\tb\nc"}}}"#,
    );
    let offered = complete(&home, "profiles");
    assert_eq!(offered.lines().count(), 1, "{offered}");
    assert!(offered.starts_with("ok-1.2_3\ta"), "{offered}");
    assert!(!offered.contains('\u{1b}') && offered.matches('\t').count() == 1, "{offered:?}");
}

#[test]
fn it_says_nothing_where_nothing_can_be_said() {
    let home = Home::new();
    home.profiles("{");
    assert_eq!(complete(&home, "profiles"), "");
    assert_eq!(complete(&home, "a-kind-of-later"), "");
    let output = home.jeton(&["__complete"]).run().ok();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
}

#[test]
fn names_are_those_that_the_options_take() {
    let home = Home::new();
    for (kind, name) in [("scopes", "arm\thttps://management.azure.com"), ("flows", "device-code"), ("clouds", "usgov")]
    {
        assert!(complete(&home, kind).lines().any(|line| line == name), "{kind}");
    }
}

#[test]
fn personal_access_tokens_are_those_of_the_last_list() {
    let emulator = Emulator::start();
    let home = databricks::home(&emulator);
    assert_eq!(complete(&home, "pats"), "");
    emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "old\ttoken", 90_000);
    home.jeton(&["pat", "create", "--lifetime", "30d", "--comment", "ci", "--name", "mine"]).run().ok();
    let listed = home.jeton(&["pat", "list", "--json"]).run().ok().json();
    let before = emulator.requests().len();
    let offered = complete(&home, "pats");
    let values: Vec<&str> = offered.lines().filter_map(|line| line.split('\t').next()).collect();
    let ids = listed.as_array().unwrap().iter().map(|pat| pat["token_id"].as_str().unwrap());
    assert_eq!(values, ids.chain(["mine"]).collect::<Vec<_>>());
    assert!(complete(&home, "kept-pats").starts_with("mine\tci"));
    assert_eq!(emulator.requests().len(), before);
    // Ids are no secrets, values are: none of them is kept beside the list.
    assert!(!offered.contains("dapi"), "{offered}");
}
