//! `jeton status`: a table of who has what until when, from metadata alone.

use jeton_emulator::{CLIENT_ID, Emulator, OTHER_USER, PUBLIC_CLIENT_ID, TENANT, USER};
use serde_json::{Value, json};

use crate::expect::{assert_about, assert_no_secret, assert_says, seconds_until};
use crate::support::{Home, age_token, finish};
use crate::user::{self, PATIENCE, sign_in};

/// A home with a user's sign-in, and profiles of that user and of an app.
fn home(emulator: &Emulator) -> Home {
    let mut home = user::home(emulator);
    home.set("JETON_SECRET_STORE", "file");
    sign_in(emulator, &home);
    home.unset("JETON_FLOW");
    home.unset("AZURE_CLIENT_ID");
    home.set("APP", jeton_emulator::CLIENT_SECRET);
    home.profiles(
        &json!({"version": 1, "profiles": {
            "me": {"flow": "device-code", "client_id": PUBLIC_CLIENT_ID, "scopes": ["databricks"]},
            "app": {"client_id": CLIENT_ID, "client_secret": "env:APP", "scopes": ["databricks"]},
            "new": {"client_id": CLIENT_ID, "client_secret": "env:APP", "scopes": ["arm"]},
        }})
        .to_string(),
    );
    home.jeton(&["token", "-p", "app"]).run().ok();
    home
}

fn status(home: &Home) -> Value {
    home.jeton(&["status", "--json"]).run().quiet().json()
}

/// The line of the table that begins so.
#[track_caller]
fn line<'a>(table: &'a str, begin: &str) -> &'a str {
    table.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin:?} in {table}"))
}

#[test]
fn the_table_says_who_has_what_for_what_and_until_when() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["status"]).run().quiet();
    assert_eq!(output.stdout.lines().count(), 4, "{}", output.stdout);
    assert_says(
        line(&output.stdout, "PROFILE "),
        &["FLOW", "WHO", "TENANT", "FOR", "EXPIRES", "STATE", "REFRESH TOKEN"],
    );
    assert_says(
        line(&output.stdout, "me "),
        &["device-code", USER, TENANT, "databricks", "[##########]", "fresh  file"],
    );
    assert_says(
        line(&output.stdout, "app "),
        &["client-credentials", CLIENT_ID, "databricks", "in 59 minutes", "fresh  -"],
    );
    assert_says(line(&output.stdout, "new "), &[CLIENT_ID, "  none  "]);
    assert_no_secret(&output.stdout);
    assert!(!output.stdout.contains('\u{1b}'), "no terminal");
}

#[test]
fn json_has_the_same_by_profile() {
    let emulator = Emulator::start();
    let status = status(&home(&emulator));
    assert_eq!(status["others"], json!([]));
    let [me, app, new] = status["profiles"].as_array().unwrap().as_slice() else { panic!("{status}") };
    assert_eq!((&me["profile"], &me["account"], &me["refresh_token"]), (&"me".into(), &USER.into(), &"file".into()));
    let token = &me["tokens"][0];
    assert_eq!((&token["state"], &token["tenant"]), (&"fresh".into(), &TENANT.into()));
    assert_eq!(token["scopes"], json!(["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"]));
    assert_about(token["expires_in"].as_u64().unwrap(), seconds_until(&token["expires_at"]) + 5);
    assert_eq!((&app["client_id"], &app["refresh_token"]), (&CLIENT_ID.into(), &Value::Null));
    assert_eq!((app["tokens"].as_array().unwrap().len(), &new["tokens"]), (1, &json!([])));
}

#[test]
fn a_token_goes_from_fresh_to_dead() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let mut age = 0;
    for (at, state, shown) in [
        (0, "fresh", "[##########]"),
        (1900, "due", "[#####.....]"),
        (3400, "stale", "[#.........]"),
        (3700, "dead", "[..........]"),
    ] {
        age_token(&home.token_file(), at - age);
        age = at;
        let table = home.jeton(&["status"]).run().quiet().stdout;
        assert_says(line(&table, "- "), &[shown, &format!("  {state}  ")]);
        assert_eq!(status(&home)["others"][0]["tokens"][0]["state"], state);
    }
    assert_eq!(emulator.count(), 1);
}

#[test]
fn what_belongs_to_no_profile_is_listed_too() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(r#"{"version":1,"profiles":{}}"#);
    let others = status(&home)["others"].clone();
    let others = others.as_array().unwrap();
    assert_eq!(others.len(), 2, "{others:?}");
    let user = others.iter().find(|other| other["account"] == USER).expect("the user's");
    assert_eq!((&user["refresh_token"], &user["flow"]), (&"file".into(), &"device-code".into()));
    // A sign-in without any token is listed by its refresh token.
    for file in home.cached(".token") {
        std::fs::remove_file(file).unwrap();
    }
    let others = status(&home)["others"].clone();
    assert_eq!((others.as_array().unwrap().len(), &others[0]["account"]), (1, &USER.into()));
    assert_eq!((&others[0]["tokens"], &others[0]["refresh_token"]), (&json!([]), &"file".into()));
}

#[test]
fn one_profile_can_be_asked_for() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["status", "-p", "app"]).run().quiet();
    assert_eq!(output.stdout.lines().count(), 2, "{}", output.stdout);
    line(&output.stdout, "app ");
    home.jeton(&["status", "-p", "none"]).run().refusal(4);
}

#[test]
fn a_token_for_something_else_is_of_the_profile_with_its_sign_in() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["token", "-p", "me", "--scope", "storage"]).run().quiet();
    let table = home.jeton(&["status", "-p", "me"]).run().quiet().stdout;
    assert_eq!(table.lines().filter(|line| line.starts_with("me ")).count(), 2, "{table}");
    assert_says(&table, &["storage", "databricks"]);
}

#[test]
fn a_profile_that_can_not_be_used_says_why_and_the_others_are_shown() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"bad":{"flow":"no-such-flow"},"app":{"scopes":["arm"]}}}"#);
    let table = home.jeton(&["status"]).run().quiet().stdout;
    assert_says(line(&table, "bad "), &["unusable", "no-such-flow"]);
    line(&table, "app ");
    let bad = status(&home)["profiles"][0].clone();
    assert_says(bad["problem"].as_str().unwrap(), &["there is no flow"]);
}

#[test]
fn nothing_but_first_lines_is_read_and_nothing_is_written() {
    let home = Home::new();
    assert_says(&home.jeton(&["status"]).run().ok().stderr, &["no profiles and no cached tokens"]);
    assert_eq!(home.jeton(&["status", "--json"]).run().quiet().json(), json!({"profiles": [], "others": []}));
    assert!(!home.cache_dir().exists() && !home.data_dir().exists());

    let emulator = Emulator::start();
    let mut home = self::home(&emulator);
    // Neither the token's line nor its check is there.
    for file in home.cached(".token") {
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.split_inclusive('\n').next().unwrap()).unwrap();
    }
    // A keyring that is asked for fails here, and so does every request.
    home.set("JETON_SECRET_STORE", "keyring");
    drop(emulator);
    let table = home.jeton(&["status"]).run().quiet().stdout;
    assert_says(line(&table, "me "), &["fresh  file"]);
    line(&table, "app ");
}

#[test]
fn a_damaged_entry_is_a_warning_and_the_others_are_shown() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let name = "0123456789abcdef".repeat(4);
    std::fs::write(home.cache_dir().join(format!("{name}.token")), "{\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(home.cache_dir().join(format!("{name}.token")), private).unwrap();
    }
    let output = home.jeton(&["status"]).run();
    assert_says(output.warning(), &[&name, "damaged"]);
    assert_eq!(output.stdout.lines().count(), 2);
    home.jeton(&["status", "--silent"]).run().quiet();
}

#[test]
fn ten_thousand_tokens_are_listed() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let file = home.token_file();
    let text = std::fs::read_to_string(&file).unwrap();
    let own = file.file_stem().unwrap().to_str().unwrap().to_owned();
    for number in 1..10_000 {
        let key = format!("{number:064x}");
        let copy = file.with_file_name(format!("{key}.token"));
        std::fs::write(&copy, text.replace(&own, &key)).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    let output = home.jeton(&["status"]).run().quiet();
    assert_eq!(output.stdout.lines().count(), 10_001);
}

#[test]
fn another_user_is_told_from_the_first() {
    let emulator = Emulator::start();
    let mut home = user::home(&emulator);
    home.set("JETON_SECRET_STORE", "file");
    for name in [USER, OTHER_USER] {
        let child = home.jeton(&["login", "--login-hint", name]).spawn();
        emulator.wait_for_device_code(PATIENCE).expect("a device code");
        assert!(emulator.approve_device_code(name));
        finish(child).ok();
    }
    let status = status(&home)["others"].clone();
    let accounts: Vec<_> = status.as_array().unwrap().iter().map(|other| other["account"].as_str().unwrap()).collect();
    assert_eq!(accounts.len(), 2, "{status}");
    assert!(accounts.contains(&USER) && accounts.contains(&OTHER_USER));
    assert!(status.as_array().unwrap().iter().all(|other| other["refresh_token"] == "file"));
}

#[cfg(unix)]
#[test]
fn a_dead_token_is_red_on_a_terminal_unless_colours_are_refused() {
    use crate::terminal::OnTerminal;

    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let shown = |run| OnTerminal::start_whole(run, 200, 50).finish().stderr;
    assert!(!shown(home.jeton(&["status"]).env("TERM", "xterm")).contains('\u{1b}'), "a fresh one is not");
    age_token(&home.token_file(), 4000);
    assert_says(&shown(home.jeton(&["status"]).env("TERM", "xterm")), &["\u{1b}[31mdead", "\u{1b}[0m"]);
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let plain = shown(home.jeton(&["status"]).env(name, value));
        assert!(plain.contains("dead") && !plain.contains('\u{1b}'), "{name}: {plain:?}");
    }
}
