//! `jeton pat check`.

use jeton_emulator::{DATABRICKS_CLIENT_ID, Emulator, Fault, Site, USER};

use super::{admin, pat};
use crate::databricks::{assert_careful, bare, home};
use crate::expect::assert_says;

/// The state of each check.
#[track_caller]
fn states(output: &crate::support::Output) -> Vec<String> {
    let value = output.json();
    let of = |check: &serde_json::Value| {
        format!("{} {}", check["check"].as_str().expect("a name"), check["state"].as_str().expect("a state"))
    };
    value.as_array().expect("a list").iter().map(of).collect()
}

#[test]
fn who_is_ready_is_told_so_and_nothing_is_changed() {
    let emulator = Emulator::start();
    emulator.issue_pat(Site::Workspace, USER, "first", 90_000);
    let admin = admin(&emulator);
    let output = pat(&admin, &["check", DATABRICKS_CLIENT_ID]).ok();
    assert_says(&output.stdout, &["ok       principal: ", "at most 730 days", "as its group users may"]);
    assert_eq!(states(&pat(&admin, &["check", "--json"]).ok()), ["principal ok", "tokens ok", "permission ok"]);
    // What only admins see is not known to others, which is no failure.
    let output = pat(&home(&emulator), &["check", "--json"]).ok();
    assert_eq!(states(&output), ["principal ok", "tokens unknown", "permission unknown"]);
    assert!(emulator.requests().iter().all(|request| request.method == "GET" || request.path.starts_with("/oidc/")));
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn what_is_missing_is_named_with_what_mends_it() {
    let emulator = Emulator::start();
    let admin = admin(&emulator);
    let check = |id: &str| pat(&admin, &["check", id]);
    let missing = |id: &str, says: &[&str]| {
        let output = check(id);
        assert_eq!(output.code, 6, "{}", output.stderr);
        assert_says(&output.stdout, &["missing "]);
        assert_says(&output.stderr, says);
    };
    missing(DATABRICKS_CLIENT_ID, &["no token was ever made", "as an admin: jeton pat create"]);
    emulator.issue_pat(Site::Workspace, USER, "first", 90_000);
    emulator.change_settings(|settings| settings.databricks.max_token_lifetime_days = Some(7));
    assert_says(&check(DATABRICKS_CLIENT_ID).ok().stdout, &["at most 7 days"]);
    missing("99999999-9999-9999-9999-999999999999", &["is not in the workspace", "Identity and access"]);
    emulator.change_settings(|settings| settings.databricks.tokens_enabled = false);
    missing(DATABRICKS_CLIENT_ID, &["no personal access tokens", "jeton token"]);
    check("etl job").fails(2);
}

#[test]
fn the_permission_is_told_as_it_stands() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.users_may_use_tokens = false);
    emulator.issue_pat(Site::Workspace, USER, "first", 90_000);
    let admin = admin(&emulator);
    let output = pat(&admin, &["check", DATABRICKS_CLIENT_ID]);
    assert_eq!(output.code, 6);
    assert_says(&output.stderr, &["may not use tokens", &format!("jeton pat permit {DATABRICKS_CLIENT_ID}")]);
    pat(&admin, &["permit", DATABRICKS_CLIENT_ID]).ok();
    let output = pat(&admin, &["check", DATABRICKS_CLIENT_ID]).ok();
    assert_says(&output.stdout, &[&format!("permission: {DATABRICKS_CLIENT_ID} may use tokens\n")]);
}

#[test]
fn who_is_not_let_in_is_told_that() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script(Fault::databricks("/api/2.0/preview/scim/v2/Me", 403, "PERMISSION_DENIED", "User not authorized."));
    assert_says(&pat(&home, &["check"]).fails(6).stderr, &["not in this workspace", "--azure-resource-id"]);
    let mut home = bare(&emulator);
    home.set("DATABRICKS_TOKEN", "dapi-unknown");
    let output = pat(&home, &["check"]).fails(6);
    assert_says(&output.stderr, &["does not accept the token"]);
    assert_careful(&emulator, &output.stderr);
}
