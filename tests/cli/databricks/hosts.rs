//! The spellings of a host, and what is no host.

use jeton_emulator::Emulator;

use super::{assert_careful, home, paths};
use crate::expect::assert_says;

#[test]
fn all_spellings_are_one_host_and_one_token() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let url = emulator.workspace();
    let bare = url.strip_prefix("https://").unwrap();
    let first = home.jeton(&["token"]).run().quiet();
    for spelling in [
        bare.to_owned(),
        format!("{url}/"),
        url.to_uppercase(),
        format!("{url}/?o=1234567890123456#notebook/1"),
        format!("{bare}/browse/folders/1?o=1234567890123456"),
        format!("  {url}  "),
    ] {
        home.set("DATABRICKS_HOST", &spelling);
        assert_eq!(home.jeton(&["token"]).run().quiet().line(), first.line(), "{spelling}");
    }
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn what_is_no_host_is_refused_before_anything_is_sent() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    for wrong in [
        "http://adb-1.2.azuredatabricks.net",
        "ftp://localhost",
        "https://me:hunter2@localhost",
        "localhost:port",
        "localhost:0",
        "localhost:99999",
        "https://",
        "a b",
        "${DATABRICKS_HOST}",
        "<your-databricks-instance>",
    ] {
        home.set("DATABRICKS_HOST", wrong);
        let stderr = home.jeton(&["token"]).run().refusal(4);
        assert_says(&stderr, &["is not the host of a Databricks workspace"]);
        assert_careful(&emulator, &stderr);
    }
    assert_eq!(paths(&emulator), [""; 0]);
}

#[test]
fn plain_http_reaches_this_machine_alone() {
    let emulator = Emulator::builder().http().start().expect("an emulator");
    let mut home = home(&emulator);
    assert!(emulator.workspace().starts_with("http://"));
    home.jeton(&["token"]).run().quiet();
    home.set("DATABRICKS_HOST", "http://dbc-1.cloud.databricks.com");
    let stderr = home.jeton(&["token"]).run().refusal(4);
    assert_says(&stderr, &["https only"]);
}

#[test]
fn tokens_of_two_hosts_are_two() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let first = home.jeton(&["token"]).run().quiet();
    home.set("DATABRICKS_HOST", emulator.other_workspace());
    let second = home.jeton(&["token"]).run().quiet();
    assert_ne!(first.line(), second.line());
    assert_eq!(emulator.token_count(), 2);
    assert_careful(&emulator, "");
}
