//! How an SDK comes to ask jeton: a profile of its own with a path, or a link on PATH.

use jeton_emulator::{DATABRICKS_ACCOUNT_ID, Emulator};

use super::{app, databrickscfg, home, with_app};
use crate::expect::assert_says;

#[test]
fn setup_gives_an_sdk_a_profile_and_a_program_that_answers() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let said = home.jeton(&["setup", "databricks", "-p", "app", "--yes"]).run().ok().stderr;
    assert_says(&said, &["jeton run --as databricks"]);
    assert!(!said.contains("this version"), "{said}");
    let link = home.data_dir().join("bin/databricks");
    let text = std::fs::read_to_string(home.path(".databrickscfg")).expect("a file");
    let (workspace, path) = (emulator.workspace(), link.display());
    assert_eq!(text, format!("[app]\nhost = {workspace}\nauth_type = databricks-cli\ndatabricks_cli_path = {path}\n"));
    // As the SDKs call it: by that path, with the profile's name or its host.
    let host = ["auth", "token", "--host", &workspace];
    for words in [&["auth", "token", "--profile", "app"][..], &host] {
        let told = home.run_as(&link, words).run().quiet().json();
        assert_eq!(emulator.issued_tokens(), [told["access_token"].as_str().unwrap()]);
    }
    // And by the variable.
    home.run_as(&link, &["auth", "token"]).env("DATABRICKS_CONFIG_PROFILE", "app").run().quiet();
    assert_eq!(emulator.token_count(), 1);
    home.jeton(&["setup", "databricks", "--undo", "--yes"]).run().ok();
    assert!(!link.exists());
}

#[test]
fn an_account_console_gets_its_account() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let console =
        app(&emulator.account()).replace('}', &format!(r#","databricks_account_id":"{DATABRICKS_ACCOUNT_ID}"}}"#));
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"acc":{console}}}}}"#));
    databrickscfg(&home, "[other]\nhost = https://b.cloud.databricks.com\n");
    home.jeton(&["setup", "databricks", "-p", "acc", "--section", "console", "--yes"]).run().ok();
    let text = std::fs::read_to_string(home.path(".databrickscfg")).expect("a file");
    assert_says(&text, &["[other]\n", &format!("[console]\nhost = {}\n", emulator.account()), DATABRICKS_ACCOUNT_ID]);
    // The section has another name than the profile, and leaves the sign-in to the CLI: its host finds the profile.
    let link = home.data_dir().join("bin/databricks");
    home.run_as(&link, &["auth", "token", "--profile", "console"]).run().quiet();
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn a_shim_answers() {
    let emulator = Emulator::start();
    let mut home = with_app(&emulator);
    home.set("PATH", home.path("bin"));
    let dir = home.path("bin");
    home.jeton(&["shim", "install", "databricks", "--dir", dir.to_str().expect("a path")]).run().ok();
    home.run_as(&dir.join("databricks"), &["auth", "token", "--profile", "app"]).run().quiet();
    let rows = home.jeton(&["shim", "list", "--json"]).run().quiet().json();
    assert_eq!((&rows[0]["name"], &rows[0]["program"]), (&"databricks".into(), &"jeton".into()));
    home.jeton(&["shim", "remove", "databricks", "--dir", dir.to_str().expect("a path")]).run().ok();
    assert!(!dir.join("databricks").exists());
}
