//! `auth env`, `auth profiles` and `auth describe`.

use jeton_emulator::{DATABRICKS_CLIENT_ID, Emulator, USER};
use serde_json::json;

use super::refresh::signed_in;
use super::{app, databricks, databrickscfg, home, with_app};
use crate::databricks::assert_careful;
use crate::expect::assert_says;

#[test]
fn the_environment_of_an_sdk_is_told_without_a_token() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let workspace = emulator.workspace();
    let told = databricks(&home, "auth env --profile app").run().quiet();
    assert_eq!(told.json(), json!({"env": {"DATABRICKS_AUTH_TYPE": "databricks-cli", "DATABRICKS_HOST": workspace}}));
    databrickscfg(&home, &format!("[app]\nhost = {workspace}\nauth_type = databricks-cli\n"));
    let text = databricks(&home, &format!("auth env --host {workspace} -o text")).run().quiet().stdout;
    assert_eq!(
        text,
        format!("DATABRICKS_AUTH_TYPE=databricks-cli\nDATABRICKS_CONFIG_PROFILE=app\nDATABRICKS_HOST={workspace}\n")
    );
    assert_eq!(emulator.count(), 0);
}

#[test]
fn profiles_are_listed_with_those_of_databrickscfg() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let workspace = emulator.workspace();
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"default":{},"me":{{"databricks_host":"{workspace}"}},"entra":{{"tenant":"t"}}}}}}"#,
        app(&workspace)
    ));
    databrickscfg(
        &home,
        "[pat]\nhost = https://adb-1.2.azuredatabricks.net\ntoken = dapi1\n[me]\nhost = https://me.gcp.databricks.com\n",
    );
    let told = databricks(&home, "auth profiles -o json").run().quiet().json();
    assert_eq!(
        told,
        json!({"profiles": [
            {"name": "default", "host": workspace, "cloud": "aws", "auth_type": "oauth-m2m", "valid": true, "default": true},
            {"name": "me", "host": workspace, "cloud": "aws", "auth_type": "databricks-cli", "valid": false},
            {"name": "pat", "host": "https://adb-1.2.azuredatabricks.net", "cloud": "azure", "auth_type": "pat", "valid": true},
        ]})
    );
    let asked = emulator.token_count();
    let told = databricks(&home, "auth profiles --skip-validate").run().quiet().stdout;
    assert_eq!(told.lines().count(), 4, "{told}");
    assert_says(&told, &["Name", "Host", "Valid", "default (Default)  ", "NO"]);
    assert!(!told.contains("YES"), "{told}");
    assert_eq!(emulator.token_count(), asked);
    let told = databricks(&home, "auth profiles").env("DATABRICKS_OUTPUT_FORMAT", "json").run().quiet();
    assert!(told.json()["profiles"].is_array());
    assert_careful(&emulator, &told.stdout);
}

#[test]
fn who_answers_is_described() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let workspace = emulator.workspace();
    let text = databricks(&home, &format!("auth describe --host {workspace}")).run().quiet().stdout;
    let file = home.config_dir().join("profiles.json");
    let from = format!("(from {} config file)", file.display());
    assert_says(
        &text,
        &[
            &format!(
                "Host: {workspace}\nUser: {DATABRICKS_CLIENT_ID}\nAuthenticated with: oauth-m2m\n-----\nCurrent configuration:\n"
            ),
            &format!("  ✓ profile: app\n  ✓ client_id: {DATABRICKS_CLIENT_ID} {from}\n"),
        ],
    );
    let told = databricks(&home, "auth describe --profile app --sensitive -o json").run().quiet();
    assert_careful(&emulator, &told.stdout);
    let told = told.json();
    assert_eq!((&told["status"], &told["username"]), (&"success".into(), &DATABRICKS_CLIENT_ID.into()));
    assert_eq!(told["details"]["auth_type"], "oauth-m2m");
    assert_eq!(
        told["details"]["configuration"]["profile"],
        json!({"value": "app", "source": {"type": "flag", "name": "--profile"}, "auth_type_mismatch": false})
    );
    let person = signed_in(&emulator);
    assert_says(&databricks(&person, "auth describe").run().quiet().stdout, &[&format!("User: {USER}\n")]);
}

/// The CLI ends with 0 here.
#[test]
fn why_there_is_no_token_is_described_as_well() {
    let emulator = Emulator::start();
    let mut home = with_app(&emulator);
    home.set("DBX_SECRET", "wrong");
    let text = databricks(&home, "auth describe").run().quiet().stdout;
    assert!(text.starts_with("Unable to authenticate: "), "{text}");
    assert_says(&text, &["invalid_client", "-----\nCurrent configuration:\n", "✓ host: "]);
    let told = databricks(&home, "auth describe -o json").run().quiet().json();
    assert_eq!(told["status"], "error");
    assert_says(told["error"].as_str().unwrap(), &["invalid_client"]);
    assert_eq!(told["details"]["configuration"]["profile"]["value"], "app");
}
