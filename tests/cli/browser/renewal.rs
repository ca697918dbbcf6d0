//! What lasts of a sign-in: no further browser as long as the refresh token lives.

use jeton_emulator::{Emulator, Fault, OldRefreshTokens, USER};

use super::{Asking, home, sign_in};
use crate::expect::{assert_says, last_request};
use crate::support::age_token;

#[test]
fn an_expired_token_is_renewed_without_a_browser_and_rotation_is_kept() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.old_refresh_tokens = OldRefreshTokens::Revoked);
    let home = home(&emulator);
    let first = sign_in(&emulator, &home);
    for _ in 0..3 {
        age_token(&home.token_file(), 4000);
        let renewed = home.token(&[]).run().quiet();
        assert_ne!(renewed.line(), first);
        assert_eq!(last_request(&emulator).field("grant_type"), Some("refresh_token"));
    }
    // Each was used once: the one that came with the last answer is the one that is sent.
    assert_eq!((emulator.refresh_reuses(), emulator.authorize_requests().len()), (0, 1));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn one_sign_in_is_good_for_two_resources() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    let graph = home.jeton(&["token", "--scope", "graph"]).run().quiet();
    assert_eq!(emulator.issued_tokens().last().map(String::as_str), Some(graph.line()));
    // Also for another flow of the same user.
    home.jeton(&["token", "--scope", "arm", "--flow", "device-code"]).run().quiet();
    assert_eq!(emulator.authorize_requests().len(), 1);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn a_dead_refresh_token_asks_the_person_again() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    age_token(&home.token_file(), 4000);
    assert_eq!(emulator.revoke_user(USER, 50173), 1);
    let asking = Asking::start(home.token(&[]));
    assert_eq!(asking.sign_in(&emulator).0, 200);
    let second = asking.finish().ok().line().to_owned();
    assert_eq!(emulator.issued_tokens().last(), Some(&second));
    // The dead one was sent once, and is gone.
    age_token(&home.token_file(), 4000);
    home.token(&[]).run().quiet();
    assert_eq!(emulator.authorize_requests().len(), 2);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn trouble_with_the_network_never_turns_into_a_browser() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    for (fault, says) in [(Fault::reset(), "localhost"), (Fault::html(503), "503")] {
        age_token(&home.token_file(), 4000);
        // The first time, and all that it is repeated.
        emulator.script(fault.times(4));
        assert_says(&home.token(&[]).run().refusal(5), &[says]);
        assert_eq!(emulator.scripted(), 0);
    }
    emulator.clear();
    // And the sign-in is still there.
    std::fs::remove_file(home.token_file()).unwrap();
    let output = home.token(&[]).run();
    assert_eq!((output.code, emulator.authorize_requests().len()), (0, 0), "{}", output.stderr);
}

#[test]
fn a_challenge_is_answered_in_the_browser() {
    let emulator = Emulator::start();
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let home = home(&emulator);
    sign_in(&emulator, &home);
    let resource = "api://challenging";
    emulator.change_settings(|settings| drop(settings.required_claims.insert(resource.into(), claims.into())));
    let scope = format!("{resource}/.default");
    let asking = Asking::start(home.jeton(&["token", "--scope", &scope, "--claims", claims]));
    assert!(asking.parameter("claims").contains(r#""value":"c1""#));
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    assert_eq!(emulator.violations(), [""; 0]);
}
