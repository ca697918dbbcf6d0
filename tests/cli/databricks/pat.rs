//! Personal access tokens that somebody made.

use jeton_emulator::{Emulator, Site, USER};

use super::{assert_careful, bare};
use crate::expect::assert_says;
use crate::support::Home;

fn pat(emulator: &Emulator) -> String {
    emulator.issue_pat(Site::Workspace, USER, "a test", 3600).value
}

#[test]
fn a_variable_a_file_and_the_vault_hold_one() {
    let emulator = Emulator::start();
    let pat = pat(&emulator);
    let home = bare(&emulator);
    assert_eq!(home.jeton(&["token"]).env("DATABRICKS_TOKEN", &pat).run().quiet().line(), pat);
    let file = home.path("pat");
    std::fs::write(&file, format!("{pat}\n")).unwrap();
    let from = format!("file:{}", file.display());
    assert_eq!(home.jeton(&["token", "--databricks-token-from", &from]).run().quiet().line(), pat);
    home.jeton(&["secret", "set", "my-pat"]).stdin(&format!("{pat}\n")).run().ok();
    let output = home.jeton(&["token", "--databricks-token-from", "keyring:my-pat"]).run().quiet();
    assert_eq!(output.line(), pat);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn it_is_not_copied_and_a_new_one_counts_at_once() {
    let emulator = Emulator::start();
    let home = bare(&emulator);
    let file = home.path("pat");
    let from = format!("file:{}", file.display());
    for _ in 0..2 {
        let pat = pat(&emulator);
        std::fs::write(&file, &pat).unwrap();
        assert_eq!(home.jeton(&["token", "--databricks-token-from", &from]).run().quiet().line(), pat);
    }
    assert_eq!(home.cached(""), Vec::<std::path::PathBuf>::new());
}

#[test]
fn nobody_knows_when_it_ends() {
    let emulator = Emulator::start();
    let pat = pat(&emulator);
    let home = with(&emulator, &pat);
    let json = home.jeton(&["token", "--json"]).run().quiet().json();
    assert_eq!(json, serde_json::json!({"accessToken": pat, "tokenType": "Bearer", "scopes": []}));
    let env = home.jeton(&["token", "--output", "env"]).run().quiet().stdout;
    assert!(env.contains("JETON_TOKEN=") && !env.contains("EXPIRES"), "{env}");
}

fn with(emulator: &Emulator, pat: &str) -> Home {
    let mut home = bare(emulator);
    home.set("DATABRICKS_TOKEN", pat);
    home
}

#[test]
fn what_can_be_no_token_is_told_and_not_shown() {
    let emulator = Emulator::start();
    let stderr = with(&emulator, "hunter2 and more").jeton(&["token"]).run().refusal(4);
    assert_says(&stderr, &["env:DATABRICKS_TOKEN", "blanks"]);
    let stderr = bare(&emulator).jeton(&["token", "--flow", "databricks-pat"]).run().refusal(4);
    assert_says(&stderr, &["no personal access token is set", "DATABRICKS_TOKEN"]);
    assert_careful(&emulator, &stderr);
}
