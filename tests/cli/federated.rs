//! Apps that prove themselves by the token of another issuer: a cluster's, GitHub's, Azure Pipelines'.

use jeton_emulator::{
    AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT, CLIENT_ID, Emulator, Fault, GITHUB_ISSUER, GITHUB_REQUEST_TOKEN,
    GITHUB_SUBJECT, KUBERNETES_ISSUER, SERVICE_CONNECTION_ID, SYSTEM_ACCESS_TOKEN, Source, TENANT,
    TOKEN_EXCHANGE_AUDIENCE,
};

use crate::expect::{HUNTER, assert_says, last_request, only_request};
use crate::support::Home;

const SUBJECT: &str = "system:serviceaccount:apps:worker";

/// An emulator whose app trusts the cluster, GitHub and Azure Pipelines, and a home without a secret.
fn both() -> (Emulator, Home) {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    for (issuer, subject) in [
        (KUBERNETES_ISSUER, SUBJECT),
        (GITHUB_ISSUER, GITHUB_SUBJECT),
        (AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT),
    ] {
        emulator.federate(CLIENT_ID, issuer, subject, TOKEN_EXCHANGE_AUDIENCE);
    }
    (emulator, home)
}

/// Writes a service account's token into the file that the environment names, and returns it.
fn service_account(emulator: &Emulator, home: &mut Home, subject: &str, lifetime: i64) -> String {
    let token = emulator.issue_federated_token(KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE, lifetime);
    let path = home.path("federated");
    std::fs::write(&path, &token).expect("a token file");
    home.set("AZURE_FEDERATED_TOKEN_FILE", path);
    token
}

#[test]
fn the_environment_of_a_pod_is_enough_and_its_file_is_read_anew() {
    let (emulator, mut home) = both();
    let first = service_account(&emulator, &mut home, SUBJECT, 600);
    let token = home.token(&[]).run().quiet().line().to_owned();
    assert!(emulator.is_valid(&token));
    assert_eq!(only_request(&emulator).field("client_assertion"), Some(&*first));
    let second = service_account(&emulator, &mut home, SUBJECT, 700);
    assert_ne!(first, second);
    assert_eq!(home.token(&[]).run().quiet().line(), token, "the cached one is as good as before");
    home.token(&["--force-refresh"]).run().quiet();
    assert_eq!(last_request(&emulator).field("client_assertion"), Some(&*second));
}

#[test]
fn any_source_will_do() {
    let (emulator, mut home) = both();
    let token = service_account(&emulator, &mut home, SUBJECT, 600);
    home.unset("AZURE_FEDERATED_TOKEN_FILE");
    home.token(&["--federated-token-from", "command:cat federated"]).run().quiet();
    home.token(&["--federated-token-from", "file:federated"]).run().quiet();
    home.token(&["--federated-token-from", "env:OIDC"]).env("OIDC", format!("{token}\n")).run().quiet();
    // Terraform's names.
    for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"] {
        home.unset(name);
    }
    home.set("ARM_TENANT_ID", TENANT);
    home.set("ARM_CLIENT_ID", CLIENT_ID);
    home.token(&[]).env("ARM_OIDC_TOKEN", &token).run().quiet();
    assert_eq!(emulator.token_count(), 4);
}

#[test]
fn a_token_that_is_none_is_told_before_any_request() {
    let (emulator, mut home) = both();
    assert_says(&home.token(&["--flow", "workload-identity"]).run().refusal(4), &["no federated token is set"]);
    service_account(&emulator, &mut home, SUBJECT, 600);
    let file = home.path("federated");
    for (text, says) in
        [("", "empty"), (HUNTER, "not a JSON Web Token"), ("eyJhbGciOiJub25lIn0.e30", "not a JSON Web Token")]
    {
        std::fs::write(&file, text).expect("a file");
        assert_says(&home.token(&[]).run().refusal(4), &[says, "federated"]);
    }
    std::fs::remove_file(&file).expect("removed");
    assert_says(&home.token(&[]).run().refusal(4), &["the federated token", "federated can't be read"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_refused_assertion_shows_whose_it_is() {
    let (emulator, mut home) = both();
    service_account(&emulator, &mut home, "system:serviceaccount:apps:other", 600);
    let stderr = home.token(&[]).run().refusal(6);
    assert_says(
        &stderr,
        &["AADSTS700213", "compare issuer, subject and audience", &format!("iss: {KUBERNETES_ISSUER}")],
    );
    assert_says(&stderr, &["sub: system:serviceaccount:apps:other", &format!("aud: {TOKEN_EXCHANGE_AUDIENCE}")]);
    // One that has expired is another matter.
    service_account(&emulator, &mut home, SUBJECT, -600);
    let stderr = home.token(&[]).run().refusal(6);
    assert!(!stderr.contains("sub: "), "{stderr}");
}

/// Sets what GitHub sets for a job with the permission.
fn github(emulator: &Emulator, home: &mut Home) {
    home.set("ACTIONS_ID_TOKEN_REQUEST_URL", emulator.github_request_url());
    home.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN);
}

#[test]
fn a_github_job_gets_a_token() {
    let (emulator, mut home) = both();
    github(&emulator, &mut home);
    home.token(&["--flow", "github-oidc"]).run().quiet();
    let asked = emulator.requests_of(Source::GithubActions).remove(0);
    assert_eq!(asked.bearer(), Some(GITHUB_REQUEST_TOKEN));
    assert_eq!(asked.query_value("audience"), Some(TOKEN_EXCHANGE_AUDIENCE));
    // kubelogin's mode of this name does the same in such a job.
    home.token(&["--flow", "workloadidentity", "--force-refresh"]).run().quiet();
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn each_cloud_and_each_app_may_have_an_audience_of_its_own() {
    let (emulator, mut home) = both();
    github(&emulator, &mut home);
    let host = emulator.url().to_owned();
    for (args, audience) in [
        (&["--cloud", "usgov"][..], "api://AzureADTokenExchangeUSGov"),
        (&["--cloud", "china"], "api://AzureADTokenExchangeChina"),
        (&["--cloud", "china", "--federated-audience", "api://mine"], "api://mine"),
        (&["--cloud", "govsg", "--federated-audience", "api://mine"], "api://mine"),
    ] {
        emulator.federate(CLIENT_ID, GITHUB_ISSUER, GITHUB_SUBJECT, audience);
        let all = [&["--flow", "github-oidc", "--force-refresh", "--authority-host", &host], args].concat();
        home.token(&all).run().quiet();
        let asked = emulator.requests_of(Source::GithubActions).pop().expect("a request");
        assert_eq!(asked.query_value("audience"), Some(audience));
    }
    let stderr = home.token(&["--flow", "github-oidc", "--cloud", "govsg"]).run().refusal(4);
    assert_says(&stderr, &["--federated-audience"]);
}

#[test]
fn a_github_job_without_the_permission_is_told_what_it_lacks() {
    let (emulator, mut home) = both();
    let stderr = home.token(&["--flow", "github-oidc"]).run().refusal(4);
    assert_says(&stderr, &["ACTIONS_ID_TOKEN_REQUEST_URL is not set", "permissions: id-token: write"]);
    github(&emulator, &mut home);
    let wrong = home.token(&["--flow", "github-oidc"]).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", HUNTER);
    assert_says(&wrong.run().refusal(6), &["GitHub does not let this job", "HTTP 401", "id-token: write"]);
    emulator.script(Fault::respond(200, "application/json", r#"{"count":1}"#).on(Source::GithubActions.path()));
    home.token(&["--flow", "github-oidc"]).run().refusal(6);
    assert_eq!(emulator.token_count(), 0, "Entra was not asked");
}

/// Sets what Azure Pipelines and its task AzureCLI@2 set.
fn pipeline(emulator: &Emulator, home: &mut Home) {
    home.set("SYSTEM_OIDCREQUESTURI", emulator.azure_pipelines_request_url());
    home.set("SYSTEM_ACCESSTOKEN", SYSTEM_ACCESS_TOKEN);
    home.set("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", SERVICE_CONNECTION_ID);
    home.set("AZURESUBSCRIPTION_CLIENT_ID", CLIENT_ID);
    home.set("AZURESUBSCRIPTION_TENANT_ID", TENANT);
    home.unset("AZURE_CLIENT_ID");
    home.unset("AZURE_TENANT_ID");
}

const PIPELINE: &[&str] = &["--flow", "azure-pipelines"];

#[test]
fn a_job_of_azure_pipelines_gets_a_token_with_what_its_task_sets() {
    let (emulator, mut home) = both();
    pipeline(&emulator, &mut home);
    home.token(PIPELINE).run().quiet();
    let asked = emulator.requests_of(Source::AzurePipelines).remove(0);
    assert_eq!((asked.method.as_str(), asked.bearer()), ("POST", Some(SYSTEM_ACCESS_TOKEN)));
    assert_eq!(asked.query_value("serviceConnectionId"), Some(SERVICE_CONNECTION_ID));
    assert_eq!(emulator.violations(), [""; 0]);
    // They belong to this flow alone.
    assert_says(&home.token(&["--flow", "client-credentials"]).run().refusal(4), &["no tenant is set"]);
}

#[test]
fn a_job_without_its_access_token_is_told_so() {
    let (emulator, mut home) = both();
    pipeline(&emulator, &mut home);
    let token = |name: &str, value: &str| home.token(PIPELINE).env(name, value).run();
    assert_says(
        &token("SYSTEM_ACCESSTOKEN", "").refusal(4),
        &["SYSTEM_ACCESSTOKEN is not set", "$(System.AccessToken)"],
    );
    assert_says(&token("SYSTEM_OIDCREQUESTURI", "").refusal(4), &["run this in a job of Azure Pipelines"]);
    assert_says(&token("SYSTEM_ACCESSTOKEN", HUNTER).refusal(6), &["HTTP 401", "SYSTEM_ACCESSTOKEN"]);
    emulator.script(Fault::redirect(302, "https://login.example/").on(Source::AzurePipelines.path()));
    assert_says(&token("X", "").refusal(6), &["HTTP 302", "SYSTEM_ACCESSTOKEN"]);
    let unknown = "aaaaaaaa-0000-0000-0000-00000000000f";
    let stderr = token("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", unknown).refusal(4);
    assert_says(&stderr, &["could not be found", "service connection"]);
    assert_says(&token("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "a&b=c").refusal(4), &["is not the id"]);
    assert_eq!(emulator.token_count(), 0);
}
