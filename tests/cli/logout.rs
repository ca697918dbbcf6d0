//! `jeton logout`: what goes, what stays, and that nothing comes back.

use std::path::Path;

use jeton_emulator::{CLIENT_ID, Emulator, Fault, PUBLIC_CLIENT_ID, TENANT, USER};

use crate::expect::assert_says;
use crate::support::{Home, finish, wait_until};
use crate::user::{self, device_codes, sign_in};

fn home(emulator: &Emulator) -> Home {
    let mut home = user::home(emulator);
    home.set("JETON_SECRET_STORE", "file");
    home
}

/// The names of all files below `dir`.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path.file_name().expect("a name").to_string_lossy().into_owned()),
        }
    }
    found.sort();
    found
}

/// The same without the locks, which hold nothing and are never deleted.
fn contents(dir: &Path) -> Vec<String> {
    let mut found = files(dir);
    found.retain(|name| !name.ends_with("lock"));
    found
}

/// Asserts that nothing of the sign-in is left.
#[track_caller]
fn assert_signed_out(emulator: &Emulator, home: &Home) {
    assert_eq!(contents(&home.data_dir()), [""; 0]);
    assert_eq!(home.cached(".token").len(), 0);
    let asked = device_codes(emulator);
    home.token(&["--interactive", "never"]).run().fails(3);
    assert_eq!(device_codes(emulator), asked);
}

#[test]
fn the_refresh_token_and_the_tokens_for_everything_go_and_it_is_told_whose() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    home.jeton(&["token", "--scope", "arm"]).run().quiet();
    let output = home.jeton(&["logout"]).run().ok();
    assert_eq!(output.stdout, "");
    assert_eq!(
        output.stderr,
        format!("jeton: signed out {USER} (tenant {TENANT}): removed 1 refresh token and 2 cached tokens\n")
    );
    // Nothing to remove is no failure.
    let again = home.jeton(&["logout"]).run().ok();
    assert_says(&again.stderr, &["nothing to remove", PUBLIC_CLIENT_ID]);
    assert_signed_out(&emulator, &home);
}

#[test]
fn a_failed_prompt_is_forgotten_and_so_is_what_killed_processes_left() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script(Fault::error(400, "authorization_declined", 70018));
    home.token(&[]).run().fails(6);
    let record = home.cached(".flight").remove(0);
    for end in ["damaged", "renewal", "token.tmp-1-0-ff"] {
        std::fs::write(record.with_extension(end), "x").unwrap();
    }
    let output = home.jeton(&["logout", "--scope", "databricks"]).run().ok();
    assert_says(&output.stderr, &["removed 2 leftovers"]);
    assert_eq!(contents(&home.cache_dir()), [""; 0]);
    assert_eq!(contents(&home.data_dir()), [""; 0]);
}

#[test]
fn other_sign_ins_apps_and_foreign_files_stay() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    let app = |args: &[&str]| {
        let secret = ["--flow", "client-credentials", "--client-id", CLIENT_ID, "--client-secret-from", "env:APP"];
        home.jeton(&[args, &secret].concat()).env("APP", jeton_emulator::CLIENT_SECRET)
    };
    app(&["token", "--scope", "databricks"]).run().ok();
    app(&["token", "--scope", "arm"]).run().ok();
    std::fs::write(home.cache_dir().join("notes.token"), "mine").unwrap();
    std::fs::write(home.data_dir().join("secrets").join("secret-notes.txt"), "mine").unwrap();

    let output = app(&["logout"]).run().ok();
    assert_says(&output.stderr, &["signed out the app", CLIENT_ID, "removed 2 cached tokens\n"]);
    assert_eq!(home.token(&[]).run().quiet().stdout.lines().count(), 1, "the user's is there");
    home.jeton(&["logout"]).run().ok();
    assert!(home.cache_dir().join("notes.token").exists());
    assert!(home.data_dir().join("secrets").join("secret-notes.txt").exists());
}

#[test]
fn a_profile_is_signed_out_and_the_secret_that_was_set_for_it_is_named() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_SECRET_STORE", "file");
    home.unset("AZURE_CLIENT_SECRET");
    home.jeton(&["secret", "set", "prod"]).stdin(jeton_emulator::CLIENT_SECRET).run().ok();
    home.profiles(r#"{"version":1,"profiles":{"prod":{"client_secret":"keyring:prod","scopes":["databricks"]}}}"#);
    home.jeton(&["token", "-p", "prod"]).run().ok();
    let output = home.jeton(&["logout", "-p", "prod"]).run().ok();
    assert_says(&output.stderr, &["removed 1 cached token\n", "kept the secret prod", "jeton secret remove prod"]);
    home.jeton(&["logout", "-p", "prod", "--silent"]).run().quiet();
    home.jeton(&["token", "-p", "prod"]).run().quiet();
    home.jeton(&["logout", "-p", "other"]).run().refusal(4);
}

#[test]
fn all_takes_everything_but_profiles_and_the_secrets_that_were_set() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["secret", "set", "mine"]).stdin("a-secret-of-mine").run().ok();
    sign_in(&emulator, &home);
    home.profiles(r#"{"version":1,"profiles":{"a":{}}}"#);
    for dir in [home.cache_dir(), home.cache_dir().join("profiles"), home.data_dir().join("sign-ins")] {
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("foreign.json"), "mine").unwrap();
    }
    let hex = "0123456789abcdef".repeat(4);
    std::fs::write(home.cache_dir().join("profiles").join(format!("{}.json", &hex[..32])), "{}").unwrap();
    std::fs::write(home.cache_dir().join(format!("{hex}.token")), "damaged").unwrap();
    std::fs::write(home.data_dir().join("secrets").join(format!("damaged-{hex}")), "damaged").unwrap();
    std::fs::write(home.data_dir().join("secrets").join(format!("secret-{hex}.tmp-1-0-ff")), "half").unwrap();
    std::fs::write(home.data_dir().join("sign-ins").join(format!("{hex}.refused")), "{}").unwrap();

    let output = home.jeton(&["logout", "--all"]).run().ok();
    assert_says(
        &output.stderr,
        &["signed out everybody", USER, "2 refresh tokens", "2 cached tokens", "1 leftover", "1 snapshot of a profile"],
    );
    assert_says(&output.stderr, &["kept the secret mine", "jeton secret remove mine"]);
    assert_eq!(contents(&home.cache_dir()), ["foreign.json", "foreign.json"]);
    assert_eq!(contents(&home.data_dir()), ["foreign.json", "secret-mine"]);
    assert_eq!(contents(&home.config_dir()), ["profiles.json"]);
    assert_says(&home.jeton(&["logout", "--all"]).run().ok().stderr, &["nothing to remove"]);
    // Whoever means one tenant does not lose all others.
    home.jeton(&["logout", "--all", "--tenant", TENANT]).run().refusal(2);
}

#[test]
fn a_renewal_that_is_under_way_does_not_bring_it_back() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    emulator.hold();
    let before = emulator.token_count();
    let renewal = home.token(&["--force-refresh"]).spawn();
    wait_until("a renewal at the provider", || emulator.token_count() > before);
    // Who can't wait for it is told, and nothing was done by halves.
    let impatient = home.jeton(&["logout"]).env("JETON_LOCK_TIMEOUT", "100ms").run();
    assert_says(&impatient.refusal(5), &["another process holds the sign-in"]);
    let logout = home.jeton(&["logout"]).spawn();
    emulator.release();
    finish(renewal).ok();
    finish(logout).ok();
    assert_signed_out(&emulator, &home);
}

#[test]
fn an_apps_fetch_that_is_under_way_does_not_bring_its_token_back() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    emulator.hold();
    // One whose token is there, and one that has none yet.
    let fetches = [home.token(&["--force-refresh"]).spawn(), home.jeton(&["token", "--scope", "arm"]).spawn()];
    wait_until("both at the provider", || emulator.token_count() == 3);
    let impatient = home.jeton(&["logout"]).env("JETON_LOCK_TIMEOUT", "100ms").run().fails(5);
    assert_says(&impatient.stderr, &["is still fetching such a token"]);
    assert_eq!(home.cached(".token").len(), 0, "nobody is handed it out from then on");
    let logout = home.jeton(&["logout"]).spawn();
    emulator.release();
    for fetch in fetches {
        finish(fetch).ok();
    }
    finish(logout).ok();
    assert_eq!(home.cached(".token").len(), 0);
}
