//! How the endpoints of a host are found, and that this happens once.

use jeton_emulator::{DATABRICKS_ACCOUNT_ID, Emulator, ErrorShape, Fault};
use serde_json::json;

use super::{TOKEN_PATH, assert_careful, home, paths};
use crate::expect::assert_says;
use crate::support::Home;

const METADATA: &str = "/.well-known/databricks-config";
const OAUTH: &str = "/oidc/.well-known/oauth-authorization-server";

fn learned(home: &Home) -> Vec<std::path::PathBuf> {
    let dir = home.cache_dir().join("databricks");
    std::fs::read_dir(dir).map(|files| files.map(|file| file.expect("a file").path()).collect()).unwrap_or_default()
}

#[test]
fn a_host_is_asked_for_its_endpoints_once() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["token"]).run().quiet();
    assert_eq!(paths(&emulator), [METADATA, OAUTH, TOKEN_PATH]);
    emulator.clear();
    home.jeton(&["token", "--force-refresh"]).run().quiet();
    // Another key, the same host.
    home.jeton(&["token", "--databricks-scope", "sql"]).run().quiet();
    assert_eq!(paths(&emulator), [TOKEN_PATH, TOKEN_PATH]);
    assert_careful(&emulator, "");
    let files = learned(&home);
    assert_eq!(files.len(), 1, "{files:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_host_without_pages_has_the_usual_paths() {
    for (metadata, oauth, asked) in [
        (false, true, vec![METADATA, OAUTH, TOKEN_PATH]),
        (true, false, vec![METADATA, OAUTH, TOKEN_PATH]),
        (false, false, vec![METADATA, OAUTH, TOKEN_PATH]),
    ] {
        let emulator = Emulator::start();
        emulator.change_settings(|settings| {
            settings.databricks.host_metadata = metadata;
            settings.databricks.discovery = oauth;
        });
        let home = home(&emulator);
        home.jeton(&["token"]).run().quiet();
        assert_eq!(paths(&emulator), asked);
        emulator.clear();
        home.jeton(&["token", "--force-refresh"]).run().quiet();
        assert_eq!(paths(&emulator), [TOKEN_PATH]);
    }
}

#[test]
fn an_account_without_pages_is_found_too() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| {
        settings.databricks.host_metadata = false;
        settings.databricks.discovery = false;
    });
    let mut home = home(&emulator);
    home.set("DATABRICKS_HOST", emulator.account());
    home.set("DATABRICKS_ACCOUNT_ID", DATABRICKS_ACCOUNT_ID);
    home.jeton(&["token"]).run().quiet();
    let path = format!("/oidc/accounts/{DATABRICKS_ACCOUNT_ID}/v1/token");
    assert_eq!(paths(&emulator).last(), Some(&path));
}

#[test]
fn pages_that_fail_or_are_for_people_are_passed_by_and_not_remembered() {
    for fault in
        [Fault::html(503), Fault::html(200), Fault::empty(500), Fault::redirect(302, "https://elsewhere.example/")]
    {
        let emulator = Emulator::start();
        let home = home(&emulator);
        emulator.script_for(METADATA, fault.clone());
        emulator.script_for(OAUTH, fault.clone());
        home.jeton(&["token"]).run().quiet();
        assert_eq!(paths(&emulator), [METADATA, OAUTH, TOKEN_PATH], "{fault:?}");
        assert_careful(&emulator, "");
    }
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script_for(METADATA, Fault::html(503));
    home.jeton(&["token"]).run().quiet();
    assert_eq!(learned(&home), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_host_can_not_lead_a_secret_elsewhere() {
    let emulator = Emulator::start();
    let elsewhere = Emulator::start();
    let evil = format!("{}/oidc", elsewhere.url());
    let home = home(&emulator);
    let page = json!({"oidc_endpoint": evil, "host_type": "workspace"}).to_string();
    emulator.script_for(METADATA, Fault::respond(200, "application/json", &page));
    let stderr = home.jeton(&["token"]).run().refusal(6);
    assert_says(&stderr, &["another host", "secrets are not sent"]);
    let page = json!({"token_endpoint": format!("{evil}/v1/token"), "authorization_endpoint": evil}).to_string();
    emulator.script_for(OAUTH, Fault::respond(200, "application/json", &page));
    home.jeton(&["token"]).run().refusal(6);
    assert_eq!((emulator.token_count(), elsewhere.count()), (0, 0));
    // Nor can a file in the cache folder.
    home.jeton(&["token"]).run().quiet();
    let file = learned(&home).remove(0);
    let text = std::fs::read_to_string(&file).unwrap().replace(&emulator.workspace(), elsewhere.url());
    std::fs::write(&file, text).unwrap();
    home.jeton(&["token", "--force-refresh"]).run().quiet();
    assert_eq!(elsewhere.count(), 0);
    assert_careful(&emulator, &stderr);
}

#[test]
fn an_endpoint_that_is_gone_is_looked_for_anew() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["token"]).run().quiet();
    emulator.clear();
    emulator.script(Fault::databricks(TOKEN_PATH, 404, "ENDPOINT_NOT_FOUND", "moved"));
    home.jeton(&["token", "--force-refresh"]).run().quiet();
    assert_eq!(paths(&emulator), [TOKEN_PATH, METADATA, OAUTH, TOKEN_PATH]);
    // If it stays so, it is told.
    emulator.clear();
    emulator.script(Fault::databricks(TOKEN_PATH, 404, "ENDPOINT_NOT_FOUND", "moved").times(2));
    let stderr = home.jeton(&["token", "--force-refresh"]).run().refusal(4);
    assert_says(&stderr, &["no such service", "moved"]);
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn what_is_remembered_is_believed_for_a_day_and_as_far_as_it_can_be_read() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["token"]).run().quiet();
    let file = learned(&home).remove(0);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    old["learned_at"] = (old["learned_at"].as_u64().unwrap() - 86_400).into();
    let mut future: serde_json::Value = serde_json::from_str(&text).unwrap();
    future["version"] = 2.into();
    for bad in [old.to_string(), future.to_string(), text[..text.len() / 2].to_owned(), String::new(), "\0".repeat(9)] {
        std::fs::write(&file, bad).unwrap();
        emulator.clear();
        home.jeton(&["token", "--force-refresh"]).run().quiet();
        assert_eq!(paths(&emulator), [METADATA, OAUTH, TOKEN_PATH]);
    }
}

#[test]
fn a_private_link_is_told() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script(Fault::databricks(METADATA, 302, "", "").error_shape(ErrorShape::PrivateLink));
    let stderr = home.jeton(&["token"]).run().refusal(4);
    assert_says(&stderr, &["private link", "network"]);
    assert_eq!(emulator.count(), 1);
}
