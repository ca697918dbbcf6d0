//! The auth types of the Databricks SDKs, each with the variables that the SDKs read for it: docs/databricks.md has the
//! same table.

use jeton_emulator::{
    CLIENT_ID, CLIENT_SECRET, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, Emulator, GITHUB_ISSUER, GITHUB_REQUEST_TOKEN,
    GITHUB_SUBJECT, SYSTEM_IDENTITY_CLIENT_ID, Site, TENANT, TOKEN_EXCHANGE_AUDIENCE, USER,
};

use super::{assert_careful, bare};
use crate::browser::Asking;
use crate::expect::{assert_says, last_request};
use crate::support::Home;

/// A home with the host and this auth type.
fn home(emulator: &Emulator, auth_type: &str) -> Home {
    let mut home = bare(emulator);
    home.set("DATABRICKS_AUTH_TYPE", auth_type);
    home.set("JETON_AUTHORITY_HOST", emulator.url());
    home
}

#[test]
fn pat_hands_the_token_out() {
    let emulator = Emulator::start();
    let mut home = home(&emulator, "pat");
    let pat = emulator.issue_pat(Site::Workspace, USER, "", 3600).value;
    home.set("DATABRICKS_TOKEN", &pat);
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), pat);
}

#[test]
fn oauth_m2m_is_a_service_principals_own_and_counts_before_what_else_is_set() {
    let emulator = Emulator::start();
    let mut home = home(&emulator, "oauth-m2m");
    home.set("DATABRICKS_CLIENT_ID", DATABRICKS_CLIENT_ID);
    home.set("DATABRICKS_CLIENT_SECRET", DATABRICKS_SECRET);
    home.set("DATABRICKS_TOKEN", "dapi-not-meant");
    home.set("ARM_TENANT_ID", TENANT);
    home.set("ARM_CLIENT_ID", CLIENT_ID);
    home.set("ARM_CLIENT_SECRET", CLIENT_SECRET);
    let output = home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_eq!(last_request(&emulator).field("grant_type"), Some("client_credentials"));
}

#[test]
fn databricks_cli_and_external_browser_are_a_persons() {
    for auth_type in ["databricks-cli", "external-browser"] {
        let emulator = Emulator::start();
        let mut home = home(&emulator, auth_type);
        home.set("JETON_INTERACTIVE", "always");
        let asking = Asking::start(home.jeton(&["token"]));
        emulator.visit(&asking.url).go_back().expect("an answer");
        let output = asking.finish().ok();
        assert_eq!(emulator.issued_tokens(), [output.line()], "{auth_type}");
    }
}

#[test]
fn azure_client_secret_is_an_apps() {
    let emulator = Emulator::start();
    let mut home = home(&emulator, "azure-client-secret");
    home.set("ARM_TENANT_ID", TENANT);
    home.set("ARM_CLIENT_ID", CLIENT_ID);
    home.set("ARM_CLIENT_SECRET", CLIENT_SECRET);
    home.jeton(&["token"]).run().quiet();
    let request = last_request(&emulator);
    assert_eq!((request.field("client_id"), request.field("client_secret")), (Some(CLIENT_ID), Some(CLIENT_SECRET)));
}

#[test]
fn azure_msi_is_the_machines() {
    let emulator = Emulator::start();
    let mut home = home(&emulator, "azure-msi");
    home.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.imds_url());
    let token = home.jeton(&["token"]).run().quiet().line().to_owned();
    let claims = jeton::jwt::Jwt::parse(&token).expect("a JWT").claims;
    assert_eq!(claims["appid"], SYSTEM_IDENTITY_CLIENT_ID);
    // By Terraform's variable, too, without the auth type.
    home.unset("DATABRICKS_AUTH_TYPE");
    home.set("ARM_USE_MSI", "true");
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), token);
}

#[cfg(unix)]
#[test]
fn azure_cli_is_whoever_az_signed_in() {
    use crate::developer_tools::{az_prints, calls, program};
    let emulator = Emulator::start();
    let mut home = home(&emulator, "azure-cli");
    program(&mut home, "az", &az_prints("a-developers-token", 3600));
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), "a-developers-token");
    assert_says(&calls(&home).join("\n"), &["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"]);
}

#[test]
fn github_oidc_azure_is_a_jobs_by_entra() {
    let emulator = Emulator::start();
    emulator.federate(CLIENT_ID, GITHUB_ISSUER, GITHUB_SUBJECT, TOKEN_EXCHANGE_AUDIENCE);
    let mut home = home(&emulator, "github-oidc-azure");
    home.set("ARM_TENANT_ID", TENANT);
    home.set("ARM_CLIENT_ID", CLIENT_ID);
    home.set("ACTIONS_ID_TOKEN_REQUEST_URL", emulator.github_request_url());
    home.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN);
    let output = home.jeton(&["token"]).run().quiet();
    assert!(emulator.is_valid(output.line()));
    assert!(last_request(&emulator).field("client_assertion").is_some());
}

#[test]
fn what_is_not_offered_is_told_with_what_is() {
    let emulator = Emulator::start();
    for auth_type in ["basic", "google-id", "google-credentials", "runtime", "runtime-oauth", "model-serving"] {
        let stderr = home(&emulator, auth_type).jeton(&["token"]).run().refusal(4);
        assert_says(&stderr, &[auth_type, "oauth-m2m", "--flow"]);
        assert_careful(&emulator, &stderr);
    }
    assert_eq!(emulator.count(), 0);
}
