//! Users who sign in to Databricks in a browser: the test plays it.

use jeton_emulator::{Emulator, Fault, Rotation, USER};

use super::{TOKEN_PATH, assert_careful, bare, paths};
use crate::browser::Asking;
use crate::crowd::Crowd;
use crate::expect::{assert_says, last_request};
use crate::support::Home;

fn home(emulator: &Emulator) -> Home {
    let mut home = bare(emulator);
    home.set("JETON_INTERACTIVE", "always");
    home
}

/// Signs in once: what remains is a token, and a refresh token.
#[track_caller]
fn sign_in(emulator: &Emulator, home: &Home) -> String {
    let asking = Asking::start(home.jeton(&["token"]));
    assert_eq!(emulator.visit(&asking.url).go_back().expect("an answer").0, 200);
    asking.finish().ok().line().to_owned()
}

#[test]
fn a_login_says_at_which_host_where_there_is_no_tenant() {
    let emulator = Emulator::start();
    let asking = Asking::start(home(&emulator).jeton(&["login"]));
    assert_eq!(emulator.visit(&asking.url).go_back().expect("an answer").0, 200);
    let stderr = asking.finish().ok().stderr;
    assert_says(&stderr, &[&format!("signed in as {USER} ({}); the sign-in is kept in a file", emulator.workspace())]);
}

fn rotation(emulator: &Emulator, rotation: Rotation) {
    emulator.change_settings(|settings| settings.databricks.rotation = rotation);
}

#[test]
fn a_host_alone_means_a_person() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.jeton(&["token"]));
    assert!((8020..=8040).contains(&asking.port()), "{}", asking.port());
    for (name, value) in [
        ("client_id", "databricks-cli"),
        ("response_type", "code"),
        ("scope", "offline_access all-apis"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("http://localhost:{}", asking.port())),
    ] {
        assert_eq!(asking.parameter(name), value, "{name}");
    }
    let (status, page) = emulator.visit(&asking.url).go_back().expect("an answer");
    assert_eq!(status, 200);
    assert_says(&page, &["You are signed in"]);
    let output = asking.finish().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    let request = last_request(&emulator);
    assert_eq!(request.field("grant_type"), Some("authorization_code"));
    assert_eq!(request.field("client_id"), Some("databricks-cli"));
    assert_eq!(request.header("authorization"), None);
    assert_careful(&emulator, "");
    // From the cache, and its account beside it.
    emulator.clear();
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), output.line());
    assert_eq!(emulator.count(), 0);
    let text = std::fs::read_to_string(home.token_file()).unwrap();
    assert_says(&text, &[USER]);
}

#[test]
fn a_port_can_be_chosen() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_OAUTH_CALLBACK_PORT", "8037");
    let asking = Asking::start(home.jeton(&["token"]));
    assert_eq!(asking.port(), 8037);
    emulator.visit(&asking.url).go_back().expect("an answer");
    asking.finish().ok();
}

#[test]
fn a_refresh_token_renews_and_is_replaced() {
    for kind in [Rotation::Off, Rotation::Lenient, Rotation::Strict] {
        let emulator = Emulator::start();
        rotation(&emulator, kind);
        let home = home(&emulator);
        let mut last = sign_in(&emulator, &home);
        for _ in 0..3 {
            emulator.clear();
            let next = home.jeton(&["token", "--force-refresh"]).run().ok().line().to_owned();
            assert_ne!(next, last);
            last = next;
            // One request: the endpoints are known.
            assert_eq!(paths(&emulator), [TOKEN_PATH], "{kind:?}");
            assert_eq!(last_request(&emulator).field("client_id"), Some("databricks-cli"));
            assert_eq!(emulator.refresh_reuses(), 0);
        }
        assert_careful(&emulator, "");
    }
}

#[test]
fn fifty_processes_use_a_refresh_token_once() {
    let emulator = Emulator::start();
    rotation(&emulator, Rotation::Strict);
    let home = home(&emulator);
    sign_in(&emulator, &home);
    std::fs::remove_file(home.token_file()).unwrap();
    emulator.clear();
    emulator.hold();
    let crowd = Crowd::start((0..50).map(|_| home.jeton(&["token"])));
    crowd.wait_for_waiting(49);
    emulator.release();
    for member in crowd.finish() {
        assert_eq!(member.output.ok().line(), emulator.issued_tokens()[0]);
    }
    assert_eq!((emulator.token_count(), emulator.refresh_reuses()), (1, 0));
    // And the family lives.
    home.jeton(&["token", "--force-refresh"]).run().ok();
}

#[test]
fn a_refresh_whose_answer_is_lost_is_not_repeated() {
    let emulator = Emulator::start();
    rotation(&emulator, Rotation::Strict);
    let home = home(&emulator);
    sign_in(&emulator, &home);
    emulator.clear();
    emulator.script_for(TOKEN_PATH, Fault::reset_after());
    home.jeton(&["token", "--force-refresh"]).run().refusal(5);
    assert_eq!((emulator.token_count(), emulator.refresh_reuses()), (1, 0));
}

#[test]
fn a_dead_sign_in_asks_a_person() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    let refresh_token = emulator.databricks_refresh_tokens().pop().unwrap();
    assert!(emulator.revoke_databricks(&refresh_token));
    let stderr = home.jeton(&["token", "--force-refresh", "--interactive", "never"]).run().refusal(3);
    assert_says(&stderr, &["jeton login"]);
    let asking = Asking::start(home.jeton(&["token", "--force-refresh"]));
    emulator.visit(&asking.url).go_back().expect("an answer");
    asking.finish().ok();
    assert_careful(&emulator, &stderr);
}

#[test]
fn a_failing_service_does_not_end_a_sign_in() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    sign_in(&emulator, &home);
    for fault in [
        Fault::html(503),
        Fault::databricks(TOKEN_PATH, 500, "invalid_grant", "Refresh token is invalid"),
        Fault::databricks(TOKEN_PATH, 429, "REQUEST_LIMIT_EXCEEDED", "slow down"),
    ] {
        emulator.script_for(TOKEN_PATH, fault);
        home.jeton(&["token", "--force-refresh"]).run().refusal(5);
        home.jeton(&["token", "--force-refresh"]).run().ok();
    }
}

#[test]
fn who_is_refused_in_the_browser_is_told() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.jeton(&["token"]));
    let (_, page) = {
        emulator.script(Fault::sign_in_error("access_denied", 0).text("User is not a member of this workspace"));
        emulator.visit(&asking.url).go_back().expect("an answer")
    };
    assert!(!page.contains("You are signed in"), "{page}");
    let output = asking.finish();
    assert_eq!((output.code, output.stdout.as_str()), (3, ""));
    assert_says(&output.stderr, &["access_denied", "not a member", "jeton login"]);
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn nobody_is_asked_where_nobody_may_be() {
    let emulator = Emulator::start();
    let home = bare(&emulator);
    let stderr = home.jeton(&["token", "--interactive", "never"]).run().refusal(3);
    assert_says(&stderr, &["jeton login"]);
    assert_eq!(emulator.count(), 0);
}
