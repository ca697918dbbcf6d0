//! The token of a metadata service on this machine, which an emulator without TLS plays.

use jeton_emulator::{Emulator, Fault};
use serde_json::json;

use super::{assert_careful, bare};
use crate::expect::assert_says;
use crate::support::Home;

/// The path of the session, which is all the proof there is.
const PATH: &str = "/hunter2-0000";

/// A service that hands this token out, once for each time it is scripted, and a home that asks it.
fn service() -> (Emulator, Home) {
    let emulator = Emulator::builder().http().start().expect("an emulator");
    let mut home = bare(&emulator);
    home.set("DATABRICKS_METADATA_SERVICE_URL", format!("{}{PATH}?x=y", emulator.url()));
    (emulator, home)
}

fn gives(emulator: &Emulator, token: &str, expires_on: &serde_json::Value) {
    let body = json!({"access_token": token, "token_type": "Bearer", "expires_on": expires_on});
    emulator.script_for(PATH, Fault::respond(200, "application/json", &body.to_string()));
}

#[test]
fn it_is_asked_as_the_sdks_ask_it_and_its_token_is_kept() {
    let (emulator, home) = service();
    let end = jeton::clock::now() + 3600;
    gives(&emulator, "a-token", &json!(end));
    let output = home.jeton(&["token", "-v"]).run().ok();
    assert_eq!(output.line(), "a-token");
    // Neither the steps nor the cache tell the way.
    assert_says(&output.stderr, &["/..."]);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    assert!(!std::fs::read_to_string(home.token_file()).unwrap().contains("hunter2"));
    let requests = emulator.requests();
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    assert_eq!((request.method.as_str(), request.path.as_str(), request.query_value("x")), ("GET", PATH, Some("y")));
    assert_eq!(request.header("x-databricks-metadata-version"), Some("1"));
    assert_eq!(request.header("x-databricks-host"), Some(&*emulator.workspace()));
    assert_eq!(request.header("authorization"), None);
    let json = home.jeton(&["token", "--json"]).run().quiet().json();
    assert_eq!(json["accessToken"], "a-token");
    assert_eq!(emulator.count(), 1);
    // Numbers may be texts, and another address is another session.
    gives(&emulator, "another-token", &json!(end.to_string()));
    let url = format!("{}{PATH}", emulator.url());
    let output = home.jeton(&["token"]).env("DATABRICKS_METADATA_SERVICE_URL", &url).run().quiet();
    assert_eq!(output.line(), "another-token");
}

#[test]
fn the_auth_type_the_profile_and_the_cfg_file_name_it() {
    let (emulator, mut home) = service();
    let end = json!(jeton::clock::now() + 3600);
    home.set("DATABRICKS_AUTH_TYPE", "metadata-service");
    gives(&emulator, "one", &end);
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), "one");
    home.unset("DATABRICKS_AUTH_TYPE");
    home.unset("DATABRICKS_METADATA_SERVICE_URL");
    home.unset("DATABRICKS_HOST");
    let file = home.path("url");
    std::fs::write(&file, format!("{}{PATH}\n", emulator.url())).unwrap();
    let profile = json!({"version": 1, "profiles": {"p": {
        "databricks_host": emulator.workspace(), "databricks_metadata_url": format!("file:{}", file.display()),
    }}});
    home.profiles(&profile.to_string());
    gives(&emulator, "two", &end);
    assert_eq!(home.jeton(&["token", "-p", "p"]).run().quiet().line(), "two");
    let text = format!("[vsc]\nhost = {}\nmetadata_service_url = {}{PATH}\n", emulator.workspace(), emulator.url());
    std::fs::write(home.path(".databrickscfg"), text).unwrap();
    gives(&emulator, "three", &end);
    assert_eq!(home.jeton(&["token", "-p", "vsc"]).run().quiet().line(), "three");
    // What Databricks itself is to be asked with, goes before it.
    home.set("DATABRICKS_TOKEN", "dapi-mine");
    home.set("DATABRICKS_HOST", emulator.workspace());
    home.set("DATABRICKS_METADATA_SERVICE_URL", format!("{}{PATH}", emulator.url()));
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), "dapi-mine");
}

#[test]
fn what_it_refuses_is_told_without_its_address() {
    let (emulator, home) = service();
    let said = |status: u16, body: &str| Fault::respond(status, "application/json", body);
    for (fault, code, says) in [
        (said(404, r#"{"not_found":true}"#), 4, &["no session for", "HTTP 404", "anew"][..]),
        (said(400, r#"{"bad_version":true}"#), 4, &["another version", "HTTP 400"]),
        (said(500, r#"{"error":true}"#).times(4).retry_after("0"), 5, &["no token now", "HTTP 500"]),
        (said(403, r#"{"message":"no"}"#), 1, &["refused", "no"]),
        (said(200, "{}"), 5, &["no token now"]),
        (said(200, r#"{"access_token":"x","token_type":"Bearer","expires_on":1}"#), 5, &["no token now"]),
        (Fault::html(200), 5, &["no token now"]),
    ] {
        emulator.script_for(PATH, fault);
        let stderr = home.jeton(&["token", "--force-refresh"]).run().refusal(code);
        assert_says(&stderr, says);
        assert_careful(&emulator, &stderr);
    }
}

#[test]
fn an_address_elsewhere_is_never_asked() {
    let (emulator, mut home) = service();
    for url in ["http://evil.example/hunter2", "https://evil.example/hunter2", "localhost/hunter2", "hunter2"] {
        home.set("DATABRICKS_METADATA_SERVICE_URL", url);
        let stderr = home.jeton(&["token"]).run().refusal(4);
        assert_says(&stderr, &["none on this machine", "localhost"]);
    }
    // Nor where it was set for another host.
    home.set("DATABRICKS_METADATA_SERVICE_URL", format!("{}{PATH}", emulator.url()));
    let elsewhere = emulator.other_workspace();
    let args = ["token", "--databricks-host", &elsewhere, "--flow", "databricks-metadata-service"];
    assert_says(&home.jeton(&args).run().refusal(4), &["no address of a metadata service is set"]);
    assert_eq!(emulator.count(), 0);
}
