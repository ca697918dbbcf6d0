//! A service principal's own token.

use jeton_emulator::{
    DATABRICKS_ACCOUNT_ID, DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, DATABRICKS_CLIENT_ID, Emulator, Site,
};

use super::{assert_careful, bare, home, paths};
use crate::crowd::Crowd;
use crate::expect::{assert_about, assert_says, last_request, seconds_until};

#[test]
fn three_variables_are_enough() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    let request = last_request(&emulator);
    assert_eq!((request.path.as_str(), request.method.as_str()), ("/oidc/v1/token", "POST"));
    assert_eq!(request.field("grant_type"), Some("client_credentials"));
    assert_eq!(request.field("scope"), Some("all-apis"));
    assert!(request.header("authorization").unwrap().starts_with("Basic "));
    assert_eq!((request.field("client_secret"), request.field("client_id")), (None, None));
    // From the cache.
    emulator.clear();
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), output.line());
    assert_eq!(emulator.count(), 0);
    assert_careful(&emulator, "");
}

#[test]
fn json_says_what_it_is() {
    let emulator = Emulator::start();
    let json = home(&emulator).jeton(&["token", "--json", "--databricks-scope", "sql,files"]).run().quiet().json();
    assert_about(seconds_until(&json["expiresOn"]), 3600);
    assert_eq!(json["scopes"], serde_json::json!(["sql", "files"]));
    assert_eq!(json["tokenType"], "Bearer");
    assert_eq!(last_request(&emulator).field("scope"), Some("sql files"));
}

#[test]
fn an_account_has_tokens_of_its_own() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let workspace = home.jeton(&["token"]).run().quiet();
    home.set("DATABRICKS_HOST", emulator.account());
    // The endpoint of an account has its id.
    let stderr = home.jeton(&["token"]).run().refusal(4);
    assert_says(&stderr, &["account", "DATABRICKS_ACCOUNT_ID"]);
    home.set("DATABRICKS_ACCOUNT_ID", DATABRICKS_ACCOUNT_ID);
    let account = home.jeton(&["token"]).run().quiet();
    assert_ne!(account.line(), workspace.line());
    let request = last_request(&emulator);
    assert_eq!(request.site(), Some(Site::Account));
    assert_eq!(request.path, format!("/oidc/accounts/{DATABRICKS_ACCOUNT_ID}/v1/token"));
    assert_careful(&emulator, &stderr);
}

#[test]
fn a_profile_keeps_the_secret_elsewhere() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    home.unset("DATABRICKS_HOST");
    home.set("DBX_SECRET", DATABRICKS_ADMIN_SECRET);
    home.jeton(&["profile", "create", "dbx", "--databricks-host", &emulator.workspace()]).run().ok();
    home.jeton(&[
        "profile",
        "edit",
        "dbx",
        "--databricks-client-id",
        DATABRICKS_ADMIN_CLIENT_ID,
        "--databricks-client-secret-from",
        "env:DBX_SECRET",
    ])
    .run()
    .ok();
    let output = home.jeton(&["token", "-p", "dbx"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    let shown = home.jeton(&["profile", "show", "dbx"]).run().ok().stdout;
    assert_says(&shown, &["databricks_host", "databricks-m2m", "env:DBX_SECRET (set)"]);
    assert!(!shown.contains(DATABRICKS_ADMIN_SECRET));
    let list = home.jeton(&["profile", "list"]).run().ok().stdout;
    assert_says(&list, &["databricks-m2m"]);
}

#[test]
fn a_crowd_asks_once() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.hold();
    let crowd = Crowd::start((0..20).map(|_| home.jeton(&["token"])));
    crowd.wait_for_waiting(19);
    emulator.release();
    for member in crowd.finish() {
        assert_eq!(member.output.ok().line(), emulator.issued_tokens()[0]);
    }
    assert_eq!(emulator.token_count(), 1);
    assert_eq!(paths(&emulator).len(), 3, "{:?}", paths(&emulator));
    let _ = DATABRICKS_CLIENT_ID;
}
