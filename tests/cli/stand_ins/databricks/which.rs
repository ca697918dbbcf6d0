//! Which profile answers.

use jeton_emulator::{
    CLIENT_ID, DATABRICKS_ACCOUNT_ID, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, Emulator, Site, TENANT, USER,
};

use super::{app, databricks, databrickscfg, home, with_app};
use crate::expect::{assert_says, last_request};
use crate::support::Home;

/// The token, as text.
#[track_caller]
fn token(home: &Home, line: &str) -> String {
    databricks(home, &format!("auth token -o text {line}")).run().quiet().line().to_owned()
}

/// A profile with a personal access token of that value.
fn pat(host: &str, value: &str) -> String {
    format!(r#"{{"databricks_host":"{host}","databricks_token":"env:{value}"}}"#)
}

fn profiles(home: &mut Home, all: &[(&str, String)]) {
    let all: Vec<_> = all.iter().map(|(name, fields)| format!("\"{name}\":{fields}")).collect();
    home.profiles(&format!(r#"{{"version":1,"profiles":{{{}}}}}"#, all.join(",")));
    for name in ["ONE", "TWO", "THREE"] {
        home.set(name, format!("dapi-{}", name.to_lowercase()));
    }
}

const A: &str = "https://adb-1.1.azuredatabricks.net";
const B: &str = "https://b.cloud.databricks.com";

#[test]
fn a_name_a_host_or_an_account_finds_its_profile() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let console = |account: &str, value: &str| {
        pat("https://accounts.cloud.databricks.com", value)
            .replace('}', &format!(r#","databricks_account_id":"{account}"}}"#))
    };
    profiles(
        &mut home,
        &[
            ("a", pat(A, "ONE")),
            ("b", pat(B, "TWO")),
            ("acc1", console("1111-aa", "ONE")),
            ("acc2", console("2222-bb", "THREE")),
        ],
    );
    for (line, found) in [
        ("--profile a", "dapi-one"),
        ("b", "dapi-two"),
        ("--host https://adb-1.1.azuredatabricks.net", "dapi-one"),
        ("--host ADB-1.1.AzureDatabricks.NET:443/?o=5", "dapi-one"),
        ("adb-1.1.azuredatabricks.net/", "dapi-one"),
        ("--host=b.cloud.databricks.com --experimental-is-unified-host --workspace-id 7", "dapi-two"),
        ("--host https://accounts.cloud.databricks.com --account-id 2222-BB", "dapi-three"),
        ("--host https://accounts.cloud.databricks.com/oidc/accounts/1111-aa", "dapi-one"),
        ("--profile a --host https://adb-1.1.azuredatabricks.net", "dapi-one"),
    ] {
        assert_eq!(token(&home, line), found, "{line}");
    }
    home.set("DATABRICKS_HOST", B);
    assert_eq!(token(&home, ""), "dapi-two");
    // What is said on the command line counts more.
    assert_eq!(token(&home, "--profile a"), "dapi-one");
    home.set("DATABRICKS_CONFIG_PROFILE", "a");
    assert_eq!(token(&home, ""), "dapi-one");
    // One program may ask for several hosts, whatever profile is its usual one.
    assert_eq!(token(&home, &format!("--host {B}")), "dapi-two");
    home.set("JETON_PROFILE", "acc2");
    assert_eq!(token(&home, ""), "dapi-three");
    let stderr = databricks(&home, "auth token --host https://b.cloud.databricks.com").run().fails(1).stderr;
    assert_says(&stderr, &["databricks OAuth is not configured for this host", "JETON_PROFILE names a profile that"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn several_that_answer_are_listed() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    profiles(&mut home, &[("one", pat(A, "ONE")), ("two", pat(A, "TWO")), ("other", pat(B, "THREE"))]);
    for (line, said) in [(format!("auth token --host {A}"), "one, two"), ("auth token".to_owned(), "one, two, other")] {
        let stderr = databricks(&home, &line).run().fails(1).stderr;
        assert_says(&stderr, &[said, "--profile", "JETON_PROFILE"]);
        assert!(!stderr.contains("not configured"), "{stderr}");
    }
    // One that is called like the tool, or default.
    home.jeton(&["profile", "rename", "one", "default"]).run().ok();
    assert_eq!(token(&home, &format!("--host {A}")), "dapi-one");
    assert_eq!(token(&home, ""), "dapi-one");
    home.jeton(&["profile", "rename", "two", "databricks"]).run().ok();
    assert_eq!(token(&home, &format!("--host {A}")), "dapi-two");
    assert_eq!(token(&home, ""), "dapi-two");
}

#[test]
fn sections_of_databrickscfg_answer_where_no_profile_does() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let workspace = emulator.workspace();
    databrickscfg(
        &home,
        &format!(
            "[DEFAULT]\nhost = {A}\ntoken = dapi-default\n[pat]\nhost = {B}\ntoken = dapi-b\n\
             [m2m]\nhost = {workspace}\nclient_id = {DATABRICKS_CLIENT_ID}\nclient_secret = {DATABRICKS_SECRET}\n\
             [cli]\nhost = {B}\nauth_type = databricks-cli\n[one]\nhost = https://c.cloud.databricks.com\ntoken = x\n\
             [two]\nhost = https://c.cloud.databricks.com\ntoken = y\n"
        ),
    );
    assert_eq!(token(&home, "--profile pat"), "dapi-b");
    assert_eq!(token(&home, ""), "dapi-default");
    assert_eq!(token(&home, &format!("--host {A}")), "dapi-default");
    // The CLI refuses service principals; there is no reason to.
    assert_eq!(vec![token(&home, "m2m")], emulator.issued_tokens());
    let stderr = databricks(&home, "auth token --host https://c.cloud.databricks.com").run().fails(1).stderr;
    assert_says(&stderr, &["Error: one and two match https://c.cloud.databricks.com", "--profile"]);
    // Of those for one host, the one that leaves the sign-in to the CLI is meant: the others need nobody.
    for line in ["--profile cli", "--host b.cloud.databricks.com"] {
        let stderr = databricks(&home, &format!("auth token {line}")).run().fails(1).stderr;
        assert_says(&stderr, &["databricks OAuth is not configured for this host", "jeton login -p cli"]);
    }
    // And it is jeton's profile that knows how, once there is one for the host.
    profiles(&mut home, &[("mine", pat(B, "ONE")), ("pat", pat(B, "TWO"))]);
    home.jeton(&["profile", "rename", "mine", "default"]).run().ok();
    assert_eq!(token(&home, "--profile cli"), "dapi-one");
    assert_eq!(token(&home, "--profile pat"), "dapi-two");
}

#[test]
fn the_variables_of_the_sdk_do_not_count_beside_a_profile() {
    let emulator = Emulator::start();
    let mut home = with_app(&emulator);
    home.set("DATABRICKS_AUTH_TYPE", "databricks-cli");
    home.set("DATABRICKS_TOKEN", "dapi-stale");
    home.set("DATABRICKS_CLIENT_ID", "another");
    home.set("ARM_CLIENT_ID", "another");
    for line in ["--profile app", &format!("--host {}", emulator.workspace())] {
        assert_eq!(vec![token(&home, line)], emulator.issued_tokens(), "{line}");
    }
    // Without a profile neither: who says that the CLI has the sign-in, means none of those.
    let stderr = databricks(&home, &format!("auth token --host {A}")).run().fails(1).stderr;
    assert_says(&stderr, &["databricks OAuth is not configured for this host"]);
}

#[test]
fn the_usual_variables_are_enough() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_HOST", emulator.workspace());
    home.set("DATABRICKS_CLIENT_ID", DATABRICKS_CLIENT_ID);
    home.set("DATABRICKS_CLIENT_SECRET", DATABRICKS_SECRET);
    assert_eq!(vec![token(&home, "")], emulator.issued_tokens());
    assert_eq!(token(&home, &format!("--host {}", emulator.workspace())), emulator.issued_tokens()[0]);
    // They are of that host and of no other.
    let stderr = databricks(&home, &format!("auth token --host {B}")).run().fails(1).stderr;
    assert_says(&stderr, &["databricks OAuth is not configured for this host", "jeton login --databricks-host"]);
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn an_account_has_tokens_of_its_own() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"acc":{}}}}}"#, app(&emulator.account())));
    let line = format!("--host {} --account-id {DATABRICKS_ACCOUNT_ID}", emulator.account());
    assert_eq!(vec![token(&home, &line)], emulator.issued_tokens());
    assert_eq!(last_request(&emulator).site(), Some(Site::Account));
}

#[test]
fn entras_tokens_go_to_hosts_that_they_are_for() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let fields = |more: &str| {
        format!(
            r#"{{"tenant":"{TENANT}","client_id":"{CLIENT_ID}","client_secret":"env:APP_SECRET","authority_host":"{}"{more}}}"#,
            emulator.url()
        )
    };
    home.set("APP_SECRET", jeton_emulator::CLIENT_SECRET);
    profiles(
        &mut home,
        &[("work", fields(r#","scopes":["graph"]"#)), ("listed", fields(r#","hosts":["*.databricks.azure.us"]"#))],
    );
    let first = token(&home, "--host https://adb-5.5.databricks.azure.us");
    assert_eq!(vec![first], emulator.issued_tokens());
    assert_eq!(last_request(&emulator).field("scope"), Some("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"));
    // A profile that lists no hosts has to be named, and its token is for Databricks whatever its others are for.
    databricks(&home, &format!("auth token --host {A}")).run().fails(1);
    home.set("JETON_PROFILE", "work");
    token(&home, &format!("--host {A}"));
    assert_eq!(last_request(&emulator).field("scope"), Some("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"));
    // A workspace on AWS takes none, and no other host gets one.
    for host in [B, "https://evil.example", "https://azuredatabricks.net.evil.example"] {
        let stderr = databricks(&home, &format!("auth token --host {host}")).run().fails(1).stderr;
        assert_says(&stderr, &["databricks OAuth is not configured for this host"]);
    }
}

#[test]
fn a_personal_access_token_without_an_end_is_asked_for_again() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let value = emulator.issue_pat(Site::Workspace, USER, "a test", 3600).value;
    databrickscfg(&home, &format!("[p]\nhost = {}\ntoken = {value}\n", emulator.workspace()));
    let told = databricks(&home, "auth token -p p").env("TZ", "UTC").run().quiet().json();
    assert_eq!(told["access_token"].as_str(), Some(value.as_str()));
    let end = humantime::parse_rfc3339(told["expiry"].as_str().unwrap()).unwrap();
    let left = end.duration_since(std::time::SystemTime::now()).unwrap().as_secs();
    crate::expect::assert_about(left, 3600);
}

#[test]
fn the_answer_is_the_same_with_many_profiles() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let names: Vec<String> = (0..300).map(|n| format!("p{n}")).collect();
    let mut all: Vec<(&str, String)> =
        names.iter().map(|name| (name.as_str(), pat(&format!("https://{name}.cloud.databricks.com"), "TWO"))).collect();
    all.push(("mine", pat(A, "ONE")));
    profiles(&mut home, &all);
    let file = std::fs::File::options().append(true).open(home.config_dir().join("profiles.json")).expect("a file");
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60)).expect("a time");
    for _ in 0..2 {
        assert_eq!(token(&home, &format!("--host {A}")), "dapi-one");
        assert_eq!(token(&home, "--host p7.cloud.databricks.com"), "dapi-two");
        databricks(&home, &format!("auth token --host {B}")).run().fails(1);
    }
}

#[test]
fn a_token_is_for_its_own_host_whatever_else_is_said() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let listing = pat(A, "ONE").replace('}', r#","hosts":["*.cloud.databricks.com"]}"#);
    profiles(&mut home, &[("a", listing), ("b", pat("https://c.cloud.databricks.com", "TWO"))]);
    // It lists the host, but its token is another one's.
    let stderr = databricks(&home, &format!("auth token --host {B}")).run().fails(1).stderr;
    assert_says(&stderr, &["databricks OAuth is not configured for this host"]);
    home.set("JETON_DATABRICKS_HOST", "https://c.cloud.databricks.com");
    let stderr = databricks(&home, "auth token --profile a").run().fails(1).stderr;
    assert_says(&stderr, &["is for the profile's host"]);
    assert_eq!(token(&home, &format!("--host {A}")), "dapi-one");
}

#[test]
fn a_sign_in_to_a_workspace_is_found_by_all_that_sdks_say_of_it() {
    let emulator = Emulator::start();
    let home = super::refresh::signed_in(&emulator);
    let workspace = emulator.workspace();
    for line in [
        format!(
            "--host {workspace} --experimental-is-unified-host --account-id {DATABRICKS_ACCOUNT_ID} --workspace-id 7"
        ),
        format!("--host {workspace}/?o=7 --account-id {DATABRICKS_ACCOUNT_ID}"),
        "--profile me".to_owned(),
    ] {
        assert_eq!(vec![token(&home, &line)], emulator.issued_tokens(), "{line}");
    }
    // The same without a profile.
    home.profiles(r#"{"version":1,"profiles":{}}"#);
    let line = format!("--host {workspace} --account-id {DATABRICKS_ACCOUNT_ID} --workspace-id 7");
    assert_eq!(vec![token(&home, &line)], emulator.issued_tokens());
}
