//! `jeton pat list`.

use jeton_emulator::{DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_CLIENT_ID, Emulator, Site, USER};

use super::{admin, pat};
use crate::databricks::{assert_careful, home};

#[test]
fn it_is_a_table_with_the_time_that_is_left() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = pat(&home, &["list"]).ok();
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("no tokens"), "{}", output.stderr);
    emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "old\u{1b}[2J", -90_000);
    emulator.issue_pat(Site::Workspace, USER, "someone's", 90_000);
    pat(&home, &["create", "--lifetime", "30d", "--comment", "ci", "--name", "mine"]).ok();
    let output = pat(&home, &["list"]).ok();
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", output.stdout);
    assert!(lines[0].starts_with("ID ") && lines[0].contains("EXPIRES"));
    assert!(lines[1].contains("expired 25 hours ago") && lines[1].contains("old [2J"), "{}", lines[1]);
    // (Within the second of its making it is 30.)
    assert!(["in 29 days", "in 30 days"].iter().any(|left| lines[2].contains(left)), "{}", lines[2]);
    assert!(lines[2].ends_with("mine"), "{}", lines[2]);
    assert_careful(&emulator, &format!("{}{}", output.stdout, output.stderr));
}

#[test]
fn json_has_numbers_and_times() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    assert_eq!(pat(&home, &["list", "--json"]).ok().json(), serde_json::json!([]));
    emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "old", -60);
    pat(&home, &["create", "--lifetime", "1h", "--name", "mine"]).ok();
    let value = pat(&home, &["list", "--output", "json"]).ok().json();
    assert_eq!(
        (&value[0]["expired"], &value[0]["seconds_left"], &value[0]["kept_as"]),
        (&true.into(), &0.into(), &serde_json::Value::Null)
    );
    assert!((3500..=3600).contains(&value[1]["seconds_left"].as_u64().unwrap()), "{value}");
    assert_eq!(value[1]["kept_as"], "mine");
}

#[test]
fn all_is_for_admins() {
    let emulator = Emulator::start();
    emulator.issue_pat(Site::Workspace, USER, "hers", 90_000);
    pat(&admin(&emulator), &["create"]).ok();
    let output = pat(&admin(&emulator), &["list", "--all"]).ok();
    assert!(output.stdout.contains(USER) && output.stdout.contains(DATABRICKS_ADMIN_CLIENT_ID), "{}", output.stdout);
    let value = pat(&admin(&emulator), &["list", "--all", "--json"]).ok().json();
    assert_eq!(value.as_array().unwrap().len(), 2);
    let output = pat(&home(&emulator), &["list", "--all"]).fails(6);
    assert!(output.stderr.contains("admin"), "{}", output.stderr);
}
