//! `.databrickscfg`, used as it stands and imported.

use jeton_emulator::{
    DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, Emulator, Site, USER,
};

use super::bare;
use crate::expect::assert_says;
use crate::support::Home;

/// A home without variables of Databricks, and its .databrickscfg.
fn home(emulator: &Emulator) -> Home {
    let mut home = bare(emulator);
    home.unset("DATABRICKS_HOST");
    let pat = emulator.issue_pat(Site::Workspace, USER, "a test", 3600).value;
    let url = emulator.workspace();
    let text = format!(
        "; made by a test\n[DEFAULT]\nhost = {url}\ntoken = {pat} # mine\n\n[m2m]\nhost: {url}/?o=1\n\
         CLIENT_ID = {DATABRICKS_CLIENT_ID}\nclient_secret = {DATABRICKS_SECRET}\ncluster_id = 1\n\n\
         [old]\nhost = {url}\nauth_type = basic\nusername = u\npassword = hunter2\n\
         [my profile]\nhost = {url}\nauth_type = databricks-cli\nscopes = sql, all-apis\n\
         [__settings__]\ndefault_profile = m2m\n"
    );
    std::fs::write(home.path(".databrickscfg"), text).expect("a file");
    home
}

#[test]
fn its_profiles_are_used_as_they_stand() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["token", "-p", "m2m"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_eq!(home.jeton(&["token", "-p", "DEFAULT"]).run().quiet().line(), emulator.pats()[0].value);
    assert_says(&home.jeton(&["status", "-p", "m2m"]).run().quiet().stdout, &["m2m", "databricks-m2m", "fresh"]);
    assert!(home.jeton(&["prompt", "-p", "m2m"]).run().quiet().line().ends_with('m'));
    let shown = home.jeton(&["profile", "show", "m2m"]).run().ok().stdout;
    assert_says(&shown, &["databrickscfg:client_secret:m2m", "databricks-m2m"]);
    assert!(!shown.contains(DATABRICKS_SECRET), "{shown}");
    let stderr = home.jeton(&["token", "-p", "old"]).run().refusal(4);
    assert_says(&stderr, &["\"basic\"", ".databrickscfg"]);
    for absent in ["nothing", "__settings__"] {
        assert_says(&home.jeton(&["token", "-p", absent]).run().refusal(4), &["there is no profile"]);
    }
}

#[test]
fn a_profile_of_jeton_goes_before_one_of_the_same_name() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(
        &serde_json::json!({"version": 1, "profiles": {"DEFAULT": {
            "databricks_host": emulator.workspace(), "databricks_token": "env:OTHER",
        }}})
        .to_string(),
    );
    let output = home.jeton(&["token", "-p", "DEFAULT"]).env("OTHER", "dapi-other").run().quiet();
    assert_eq!(output.line(), "dapi-other");
}

#[test]
fn the_variables_of_the_cli_name_file_and_profile() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    std::fs::rename(home.path(".databrickscfg"), home.path("elsewhere")).unwrap();
    home.set("DATABRICKS_CONFIG_FILE", "~/elsewhere");
    // The file's own default.
    let output = home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    home.set("DATABRICKS_CONFIG_PROFILE", "m2m");
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), output.line());
    home.set("DATABRICKS_CONFIG_PROFILE", "DEFAULT");
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), emulator.pats()[0].value);
    home.set("DATABRICKS_CONFIG_PROFILE", "nothing");
    assert_says(&home.jeton(&["token"]).run().refusal(4), &["DATABRICKS_CONFIG_PROFILE", "\"nothing\""]);
    // What is about Entra is left alone.
    let stderr = home.jeton(&["token", "--scope", "graph"]).run().refusal(4);
    assert_says(&stderr, &["no tenant is set"]);
}

#[test]
fn a_malformed_file_is_told_by_line_and_left_alone() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let text = "[a]\nhost = b\nhunter2\n";
    std::fs::write(home.path(".databrickscfg"), text).unwrap();
    let stderr = home.jeton(&["token", "-p", "a"]).run().refusal(4);
    assert_says(&stderr, &["line 3", ".databrickscfg"]);
    assert_eq!(std::fs::read_to_string(home.path(".databrickscfg")).unwrap(), text);
}

#[test]
fn it_is_imported_without_its_secrets() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["profile", "import", "--databrickscfg"]).run().ok();
    assert_says(&output.stderr, &["imported 4 profiles", "cluster_id", "\"my-profile\"", "\"old\" will not work"]);
    let stored = std::fs::read_to_string(home.config_dir().join("profiles.json")).unwrap();
    for secret in [DATABRICKS_SECRET, "hunter2", "dapi"] {
        assert!(!stored.contains(secret) && !output.stderr.contains(secret), "{stored}");
    }
    let json: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(json["profiles"]["m2m"]["databricks_client_secret"], "databrickscfg:client_secret:m2m");
    assert_eq!(json["profiles"]["my-profile"]["flow"], "databricks-u2m");
    assert_eq!(json["profiles"]["my-profile"]["databricks_scopes"], serde_json::json!(["sql", "all-apis"]));
    home.jeton(&["token", "-p", "m2m"]).run().quiet();
}

#[test]
fn another_file_is_imported_by_its_path() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let file = home.path("other.cfg");
    let text = format!(
        "[admin]\nhost = {}\nclient_id = {DATABRICKS_ADMIN_CLIENT_ID}\nclient_secret = {DATABRICKS_ADMIN_SECRET}\n",
        emulator.workspace()
    );
    std::fs::write(&file, text).unwrap();
    home.jeton(&["profile", "import", "--databrickscfg", file.to_str().unwrap()]).run().ok();
    home.jeton(&["token", "-p", "admin"]).run().quiet();
    // The secret is read where it is: a new one counts at once.
    std::fs::write(&file, "[admin]\n").unwrap();
    let stderr = home.jeton(&["token", "-p", "admin", "--force-refresh"]).run().refusal(4);
    assert_says(&stderr, &["client_secret", "\"admin\""]);
    let stderr = home.jeton(&["profile", "import", "--databrickscfg", "absent.cfg"]).run().refusal(4);
    assert_says(&stderr, &["there is no file"]);
}
