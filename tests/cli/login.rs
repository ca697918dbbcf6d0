//! `jeton login`: who signs in, what is kept, and what another user's sign-in takes away.

use jeton_emulator::{CLIENT_ID, Emulator, OTHER_USER, PUBLIC_CLIENT_ID, TENANT, USER};

use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, Output, Run, finish};
use crate::user::{self, PATIENCE, device_codes};

/// A home whose secrets go into files without a word about it.
fn home(emulator: &Emulator) -> Home {
    let mut home = user::home(emulator);
    home.set("JETON_SECRET_STORE", "file");
    home
}

/// Lets `user` sign in with the code that the run shows.
#[track_caller]
fn sign_in_as(emulator: &Emulator, run: Run, user: &str) -> Output {
    let child = run.spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(user));
    finish(child)
}

/// The line that says what came of it: the last one.
#[track_caller]
fn told(output: &Output) -> &str {
    output.stderr.lines().last().expect("a line")
}

#[test]
fn a_user_signs_in_without_saying_what_for_and_tokens_for_anything_come_without_asking() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = sign_in_as(&emulator, home.jeton(&["login"]), USER).ok();
    assert_eq!(output.stdout, "");
    assert_eq!(
        told(&output),
        format!("jeton: signed in as {USER} (tenant {TENANT}); the sign-in is kept in a file that only you can read")
    );
    assert_no_secret(&output.stderr);
    let asked = &emulator.requests()[0];
    assert_eq!(asked.field("scope"), Some("User.Read openid profile offline_access"));
    for scope in ["databricks", "arm"] {
        home.jeton(&["token", "--scope", scope, "--interactive", "never"]).run().quiet();
    }
    assert_eq!(device_codes(&emulator), 1);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn a_profile_that_says_what_for_is_signed_in_for_that_and_its_name_is_kept_with_the_sign_in() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"dev":{"scopes":["databricks"]},"ops":{"scopes":["arm"]}}}"#);
    for profile in ["dev", "ops"] {
        let output = sign_in_as(&emulator, home.jeton(&["login", "-p", profile, "--silent"]), USER).ok();
        assert!(!output.stderr.contains("signed in as"), "{}", output.stderr);
    }
    assert_says(emulator.requests()[0].field("scope").unwrap(), &["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"]);
    let kept = home.jeton(&["secret", "list", "--json"]).run().ok().json();
    assert_eq!(kept.as_array().unwrap().len(), 1, "one sign-in for both: {kept}");
    let kept = &kept[0];
    assert_eq!(
        (&kept["account"], &kept["tenant"], &kept["client"]),
        (&USER.into(), &TENANT.into(), &PUBLIC_CLIENT_ID.into())
    );
    assert_eq!(kept["profiles"], serde_json::json!(["dev", "ops"]));
    assert_eq!((&kept["authority"], &kept["store"]), (&emulator.url().into(), &"file".into()));
}

#[test]
fn json_says_who_signed_in_and_holds_no_token() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = sign_in_as(&emulator, home.jeton(&["login", "--json"]), USER).ok();
    let json = output.json();
    assert_eq!(json["account"], USER);
    assert_eq!(json["tenant"], TENANT);
    assert_eq!(json["client_id"], PUBLIC_CLIENT_ID);
    assert_eq!(json["flow"], "device-code");
    assert_eq!(json["refresh_token"], "file");
    assert_eq!(json["profile"], serde_json::Value::Null);
    assert_no_secret(&output.stdout);
    for token in emulator.issued_tokens().iter().chain(&emulator.refresh_tokens()) {
        assert!(!output.stdout.contains(token) && !output.stderr.contains(token));
    }
}

#[test]
fn login_asks_where_there_is_a_sign_in_where_a_prompt_failed_and_where_nobody_is_to_be_asked() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("JETON_INTERACTIVE", "never");
    let child = home.jeton(&["login"]).spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.decline_device_code());
    finish(child).fails(6);
    for _ in 0..2 {
        sign_in_as(&emulator, home.jeton(&["login"]), USER).ok();
    }
    assert_eq!(device_codes(&emulator), 3);
    // The memory of the failed prompt is gone as well.
    assert!(
        std::fs::read_dir(home.data_dir().join("sign-ins"))
            .unwrap()
            .all(|file| { !file.unwrap().file_name().to_string_lossy().ends_with(".refused") })
    );
}

#[test]
fn the_tokens_of_another_user_are_gone_when_login_ends() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = user::sign_in(&emulator, &home);
    let output = sign_in_as(&emulator, home.jeton(&["login"]), OTHER_USER).ok();
    assert_says(told(&output), &["signed in as", OTHER_USER]);
    assert_eq!(home.cached(".token").len(), 1, "only that of the sign-in itself");
    let new = home.token(&["--interactive", "never", "--json"]).run().quiet();
    assert_ne!(new.json()["accessToken"], old.as_str());
    let status = home.jeton(&["status", "--json"]).run().quiet().stdout;
    assert!(status.contains(OTHER_USER) && !status.contains(USER), "{status}");
}

#[test]
fn the_tokens_of_another_user_go_as_well_where_a_token_was_asked_for_and_a_person_was_asked() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = user::sign_in(&emulator, &home);
    assert!(emulator.revoke_user(USER, 50173) > 0);
    // The cached one of the first user lives; another user signs in for something else.
    assert_eq!(home.token(&[]).run().quiet().line(), old);
    sign_in_as(&emulator, home.jeton(&["token", "--scope", "arm"]), OTHER_USER).ok();
    assert_ne!(home.token(&["--interactive", "never"]).run().quiet().line(), old);
}

#[test]
fn the_tokens_of_the_same_user_stay() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = user::sign_in(&emulator, &home);
    sign_in_as(&emulator, home.jeton(&["login"]), USER).ok();
    assert_eq!(home.cached(".token").len(), 2);
    assert_eq!(home.token(&[]).run().quiet().line(), old);
}

#[test]
fn keys_that_came_of_another_users_token_go_with_it() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
    home.set("JETON_AWS_ENDPOINT", format!("{}/sts", emulator.url()));
    let keys =
        |home: &Home| home.jeton(&["credential-process", "--scope", "databricks", "--aws-region", "eu-central-1"]);
    sign_in_as(&emulator, keys(&home), USER);
    let cached = home.cached(".token");
    let output = keys(&home).run();
    assert_eq!((output.code, cached.len()), (0, 2), "{}", output.stderr);
    sign_in_as(&emulator, home.jeton(&["login"]), OTHER_USER).ok();
    let left = home.cached(".token");
    assert!(cached.iter().all(|file| !left.contains(file)), "{left:?}");
}

#[test]
fn of_an_app_the_credential_is_proved_also_where_its_token_is_cached() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for count in 1..=2 {
        let output = home.jeton(&["login"]).run().ok();
        assert_eq!((output.stdout.as_str(), emulator.count()), ("", count));
        assert_says(&output.stderr, &["signed in as the app", CLIENT_ID, TENANT, "the credential works", "expires in"]);
        assert_no_secret(&output.stderr);
    }
    let output = home.jeton(&["login"]).env("AZURE_CLIENT_SECRET", "wrong-secret").run();
    assert_says(&output.refusal(6), &["secret"]);
}

#[test]
fn a_sign_in_that_can_not_be_kept_is_told() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    // No keyring here, and one was asked for.
    let run = home.jeton(&["login"]).env("JETON_SECRET_STORE", "keyring");
    let output = sign_in_as(&emulator, run, USER).ok();
    assert_says(&output.stderr, &["can't be kept"]);
    assert_says(told(&output), &["signed in as", USER, "no refresh token is kept", "ends with its token"]);
}
