//! What goes wrong, in Entra's answers first: the exit code, the plain sentence, the next step, the ids.

mod answers;
mod cache_files;
mod profiles;
mod retries;
mod secrets;
mod streams;

use jeton_emulator::{AWKWARD_CLIENT_ID, App, CLIENT_ID, Emulator, Fault, TENANT};

use crate::expect::{assert_no_secret, assert_says, only_request};
use crate::support::Home;

/// An emulator and a home that signs in there.
fn both() -> (Emulator, Home) {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    (emulator, home)
}

/// Entra refuses with this status, error and number: what is said of it after one request, with the exit code `code`.
#[track_caller]
fn refused(status: u16, error: &str, number: u32, code: i32) -> String {
    let (emulator, home) = both();
    emulator.script(Fault::error(status, error, number).text("Entra's own words."));
    let stderr = home.token(&[]).run().refusal(code);
    let id = only_request(&emulator).header("client-request-id").expect("an id").to_owned();
    assert_says(&stderr, &[&format!("AADSTS{number}: Entra's own words."), &format!("correlation id: {id}")]);
    assert_says(&stderr, &["trace id: ", &format!("tenant: {TENANT}"), &format!("client: {CLIENT_ID}"), "scope: "]);
    assert!(!stderr.contains("Timestamp"), "the ids once are enough: {stderr}");
    stderr
}

#[test]
fn a_wrong_secret_says_so_and_exits_with_6() {
    let stderr = refused(401, "invalid_client", 7_000_215, 6);
    assert_says(&stderr, &["the client secret is wrong", "Value, not its ID", CLIENT_ID]);
}

#[test]
fn an_expired_secret_says_so_and_exits_with_6() {
    let stderr = refused(401, "invalid_client", 7_000_222, 6);
    assert_says(&stderr, &["the client secret has expired", "make a new secret"]);
}

#[test]
fn an_unknown_app_says_so_and_exits_with_6() {
    let stderr = refused(400, "unauthorized_client", 700_016, 6);
    assert_says(&stderr, &["no such app in the tenant", "check the client id"]);
}

#[test]
fn an_unknown_tenant_says_so_and_exits_with_4() {
    let stderr = refused(400, "invalid_request", 90002, 4);
    assert_says(&stderr, &["no such tenant in this cloud", "check the tenant id or domain", "cloud"]);
}

#[test]
fn a_disabled_app_says_so_and_exits_with_6() {
    let stderr = refused(400, "unauthorized_client", 7_000_112, 6);
    assert_says(&stderr, &["the app is disabled in the tenant", "ask the administrators"]);
}

#[test]
fn an_unknown_resource_says_so_and_exits_with_4() {
    let stderr = refused(400, "invalid_resource", 500_011, 4);
    assert_says(&stderr, &["the resource is not in the tenant", "check the spelling"]);
}

#[test]
fn a_scope_without_default_says_so_and_exits_with_4() {
    let stderr = refused(400, "invalid_scope", 1_002_012, 4);
    assert_says(&stderr, &["/.default", "<resource>/.default"]);
}

#[test]
fn a_loop_says_so_and_exits_with_6() {
    let stderr = refused(400, "invalid_grant", 50196, 6);
    assert_says(&stderr, &["too often", "wait some minutes"]);
}

#[test]
fn a_conditional_access_policy_says_so_and_exits_with_6() {
    let stderr = refused(400, "access_denied", 53003, 6);
    assert_says(&stderr, &["Conditional Access policy blocks", "trying again does not help"]);
}

#[test]
fn a_signature_that_is_not_accepted_says_so_and_exits_with_6() {
    let stderr = refused(401, "invalid_client", 700_027, 6);
    assert_says(&stderr, &["signature of the client assertion", "certificate"]);
}

#[test]
fn a_public_client_with_a_secret_says_so_and_exits_with_6() {
    let stderr = refused(401, "invalid_client", 700_025, 6);
    assert_says(&stderr, &["public client", "take the secret or certificate out"]);
}

#[test]
fn a_tenant_of_another_cloud_says_so_and_exits_with_4() {
    let stderr = refused(400, "invalid_request", 900_382, 4);
    assert_says(&stderr, &["cloud", "--cloud"]);
}

#[test]
fn an_unknown_number_is_shown_with_a_next_step_all_the_same() {
    let stderr = refused(401, "invalid_client", 99_999_999, 6);
    assert_says(&stderr, &["invalid_client", "check the client id, its secret"]);
    let stderr = refused(400, "an_error_of_the_future", 99_999_998, 1);
    assert_says(&stderr, &["an_error_of_the_future", "look the code up"]);
}

#[test]
fn an_app_cannot_sign_in_so_what_asks_for_that_is_a_refusal() {
    for error in ["invalid_grant", "interaction_required", "consent_required", "login_required"] {
        let stderr = refused(400, error, 65001, 6);
        assert_says(&stderr, &["has consented", "ask an administrator"]);
    }
}

#[test]
fn the_emulators_own_refusals_are_told_as_well() {
    let (emulator, mut home) = both();
    emulator.add_app(App::new(AWKWARD_CLIENT_ID).expired_secret("old-secret"));
    home.set("AZURE_CLIENT_SECRET", "old-secret");
    let unknown = "99999999-9999-9999-9999-999999999999";
    for (arguments, code, words) in [
        (["--client-id", AWKWARD_CLIENT_ID], 6, "the client secret has expired"),
        (["--client-id", CLIENT_ID], 6, "the client secret is wrong"),
        (["--client-id", unknown], 6, "no such app in the tenant"),
        (["--tenant", unknown], 4, "no such tenant"),
    ] {
        let stderr = home.token(&arguments).run().refusal(code);
        assert_says(&stderr, &[words]);
        assert!(!stderr.contains("old-secret"), "{words}");
    }
    assert_eq!(emulator.violations(), Vec::<String>::new());
}

#[test]
fn control_characters_of_the_server_do_not_reach_the_terminal() {
    let (emulator, home) = both();
    let nasty = "\u{1b}[2J\u{1b}]0;title\u{7}one\r\ntwo\nthree\u{0}\u{8}\u{9b}1m\u{202e}txt.exe\u{2028}\u{85}four\t";
    emulator.script(
        Fault::error(401, "invalid_client", 7_000_215).text(nasty).suberror(nasty).header("x-request-id", "a\tb"),
    );
    let stderr = home.token(&[]).run().refusal(6);
    assert_says(&stderr, &["one two three", "txt.exe four"]);
    assert!(!stderr.contains('\u{202e}') && !stderr.contains('\u{2028}'), "{stderr:?}");
    // Also in the field that is read by programs, where no number is known.
    emulator.script(Fault::error(400, "bad\u{1b}[31m\r\nerror", 1).text(nasty));
    home.token(&[]).run().refusal(1);
    let body = r#"{"error":"invalid_client","error_description":"x","correlation_id":"a\u001b[2J\r\nb"}"#;
    emulator.script(Fault::respond(401, "application/json", body));
    home.token(&[]).run().refusal(6);
    emulator.script(Fault::respond(200, "text/\u{1b}html", "x"));
    home.token(&[]).run().refusal(5);
}

#[test]
fn a_long_text_of_the_server_is_cut() {
    let (emulator, home) = both();
    emulator.script(Fault::error(401, "invalid_client", 7_000_215).text(&"words ".repeat(20_000)));
    assert!(home.token(&[]).run().refusal(6).len() < 4000);
}

#[test]
fn a_secret_that_the_server_repeats_is_not_shown() {
    let (emulator, home) = both();
    let text = format!("the body was client_secret={}&x", jeton_emulator::CLIENT_SECRET);
    emulator.script(Fault::error(400, "invalid_request", 1).text(&text));
    assert_says(&home.token(&[]).run().refusal(4), &["the body was client_secret="]);
}

#[test]
fn no_fault_shows_a_secret_even_to_those_who_want_to_see_every_step() {
    let (emulator, home) = both();
    for fault in [
        Fault::error(401, "invalid_client", 7_000_215),
        Fault::error(400, "unheard_of", 1),
        Fault::html(200),
        Fault::html(404),
        Fault::empty(200),
        Fault::truncated_json(),
        Fault::redirect(302, "https://redirect.example.test/?a=b"),
        Fault::throttled("600"),
    ] {
        let output = home.token(&["-v", "--force-refresh"]).run();
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_no_secret(&output.stderr);
        emulator.script(fault);
        let output = home.token(&["-v", "--force-refresh"]).run();
        assert!(output.code > 0 && output.stdout.is_empty(), "{output:?}");
        assert_no_secret(&output.stderr);
        assert_says(&output.stderr, &[" ms]", "status ", "client-request-id", "next: "]);
    }
}
