//! Tokens of other issuers, exchanged for those of Databricks.

use jeton_emulator::{
    AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT, CLIENT_ID, CLIENT_SECRET, DATABRICKS_CLIENT_ID, Emulator,
    FederationPolicy, GITHUB_ISSUER, GITHUB_REQUEST_TOKEN, GITHUB_SUBJECT, SYSTEM_ACCESS_TOKEN, TENANT,
    TOKEN_EXCHANGE_AUDIENCE,
};

use super::{assert_careful, bare};
use crate::expect::{assert_says, last_request};
use crate::support::Home;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const AUDIENCE: &str = "api://databricks-federation";

/// A job of GitHub Actions, and the policy that takes its tokens.
fn github(emulator: &Emulator) -> Home {
    let audience = format!("{}/oidc/v1/token", emulator.workspace());
    emulator.add_federation_policy(
        FederationPolicy::service_principal(DATABRICKS_CLIENT_ID, GITHUB_ISSUER, GITHUB_SUBJECT).audience(&audience),
    );
    let mut home = bare(emulator);
    home.set("DATABRICKS_CLIENT_ID", DATABRICKS_CLIENT_ID);
    home.set("ACTIONS_ID_TOKEN_REQUEST_URL", emulator.github_request_url());
    home.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN);
    home
}

/// A token of Entra for [`AUDIENCE`], and the account's policy that takes it.
fn subject_token(emulator: &Emulator) -> String {
    let token = emulator.issue(TENANT, CLIENT_ID, AUDIENCE, 3600);
    let claims = jeton::jwt::Jwt::parse(&token).expect("a JWT").claims;
    let policy = FederationPolicy::account(claims["iss"].as_str().expect("iss")).audience(AUDIENCE);
    emulator.add_federation_policy(policy.subject_claim("azp"));
    token
}

#[test]
fn a_github_job_exchanges_its_token() {
    let emulator = Emulator::start();
    let mut home = github(&emulator);
    home.set("DATABRICKS_AUTH_TYPE", "github-oidc");
    let output = home.jeton(&["token"]).run().quiet();
    let request = last_request(&emulator);
    assert_eq!(request.field("grant_type"), Some(GRANT));
    assert_eq!(request.field("subject_token_type"), Some("urn:ietf:params:oauth:token-type:jwt"));
    assert_eq!(request.field("client_id"), Some(DATABRICKS_CLIENT_ID));
    assert_eq!(emulator.issued_tokens().last().map(String::as_str), Some(output.line()));
    // The whole way is not gone again for a token from the cache.
    emulator.clear();
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), output.line());
    assert_eq!(emulator.count(), 0);
    assert_careful(&emulator, "");
}

#[test]
fn the_audience_is_what_is_set_or_what_the_host_names() {
    let emulator = Emulator::start();
    let home = github(&emulator);
    emulator.change_settings(|settings| settings.databricks.default_audiences = Some(vec!["of-the-host".into()]));
    let args = ["token", "--flow", "databricks-federation"];
    let stderr = home.jeton(&args).run().refusal(1);
    assert_says(&stderr, &["federation policy", "aud: of-the-host", "sub: repo:", "iss: https://"]);
    let stderr = home.jeton(&args).env("DATABRICKS_TOKEN_AUDIENCE", "mine").run().refusal(1);
    assert_says(&stderr, &["aud: mine"]);
    let audience = format!("{}/oidc/v1/token", emulator.workspace());
    home.jeton(&args).env("DATABRICKS_TOKEN_AUDIENCE", audience).run().quiet();
    assert_careful(&emulator, &stderr);
}

#[test]
fn an_azure_pipelines_job_exchanges_its_token() {
    let emulator = Emulator::start();
    let policy =
        FederationPolicy::service_principal(DATABRICKS_CLIENT_ID, AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT);
    emulator.add_federation_policy(policy.audience(TOKEN_EXCHANGE_AUDIENCE));
    let mut home = bare(&emulator);
    home.set("DATABRICKS_CLIENT_ID", DATABRICKS_CLIENT_ID);
    home.set("DATABRICKS_AUTH_TYPE", "azure-devops-oidc");
    home.set("SYSTEM_OIDCREQUESTURI", emulator.azure_pipelines_request_url());
    home.set("SYSTEM_ACCESSTOKEN", SYSTEM_ACCESS_TOKEN);
    home.jeton(&["token"]).run().quiet();
    assert_eq!(last_request(&emulator).field("client_id"), Some(DATABRICKS_CLIENT_ID));
    assert_careful(&emulator, "");
}

#[test]
fn a_file_a_variable_and_a_command_hold_a_token_for_the_whole_account() {
    let emulator = Emulator::start();
    let token = subject_token(&emulator);
    let mut home = bare(&emulator);
    let file = home.path("subject");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    home.set("MY_SUBJECT", &token);
    let path = file.display().to_string();
    for (name, value) in [
        ("DATABRICKS_OIDC_TOKEN_FILEPATH", path.clone()),
        ("DATABRICKS_OIDC_TOKEN_FILE", path.clone()),
        ("DATABRICKS_OIDC_TOKEN_ENV", "MY_SUBJECT".into()),
        ("DATABRICKS_OIDC_TOKEN", token.clone()),
        ("JETON_DATABRICKS_SUBJECT", format!("command:cat '{path}'")),
    ] {
        let output = home.jeton(&["token", "--force-refresh"]).env(name, &value).run().quiet();
        assert_eq!(emulator.issued_tokens().last().map(String::as_str), Some(output.line()), "{name}");
        let request = last_request(&emulator);
        assert_eq!((request.field("grant_type"), request.field("client_id")), (Some(GRANT), None), "{name}");
    }
    assert_careful(&emulator, "");
}

#[test]
fn another_value_in_the_variable_is_another_token() {
    let emulator = Emulator::start();
    let token = subject_token(&emulator);
    let home = bare(&emulator);
    home.jeton(&["token"]).env("DATABRICKS_OIDC_TOKEN", &token).run().quiet();
    let other = emulator.issue(TENANT, CLIENT_ID, AUDIENCE, 1800);
    home.jeton(&["token"]).env("DATABRICKS_OIDC_TOKEN", &other).run().quiet();
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn an_entra_token_is_fetched_and_exchanged() {
    let emulator = Emulator::start();
    subject_token(&emulator);
    let mut home = bare(&emulator);
    home.set("AZURE_AUTHORITY_HOST", emulator.url());
    home.set("AZURE_TENANT_ID", TENANT);
    home.set("AZURE_CLIENT_ID", CLIENT_ID);
    home.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    for subject in ["entra", "entra:client-credentials"] {
        let output = home.jeton(&["token", "--databricks-subject", subject, "--scope", AUDIENCE]).run().quiet();
        assert_eq!(emulator.issued_tokens().last().map(String::as_str), Some(output.line()));
    }
    // The Entra token came from the cache the second time.
    assert_eq!(emulator.token_count(), 3);
    let stderr = home.jeton(&["token", "--databricks-subject", "entra"]).run().refusal(4);
    assert_says(&stderr, &["what the Entra token is for", "--scope"]);
    assert_careful(&emulator, &stderr);
}

#[test]
fn what_is_no_token_or_not_there_is_told_and_not_shown() {
    let emulator = Emulator::start();
    let home = bare(&emulator);
    let stderr = home.jeton(&["token"]).env("DATABRICKS_OIDC_TOKEN", "hunter2").run().refusal(4);
    assert_says(&stderr, &["not a JSON Web Token"]);
    let stderr = home.jeton(&["token", "--flow", "databricks-federation"]).run().refusal(4);
    assert_says(&stderr, &["no token to exchange", "DATABRICKS_OIDC_TOKEN_FILEPATH"]);
    let stderr = home.jeton(&["token", "--databricks-subject", "hunter2"]).run().refusal(4);
    assert_says(&stderr, &["github", "env:NAME"]);
    let missing = home.jeton(&["token"]).env("DATABRICKS_OIDC_TOKEN_ENV", "NOT_SET").run().refusal(4);
    assert_says(&missing, &["NOT_SET"]);
    assert_eq!(emulator.token_count(), 0);
}
