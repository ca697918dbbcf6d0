//! Databricks: what hosts tell of themselves, OAuth for service principals, token federation.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jeton_emulator::{
    CLIENT_ID, Cloud, DATABRICKS_ACCOUNT_ID, DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, DATABRICKS_CLIENT_ID,
    DATABRICKS_SECRET, Emulator, Fault, FederationPolicy, GITHUB_ISSUER, GITHUB_SUBJECT, Principal, Site, TENANT, USER,
    WORKSPACE_ID,
};
use serde_json::Value;

use crate::client::{Answer, Client, client};

pub(crate) const TOKEN: &str = "/oidc/v1/token";

/// Asks a token endpoint for a token of a service principal, as the SDKs do.
pub(crate) fn m2m_at(client: &Client, path: &str, id: &str, secret: &str, scope: &str) -> Answer {
    let authorization = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", &*authorization)];
    let body = format!("grant_type=client_credentials&scope={scope}");
    client.post(path, &headers, body.as_bytes()).expect("an answer")
}

fn m2m(client: &Client, id: &str, secret: &str) -> String {
    let answer = m2m_at(client, TOKEN, id, secret, "all-apis");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

/// A token of the service principal that is no admin.
pub(crate) fn member(client: &Client) -> String {
    m2m(client, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET)
}

/// A token of the one that is.
pub(crate) fn admin(client: &Client) -> String {
    m2m(client, DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET)
}

pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

#[test]
fn hosts_tell_of_themselves_unless_they_are_told_not_to() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let config = client.get("/.well-known/databricks-config", None).json();
    let url = emulator.workspace();
    assert_eq!(config["oidc_endpoint"], format!("{url}/oidc"));
    assert_eq!(config["workspace_id"], WORKSPACE_ID.to_string());
    assert_eq!((&config["host_type"], &config["cloud"]), (&"workspace".into(), &"Azure".into()));
    assert_eq!(config["token_federation_default_oidc_audiences"][0], format!("{url}/oidc/v1/token"));
    let metadata = client.get("/oidc/.well-known/oauth-authorization-server", None).json();
    assert_eq!(metadata["token_endpoint"], format!("{url}/oidc/v1/token"));
    assert_eq!(metadata["authorization_endpoint"], format!("{url}/oidc/v1/authorize"));

    let account = client.at(&emulator.account());
    let config = account.get("/.well-known/databricks-config", None).json();
    assert_eq!(config["oidc_endpoint"], format!("{}/oidc/accounts/{{account_id}}", emulator.account()));
    assert_eq!((&config["host_type"], config.get("workspace_id")), (&"account".into(), None));
    let path = format!("/oidc/accounts/{DATABRICKS_ACCOUNT_ID}/.well-known/oauth-authorization-server");
    let metadata = account.get(&path, None).json();
    let issuer = format!("{}/oidc/accounts/{DATABRICKS_ACCOUNT_ID}", emulator.account());
    assert_eq!(metadata["token_endpoint"], format!("{issuer}/v1/token"));
    assert_eq!(client.get(&path, None).status, 404, "the workspace has no such page");

    let aad = client.get("/aad/auth", None);
    let location = aad.header("location").expect("a redirect");
    assert!(location.starts_with(&format!("{}/{TENANT}/oauth2/authorize?", emulator.url())), "{location}");

    emulator.change_settings(|settings| {
        settings.databricks.host_metadata = false;
        settings.databricks.discovery = false;
        settings.databricks.cloud = Cloud::Aws;
    });
    for path in ["/.well-known/databricks-config", "/oidc/.well-known/oauth-authorization-server", "/aad/auth"] {
        let answer = client.get(path, None);
        assert_eq!((answer.status, &answer.json()["error_code"]), (404, &"ENDPOINT_NOT_FOUND".into()), "{path}");
    }
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn a_service_principal_gets_a_token_of_the_site_that_it_asks() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let answer = m2m_at(&client, TOKEN, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, "sql");
    let body = answer.json();
    assert_eq!((&body["expires_in"], &body["scope"], body.get("refresh_token")), (&3600.into(), &"sql".into(), None));
    let token = body["access_token"].as_str().expect("a token");
    assert_eq!(claims(token)["iss"], format!("{}/oidc", emulator.workspace()));
    assert_eq!((&claims(token)["sub"], &claims(token)["scope"]), (&DATABRICKS_CLIENT_ID.into(), &"sql".into()));
    let me = client.get("/api/2.0/preview/scim/v2/Me", Some(token));
    assert_eq!((me.status, &me.json()["userName"]), (200, &DATABRICKS_CLIENT_ID.into()));
    assert_eq!(me.header("x-databricks-org-id"), Some(&*WORKSPACE_ID.to_string()));

    let account = client.at(&emulator.account());
    let path = format!("/oidc/accounts/{DATABRICKS_ACCOUNT_ID}/v1/token");
    let answer = m2m_at(&account, &path, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, "all-apis");
    let of_account = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let workspaces = format!("/api/2.0/accounts/{DATABRICKS_ACCOUNT_ID}/workspaces");
    assert_eq!(account.get(&workspaces, Some(&of_account)).json()[0]["workspace_id"], WORKSPACE_ID);
    assert_eq!((emulator.token_count(), emulator.violations().len()), (2, 0));
    assert_eq!(emulator.token_requests()[1].site(), Some(Site::Account));

    assert_eq!(account.get(&workspaces, Some(token)).status, 403, "a token of a workspace is nothing to the account");
    assert_eq!(client.get("/api/2.1/clusters/list", Some(&of_account)).status, 403);
    assert_eq!(emulator.violations().iter().filter(|text| text.contains("not made for this host")).count(), 2);
}

#[test]
fn oauth_refuses_in_oauths_words() {
    let emulator = Emulator::start();
    emulator.add_principal(Principal::service("outsider").secret("s").only_in_account());
    let client = client(&emulator);
    let refusal = |answer: Answer| (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned());
    let ask = |id, secret, scope| refusal(m2m_at(&client, TOKEN, id, secret, scope));
    assert_eq!(ask(DATABRICKS_CLIENT_ID, "wrong", "all-apis"), (401, "invalid_client".into()));
    assert_eq!(ask("nobody", "wrong", "all-apis"), (401, "invalid_client".into()));
    assert_eq!(ask("outsider", "s", "all-apis"), (401, "invalid_client".into()));
    assert_eq!(ask(DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, "unknown"), (400, "invalid_scope".into()));
    let magic = client.form(TOKEN, &[("grant_type", "magic")]).expect("an answer");
    assert_eq!(refusal(magic), (400, "unsupported_grant_type".into()));
    let account = client.at(&emulator.account());
    let path = "/oidc/accounts/elsewhere/v1/token";
    let answer = m2m_at(&account, path, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, "all-apis");
    assert_eq!(refusal(answer), (400, "invalid_request".into()));

    emulator.script(Fault::error(429, "temporarily_unavailable", 0).text("Slow down.").retry_after("3"));
    let throttled = m2m_at(&client, TOKEN, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, "all-apis");
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("3")));
    assert_eq!(throttled.json()["error_description"], "Slow down.");
}

#[test]
fn tokens_of_trusted_issuers_are_exchanged() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let audience = format!("{}{TOKEN}", emulator.workspace());
    let exchange = |token: &str, client_id: Option<&str>| {
        let mut fields = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("scope", "all-apis"),
        ];
        fields.extend(client_id.map(|id| ("client_id", id)));
        client.form(TOKEN, &fields).expect("an answer")
    };
    let good = emulator.issue_federated_token(GITHUB_ISSUER, GITHUB_SUBJECT, &audience, 300);
    let why = |answer: Answer| answer.json()["error_description"].as_str().unwrap_or_default().to_owned();
    assert!(why(exchange(&good, Some(DATABRICKS_CLIENT_ID))).contains("No federation policy"));

    let policy = FederationPolicy::service_principal(DATABRICKS_CLIENT_ID, GITHUB_ISSUER, GITHUB_SUBJECT);
    emulator.add_federation_policy(policy.audience(&audience));
    let answer = exchange(&good, Some(DATABRICKS_CLIENT_ID));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(claims(&token)["sub"], DATABRICKS_CLIENT_ID);
    assert_eq!(client.get("/api/2.1/clusters/list", Some(&token)).status, 200);

    let issue = |subject, audience, lifetime| {
        let token = emulator.issue_federated_token(GITHUB_ISSUER, subject, audience, lifetime);
        why(exchange(&token, Some(DATABRICKS_CLIENT_ID)))
    };
    assert!(issue("repo:other", &audience, 300).contains("subject 'repo:other' does not match"));
    assert!(issue(GITHUB_SUBJECT, "elsewhere", 300).contains("audience"));
    assert!(issue(GITHUB_SUBJECT, &audience, -600).contains("expired"));
    assert!(why(exchange(&good, None)).contains("No federation policy"), "the account has none");
    assert!(why(exchange("not.a.jwt", None)).contains("not a valid JWT"));

    // The account's policy takes the name of whoever the token is about; without an audience it is the account id.
    emulator.add_federation_policy(FederationPolicy::account("https://issuer.example"));
    let ada = emulator.issue_federated_token("https://issuer.example", USER, DATABRICKS_ACCOUNT_ID, 300);
    let token = exchange(&ada, None).json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(client.get("/api/2.0/preview/scim/v2/Me", Some(&token)).json()["userName"], USER);

    // Entra's own tokens are as good as others.
    let entra = emulator.issue(TENANT, CLIENT_ID, &audience, 300);
    let issuer = format!("{}/{TENANT}/v2.0", emulator.url());
    let policy = FederationPolicy::service_principal(DATABRICKS_CLIENT_ID, &issuer, CLIENT_ID).subject_claim("azp");
    emulator.add_federation_policy(policy.audience(&audience));
    assert_eq!(exchange(&entra, Some(DATABRICKS_CLIENT_ID)).status, 200);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn other_languages_can_register_and_revoke() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let post = |path: &str, body: Value| {
        let path = format!("/_emulator/databricks/{path}");
        client.post(&path, &[("Content-Type", "application/json")], body.to_string().as_bytes()).expect("an answer")
    };
    let principal = serde_json::json!({"application_id": "new-one", "secret": "dose", "admin": true});
    assert_eq!(post("principals", principal).json()["ok"], true);
    assert_eq!(post("principals", serde_json::json!({"secret": "dose"})).status, 400);
    let token = m2m(&client, "new-one", "dose");
    assert_eq!(client.get("/api/2.0/workspace-conf?keys=enableTokensConfig", Some(&token)).status, 200);
    let policy = serde_json::json!({"issuer": "https://issuer.example", "audiences": ["a"]});
    assert_eq!(post("policies", policy).status, 200);
    let policies = client.get("/_emulator/databricks/policies", None).json();
    assert_eq!((&policies[0]["subject_claim"], policies.as_array().map(Vec::len)), (&"sub".into(), Some(1)));

    let pat = post("pats", serde_json::json!({"principal": "new-one", "lifetime_seconds": 60})).json();
    let value = pat["value"].as_str().expect("a token");
    assert_eq!(client.get("/api/2.1/clusters/list", Some(value)).status, 200);
    assert_eq!(client.get("/_emulator/databricks/pats", None).json()[0]["owner"], "new-one");
    for known in [value, &token] {
        assert_eq!(post("revoke", serde_json::json!({"token": known})).json()["revoked"], true);
        assert_eq!(client.get("/api/2.1/clusters/list", Some(known)).status, 403);
    }
    assert_eq!(post("revoke", serde_json::json!({"token": "nothing"})).json()["revoked"], false);
}
