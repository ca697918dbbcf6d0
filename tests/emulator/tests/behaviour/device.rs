//! Device codes and their page.

use std::time::Duration;

use jeton_emulator::{Emulator, OTHER_USER, OTHER_USER_PASSWORD, PUBLIC_CLIENT_ID, TENANT, USER, WEB_CLIENT_ID};
use serde_json::Value;

use crate::client::{Answer, Client, client};
use crate::user::{SCOPE, access, post, text, with};

const LONG: Duration = Duration::from_secs(10);

/// An emulator that lets clients poll as fast as they like.
fn impatient() -> Emulator {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.device_interval = 0);
    emulator
}

fn start(client: &Client, changes: &[(&str, &str)]) -> Value {
    let fields = with(&[("client_id", PUBLIC_CLIENT_ID), ("scope", SCOPE)], changes);
    let answer = client.form(&format!("/{TENANT}/oauth2/v2.0/devicecode"), &fields).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn poll(client: &Client, started: &Value) -> Answer {
    let code = started["device_code"].as_str().expect("a device code");
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    post(client, &[("grant_type", grant), ("client_id", PUBLIC_CLIENT_ID), ("device_code", code), ("client_info", "1")])
}

#[test]
fn approval_ends_the_waiting() {
    let emulator = impatient();
    let client = client(&emulator);
    assert_eq!(emulator.wait_for_device_code(Duration::from_millis(1)), None);
    assert!(!emulator.approve_device_code(USER), "none waits");
    let started = start(&client, &[]);
    assert_eq!((&started["interval"], &started["expires_in"]), (&0.into(), &900.into()));
    assert_eq!(started["verification_uri"], format!("{}/devicelogin", emulator.url()));
    let user_code = started["user_code"].as_str().expect("a user code");
    assert!(started["message"].as_str().is_some_and(|message| message.contains(user_code)));
    assert_eq!(emulator.wait_for_device_code(LONG).as_deref(), Some(user_code));
    for _ in 0..2 {
        assert_eq!(poll(&client, &started).failure(), (400, "authorization_pending".into(), 70016));
    }
    assert!(emulator.approve_device_code(OTHER_USER));
    let answer = poll(&client, &started);
    assert_eq!(access(&answer)["upn"], OTHER_USER, "{}", answer.body);
    assert!(!text(&answer, "refresh_token").is_empty() && !text(&answer, "id_token").is_empty());
    assert!(!text(&answer, "client_info").is_empty());
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(poll(&client, &started).failure().2, 54005);
    assert!(emulator.violations()[0].contains("a device code is polled after its end"));
}

#[test]
fn it_may_end_in_other_ways() {
    let emulator = impatient();
    let client = client(&emulator);
    let declined = start(&client, &[]);
    assert!(emulator.decline_device_code());
    assert_eq!(poll(&client, &declined).failure().1, "authorization_declined");
    let expired = start(&client, &[]);
    assert!(emulator.expire_device_code());
    assert_eq!(poll(&client, &expired).failure(), (400, "expired_token".into(), 70019));
    emulator.change_settings(|settings| settings.device_expires_in = 5);
    let late = start(&client, &[]);
    emulator.set_clock_offset(6);
    assert_eq!(poll(&client, &late).failure().1, "expired_token");
    emulator.set_clock_offset(0);
    let unconsented = start(&client, &[("scope", "api://unconsented/x openid profile offline_access")]);
    assert!(emulator.approve_device_code(USER));
    assert_eq!(poll(&client, &unconsented).failure().2, 65001);
    let nothing = serde_json::json!({"device_code": "1.nothing"});
    assert_eq!(poll(&client, &nothing).failure().1, "bad_verification_code");
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn fast_polls_are_slowed_down() {
    let emulator = Emulator::start();
    // Long enough that nobody waits for it by chance.
    emulator.change_settings(|settings| settings.device_interval = 600);
    let client = client(&emulator);
    let started = start(&client, &[]);
    assert_eq!(poll(&client, &started).failure().1, "authorization_pending", "the first may come at once");
    assert_eq!(poll(&client, &started).failure(), (400, "slow_down".into(), 90120));
    assert!(emulator.violations()[0].contains("polled sooner than after 600 s"));
    poll(&client, &started);
    assert!(emulator.violations()[1].contains("polled sooner than after 605 s"), "{:?}", emulator.violations());
}

#[test]
fn a_person_uses_the_page() {
    let emulator = impatient();
    emulator.change_settings(|settings| {
        settings.auto_sign_in = false;
        settings.device_message = Some("go there".into());
    });
    let client = client(&emulator);
    let first = start(&client, &[]);
    let second = start(&client, &[]);
    assert_eq!(first["message"], "go there");
    let page = emulator.visit(first["verification_uri"].as_str().expect("a URL"));
    assert!(page.html.contains("id=\"otc\"") && page.html.contains("id=\"next\""), "{}", page.html);
    let wrong = emulator.submit(&page, &[("otc", "WRONG")]);
    assert!(wrong.html.contains("didn&#39;t work"), "{}", wrong.html);
    let code = first["user_code"].as_str().expect("a user code").to_lowercase();
    let sign_in = emulator.submit(&wrong, &[("otc", &format!(" {code} "))]);
    let bad = emulator.submit(&sign_in, &[("login", OTHER_USER), ("passwd", "wrong"), ("action", "sign_in")]);
    assert!(bad.html.contains("AADSTS50126"), "{}", bad.html);
    assert_eq!(poll(&client, &first).failure().1, "authorization_pending");
    let done = emulator.submit(&bad, &[("login", OTHER_USER), ("passwd", OTHER_USER_PASSWORD), ("action", "sign_in")]);
    assert!(done.html.contains("You have signed in"), "{}", done.html);
    assert_eq!(access(&poll(&client, &first))["upn"], OTHER_USER);
    assert_eq!(poll(&client, &second).failure().1, "authorization_pending", "the other one still waits");
    let sign_in = emulator.submit(&page, &[("otc", second["user_code"].as_str().expect("a user code"))]);
    emulator.submit(&sign_in, &[("action", "cancel")]);
    assert_eq!(poll(&client, &second).failure().1, "authorization_declined");

    emulator.change_settings(|settings| settings.auto_sign_in = true);
    let third = start(&client, &[]);
    emulator.submit(&page, &[("otc", third["user_code"].as_str().expect("a user code"))]);
    assert_eq!(access(&poll(&client, &third))["upn"], USER);
}

#[test]
fn other_languages_can_decide() {
    let emulator = impatient();
    let client = client(&emulator);
    let post =
        |path: &str, body: &str| client.post(&format!("/_emulator/{path}"), &[], body.as_bytes()).expect("an answer");
    assert_eq!(post("device/approve", "").status, 404);
    let (first, second) = (start(&client, &[]), start(&client, &[]));
    let waiting = client.get("/_emulator/device", None).json();
    assert_eq!((waiting.as_array().map(Vec::len), &waiting[0]["user_code"]), (Some(2), &first["user_code"]));
    let body = serde_json::json!({"user_code": first["user_code"], "user": OTHER_USER}).to_string();
    assert_eq!(post("device/approve", &body).status, 200);
    assert_eq!(access(&poll(&client, &first))["upn"], OTHER_USER);
    assert_eq!(post("device/decline", "").status, 200);
    assert_eq!(poll(&client, &second).failure().1, "authorization_declined");
    let third = start(&client, &[]);
    assert_eq!(post("device/expire", "{}").status, 200);
    assert_eq!(poll(&client, &third).failure().1, "expired_token");
    assert_eq!(post("device/approve", r#"{"usr":1}"#).status, 400);
}

#[test]
fn mistakes_are_refused_or_noted() {
    let emulator = impatient();
    let client = client(&emulator);
    let v2 = format!("/{TENANT}/oauth2/v2.0/devicecode");
    let form = |fields: &[(&str, &str)]| client.form(&v2, fields).expect("an answer");
    assert_eq!(form(&[("scope", SCOPE)]).failure().2, 900_144);
    assert_eq!(form(&[("client_id", PUBLIC_CLIENT_ID)]).failure().2, 900_144);
    assert_eq!(form(&[("client_id", "nobody"), ("scope", SCOPE)]).failure().2, 700_016);
    let web = start(&client, &[("client_id", WEB_CLIENT_ID)]);
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let code = web["device_code"].as_str().expect("a device code");
    let fields = [("grant_type", grant), ("client_id", WEB_CLIENT_ID), ("device_code", code)];
    assert_eq!(post(&client, &fields).failure().2, 7_000_218, "no public client");
    emulator.clear();
    form(&[("client_id", PUBLIC_CLIENT_ID), ("scope", "User.Read"), ("client_secret", "x")]);
    let all = emulator.violations().join("\n");
    assert!(all.contains("the scope lacks 'offline_access'") && all.contains("a client secret where"), "{all}");
}

#[test]
fn v1_has_its_own_names() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let fields = [("client_id", PUBLIC_CLIENT_ID), ("resource", "https://resource.example/")];
    let started =
        client.form(&format!("/{TENANT}/oauth2/devicecode?api-version=1.0"), &fields).expect("an answer").json();
    assert_eq!((&started["interval"], &started["expires_in"]), (&"1".into(), &"900".into()));
    assert!(started["verification_url"].is_string());
    assert!(emulator.approve_device_code(USER));
    let code = started["device_code"].as_str().expect("a device code");
    let fields = [("grant_type", "device_code"), ("client_id", PUBLIC_CLIENT_ID), ("code", code)];
    let answer = client.form(&format!("/{TENANT}/oauth2/token"), &fields).expect("an answer");
    assert_eq!(access(&answer)["aud"], "https://resource.example/", "{}", answer.body);
    assert_eq!(emulator.violations(), [""; 0]);
}
