//! The authorization code grant, and what its tokens hold.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{
    CLIENT_ID, Emulator, PUBLIC_CLIENT_ID, TENANT, USER, USER_OID, WEB_CLIENT_ID, WEB_REDIRECT, WEB_SECRET,
};
use serde_json::{Value, json};

use crate::client::client;
use crate::user::{access, claims, code, redeem, refresh, text};

#[test]
fn a_code_gives_all_tokens() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let answer = redeem(&client, &code(&emulator, &[]), &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &3599.into()));
    assert_eq!(body["scope"], "https://resource.example/user_impersonation https://resource.example/.default");
    assert!(emulator.is_valid(&text(&answer, "access_token")));
    assert_eq!(emulator.issued_tokens(), [text(&answer, "access_token")]);
    assert_eq!(emulator.refresh_tokens(), [text(&answer, "refresh_token")]);
    let token = access(&answer);
    for (name, value) in [
        ("aud", "https://resource.example"),
        ("tid", TENANT),
        ("oid", USER_OID),
        ("upn", USER),
        ("preferred_username", USER),
        ("scp", "user_impersonation"),
        ("appid", PUBLIC_CLIENT_ID),
        ("azp", PUBLIC_CLIENT_ID),
        ("azpacr", "0"),
    ] {
        assert_eq!(token[name], value, "{name}");
    }
    let id_token = text(&answer, "id_token");
    assert!(emulator.is_valid(&id_token), "signed by the same key");
    let id = claims(&id_token);
    for (name, value) in [
        ("aud", PUBLIC_CLIENT_ID),
        ("tid", TENANT),
        ("oid", USER_OID),
        ("preferred_username", USER),
        ("name", "Ada Lovelace"),
        ("nonce", "the-nonce"),
    ] {
        assert_eq!(id[name], value, "{name}");
    }
    let info = URL_SAFE_NO_PAD.decode(text(&answer, "client_info")).expect("base64url");
    let info: Value = serde_json::from_slice(&info).expect("JSON");
    assert_eq!(info, json!({"uid": USER_OID, "utid": TENANT}));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn only_what_was_asked_for_is_given() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let scope = [("scope", "https://resource.example/.default")];
    let body = redeem(&client, &code(&emulator, &scope), &[scope[0], ("client_info", "")]).json();
    for name in ["refresh_token", "id_token", "client_info"] {
        assert_eq!(body.get(name), None, "{name}");
    }
}

#[test]
fn scopes_name_resource_and_permissions() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    for (scope, audience, scp) in [
        ("User.Read Mail.Read offline_access", "https://graph.microsoft.com", "User.Read Mail.Read"),
        ("https://graph.microsoft.com/User.Read openid", "https://graph.microsoft.com", "User.Read openid"),
        ("https://management.azure.com//.default", "https://management.azure.com/", "user_impersonation"),
        ("api://an-app/read api://an-app/write", "api://an-app", "read write"),
        ("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d", "user_impersonation"),
        ("openid profile", "https://graph.microsoft.com", "openid profile"),
    ] {
        let token = access(&redeem(&client, &code(&emulator, &[("scope", scope)]), &[("scope", scope)]));
        assert_eq!((&token["aud"], &token["scp"]), (&audience.into(), &scp.into()), "{scope}");
    }
    // Consent to two at once, a token for one.
    let two = "https://a.example/x https://b.example/y";
    let code = code(&emulator, &[("scope", two)]);
    assert_eq!(redeem(&client, &code, &[("scope", two)]).failure().2, 28000);
    assert_eq!(access(&redeem(&client, &code, &[("scope", "https://b.example/y")]))["scp"], "y");
}

#[test]
fn each_mistake_has_entras_error() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let wrong_verifier = "x".repeat(43);
    let good = code(&emulator, &[]);
    for (changes, error, number) in [
        ([("code_verifier", ""), ("x", "")], "invalid_grant", 501_481),
        ([("code_verifier", &*wrong_verifier), ("x", "")], "invalid_grant", 501_481),
        ([("redirect_uri", "http://localhost:8401"), ("x", "")], "invalid_grant", 500_112),
        ([("redirect_uri", ""), ("x", "")], "invalid_request", 900_144),
        ([("client_secret", "x"), ("x", "")], "invalid_client", 700_025),
        ([("client_id", WEB_CLIENT_ID), ("x", "")], "invalid_client", 7_000_218),
        ([("client_id", WEB_CLIENT_ID), ("client_secret", "x")], "invalid_client", 7_000_215),
        ([("client_id", WEB_CLIENT_ID), ("client_secret", WEB_SECRET)], "invalid_grant", 70000),
        ([("client_id", "nobody"), ("x", "")], "unauthorized_client", 700_016),
        ([("resource", "x"), ("x", "")], "invalid_request", 901_002),
        ([("scope", "api://unknown/.default"), ("x", "")], "invalid_resource", 500_011),
        ([("scope", "api://unconsented/.default"), ("x", "")], "invalid_grant", 65001),
        ([("claims", "[]"), ("x", "")], "invalid_request", 9_002_313),
    ] {
        let (_, got, code) = redeem(&client, &good, &changes).failure();
        assert_eq!((&*got, code), (error, number), "{changes:?}");
    }
    assert_eq!(redeem(&client, "1.nothing", &[]).failure().2, 70000);
    assert_eq!(redeem(&client, &good, &[]).status, 200, "no mistake used it up");
}

#[test]
fn a_code_works_once_and_for_a_while() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let first = code(&emulator, &[]);
    let tokens = redeem(&client, &first, &[]);
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(redeem(&client, &first, &[]).failure(), (400, "invalid_grant".into(), 54005));
    assert!(emulator.violations()[0].contains("an authorization code is redeemed a second time"));
    assert_eq!(refresh(&client, &text(&tokens, "refresh_token"), &[]).status, 200, "nothing is revoked");

    let old = code(&emulator, &[]);
    emulator.set_clock_offset(601);
    assert_eq!(redeem(&client, &old, &[]).failure(), (400, "invalid_grant".into(), 70008));
}

#[test]
fn a_web_app_redeems_with_its_secret() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let changes = [("client_id", WEB_CLIENT_ID), ("redirect_uri", WEB_REDIRECT), ("code_challenge", "")];
    let code = code(&emulator, &changes);
    let web = [
        ("client_id", WEB_CLIENT_ID),
        ("redirect_uri", WEB_REDIRECT),
        ("client_secret", WEB_SECRET),
        ("code_verifier", ""),
    ];
    let answer = redeem(&client, &code, &web);
    assert_eq!((&access(&answer)["azp"], &access(&answer)["azpacr"]), (&WEB_CLIENT_ID.into(), &"1".into()));
    let token = text(&answer, "refresh_token");
    assert_eq!(refresh(&client, &token, &[("client_id", WEB_CLIENT_ID)]).failure().2, 7_000_218);
    let good = [("client_id", WEB_CLIENT_ID), ("client_secret", WEB_SECRET)];
    assert_eq!(refresh(&client, &token, &good).status, 200);
    assert_eq!(refresh(&client, &token, &[("client_id", CLIENT_ID)]).failure().2, 7_000_218);
}

#[test]
fn claims_are_kept_and_can_be_required() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let capability = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
    let required = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let plain = redeem(&client, &code(&emulator, &[]), &[]);
    assert_eq!((access(&plain).get("xms_cc"), access(&plain).get("claims_satisfied")), (None, None));
    let capable = access(&redeem(&client, &code(&emulator, &[]), &[("claims", capability)]));
    assert_eq!((&capable["xms_cc"], capable.get("claims_satisfied")), (&json!(["CP1"]), None));

    emulator.change_settings(|settings| {
        settings.required_claims.insert("https://resource.example".into(), required.into());
    });
    let old = text(&plain, "refresh_token");
    for changes in [vec![], vec![("claims", capability)], vec![("claims", required)]] {
        let refused = refresh(&client, &old, &changes);
        assert_eq!(refused.failure(), (400, "interaction_required".into(), 50076), "a refresh token is no person");
        assert_eq!(refused.json()["claims"], required);
    }
    let elsewhere = [("scope", "https://other.example/.default openid profile offline_access")];
    assert_eq!(refresh(&client, &old, &elsewhere).status, 200, "other resources need none");
    let stepped_up = redeem(&client, &code(&emulator, &[("claims", required)]), &[]);
    let expected = json!({"acrs": {"essential": true, "value": "c1"}});
    assert_eq!(access(&stepped_up)["claims_satisfied"], expected);
    let later = refresh(&client, &text(&stepped_up, "refresh_token"), &[]);
    assert_eq!(access(&later)["claims_satisfied"], expected, "the sign-in has them for good");
}
