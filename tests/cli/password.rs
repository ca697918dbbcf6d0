//! The flow password: what it says, what it refuses, and that it does not lock accounts.

use jeton_emulator::{Emulator, Fault, PUBLIC_CLIENT_ID, TENANT, USER, USER_OID, USER_PASSWORD, User};

use crate::expect::{HUNTER, assert_no_secret, assert_says};
use crate::support::{Home, finish};

/// A home where Ada's name and password are in the environment, as azure-identity reads them.
fn home(emulator: &Emulator) -> Home {
    let mut home = Home::at(emulator);
    home.unset("AZURE_CLIENT_SECRET");
    home.set("AZURE_CLIENT_ID", PUBLIC_CLIENT_ID);
    home.set("AZURE_USERNAME", USER);
    home.set("AZURE_PASSWORD", USER_PASSWORD);
    home.set("JETON_SECRET_STORE", "file");
    home.set("JETON_BACKGROUND", "off");
    home
}

const SHA256_OF_HUNTER: &str = "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";

fn grants(emulator: &Emulator) -> Vec<String> {
    emulator.token_requests().iter().map(|request| request.field("grant_type").unwrap_or_default().into()).collect()
}

#[test]
fn name_and_password_are_enough_and_each_sign_in_warns() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.token(&[]).run().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_says(output.warning(), &["advises against this flow", "second factor", "--flow device-code"]);
    assert_eq!(emulator.violations(), [""; 0]);
    let asked = emulator.requests();
    assert_eq!(asked[0].path, "/common/userrealm/ada%40contoso.example");
    assert_eq!(asked[1].field("username"), Some(USER));
    // No sign-in, no warning: from the cache, then by the refresh token.
    home.token(&[]).run().quiet();
    home.token(&["--force-refresh"]).run().quiet();
    home.jeton(&["token", "--scope", "graph"]).run().quiet();
    assert_eq!(grants(&emulator), ["password", "refresh_token", "refresh_token"]);
    // Where nobody may be asked, nobody has to be.
    emulator.revoke_user(USER, 50173);
    home.token(&["--force-refresh", "--interactive", "never"]).env("CI", "true").run().ok();
    assert_eq!(grants(&emulator)[3..], ["refresh_token", "password"]);
}

#[test]
fn the_name_may_come_from_the_login_hint() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.unset("AZURE_USERNAME");
    assert_says(&home.token(&["--flow", "ropc"]).run().refusal(4), &["no user name is set", "--username"]);
    home.token(&["--flow", "password", "--login-hint", USER]).run().ok();
    home.unset("AZURE_PASSWORD");
    let output = home.token(&["--flow", "password", "--username", USER]).run();
    assert_says(&output.refusal(4), &["no password is set", "--password-from"]);
}

#[test]
fn a_wrong_password_is_sent_once_and_a_corrected_one_at_once() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let wrong = |home: &Home| home.token(&["--silent"]).env("AZURE_PASSWORD", HUNTER).run().refusal(6);
    assert_says(&wrong(&home), &["user name or password is wrong", "lock the account"]);
    assert_eq!(emulator.token_count(), 1);
    for _ in 0..3 {
        let again = wrong(&home);
        assert_says(&again, &["the same is not tried again for", "jeton login"]);
    }
    assert_eq!(emulator.token_count(), 1);
    home.token(&[]).run().ok();
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn what_is_remembered_of_a_wrong_password_does_not_hold_it() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.token(&[]).env("AZURE_PASSWORD", HUNTER).run().fails(6);
    let mut looked = 0;
    for file in std::fs::read_dir(home.data_dir().join("sign-ins")).expect("a memory") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        assert_no_secret(&text);
        // (Nor what anybody could make from a list of passwords in no time.)
        assert!(!text.contains(SHA256_OF_HUNTER));
        looked += 1;
    }
    assert!(looked >= 2, "a lock and a memory");
}

#[test]
fn a_file_with_a_corrected_password_is_tried_at_once_too() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let path = home.path("password");
    let source = format!("file:{}", path.display());
    let run = || home.token(&["--password-from", &source]).run();
    std::fs::write(&path, "wrong\n").expect("a file");
    run().fails(6);
    run().fails(6);
    std::fs::write(&path, format!("{USER_PASSWORD}\n")).expect("a file");
    run().ok();
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn a_federated_account_is_refused_before_its_password_is_sent() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script_for(
        "/common/userrealm/",
        Fault::respond(
            200,
            "application/json",
            r#"{"ver":"1.0","account_type":"Federated","federation_protocol":"WSTrust"}"#,
        ),
    );
    let output = home.token(&["--silent"]).run();
    assert_says(&output.refusal(4), &["is federated", "--flow interactive-browser"]);
    assert_eq!(emulator.token_count(), 0);
}

#[test]
fn a_realm_that_nobody_knows_leaves_it_to_the_token_endpoint() {
    let emulator = Emulator::start();
    emulator.script_for("/common/userrealm/", Fault::html(404));
    home(&emulator).token(&[]).run().ok();
}

#[test]
fn a_second_factor_is_not_this_flows_business() {
    let emulator = Emulator::start();
    emulator.add_user(User::new(USER, USER_OID, USER_PASSWORD, "Ada Lovelace", TENANT).mfa());
    let output = home(&emulator).token(&["--silent"]).run();
    assert_says(&output.refusal(3), &["multifactor", "the flow password can't do", "--flow interactive-browser"]);
}

#[test]
fn a_password_is_not_sent_twice_where_the_first_may_have_arrived() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script(Fault::reset());
    home.token(&[]).run().fails(5);
    assert_eq!(emulator.token_count(), 1);
    // The network is no answer: nothing is remembered.
    home.token(&[]).run().ok();
}

#[test]
fn ten_processes_sign_in_once() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let children: Vec<_> = (0..10)
        .map(|at| home.jeton(&["token", "--scope", &format!("api://app-{}/.default", at % 2)]).spawn())
        .collect();
    for child in children {
        finish(child).ok();
    }
    assert_eq!(grants(&emulator).iter().filter(|grant| *grant == "password").count(), 1);
}
