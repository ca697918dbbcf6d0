//! The spellings of a host, and what is no host.

use jeton_emulator::Emulator;

use super::{assert_careful, home, paths};
use crate::expect::assert_says;
use crate::support::Home;

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
fn the_workspace_that_is_meant_goes_along() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let header = |home: &Home| {
        let lines = home.jeton(&["token", "--output", "headers"]).run().quiet().stdout;
        lines.lines().find_map(|line| line.strip_prefix("X-Databricks-Workspace-Id: ")).map(str::to_owned)
    };
    let called = |home: &Home| {
        home.jeton(&["pat", "list"]).run().ok();
        let last = emulator.requests().pop().expect("a request");
        last.header("x-databricks-workspace-id").map(str::to_owned)
    };
    assert_eq!((header(&home), called(&home)), (None, None));
    home.set("DATABRICKS_WORKSPACE_ID", "42");
    assert_eq!((header(&home), called(&home)), (Some("42".into()), Some("42".into())));
    // What stands in the address is meant.
    home.set("DATABRICKS_HOST", format!("{}/?o=43", emulator.workspace()));
    assert_eq!((header(&home), called(&home)), (Some("43".into()), Some("43".into())));
    let curl = home.jeton(&["token", "--output", "curl"]).run().quiet().stdout;
    assert_says(&curl, &["X-Databricks-Workspace-Id: 43"]);
    assert_eq!(emulator.token_count(), 1, "it is the same token");
    home.set("DATABRICKS_HOST", emulator.workspace());
    home.set("DATABRICKS_WORKSPACE_ID", "4\r\nX-Evil: 2");
    let stderr = home.jeton(&["token", "--output", "headers"]).run().refusal(4);
    assert_says(&stderr, &["not the id of a Databricks workspace"]);
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
