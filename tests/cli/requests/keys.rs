//! Two identities never share a token, one identity under two names does.

use jeton_emulator::{
    AWKWARD_CLIENT_ID, AWKWARD_SECRET, App, CLIENT_ID, CLIENT_SECRET, Emulator, OTHER_TENANT, TENANT,
};
use serde_json::{Value, json};

use crate::support::Home;

/// A home with nothing in its environment but the CAs of `emulators` and the variables that hold secrets.
fn home(emulators: &[&Emulator]) -> Home {
    let mut home = Home::new();
    let ca: String = emulators.iter().map(|emulator| emulator.ca_pem()).collect();
    std::fs::write(home.path("ca.pem"), ca).expect("a CA file");
    home.set("JETON_CA_FILE", home.path("ca.pem"));
    home.set("SECRET", CLIENT_SECRET);
    home.set("SAME_SECRET", CLIENT_SECRET);
    home.set("AWKWARD", AWKWARD_SECRET);
    home
}

fn base(emulator: &Emulator) -> Value {
    json!({
        "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": "env:SECRET", "scopes": ["databricks"],
        "authority_host": emulator.url(),
    })
}

fn token(home: &Home, profile: &str) -> String {
    home.jeton(&["token", "-p", profile]).run().quiet().line().to_owned()
}

/// Profile `b` differs from `a` by these fields alone: each has its own token, also the second time.
#[track_caller]
fn differ_by(emulators: &[&Emulator], change: Value) {
    let home = home(emulators);
    let (a, mut b) = (base(emulators[0]), base(emulators[0]));
    for (name, value) in change.as_object().expect("fields") {
        b[name] = value.clone();
    }
    home.profiles(&json!({"version": 1, "profiles": {"a": a, "b": b}}).to_string());
    let (a, b) = (token(&home, "a"), token(&home, "b"));
    assert_ne!(a, b);
    assert_eq!((token(&home, "a"), token(&home, "b")), (a, b));
    assert_eq!(emulators.iter().map(|emulator| emulator.count()).sum::<usize>(), 2);
}

#[test]
fn another_tenant_is_another_token() {
    differ_by(&[&Emulator::start()], json!({"tenant": OTHER_TENANT}));
}

#[test]
fn another_client_id_is_another_token() {
    let emulator = Emulator::start();
    let other = "77777777-7777-7777-7777-777777777777";
    emulator.add_app(App::new(other).secret(CLIENT_SECRET));
    differ_by(&[&emulator], json!({"client_id": other}));
}

#[test]
fn another_variable_for_the_secret_is_another_token() {
    differ_by(&[&Emulator::start()], json!({"client_secret": "env:SAME_SECRET"}));
}

#[test]
fn another_endpoint_is_another_token() {
    differ_by(&[&Emulator::start()], json!({"endpoint": "v1"}));
}

#[test]
fn another_scope_is_another_token() {
    differ_by(&[&Emulator::start()], json!({"scopes": ["arm"]}));
}

#[test]
fn another_authority_host_is_another_token() {
    let other = Emulator::start();
    differ_by(&[&Emulator::start(), &other], json!({"authority_host": other.url()}));
}

#[test]
fn another_app_altogether_is_another_token() {
    differ_by(&[&Emulator::start()], json!({"client_id": AWKWARD_CLIENT_ID, "client_secret": "env:AWKWARD"}));
}

#[test]
fn another_value_of_the_same_variable_is_another_token() {
    let emulator = Emulator::start();
    emulator.add_app(App::new(CLIENT_ID).secret(CLIENT_SECRET).secret("another-secret"));
    let mut home = Home::at(&emulator);
    let first = home.token(&[]).run().quiet();
    home.set("AZURE_CLIENT_SECRET", "another-secret");
    assert_ne!(home.token(&[]).run().quiet(), first);
    // A wrong one must not open the cache.
    home.set("AZURE_CLIENT_SECRET", "wrong-secret");
    home.token(&[]).run().refusal(6);
    assert_eq!(emulator.count(), 3);
}

#[test]
fn the_same_identity_in_two_profiles_shares_its_token() {
    let emulator = Emulator::start();
    let home = home(&[&emulator]);
    let mut b = base(&emulator);
    b["scopes"] = json!("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default");
    b["authority_host"] = json!(format!("{}/", emulator.url()));
    b["flow"] = json!("ClientCredentials");
    b["note"] = json!("a field of its owner's");
    home.profiles(&json!({"version": 1, "profiles": {"a": base(&emulator), "b": b}}).to_string());
    let a = token(&home, "a");
    let b = home.jeton(&["token", "-p", "b", "--silent"]).run().quiet();
    assert_eq!(a, b.line());
    // The same by flags alone.
    let url = emulator.url();
    let flags = ["--tenant", TENANT, "--client-id", CLIENT_ID, "--client-secret-from", "env:SECRET"];
    assert_eq!(a, home.token(&flags).env("AZURE_AUTHORITY_HOST", url).run().quiet().line());
    assert_eq!(emulator.count(), 1);
}
