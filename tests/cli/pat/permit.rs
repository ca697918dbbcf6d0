//! `jeton pat permit`.

use jeton_emulator::{CLIENT_ID, DATABRICKS_CLIENT_ID, Emulator, Site, USER};

use super::{admin, pat};
use crate::databricks::home;

const PATH: &str = "/api/2.0/permissions/authorization/tokens";

fn methods(emulator: &Emulator) -> Vec<String> {
    emulator.requests().iter().filter(|request| request.path == PATH).map(|request| request.method.clone()).collect()
}

#[test]
fn it_looks_then_adds_then_looks_again_and_never_replaces() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.users_may_use_tokens = false);
    emulator.issue_pat(Site::Workspace, USER, "first", 90_000);
    let output = pat(&home(&emulator), &["create"]).fails(6);
    assert!(output.stderr.contains("jeton pat permit"), "{}", output.stderr);
    let admin = admin(&emulator);
    let output = pat(&admin, &["permit", DATABRICKS_CLIENT_ID, "--json"]).ok();
    assert_eq!(output.json()["changed"], true);
    assert_eq!(methods(&emulator), ["GET", "PATCH", "GET"]);
    pat(&home(&emulator), &["create"]).ok();
    emulator.clear();
    let output = pat(&admin, &["permit", DATABRICKS_CLIENT_ID, "--json"]).ok();
    assert_eq!(output.json()["changed"], false);
    assert_eq!(methods(&emulator), ["GET"]);
    // The other's permission is still there.
    pat(&admin, &["permit", CLIENT_ID]).ok();
    pat(&home(&emulator), &["create"]).ok();
}

#[test]
fn a_group_is_enough_unless_said_otherwise() {
    let emulator = Emulator::start();
    emulator.issue_pat(Site::Workspace, USER, "first", 90_000);
    let admin = admin(&emulator);
    let output = pat(&admin, &["permit", DATABRICKS_CLIENT_ID, "--json"]).ok();
    assert_eq!(output.json()["by_group"], "users");
    assert_eq!(methods(&emulator), ["GET"]);
    pat(&admin, &["permit", DATABRICKS_CLIENT_ID, "--directly"]).ok();
    assert_eq!(methods(&emulator)[1..], ["GET", "PATCH", "GET"]);
}

#[test]
fn what_goes_wrong_is_explained() {
    let emulator = Emulator::start();
    let admin = admin(&emulator);
    let output = pat(&admin, &["permit", DATABRICKS_CLIENT_ID]).fails(1);
    assert!(
        output.stderr.contains("no token was ever made") && output.stderr.contains("jeton pat create"),
        "{}",
        output.stderr
    );
    emulator.issue_pat(Site::Workspace, USER, "first", 90_000);
    let unknown = "99999999-9999-9999-9999-999999999999";
    let output = pat(&admin, &["permit", unknown, "--directly"]).fails(4);
    assert!(output.stderr.contains("not the display name"), "{}", output.stderr);
    pat(&admin, &["permit", "etl job"]).fails(2);
    pat(&home(&emulator), &["permit", DATABRICKS_CLIENT_ID]).fails(6);
}
