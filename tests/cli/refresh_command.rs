//! `jeton refresh`: a new token, and nobody is asked.

use jeton_emulator::{Emulator, Fault, TENANT, USER};

use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, finish};
use crate::user::{self, PATIENCE, device_codes, sign_in};

fn home(emulator: &Emulator) -> Home {
    let mut home = user::home(emulator);
    home.set("JETON_SECRET_STORE", "file");
    home
}

#[test]
fn a_users_token_is_renewed_by_the_refresh_token_and_nothing_is_printed() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let old = sign_in(&emulator, &home);
    home.set("JETON_INTERACTIVE", "auto");
    let output = home.jeton(&["refresh", "--scope", "databricks"]).run().ok();
    assert_eq!(output.stdout, "");
    assert_says(&output.stderr, &["jeton: renewed: the token for 2ff814a6", "expires in", "Z)"]);
    assert_no_secret(&output.stderr);
    assert_eq!(device_codes(&emulator), 1);
    assert_ne!(home.token(&[]).run().quiet().line(), old, "the new one is in the cache");
    home.jeton(&["refresh", "--silent", "--scope", "databricks"]).run().quiet();
}

#[test]
fn json_says_until_when() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    let output = home.jeton(&["refresh", "--json", "--scope", "arm"]).run().ok();
    let json = output.json();
    assert_eq!(
        (&json["account"], &json["tenant"], &json["refresh_token"]),
        (&USER.into(), &TENANT.into(), &"file".into())
    );
    assert_says(json["scopes"][0].as_str().unwrap(), &["https://management.azure.com/"]);
    assert_no_secret(&output.stdout);
}

#[test]
fn where_a_person_is_needed_the_command_is_told_and_nobody_is_asked() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    sign_in(&emulator, &home);
    home.profiles(r#"{"version":1,"profiles":{"dev":{"scopes":["databricks"]}}}"#);
    assert!(emulator.revoke_user(USER, 50173) > 0);
    home.set("JETON_INTERACTIVE", "auto");
    let output = home.jeton(&["refresh", "-p", "dev"]).run();
    assert_says(&output.refusal(3), &["a person has to sign in", "next: run: jeton login -p dev"]);
    // Also without any sign-in.
    assert_says(&home.jeton(&["refresh", "-p", "dev"]).run().refusal(3), &["run: jeton login -p dev"]);
    assert_eq!(device_codes(&emulator), 1);
    // Whoever says so is asked.
    let child = home.jeton(&["refresh", "-p", "dev", "--interactive", "always"]).spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(USER));
    finish(child).ok();
}

#[test]
fn an_app_gets_a_new_token_and_a_failure_leaves_the_old_one() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let old = home.token(&[]).run().ok();
    home.jeton(&["refresh", "--scope", "databricks"]).run().ok();
    let new = home.token(&[]).run().quiet();
    assert_ne!(new.stdout, old.stdout);
    assert_eq!(emulator.count(), 2);
    emulator.script(Fault::error(400, "invalid_client", 7_000_215));
    home.jeton(&["refresh", "--scope", "databricks"]).run().refusal(6);
    assert_eq!(home.token(&[]).run().quiet().stdout, new.stdout);
}
