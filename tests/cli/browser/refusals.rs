//! Sign-ins that come to nothing: what is told, and that it is not tried again at once.

use jeton_emulator::{Emulator, Fault, SignInBend};

use super::{Asking, home};
use crate::expect::{assert_no_secret, assert_says};
use crate::support::Home;

/// Nobody is asked again: the error names the command that does.
#[track_caller]
fn assert_remembered(emulator: &Emulator, home: &Home) {
    let count = emulator.count();
    let refusal = home.token(&[]).run().refusal(3);
    assert_says(&refusal, &["is not asked again for", "run: jeton login"]);
    assert_eq!(emulator.count(), count);
}

#[test]
fn what_the_provider_refuses_is_told_with_advice_and_remembered() {
    for (error, aadsts, code, says) in [
        ("access_denied", 0, 6, ["access_denied", "accept what the page asks for"]),
        ("access_denied", 65004, 6, ["AADSTS65004", "consent"]),
        ("consent_required", 65001, 3, ["AADSTS65001", "consent"]),
        ("login_required", 0, 3, ["login_required", "another --prompt than none"]),
        ("invalid_scope", 70011, 4, ["AADSTS70011", "scope"]),
        ("server_error", 0, 5, ["server_error", "try again"]),
    ] {
        let emulator = Emulator::start();
        let home = home(&emulator);
        emulator.script(Fault::sign_in_error(error, aadsts).text("Not \u{1b}[31mtoday\r\n."));
        let asking = Asking::start(home.token(&[]));
        let (status, page) = asking.sign_in(&emulator);
        assert_eq!(status, 400);
        assert_says(&page, &["<h1>The sign-in failed</h1>"]);
        assert!(!page.contains(error) && !page.contains("AADSTS"), "{page}");
        let output = asking.finish().fails(code);
        assert_says(&output.stderr, &says);
        assert_says(&output.stderr, &["\n  next: ", "endpoint: "]);
        assert!(!output.stderr.contains('\u{1b}'), "{:?}", output.stderr);
        assert_eq!(emulator.token_count(), 0);
        assert_eq!(emulator.violations(), [""; 0]);
        assert_remembered(&emulator, &home);
    }
}

#[test]
fn a_window_that_is_closed_ends_with_the_time() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&["--sign-in-timeout", "1s"]));
    let output = asking.finish().fails(3);
    assert_says(&output.stderr, &["nobody signed in within 1s", "--sign-in-timeout", "run: jeton login"]);
    assert_remembered(&emulator, &home);
}

#[test]
fn an_answer_with_nothing_in_it_is_no_sign_in() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script(Fault::sign_in(SignInBend::NoCode));
    let asking = Asking::start(home.token(&[]));
    assert_eq!(asking.sign_in(&emulator).0, 400);
    assert_says(&asking.finish().fails(1).stderr, &["neither a code nor an error", "run: jeton login"]);
    assert_eq!(emulator.token_count(), 0);
}

#[test]
fn an_id_token_of_another_sign_in_is_refused() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&[]));
    let url = asking.url.replace(&format!("nonce={}", asking.parameter("nonce")), "nonce=another");
    assert_ne!(url, asking.url);
    assert_eq!(emulator.visit(&url).go_back().unwrap().0, 400);
    let output = asking.finish().fails(6);
    assert_says(&output.stderr, &["its nonce is not ours"]);
    assert_no_secret(&output.stderr);
    assert!(home.cached(".token").is_empty());
}

#[test]
fn a_code_is_sent_once_whatever_happens_to_it() {
    for (fault, code, says) in [
        (Fault::reset(), 5, "localhost"),
        (Fault::html(503), 5, "503"),
        (Fault::error(400, "invalid_grant", 54005), 3, "AADSTS54005"),
        (Fault::error(401, "invalid_client", 7000218), 6, "AADSTS7000218"),
    ] {
        let emulator = Emulator::start();
        let home = home(&emulator);
        emulator.script(fault);
        let asking = Asking::start(home.token(&[]));
        let visit = emulator.visit(&asking.url);
        assert_eq!(visit.go_back().unwrap().0, 400, "the page tells the truth");
        let output = asking.finish().fails(code);
        assert_says(&output.stderr, &[says]);
        assert!(!output.stderr.contains(&visit.returned_value("code").unwrap()), "{}", output.stderr);
        assert_eq!(emulator.token_count(), 1);
        // Whoever was shown a page for nothing is not shown the next one at once.
        assert_remembered(&emulator, &home);
    }
}

#[test]
fn nobody_is_asked_where_that_is_forbidden_or_useless() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let never = home.token(&["--interactive", "never"]).run().refusal(3);
    assert_says(&never, &["--interactive never", "run: jeton login"]);
    let auto = |args: &[&str]| home.token(&[&["--interactive", "auto"], args].concat());
    assert_says(&auto(&[]).run().refusal(3), &["neither a display nor a terminal", "run: jeton login"]);
    assert_says(&auto(&["--no-browser"]).env("DISPLAY", ":9").run().refusal(3), &["no terminal to show"]);
    assert_says(&auto(&["--paste"]).env("DISPLAY", ":9").run().refusal(3), &["no terminal to paste into"]);
    assert_says(&auto(&[]).env("DISPLAY", ":9").env("CI", "true").run().refusal(3), &["a CI job"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn settings_that_make_no_sense_are_told_before_anybody_is_asked() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for (args, says) in [
        (&["--redirect-uri", "http://app.example/cb"][..], "plain http is for localhost alone"),
        (&["--port", "0"], "is not a port"),
        (&["--paste", "--response-mode", "form_post"], "form_post"),
        (&["--response-mode", "fragment"], "no response mode"),
    ] {
        assert_says(&home.token(args).run().refusal(4), &[says]);
    }
    assert_eq!(emulator.count(), 0);
}
