//! `jeton pat revoke`.

use jeton_emulator::{DATABRICKS_CLIENT_ID, Emulator, Fault, Site, USER};

use super::{ME, admin, pat, values};
use crate::databricks::home;

#[test]
fn by_id_it_is_idempotent_where_that_is_said() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let made = emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "", 90_000);
    let output = pat(&home, &["revoke", &made.id, "--json"]).ok();
    assert_eq!(output.json()["revoked"], serde_json::json!([made.id]));
    let output = pat(&home, &["revoke", &made.id]).fails(1);
    assert!(output.stderr.contains("--if-exists"), "{}", output.stderr);
    let output = pat(&home, &["revoke", &made.id, "--if-exists", "--json"]).ok();
    assert_eq!(output.json()["revoked"], serde_json::json!([]));
    assert_eq!(values(&emulator).len(), 0);
}

#[test]
fn those_of_others_are_an_admins() {
    let emulator = Emulator::start();
    let made = emulator.issue_pat(Site::Workspace, USER, "hers", 90_000);
    pat(&home(&emulator), &["revoke", &made.id]).fails(1);
    pat(&home(&emulator), &["revoke", &made.id, "--if-exists"]).ok();
    assert_eq!(values(&emulator).len(), 1);
    pat(&home(&emulator), &["revoke", &made.id, "--all"]).fails(6);
    pat(&admin(&emulator), &["revoke", "--comment", "hers", "--all"]).ok();
    assert_eq!(values(&emulator).len(), 0);
    pat(&admin(&emulator), &["revoke", &made.id, "--all", "--if-exists"]).ok();
}

#[test]
fn a_comment_means_those_with_a_mark_too() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    pat(&home, &["create", "--comment", "ci"]).ok();
    emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "ci 2", 90_000);
    pat(&home, &["revoke", "--comment", "ci"]).ok();
    assert_eq!(emulator.pats()[0].comment, "ci 2");
    pat(&home, &["revoke", "--comment", "ci"]).fails(1);
    pat(&home, &["revoke", "--comment", "ci", "--if-exists"]).ok();
    emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "ci 2", 90_000);
    let output = pat(&home, &["revoke", "--comment", "ci 2"]).fails(1);
    assert!(output.stderr.contains("--every"), "{}", output.stderr);
    assert_eq!(values(&emulator).len(), 2);
    pat(&home, &["revoke", "--comment", "ci 2", "--every"]).ok();
    assert_eq!(values(&emulator).len(), 0);
}

#[test]
fn expired_ones_go_together_and_none_is_no_error() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for life in [-10, -90_000, 90_000] {
        emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "x", life);
    }
    pat(&home, &["revoke", "--expired"]).ok();
    assert_eq!(values(&emulator).len(), 1);
    pat(&home, &["revoke", "--expired"]).ok();
}

#[test]
fn what_is_kept_goes_with_it() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    pat(&home, &["create", "--name", "ci"]).ok();
    pat(&home, &["revoke", "ci"]).ok();
    assert_eq!(values(&emulator).len(), 0);
    assert_eq!(home.jeton(&["secret", "list", "--json"]).run().ok().json(), serde_json::json!([]));
    // The name is free again.
    pat(&home, &["create", "--name", "ci"]).ok();
}

#[test]
fn its_predecessors_and_its_successor_go_with_it() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    pat(&home, &["create", "--name", "ci"]).ok();
    pat(&home, &["rotate", "ci", "--grace", "1h"]).ok();
    // And one rotation that does not come to its end: the new one is neither proven nor refused.
    emulator.script(Fault::databricks(ME, 503, "TEMPORARILY_UNAVAILABLE", "busy").retry_after("0").times(100));
    pat(&home, &["rotate", "ci"]).fails(5);
    assert_eq!(values(&emulator).len(), 3);
    // It is not taken for a token that is being made for the first time.
    let output = pat(&home, &["create", "--name", "ci"]).fails(4);
    assert!(output.stderr.contains("jeton pat rotate ci"), "{}", output.stderr);
    pat(&home, &["revoke", "ci"]).ok();
    assert_eq!(values(&emulator), [""; 0]);
    assert_eq!(home.jeton(&["secret", "list", "--json"]).run().ok().json(), serde_json::json!([]));
}

#[test]
fn exactly_one_way_to_name_it_is_given() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for args in [&["revoke"][..], &["revoke", "x", "--expired"], &["revoke", "--comment", "a", "--expired"]] {
        pat(&home, args).fails(2);
    }
}
