//! The ID tokens of GitHub Actions and Azure Pipelines.

use jeton_emulator::{
    AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT, CLIENT_ID, Emulator, GITHUB_ISSUER, GITHUB_REQUEST_TOKEN,
    GITHUB_SUBJECT, SERVICE_CONNECTION_ID, SYSTEM_ACCESS_TOKEN, Source, TENANT, TOKEN_EXCHANGE_AUDIENCE,
};

use crate::client::{Client, client};

/// The URL's path and query.
fn path<'a>(emulator: &Emulator, url: &'a str) -> &'a str {
    url.strip_prefix(emulator.url()).expect("a URL of the emulator")
}

fn sign_in(client: &Client, assertion: &str) -> u16 {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", "https://resource.example/.default"),
    ];
    client.form(&format!("/{TENANT}/oauth2/v2.0/token"), &fields).expect("an answer").status
}

#[test]
fn github_gives_a_token_for_an_audience() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.federate(CLIENT_ID, GITHUB_ISSUER, GITHUB_SUBJECT, TOKEN_EXCHANGE_AUDIENCE);
    let url = emulator.github_request_url();
    let path = format!("{}&audience=api%3A%2F%2FAzureADTokenExchange", path(&emulator, &url));
    let authorization = format!("bearer {GITHUB_REQUEST_TOKEN}");
    let headers = [("Authorization", &*authorization), ("Accept", "application/json; api-version=2.0")];
    let answer = client.get_with(&path, &headers).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(sign_in(&client, answer.json()["value"].as_str().expect("a token")), 200);
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(emulator.requests_of(Source::GithubActions)[0].query_value("audience"), Some(TOKEN_EXCHANGE_AUDIENCE));

    let wrong = [("Authorization", "Bearer x"), ("Accept", "application/json")];
    assert_eq!(client.get_with(&path, &wrong).expect("an answer").status, 401);
    let replaced = client.get_with("/_github/token?audience=a", &headers).expect("an answer");
    assert_eq!(replaced.status, 400, "the URL's own query is lost");
    client.get_with("/_github/token?api-version=2.0", &headers[..1]).expect("an answer");
    let leaked = format!("{path}&request={GITHUB_REQUEST_TOKEN}");
    client.get_with(&leaked, &headers).expect("an answer");
    let all = emulator.violations().join("\n");
    for expected in ["Accept does not name application/json", "no audience", "a secret in the query ('request')"] {
        assert!(all.contains(expected), "{expected} is not in:\n{all}");
    }
    assert_eq!((emulator.count_of(Source::GithubActions), emulator.token_count()), (5, 1));
}

#[test]
fn azure_pipelines_gives_a_token_for_a_connection() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    emulator.federate(CLIENT_ID, AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT, TOKEN_EXCHANGE_AUDIENCE);
    let url = emulator.azure_pipelines_request_url();
    let base = path(&emulator, &url);
    let good = format!("{base}?api-version=7.1&serviceConnectionId={SERVICE_CONNECTION_ID}");
    let authorization = format!("Bearer {SYSTEM_ACCESS_TOKEN}");
    let headers = [
        ("Authorization", &*authorization),
        ("X-TFS-FedAuthRedirect", "Suppress"),
        ("Content-Type", "application/json"),
    ];
    let answer = client.post(&good, &headers, b"").expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(sign_in(&client, answer.json()["oidcToken"].as_str().expect("a token")), 200);
    assert_eq!(emulator.violations(), [""; 0]);

    let mut wrong = headers;
    wrong[0].1 = "Bearer x";
    assert_eq!(client.post(&good, &wrong, b"").expect("an answer").status, 401);
    // Without the header a browser's sign-in page is offered.
    let page = client.post(&good, &wrong[..1], b"").expect("an answer");
    assert_eq!(page.status, 302);
    assert!(page.header("location").is_some_and(|to| to.contains("_signin")) && page.body.contains("Object moved"));
    assert!(emulator.violations().join("\n").contains("no 'X-TFS-FedAuthRedirect: Suppress'"));

    let unknown = client.post(&format!("{base}?api-version=7.1&serviceConnectionId=x"), &headers, b"");
    let unknown = unknown.expect("an answer");
    assert_eq!((unknown.status, &unknown.json()["typeKey"]), (404, &"ServiceEndpointNotFoundException".into()));
    assert_eq!(client.post(base, &headers, b"").expect("an answer").status, 400, "no api-version");
    assert_eq!(client.get_with(&good, &headers).expect("an answer").status, 405);

    emulator.change_settings(|settings| settings.oidc.lifetime = -600);
    let old = client.post(&good, &headers, b"").expect("an answer").json();
    assert_eq!(sign_in(&client, old["oidcToken"].as_str().expect("a token")), 401);
}
