//! `jeton credential-process`, as AWS SDKs call it.

use jeton_emulator::{Emulator, Fault};
use serde_json::json;

use crate::expect::{assert_about, assert_no_secret, assert_says, seconds_until};
use crate::support::{Home, age_token};

const ROLE: &str = "arn:aws:iam::123456789012:role/path/Reader";
const AUDIENCE: &str = "api://aws";

/// A home whose environment names a role and the emulator's token service.
fn home_for(emulator: &Emulator) -> Home {
    let mut home = Home::at(emulator);
    home.set("AWS_ROLE_ARN", ROLE);
    home.set("AWS_ENDPOINT_URL_STS", format!("{}/sts", emulator.url()));
    home
}

const CALL: [&str; 3] = ["credential-process", "--scope", AUDIENCE];

/// Requests to the token service that the emulator saw.
fn sts_count(emulator: &Emulator) -> usize {
    emulator.requests().iter().filter(|request| request.path.starts_with("/sts")).count()
}

#[test]
fn keys_come_as_one_line_with_exactly_these_fields() {
    let emulator = Emulator::start();
    let output = home_for(&emulator).jeton(&CALL).run().quiet();
    output.line();
    let keys = output.json();
    let names: Vec<_> = keys.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId"]);
    assert_eq!(keys["Version"], 1);
    assert!(keys["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert!(keys["SecretAccessKey"].as_str().unwrap().len() >= 40);
    assert_eq!(keys["AccountId"], "123456789012");
    assert_about(seconds_until(&keys["Expiration"]), 3600);
}

#[test]
fn the_token_service_gets_the_role_the_session_and_the_entra_token() {
    let emulator = Emulator::start();
    let mut home = home_for(&emulator);
    home.set("AWS_ROLE_SESSION_NAME", "me@example.test");
    home.jeton(&[&CALL[..], &["--aws-duration", "2h"]].concat()).run().quiet();
    let requests = emulator.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].field("scope"), Some("api://aws/.default"));
    let mut form: Vec<_> = requests[1].form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.sort_unstable();
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(
        form,
        [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("DurationSeconds", "7200"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "me@example.test"),
            ("Version", "2011-06-15"),
            ("WebIdentityToken", &token),
        ]
    );
    assert_eq!(requests[1].header("authorization"), None);
    assert_eq!(emulator.violations(), Vec::<String>::new());
}

#[test]
fn the_root_of_a_host_is_an_endpoint_too() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    home.jeton(&[&CALL[..], &["--aws-endpoint", emulator.url()]].concat()).run().quiet();
    assert_eq!(emulator.requests()[1].path, "/");
}

#[test]
fn the_second_call_asks_nobody() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    let first = home.jeton(&CALL).run().quiet();
    assert_eq!(emulator.count(), 2);
    assert_eq!(home.jeton(&CALL).run().quiet(), first);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn another_role_session_or_duration_has_keys_of_its_own() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    let other = "arn:aws:iam::123456789012:role/Writer";
    let mut seen = vec![home.jeton(&CALL).run().quiet().json()["AccessKeyId"].clone()];
    for more in [["--aws-role-arn", other], ["--aws-session-name", "other"], ["--aws-duration", "30m"]] {
        seen.push(home.jeton(&[&CALL[..], &more].concat()).run().quiet().json()["AccessKeyId"].clone());
    }
    for (at, keys) in seen.iter().enumerate() {
        assert!(!seen[..at].contains(keys), "{seen:?}");
    }
    // One Entra token for all of them.
    assert_eq!((emulator.token_count(), sts_count(&emulator)), (1, 4));
}

#[test]
fn keys_are_handed_out_with_more_life_than_sdks_ask_for() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    let first = home.jeton(&CALL).run().quiet();
    // 15 minutes and a half are left: botocore would run the program again for every call.
    for file in home.cached(".token") {
        age_token(&file, 3600 - 930);
    }
    let second = home.jeton(&CALL).run().quiet();
    assert_ne!(first, second);
    assert!(seconds_until(&second.json()["Expiration"]) >= 16 * 60);
    assert_eq!(sts_count(&emulator), 2);
}

#[test]
fn a_profile_without_a_role_gets_its_token_in_the_same_envelope() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let output = home.jeton(&CALL).run().quiet();
    output.line();
    let mut document = output.json();
    let end = document.as_object_mut().expect("an object").remove("Expiration").expect("a time");
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(document, json!({"Version": 1, "Token": token, "TokenType": "Bearer"}));
    assert_about(seconds_until(&end), 3599);
    assert_eq!(sts_count(&emulator), 0);
}

#[test]
fn a_profile_may_hold_it_all() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    let profile = json!({
        "aws_role_arn": ROLE, "aws_endpoint": format!("{}/sts/", emulator.url()), "aws_session_name": "of-a-profile",
        "aws_duration": "20m", "scopes": [AUDIENCE],
    });
    home.profiles(&json!({"version": 1, "profiles": {"p": profile}}).to_string());
    home.set("AWS_REGION", "eu-central-1");
    let output = home.jeton(&["credential-process", "-p", "p"]).run().quiet();
    assert_about(seconds_until(&output.json()["Expiration"]), 1200);
    assert_eq!(emulator.requests()[1].field("RoleSessionName"), Some("of-a-profile"));
}

#[test]
fn the_token_services_refusals_are_told_in_plain_words() {
    for (status, error, code, words) in [
        (403, "AccessDenied", 6, &["may not be assumed", "trust policy"][..]),
        (400, "ExpiredTokenException", 6, &["has expired", "clock"]),
        (400, "InvalidIdentityToken", 6, &["does not accept the Entra token", "identity provider"]),
        (400, "Throttling", 5, &["for the moment", "try again"]),
        (400, "ValidationError", 4, &["not valid", "role ARN"]),
        (403, "RegionDisabledException", 4, &["not activated", "region"]),
    ] {
        let emulator = Emulator::start();
        let home = home_for(&emulator);
        emulator.script_for("/sts", Fault::error(status, error, 0).text("AWS's own\u{1b}[2J words"));
        let stderr = home.jeton(&CALL).run().refusal(code);
        assert_says(&stderr, words);
        assert_says(&stderr, &[&format!("({error}: AWS's own [2J words)"), "request id: ", &format!("role: {ROLE}")]);
        assert_eq!(sts_count(&emulator), 1, "{error}");
        // The Entra token was good: only AWS is asked again.
        home.jeton(&CALL).run().quiet();
        assert_eq!((emulator.token_count(), sts_count(&emulator)), (1, 2), "{error}");
    }
}

#[test]
fn a_token_that_the_token_service_repeats_is_not_shown() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    let token = home.jeton(&["token", "--scope", AUDIENCE]).run().quiet();
    let text = format!("Value '{}' at 'webIdentityToken' is bad", token.line());
    emulator.script_for("/sts", Fault::error(400, "ValidationError", 0).text(&text));
    assert_says(&home.jeton(&CALL).run().refusal(4), &["at 'webIdentityToken' is bad"]);
}

#[test]
fn a_failing_token_service_is_asked_again() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    emulator.script_for("/sts", Fault::error(503, "ServiceUnavailable", 0).retry_after("0").times(2));
    home.jeton(&CALL).run().quiet();
    assert_eq!(sts_count(&emulator), 3);
    emulator.script_for("/sts", Fault::html(502).retry_after("0").times(4));
    assert_says(&home.jeton(&[&CALL[..], &["--force-refresh"]].concat()).run().refusal(5), &["AWS", "502"]);
}

#[test]
fn a_page_in_place_of_keys_and_a_redirect_are_told() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    for (fault, words) in [
        (Fault::html(200), &["neither AWS keys nor an AWS error", "text/html"][..]),
        (Fault::truncated_json(), &["neither AWS keys nor an AWS error"]),
        (Fault::redirect(307, "https://elsewhere.example.test/"), &["redirects elsewhere", "307"]),
    ] {
        emulator.script_for("/sts", fault);
        assert_says(&home.jeton(&CALL).run().refusal(5), words);
    }
}

#[test]
fn settings_that_aws_would_refuse_cost_no_request() {
    let emulator = Emulator::start();
    let home = home_for(&emulator);
    for (flag, value, words) in [
        ("--aws-role-arn", "arn:aws:iam::123456789012:user/me", "is not the ARN of an IAM role"),
        ("--aws-role-arn", "Reader", "is not the ARN of an IAM role"),
        ("--aws-session-name", "a b", "can't be the name of an AWS session"),
        ("--aws-duration", "10m", "15m to 12h"),
        ("--aws-duration", "a while", "is not a length of time"),
        ("--aws-endpoint", "http://sts.example.test/", "https only"),
    ] {
        let stderr = home.jeton(&[&CALL[..], &[flag, value]].concat()).run().refusal(4);
        assert_says(&stderr, &[words]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_wrong_secret_ends_with_6_and_nothing_on_stdout() {
    let emulator = Emulator::start();
    let mut home = home_for(&emulator);
    home.set("AZURE_CLIENT_SECRET", "wrong-secret");
    assert_says(&home.jeton(&CALL).run().refusal(6), &["the client secret is wrong"]);
    assert_eq!((emulator.count(), sts_count(&emulator)), (1, 0));
}

#[test]
fn steps_show_neither_keys_nor_token() {
    let emulator = Emulator::start();
    let output = home_for(&emulator).jeton(&[&CALL[..], &["-v"]].concat()).run().ok();
    assert_no_secret(&output.stderr);
    let keys = output.json();
    for name in ["SecretAccessKey", "SessionToken"] {
        assert!(!output.stderr.contains(keys[name].as_str().unwrap()), "{name}");
    }
}
