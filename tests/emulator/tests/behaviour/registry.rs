//! The container registry.

use jeton_emulator::{CLIENT_ID, CONTAINER_REGISTRY_AUDIENCE, Emulator, OTHER_TENANT, TENANT};

use crate::client::{Answer, Client, client};

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("{name} in {}", answer.body)).to_owned()
}

fn post(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    client.form(path, fields).expect("an answer")
}

#[test]
fn an_entra_token_leads_to_an_image_in_three_steps() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let service = emulator.url().trim_start_matches("https://").to_owned();
    let challenge = client.get("/v2/", None);
    assert_eq!(challenge.status, 401);
    let expected = format!("Bearer realm=\"{}/oauth2/token\",service=\"{service}\"", emulator.url());
    assert_eq!(challenge.header("www-authenticate"), Some(&*expected));

    let entra = emulator.issue(TENANT, CLIENT_ID, CONTAINER_REGISTRY_AUDIENCE, 600);
    let form = |tenant: &'static str, token: &str| {
        vec![
            ("grant_type", "access_token".to_owned()),
            ("service", service.clone()),
            ("tenant", tenant.to_owned()),
            ("access_token", token.to_owned()),
        ]
    };
    let exchange = |fields: Vec<(&'static str, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        post(&client, "/oauth2/exchange", &fields)
    };
    let other = emulator.issue(TENANT, CLIENT_ID, "https://other.example", 600);
    assert_eq!(exchange(form(TENANT, &other)).status, 401);
    assert_eq!(exchange(form(OTHER_TENANT, &entra)).status, 401);
    let refresh = text(&exchange(form(TENANT, &entra)), "refresh_token");

    let fields = [("grant_type", "refresh_token"), ("service", &*service), ("refresh_token", &*refresh)];
    let access = text(&post(&client, "/oauth2/token", &fields), "access_token");
    // One kind does not stand in for the other, nor Entra's for either.
    for bearer in [&refresh, &entra] {
        assert_eq!(client.get("/v2/", Some(bearer)).status, 401);
    }
    assert_eq!(post(&client, "/oauth2/token", &[("refresh_token", &*access)]).status, 401);

    assert_eq!(client.get("/v2/", Some(&access)).status, 200);
    let manifest = client.get("/v2/hello/manifests/latest", Some(&access));
    assert_eq!(manifest.status, 200);
    for part in [&manifest.json()["config"], &manifest.json()["layers"][0]] {
        let path = format!("/v2/hello/blobs/{}", part["digest"].as_str().expect("a digest"));
        let blob = client.get(&path, Some(&access));
        assert_eq!((blob.status, blob.body.len() as u64), (200, part["size"].as_u64().expect("a size")));
    }
    assert_eq!(client.get("/v2/none/manifests/latest", Some(&access)).status, 404);
    // None of this is a request to Entra.
    assert_eq!(emulator.token_count(), 0);
}
