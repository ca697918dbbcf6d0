//! Refresh tokens: rotation, reuse, revocation.

use jeton_emulator::{
    App, Emulator, OTHER_TENANT, OTHER_USER, OldRefreshTokens, PUBLIC_CLIENT_ID, TENANT, USER, USER_OID,
};

use crate::client::{Client, client};
use crate::user::{SCOPE, access, code, redeem, refresh, text};

fn signed_in(emulator: &Emulator, client: &Client, changes: &[(&str, &str)]) -> String {
    text(&redeem(client, &code(emulator, changes), &[]), "refresh_token")
}

#[test]
fn each_redemption_gives_a_new_one() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let first = signed_in(&emulator, &client, &[]);
    let answer = refresh(&client, &first, &[]);
    let second = text(&answer, "refresh_token");
    assert_ne!(first, second);
    assert_eq!(access(&answer)["oid"], USER_OID);
    assert!(answer.json()["id_token"].is_string());
    assert_eq!(emulator.refresh_tokens(), [first.clone(), second.clone()]);
    assert_eq!(emulator.refresh_reuses(), 0);
    assert_eq!(refresh(&client, &first, &[]).status, 200, "the old one lives on");
    assert_eq!(emulator.refresh_reuses(), 1);
    assert_eq!(emulator.violations(), [""; 0]);

    emulator.change_settings(|settings| settings.rotate = false);
    let answer = refresh(&client, &second, &[]);
    assert_eq!((answer.status, answer.json().get("refresh_token")), (200, None));
    assert_eq!(refresh(&client, &second, &[("scope", "")]).status, 200, "without a scope, as signed in");
}

#[test]
fn old_ones_can_be_revoked() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.old_refresh_tokens = OldRefreshTokens::Revoked);
    let client = client(&emulator);
    let first = signed_in(&emulator, &client, &[]);
    let second = text(&refresh(&client, &first, &[]), "refresh_token");
    assert_eq!(emulator.refresh_reuses(), 0);
    assert_eq!(refresh(&client, &first, &[]).failure(), (400, "invalid_grant".into(), 70000));
    assert_eq!(emulator.refresh_reuses(), 1);
    assert_eq!(emulator.violations(), [""; 0]);
    refresh(&client, &first, &[]);
    assert_eq!(emulator.refresh_reuses(), 2);
    assert!(emulator.violations()[0].contains("a refresh token that was refused is sent again"));
    assert_eq!(refresh(&client, &second, &[]).status, 200);
    assert_eq!(client.get("/_emulator/count", None).json()["refresh_reuses"], 2);
    emulator.clear();
    assert_eq!((emulator.refresh_reuses(), emulator.violations().len()), (0, 0));
}

#[test]
fn two_at_once_do_not_both_win_where_old_ones_are_revoked() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.old_refresh_tokens = OldRefreshTokens::Revoked);
    let token = signed_in(&emulator, &client(&emulator), &[]);
    emulator.clear();
    emulator.hold();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let client = client(&emulator);
                let token = token.clone();
                scope.spawn(move || refresh(&client, &token, &[]).status)
            })
            .collect();
        assert!(emulator.wait_for_requests(8, std::time::Duration::from_secs(30)));
        emulator.release();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(emulator.refresh_reuses(), 7);
}

#[test]
fn one_serves_all_resources_and_tenants() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let token = signed_in(&emulator, &client, &[]);
    let other = refresh(&client, &token, &[("scope", "https://other.example//.default openid profile offline_access")]);
    assert_eq!(access(&other)["aud"], "https://other.example/");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("refresh_token", &*token),
        ("scope", SCOPE),
    ];
    let guest = client.form(&format!("/{OTHER_TENANT}/oauth2/v2.0/token"), &fields).expect("an answer");
    assert_eq!(access(&guest)["tid"], OTHER_TENANT);
    assert_ne!(access(&guest)["oid"], USER_OID, "a guest has an object id of its own");
    let v1 = [
        ("grant_type", "refresh_token"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("refresh_token", &*token),
        ("resource", "https://other.example/"),
    ];
    let answer = client.form(&format!("/{TENANT}/oauth2/token"), &v1).expect("an answer");
    assert_eq!((&access(&answer)["ver"], &answer.json()["expires_in"]), (&"1.0".into(), &"3599".into()));
    let unconsented = refresh(&client, &token, &[("scope", "api://unconsented/x openid profile offline_access")]);
    assert_eq!(unconsented.failure().2, 65001);
    assert_eq!(unconsented.json()["suberror"], "consent_required");
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn it_ends() {
    let emulator = Emulator::start();
    emulator.add_app(App::new("another").public().redirect("http://localhost"));
    let client = client(&emulator);
    let ada = signed_in(&emulator, &client, &[]);
    let grace = signed_in(&emulator, &client, &[("login_hint", OTHER_USER)]);
    let foreign = refresh(&client, &ada, &[("client_id", "another")]);
    assert_eq!((foreign.failure().2, &foreign.json()["suberror"]), (70000, &"client_mismatch".into()));
    assert_eq!(emulator.revoke_user(USER, 50173), 1);
    assert_eq!(refresh(&client, &ada, &[]).failure(), (400, "invalid_grant".into(), 50173));
    assert_eq!(refresh(&client, &grace, &[]).status, 200, "another user's");
    let body = serde_json::json!({"user": OTHER_USER, "code": 700_082}).to_string();
    let answer = client.post("/_emulator/revoke", &[], body.as_bytes()).expect("an answer");
    assert_eq!(answer.json()["revoked"], 2);
    assert_eq!(refresh(&client, &grace, &[]).failure().2, 700_082);
    assert_eq!(emulator.violations(), [""; 0]);

    let later = signed_in(&emulator, &client, &[]);
    assert_eq!(refresh(&client, &later, &[]).status, 200, "a new sign-in works");
    emulator.set_clock_offset(7_776_001);
    assert_eq!(refresh(&client, &later, &[]).failure().2, 700_082, "unused for 90 days");
    assert_eq!(refresh(&client, "1.nothing", &[]).failure().2, 70000);
    client.get(&format!("/{TENANT}/oauth2/v2.0/token?refresh_token={later}"), None);
    assert!(emulator.violations().iter().any(|text| text.contains("a secret in the URL: 'refresh_token'")));
}
