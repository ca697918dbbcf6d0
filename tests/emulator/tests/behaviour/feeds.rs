//! The feeds of packages, and Google's token service.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_emulator::{CLIENT_ID, DEVOPS_AUDIENCE, Emulator, TENANT};

use crate::client::client;

#[test]
fn a_feed_takes_living_tokens_for_azure_devops() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let good = emulator.issue(TENANT, CLIENT_ID, DEVOPS_AUDIENCE, 600);
    let paths = [
        ("/feeds/cargo/index/config.json", "\"auth-required\":true"),
        ("/feeds/cargo/index/he/ll/hello-emulator", "\"cksum\""),
        ("/feeds/go/hello.example/emulator/@v/list", "v0.1.0"),
        ("/feeds/npm/hello-emulator", "\"integrity\":\"sha512-"),
        ("/feeds/terraform/modules/contoso/hello/emulator/versions", "0.1.0"),
    ];
    for (path, part) in paths {
        let answer = client.get(path, Some(&good));
        assert!(answer.status == 200 && answer.body.contains(part), "{path}: {}", answer.body);
    }
    for path in ["/feeds/cargo/index/x", "/feeds/go/other.example/x/@v/list", "/feeds/npm/x"] {
        assert_eq!(client.get(path, Some(&good)).status, 404, "{path}");
    }
    let expired = emulator.issue(TENANT, CLIENT_ID, DEVOPS_AUDIENCE, 0);
    let other = emulator.issue(TENANT, CLIENT_ID, "https://other.example", 600);
    for bearer in [None, Some("x"), Some(&*expired), Some(&*other)] {
        let answer = client.get("/feeds/cargo/index/config.json", bearer);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
    }
}

#[test]
fn a_registry_of_modules_says_where_it_is_and_where_a_module_is() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let discovered = client.get("/.well-known/terraform.json", None).json();
    let path = format!("{}contoso/hello/emulator/0.1.0/download", discovered["modules.v1"].as_str().expect("a path"));
    assert_eq!(client.get(&path, None).status, 401);
    let answer = client.get(&path, Some(&emulator.issue(TENANT, CLIENT_ID, DEVOPS_AUDIENCE, 600)));
    assert_eq!(answer.status, 204);
    let place = answer.header("x-terraform-get").expect("an address");
    assert!(place.starts_with(emulator.url()) && place.ends_with(".tar.gz"), "{place}");
}

#[test]
fn pythons_feed_takes_the_token_as_a_password_and_not_otherwise() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let good = emulator.issue(TENANT, CLIENT_ID, DEVOPS_AUDIENCE, 600);
    let path = "/feeds/python/simple/hello-emulator/";
    let basic = |pair: String| client.get_with(path, &[("Authorization", &format!("Basic {}", STANDARD.encode(pair)))]);
    assert!(basic(format!("anybody:{good}")).unwrap().body.contains(".whl"));
    for pair in [format!("{good}:"), good.clone(), "a:b".to_owned()] {
        assert_eq!(basic(pair).unwrap().status, 401);
    }
    assert_eq!(client.get(path, Some(&good)).status, 401);
}

#[test]
fn googles_token_service_exchanges_a_living_token() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let token = emulator.issue(TENANT, CLIENT_ID, "api://google", 600);
    let exchange = |subject: &str, kind: &str| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", "//iam.googleapis.com/x"),
            ("subject_token", subject),
            ("subject_token_type", kind),
        ];
        client.form("/google/sts", &fields).expect("an answer")
    };
    let jwt = "urn:ietf:params:oauth:token-type:jwt";
    assert!(exchange(&token, jwt).json()["access_token"].as_str().expect("a token").starts_with("google-"));
    assert_eq!(exchange("x", jwt).json()["error"], "invalid_grant");
    assert_eq!(exchange(&token, "saml").json()["error"], "invalid_request");
}
