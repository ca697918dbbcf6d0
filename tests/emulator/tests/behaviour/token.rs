//! The token endpoints, their errors, and what describes them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{
    AWKWARD_CLIENT_ID, AWKWARD_SECRET, App, CLIENT_ID, CLIENT_SECRET, Emulator, OTHER_TENANT, Shape, TENANT,
};
use serde_json::Value;

use crate::client::{V2, client};

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn replaced<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    V2.iter().map(|(key, old)| (*key, if *key == name { value } else { *old })).collect()
}

fn without(name: &str) -> Vec<(&'static str, &'static str)> {
    V2.into_iter().filter(|(key, _)| *key != name).collect()
}

#[test]
fn v2_gives_a_signed_token_for_the_resource() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let answer = client.token().expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("client-request-id"), Some("01234567-89ab-cdef-0123-456789abcdef"));
    assert!(answer.header("x-ms-request-id").is_some());
    let body = answer.json();
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["token_type"], "Bearer");
    let token = body["access_token"].as_str().expect("a token");
    assert!(emulator.is_valid(token));
    let claims = claims(token);
    assert_eq!(claims["aud"], "https://resource.example");
    assert_eq!(claims["iss"], format!("{}/{TENANT}/v2.0", emulator.url()));
    assert_eq!((&claims["tid"], &claims["azp"], &claims["ver"]), (&TENANT.into(), &CLIENT_ID.into(), &"2.0".into()));
    assert_eq!(emulator.issued_tokens(), [token]);

    let second = client.token().expect("an answer").json();
    assert_ne!(second["access_token"], body["access_token"], "each token is new");
    assert_eq!(emulator.token_count(), 2);
    assert_eq!(emulator.violations(), [""; 0]);
    let request = &emulator.token_requests()[0];
    assert_eq!(request.field("client_secret"), Some(CLIENT_SECRET));
    assert_eq!(request.field("scope"), Some("https://resource.example/.default"));
}

#[test]
fn the_slash_of_a_resource_is_kept() {
    let emulator = Emulator::start();
    let fields = replaced("scope", "https://management.azure.com//.default openid");
    let answer = client(&emulator).form("/contoso.example/oauth2/v2.0/token", &fields).expect("an answer");
    let claims = claims(answer.json()["access_token"].as_str().expect("a token"));
    assert_eq!(claims["aud"], "https://management.azure.com/");
    assert_eq!(claims["tid"], TENANT, "a domain is answered with its tenant's GUID");
}

#[test]
fn v1_writes_numbers_as_text() {
    let emulator = Emulator::start();
    emulator.set_refresh_in(Some(1800));
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", AWKWARD_CLIENT_ID),
        ("client_secret", AWKWARD_SECRET),
        ("resource", "https://resource.example/"),
    ];
    let answer = client(&emulator).form(&format!("/{OTHER_TENANT}/oauth2/token"), &fields).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    assert_eq!((&body["expires_in"], &body["refresh_in"]), (&"3599".into(), &"1800".into()));
    assert_eq!(body["resource"], "https://resource.example/");
    let claims = claims(body["access_token"].as_str().expect("a token"));
    assert_eq!(body["expires_on"], claims["exp"].to_string());
    assert_eq!(body["not_before"], claims["nbf"].to_string());
    assert_eq!(claims["iss"], format!("{}/{OTHER_TENANT}/", emulator.url()));
    assert_eq!((&claims["appid"], &claims["ver"]), (&AWKWARD_CLIENT_ID.into(), &"1.0".into()));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn each_mistake_has_entras_error() {
    let emulator = Emulator::start();
    emulator.add_app(App::new("an-app").secret("new").expired_secret("old"));
    emulator.add_app(App::new("elsewhere").secret("s").only_in(OTHER_TENANT));
    let client = client(&emulator);
    let v2 = format!("/{TENANT}/oauth2/v2.0/token");
    let v1 = format!("/{TENANT}/oauth2/token");
    let mut expired = replaced("client_secret", "old");
    expired[1].1 = "an-app";
    let with_resource = [V2.as_slice(), &[("resource", "x")]].concat();
    let two = "https://a.example/.default https://b.example/.default";
    let cases = [
        ("/nowhere.example/oauth2/v2.0/token", V2.to_vec(), 400, "invalid_request", 90002),
        ("/common/oauth2/v2.0/token", V2.to_vec(), 400, "invalid_request", 50194),
        (&v2, replaced("client_id", "nobody"), 400, "unauthorized_client", 700016),
        (&v2, replaced("client_id", "elsewhere"), 400, "unauthorized_client", 700016),
        (&v2, replaced("client_secret", "wrong"), 401, "invalid_client", 7000215),
        (&v2, expired, 401, "invalid_client", 7000222),
        (&v2, without("client_secret"), 401, "invalid_client", 7000218),
        (&v2, with_resource, 400, "invalid_request", 901002),
        (&v2, without("scope"), 400, "invalid_request", 900144),
        (&v2, without("grant_type"), 400, "invalid_request", 900144),
        (&v2, replaced("grant_type", "magic"), 400, "unsupported_grant_type", 70003),
        (&v2, replaced("scope", "https://a.example/read"), 400, "invalid_scope", 1002012),
        (&v2, replaced("scope", "a-guid.default"), 400, "invalid_scope", 1002012),
        (&v2, replaced("scope", two), 400, "invalid_scope", 28000),
        (&v2, replaced("scope", "openid"), 400, "invalid_scope", 70011),
        (&v2, replaced("scope", "api://unknown/.default"), 400, "invalid_resource", 500011),
        (&v1, V2.to_vec(), 400, "invalid_request", 900144),
    ];
    for (path, fields, status, error, code) in cases {
        let answer = client.form(path, &fields).expect("an answer");
        assert_eq!(answer.failure(), (status, error.to_owned(), code), "{path} {fields:?}");
        let body = answer.json();
        let text = body["error_description"].as_str().expect("a description");
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
        assert!(text.contains("Trace ID: ") && text.contains("Timestamp: "), "{text}");
        assert_eq!(body["correlation_id"], "01234567-89ab-cdef-0123-456789abcdef");
    }
}

#[test]
fn what_a_careful_client_avoids_is_noted() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let fields = [V2.as_slice(), &[("resource", "https://a.example"), ("scope", "again"), ("colour", "blue")]].concat();
    let answer = client.form(&format!("/{TENANT}/oauth2/token"), &fields).expect("an answer");
    assert_eq!(answer.status, 200, "v1 ignores a scope");
    client.post(&format!("/{TENANT}/oauth2/v2.0/token"), &[("Content-Type", "text/plain")], b"a=b").expect("an answer");
    let all = emulator.violations().join("\n");
    for expected in [
        "v1 has no field 'scope'",
        "'scope' comes more than once",
        "'colour' is unknown",
        "Content-Type is not",
        "no client-request-id",
    ] {
        assert!(all.contains(expected), "{expected} is not in:\n{all}");
    }
}

#[test]
fn basic_authentication_is_taken() {
    let emulator = Emulator::start();
    let encoded: String = form_urlencoded::byte_serialize(AWKWARD_SECRET.as_bytes()).collect();
    let pair = format!("{AWKWARD_CLIENT_ID}:{encoded}");
    let authorization = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", &*authorization)];
    let body = b"grant_type=client_credentials&scope=x%2F.default";
    let answer = client(&emulator).post(&format!("/{TENANT}/oauth2/v2.0/token"), &headers, body).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn success_bodies_take_their_shape() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let mut bodies = [
        Shape::NoExpiry,
        Shape::ExpiresInText,
        Shape::ExpiresInZero,
        Shape::NoAccessToken,
        Shape::BigToken(100_000),
        Shape::ExpiresOnOnly,
    ]
    .into_iter()
    .map(|shape| {
        emulator.set_shape(shape);
        client.token().expect("an answer").json()
    });
    let mut next = || bodies.next().expect("a body");
    assert!(next().get("expires_in").is_none());
    assert_eq!(next()["expires_in"], "3599");
    assert_eq!(next()["expires_in"], 0);
    assert!(next().get("access_token").is_none());
    assert!(next()["access_token"].as_str().is_some_and(|token| token.len() > 130_000));
    assert!(next()["expires_on"].as_u64().is_some());
}

#[test]
fn discovery_and_keys_describe_it() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let openid = client.get(&format!("/{TENANT}/v2.0/.well-known/openid-configuration"), None).json();
    assert_eq!(openid["token_endpoint"], format!("{}/{TENANT}/oauth2/v2.0/token", emulator.url()));
    let keys_path = openid["jwks_uri"].as_str().and_then(|uri| uri.strip_prefix(emulator.url())).expect("its own URL");
    let keys = client.get(keys_path, None).json();
    assert_eq!(keys["keys"][0]["crv"], "P-256");
    let instance = client.get("/common/discovery/instance?api-version=1.1&authorization_endpoint=x", None).json();
    assert!(instance["metadata"][0]["aliases"].is_array());
    assert_eq!(client.get("/nowhere/.well-known/openid-configuration", None).failure().2, 90002);
    assert_eq!((emulator.count(), emulator.token_count()), (4, 0), "discovery is captured");
    assert_eq!(emulator.requests()[2].query_value("api-version"), Some("1.1"));
}
