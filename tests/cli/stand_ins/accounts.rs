//! Which profile answers.

use jeton_emulator::{CLIENT_ID, Emulator, OTHER_TENANT, TENANT};

use super::{az, azd, home};
use crate::expect::{assert_says, last_request};
use crate::support::Home;

/// A home with two profiles, and an environment that names neither client nor tenant.
fn two(emulator: &Emulator) -> Home {
    let mut home = home(emulator);
    let profile = |tenant: &str, more: &str| {
        format!(r#"{{"tenant":"{tenant}","client_id":"{CLIENT_ID}","client_secret":"env:APP_SECRET"{more}}}"#)
    };
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"one":{},"two":{}}}}}"#,
        profile("contoso.example", r#","subscription":"aaaaaaaa-0000-0000-0000-00000000000A""#),
        profile(OTHER_TENANT, "")
    ));
    home.set("APP_SECRET", jeton_emulator::CLIENT_SECRET);
    for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        home.unset(name);
    }
    home
}

#[test]
fn a_tenant_or_subscription_finds_its_profile() {
    let emulator = Emulator::start();
    let home = two(&emulator);
    for (at, (line, tenant)) in [
        ("--tenant Contoso.example", "/Contoso.example/"),
        (&*format!("--tenant {OTHER_TENANT}"), &*format!("/{OTHER_TENANT}/")),
        ("--subscription AAAAAAAA-0000-0000-0000-00000000000a", "/contoso.example/"),
        ("-s two", &*format!("/{OTHER_TENANT}/")),
    ]
    .into_iter()
    .enumerate()
    {
        // (Another resource each time, which no cached token is for.)
        az(&home, &format!("account get-access-token --resource api://{at} {line}")).run();
        let path = last_request(&emulator).path;
        assert!(path.starts_with(tenant), "{line}: {path}");
    }
    let told = az(&home, "account get-access-token -s one").run().quiet().json();
    assert_eq!(told["subscription"], "aaaaaaaa-0000-0000-0000-00000000000A");
    assert_eq!(told["tenant"], TENANT);
    let shown = az(&home, "account show -s one").run().quiet().json();
    assert_eq!((&shown["name"], &shown["id"]), (&"one".into(), &"aaaaaaaa-0000-0000-0000-00000000000A".into()));
}

#[test]
fn several_that_answer_are_listed() {
    let emulator = Emulator::start();
    let home = two(&emulator);
    for run in [az(&home, "account get-access-token"), azd(&home, "auth token")] {
        let stderr = run.run().fails(1).stderr;
        assert_says(&stderr, &["several profiles answer", "one, two", "JETON_PROFILE"]);
        assert!(!stderr.contains("az login") && !stderr.contains("azd auth login"), "{stderr}");
    }
    assert_eq!(emulator.count(), 0);
    az(&home, "account get-access-token").env("JETON_PROFILE", "one").run().quiet();
    let stderr = az(&home, "account get-access-token -s other").env("JETON_PROFILE", "one").run().fails(1).stderr;
    assert_says(&stderr, &["Subscription 'other' not found"]);
}

#[test]
fn a_profile_called_like_the_tool_or_default_is_meant() {
    let emulator = Emulator::start();
    let home = two(&emulator);
    home.jeton(&["profile", "rename", "one", "default"]).run().ok();
    az(&home, "account get-access-token").run().quiet();
    azd(&home, "auth token").run().quiet();
    home.jeton(&["profile", "rename", "two", "azd"]).run().ok();
    azd(&home, "auth token").run();
    assert!(last_request(&emulator).path.starts_with(&format!("/{OTHER_TENANT}/")));
}

#[test]
fn tokens_of_databricks_are_none_of_entra() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.profiles(
        r#"{"version":1,"profiles":{"default":{"flow":"databricks-pat","databricks_token":"env:PAT","databricks_host":"https://w.example"}}}"#,
    );
    home.set("PAT", "hunter2");
    home.set("DATABRICKS_TOKEN", "hunter2");
    home.set("DATABRICKS_HOST", "https://w.example");
    // The environment's app answers, not the profile that is called default.
    let told = az(&home, "account get-access-token").run().quiet();
    assert!(!told.stdout.contains("hunter2"));
    azd(&home, "auth token").run().quiet();
    for run in [az(&home, "account get-access-token"), az(&home, "account show"), azd(&home, "auth token")] {
        let stderr = run.env("JETON_PROFILE", "default").run().fails(1).stderr;
        assert_says(&stderr, &["\"default\" gives Databricks' own tokens", "JETON_PROFILE"]);
    }
    assert_eq!(emulator.count(), 2);
}

#[test]
fn the_answer_is_the_same_with_many_profiles() {
    let emulator = Emulator::start();
    let home = two(&emulator);
    let text = std::fs::read_to_string(home.config_dir().join("profiles.json")).expect("a file");
    let others: String = (0..300).map(|n| format!(r#""p{n}":{{"tenant":"t{n}.example"}},"#)).collect();
    home.profiles(&text.replace("\"profiles\":{", &format!("\"profiles\":{{{others}")));
    let file = std::fs::File::options().append(true).open(home.config_dir().join("profiles.json")).expect("a file");
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60)).expect("a time");
    for _ in 0..2 {
        az(&home, "account get-access-token --tenant contoso.example").run().quiet();
        az(&home, "account get-access-token").run().fails(1);
    }
    assert_eq!(emulator.count(), 1);
}
