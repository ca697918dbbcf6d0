//! Databricks: users who sign in, and refresh tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{
    DATABRICKS_ACCOUNT_ID, Emulator, Fault, OTHER_USER, OTHER_USER_PASSWORD, Principal, Rotation, SignInBend, TENANT,
    USER, User, Visit,
};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::client::{Client, client};
use crate::databricks::{TOKEN, claims};

const VERIFIER: &str = "a-verifier-that-is-long-enough-for-everybody-0123456789";
const REDIRECT: &str = "http://localhost:8020";

fn authorize_url(issuer: &str, changes: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let mut fields = vec![
        ("client_id", "databricks-cli"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("state", "a-state"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("scope", "offline_access all-apis"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields.retain(|(_, value)| !value.is_empty());
    format!("{issuer}/v1/authorize?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
}

fn redeem(client: &Client, path: &str, visit: &Visit, verifier: &str) -> crate::client::Answer {
    let code = visit.returned_value("code").expect("a code");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "databricks-cli"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ];
    client.form(path, &fields).expect("an answer")
}

fn refresh(client: &Client, token: &str) -> Value {
    let fields = [("grant_type", "refresh_token"), ("client_id", "databricks-cli"), ("refresh_token", token)];
    client.form(TOKEN, &fields).expect("an answer").json()
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Signs in at the default workspace; access token and refresh token.
fn sign_in(emulator: &Emulator, client: &Client) -> (String, String) {
    let visit = emulator.visit(&authorize_url(&format!("{}/oidc", emulator.workspace()), &[]));
    let body = redeem(client, TOKEN, &visit, VERIFIER).json();
    (text(&body, "access_token"), text(&body, "refresh_token"))
}

#[test]
fn a_user_signs_in_at_a_workspace_and_at_the_account() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let (token, _) = sign_in(&emulator, &client);
    assert_eq!(claims(&token)["scope"], "all-apis", "offline_access is for the refresh token");
    assert_eq!(client.get("/api/2.0/preview/scim/v2/Me", Some(&token)).json()["userName"], USER);

    let issuer = format!("{}/oidc/accounts/{DATABRICKS_ACCOUNT_ID}", emulator.account());
    let visit = emulator.visit(&authorize_url(&issuer, &[("scope", "all-apis")]));
    assert_eq!(visit.returned_value("state").as_deref(), Some("a-state"));
    assert_eq!(visit.returned_value("iss"), Some(issuer.clone()));
    let path = format!("/oidc/accounts/{DATABRICKS_ACCOUNT_ID}/v1/token");
    let body = redeem(&client.at(&emulator.account()), &path, &visit, VERIFIER).json();
    assert_eq!(claims(&text(&body, "access_token"))["iss"], issuer);
    assert!(body.get("refresh_token").is_none(), "nobody asked for offline_access");
    assert_eq!((emulator.authorize_requests().len(), emulator.token_count()), (2, 2));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn a_page_asks_who_it_is() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.auto_sign_in = false);
    let client = client(&emulator);
    let url = authorize_url(&format!("{}/oidc", emulator.workspace()), &[]);
    let page = emulator.visit(&url);
    let wrong = emulator.submit(&page, &[("login", OTHER_USER), ("passwd", "wrong")]);
    assert!(wrong.html.contains("invalid username or password"), "{}", wrong.html);
    let back = emulator.submit(&wrong, &[("login", OTHER_USER), ("passwd", OTHER_USER_PASSWORD)]);
    let body = redeem(&client, TOKEN, &back, VERIFIER).json();
    assert_eq!(claims(&text(&body, "access_token"))["sub"], OTHER_USER);
    let cancelled = emulator.submit(&emulator.visit(&url), &[("action", "cancel")]);
    assert_eq!(cancelled.returned_value("error").as_deref(), Some("access_denied"));
}

#[test]
fn requests_that_are_not_right_get_no_code() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let issuer = format!("{}/oidc", emulator.workspace());
    let visit = |changes: &[(&str, &str)]| emulator.visit(&authorize_url(&issuer, changes));
    for wrong in [("client_id", "nobody"), ("redirect_uri", "https://evil.example"), ("redirect_uri", "")] {
        let visit = visit(&[wrong]);
        assert_eq!((visit.status, visit.location), (400, None), "{wrong:?}");
    }
    for (wrong, error) in [
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("scope", "unknown"), "invalid_scope"),
        (("response_type", "token"), "unsupported_response_type"),
    ] {
        assert_eq!(visit(&[wrong]).returned_value("error").as_deref(), Some(error), "{wrong:?}");
    }
    emulator.add_user(User::new("eve@contoso.example", "dddddddd-3333-1111-1111-111111111111", "p", "Eve", TENANT));
    emulator.change_settings(|settings| settings.sign_in_user = "eve@contoso.example".into());
    assert_eq!(visit(&[]).returned_value("error").as_deref(), Some("access_denied"), "no member");
    emulator.add_principal(Principal::user("eve@contoso.example"));
    let good = visit(&[]);
    assert_eq!(redeem(&client, TOKEN, &good, "another-verifier-that-is-long-enough-for-everybody").status, 400);
    let twice = visit(&[]);
    assert_eq!(redeem(&client, TOKEN, &twice, VERIFIER).status, 200);
    assert_eq!(redeem(&client, TOKEN, &twice, VERIFIER).json()["error"], "invalid_grant");

    emulator.script(Fault::sign_in(SignInBend::WrongState));
    assert_eq!(visit(&[]).returned_value("state").as_deref(), Some("not-what-was-sent"));
    emulator.script(Fault::sign_in_error("access_denied", 0).text("No."));
    assert_eq!(visit(&[]).returned_value("error_description").as_deref(), Some("No."));
    let all = emulator.violations().join("\n");
    assert!(all.contains("without PKCE") && all.contains("a second time"), "{all}");
}

#[test]
fn refresh_tokens_rotate_as_the_settings_have_it() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let rotation = |rotation| emulator.change_settings(|settings| settings.databricks.rotation = rotation);
    rotation(Rotation::Off);
    let (_, first) = sign_in(&emulator, &client);
    assert!(refresh(&client, &first).get("refresh_token").is_none());
    assert!(refresh(&client, &first).get("access_token").is_some());

    rotation(Rotation::Lenient);
    let second = text(&refresh(&client, &first), "refresh_token");
    assert_ne!(first, second);
    assert!(refresh(&client, &first).get("refresh_token").is_some(), "the old one still works");
    assert_eq!(emulator.refresh_reuses(), 1);

    rotation(Rotation::Strict);
    let (_, first) = sign_in(&emulator, &client);
    let second = text(&refresh(&client, &first), "refresh_token");
    let refused = refresh(&client, &first);
    assert_eq!(
        (&refused["error"], &refused["error_description"]),
        (&"invalid_grant".into(), &"Refresh token is invalid".into())
    );
    assert_eq!(refresh(&client, &second)["error"], "invalid_grant", "the whole family is lost");
    assert_eq!(emulator.refresh_reuses(), 2);

    let (_, other) = sign_in(&emulator, &client);
    assert_eq!(emulator.databricks_refresh_tokens().last(), Some(&other));
    assert!(emulator.revoke_databricks(&other));
    assert_eq!(refresh(&client, &other)["error"], "invalid_grant");
    let (_, cut) = sign_in(&emulator, &client);
    emulator.script(Fault::reset_after());
    let fields = [("grant_type", "refresh_token"), ("client_id", "databricks-cli"), ("refresh_token", &*cut)];
    assert!(client.form(TOKEN, &fields).is_err());
    assert_eq!(refresh(&client, &cut)["error"], "invalid_grant", "it was used up");
}
