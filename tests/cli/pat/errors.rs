//! What Databricks refuses, in its shapes, as one line each and a next step.

use jeton_emulator::{DATABRICKS_CLIENT_ID, Emulator, ErrorShape, Fault, Site};

use super::{CREATE, LIST, asked, pat};
use crate::databricks::{assert_careful, home};

#[test]
fn a_used_up_quota_is_told() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.pat_quota = 1);
    emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "x", 90_000);
    let output = pat(&home(&emulator), &["create"]).fails(6);
    assert!(
        output.stderr.contains("quota") && output.stderr.contains("600") && output.stderr.contains("revoke"),
        "{}",
        output.stderr
    );
    assert_eq!(asked(&emulator, CREATE), 1);
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn throttling_says_how_long_and_making_is_not_tried_again() {
    let emulator = Emulator::start();
    emulator.script(Fault::databricks(CREATE, 429, "REQUEST_LIMIT_EXCEEDED", "slow down").retry_after("7"));
    let output = pat(&home(&emulator), &["create"]).fails(5);
    assert!(output.stderr.contains("throttling") && output.stderr.contains("wait 7 s"), "{}", output.stderr);
    assert_eq!((asked(&emulator, CREATE), asked(&emulator, LIST)), (1, 0));
    // Looking is harmless, so it is done again.
    emulator.script(Fault::databricks(LIST, 429, "REQUEST_LIMIT_EXCEEDED", "slow down").retry_after("0"));
    pat(&home(&emulator), &["list"]).ok();
}

#[test]
fn each_shape_is_one_line_and_a_next_step() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for shape in
        [ErrorShape::Api, ErrorShape::Gate, ErrorShape::Legacy, ErrorShape::Scim, ErrorShape::Text, ErrorShape::Html]
    {
        emulator.script(Fault::databricks(CREATE, 403, "PERMISSION_DENIED", "no such luck").error_shape(shape));
        let output = pat(&home, &["create"]).fails(6);
        assert!(
            output.stderr.contains("no such luck") && output.stderr.contains("next:"),
            "{shape:?}: {}",
            output.stderr
        );
        assert!(output.stderr.lines().count() <= 3, "{}", output.stderr);
    }
    emulator.change_settings(|settings| settings.databricks.tokens_enabled = false);
    let output = pat(&home, &["create"]).fails(6);
    assert!(output.stderr.contains("no personal access tokens"), "{}", output.stderr);
    emulator.script(Fault::databricks(LIST, 404, "ENDPOINT_NOT_FOUND", "nothing here"));
    pat(&home, &["list"]).fails(4);
}

#[test]
fn what_is_no_host_is_refused_before_anything_is_sent() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    for wrong in ["http://adb-1.2.azuredatabricks.net", "https://me:hunter2@localhost", "localhost:0", "a b"] {
        home.set("DATABRICKS_HOST", wrong);
        for command in
            [&["list"][..], &["create"], &["rotate", "ci"], &["revoke", "x"], &["permit", DATABRICKS_CLIENT_ID]]
        {
            let output = pat(&home, command).fails(4);
            assert!(output.stderr.contains("is not the host"), "{command:?}: {}", output.stderr);
            assert_careful(&emulator, &output.stderr);
        }
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_host_is_taken_as_a_page_of_it_is_written() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let url = emulator.workspace();
    let bare = url.strip_prefix("https://").expect("https").to_owned();
    for spelling in [bare.clone(), url.to_uppercase(), format!("{bare}/settings/workspace?o=1#x"), format!(" {url}/ ")]
    {
        home.set("DATABRICKS_HOST", &spelling);
        let value = pat(&home, &["create", "--json"]).ok().json();
        assert_eq!(value["host"], url, "{spelling}");
    }
    let paths = crate::databricks::paths(&emulator);
    assert_eq!(
        paths.iter().filter(|path| *path == crate::databricks::TOKEN_PATH).count(),
        1,
        "one token for all of them"
    );
}

#[test]
fn a_redirect_leads_no_token_away() {
    let emulator = Emulator::start();
    let elsewhere = Emulator::start();
    let home = home(&emulator);
    for status in [302, 307, 308] {
        for path in [CREATE, LIST] {
            emulator.script_for(path, Fault::redirect(status, &format!("{}{path}", elsewhere.url())));
        }
        for command in ["create", "list"] {
            let output = pat(&home, &[command]).fails(4);
            assert!(output.stderr.contains("tokens are not sent on"), "{}", output.stderr);
        }
    }
    assert_eq!((elsewhere.count(), emulator.pats().len()), (0, 0));
    // One of them tells where the workspace can be reached from.
    emulator.script(Fault::databricks(LIST, 302, "", "").error_shape(ErrorShape::PrivateLink));
    let output = pat(&home, &["list"]).fails(4);
    assert!(output.stderr.contains("private link"), "{}", output.stderr);
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn an_account_console_has_no_tokens() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_HOST", "accounts.cloud.databricks.com");
    home.set("DATABRICKS_ACCOUNT_ID", "eeeeeeee-0000-0000-0000-000000000001");
    let output = pat(&home, &["list"]).fails(4);
    assert!(output.stderr.contains("account console"), "{}", output.stderr);
    assert_eq!(emulator.count(), 0);
}
