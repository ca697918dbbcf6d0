//! Which settings count, and that a token or secret goes to no host that it was not made for.

use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, Emulator, TENANT};
use serde_json::{Value, json};

use super::{assert_careful, home, paths};
use crate::expect::{assert_says, last_request};
use crate::support::Home;

fn write_profile(home: &Home, fields: &Value) {
    home.profiles(&json!({"version": 1, "profiles": {"p": fields}}).to_string());
}

fn entra(emulator: &Emulator) -> Value {
    json!({
        "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": "env:APP_SECRET", "scopes": ["graph"],
        "authority_host": emulator.url(),
    })
}

#[test]
fn stray_variables_do_not_turn_a_profile_for_something_else_into_databricks() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("APP_SECRET", CLIENT_SECRET);
    home.set("DATABRICKS_TOKEN", "dapi-stray");
    home.set("DATABRICKS_AUTH_TYPE", "pat");
    home.set("DATABRICKS_CONFIG_PROFILE", "absent");
    let mut profile = entra(&emulator);
    write_profile(&home, &profile);
    home.jeton(&["token", "-p", "p"]).run().quiet();
    assert_eq!(paths(&emulator), [format!("/{TENANT}/oauth2/v2.0/token")]);
    // Also one without a scope, which is to be told of that.
    profile.as_object_mut().unwrap().remove("scopes");
    write_profile(&home, &profile);
    assert_says(&home.jeton(&["token", "-p", "p"]).run().refusal(2), &["what the token is for"]);
    // And a call that says what its Entra token is for.
    home.set("AZURE_TENANT_ID", TENANT);
    home.set("AZURE_CLIENT_ID", CLIENT_ID);
    home.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    home.set("AZURE_AUTHORITY_HOST", emulator.url());
    home.jeton(&["token", "--scope", "graph"]).run().quiet();
    assert_eq!(emulator.token_count(), 2);
    assert_careful(&emulator, "");
}

#[test]
fn flag_before_environment_before_profile() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.unset("DATABRICKS_HOST");
    write_profile(
        &home,
        &json!({
            "databricks_host": emulator.workspace(), "databricks_client_id": "of-the-profile",
            "databricks_client_secret": "env:DATABRICKS_CLIENT_SECRET", "databricks_scopes": ["sql"],
        }),
    );
    let warned = home.jeton(&["token", "-p", "p"]).run().ok().stderr;
    assert_says(&warned, &["DATABRICKS_CLIENT_ID overrides databricks_client_id"]);
    assert_eq!(last_request(&emulator).field("scope"), Some("sql"));
    home.set("JETON_DATABRICKS_SCOPE", "files");
    home.jeton(&["token", "-p", "p"]).run().ok();
    assert_eq!(last_request(&emulator).field("scope"), Some("files"));
    home.jeton(&["token", "-p", "p", "--databricks-scope", "jobs"]).run().ok();
    assert_eq!(last_request(&emulator).field("scope"), Some("jobs"));
    // Left out: the profile's client alone.
    let stderr = home.jeton(&["token", "-p", "p", "--ignore-env"]).run().refusal(6);
    assert_says(&stderr, &["client: of-the-profile"]);
}

#[test]
fn variables_for_one_host_are_not_used_for_another() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_TOKEN", "dapi-of-the-workspace");
    let other = emulator.other_workspace();
    let args = ["token", "--interactive", "never", "--databricks-host", &other];
    // Neither the token nor the client of DATABRICKS_HOST: what is left is a person.
    let stderr = home.jeton(&args).run().refusal(3);
    assert_careful(&emulator, &stderr);
    let stderr = home.jeton(&[&args[..], &["--flow", "databricks-m2m"]].concat()).run().refusal(4);
    assert_says(&stderr, &["no Databricks client id is set"]);
    let stderr = home.jeton(&[&args[..], &["--flow", "databricks-pat"]].concat()).run().refusal(4);
    assert_says(&stderr, &["no personal access token is set"]);
    // The same host in another spelling is the same.
    let same = format!("{}/?o=1", emulator.workspace().to_uppercase());
    let output = home.jeton(&["token", "--databricks-host", &same]).run().quiet();
    assert_eq!(output.line(), "dapi-of-the-workspace");
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_profile_s_secret_is_not_used_for_a_host_from_the_environment() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.unset("DATABRICKS_CLIENT_ID");
    home.unset("DATABRICKS_CLIENT_SECRET");
    home.set("DBX_SECRET", DATABRICKS_SECRET);
    home.set("DATABRICKS_HOST", emulator.other_workspace());
    for (field, flow) in [("databricks_client_secret", "databricks-m2m"), ("databricks_token", "databricks-pat")] {
        write_profile(
            &home,
            &json!({
                "databricks_host": emulator.workspace(), "databricks_client_id": DATABRICKS_CLIENT_ID,
                field: "env:DBX_SECRET", "flow": flow,
            }),
        );
        let stderr = home.jeton(&["token", "-p", "p", "--silent"]).run().refusal(4);
        assert_says(&stderr, &[field, "DATABRICKS_HOST", "--ignore-env"]);
        let output = home.jeton(&["token", "-p", "p", "--ignore-env"]).run().quiet();
        assert!(!output.line().is_empty());
    }
    assert_eq!(emulator.token_count(), 1);
    assert_careful(&emulator, "");
}

#[test]
fn an_unknown_auth_type_is_told() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_AUTH_TYPE", "google-id");
    assert_says(&home.jeton(&["token"]).run().refusal(4), &["google-id", "oauth-m2m"]);
    home.set("DATABRICKS_AUTH_TYPE", "OAuth-M2M");
    home.jeton(&["token"]).run().quiet();
}

#[test]
fn without_a_host_it_is_said_how_to_give_one() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.unset("DATABRICKS_HOST");
    let stderr = home.jeton(&["token", "--flow", "databricks-m2m"]).run().refusal(4);
    assert_says(&stderr, &["no Databricks host is set", "--databricks-host", "DATABRICKS_HOST"]);
}

#[test]
fn tools_that_want_tokens_get_them() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.unset("DATABRICKS_HOST");
    write_profile(&home, &json!({"databricks_host": emulator.workspace()}));
    home.set("DATABRICKS_HOST", emulator.workspace());
    let token = home.jeton(&["token", "-p", "p", "--silent"]).run().quiet().line().to_owned();
    let header = home.jeton(&["token", "-p", "p", "--silent", "--output", "header"]).run().quiet();
    assert_eq!(header.stdout, format!("Authorization: Bearer {token}\n"));
}
