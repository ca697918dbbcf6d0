//! The flow `auto`: the order of DefaultAzureCredential, and what is told when no way leads to a token.
#![cfg(unix)]

use jeton_emulator::{
    CLIENT_ID, CLIENT_SECRET, Emulator, IDENTITY_HEADER, KUBERNETES_ISSUER, Source, TOKEN_EXCHANGE_AUDIENCE,
};

use crate::developer_tools::{az_prints, calls, program};
use crate::expect::{HUNTER, assert_says};
use crate::support::Home;

/// A home that signs in at the emulator by itself, and where the metadata service is absent and `az` is there.
fn both() -> (Emulator, Home) {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_FLOW", "auto");
    home.unset("AZURE_CLIENT_SECRET");
    home.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1");
    program(&mut home, "az", &az_prints("token-of-az", 3600));
    (emulator, home)
}

#[test]
fn the_environment_comes_first_and_the_log_says_so() {
    let (emulator, mut home) = both();
    home.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    let output = home.token(&["-v"]).run().ok();
    assert!(emulator.is_valid(output.line()));
    assert_says(&output.stderr, &["auto: environment answered"]);
    assert_eq!((emulator.token_count(), calls(&home).len()), (1, 0));
    assert_eq!(home.token(&[]).run().quiet().line(), output.line(), "the second comes from the cache");
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn what_is_set_up_on_purpose_decides() {
    let (emulator, mut home) = both();
    home.set("AZURE_CLIENT_SECRET", HUNTER);
    assert_says(&home.token(&[]).run().refusal(6), &["AADSTS7000215", "found by auto: environment"]);
    home.unset("AZURE_CLIENT_SECRET");
    home.set("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token");
    assert_says(&home.token(&[]).run().refusal(4), &["/nowhere/token", "found by auto: workload identity"]);
    assert_eq!((emulator.token_count(), calls(&home).len()), (1, 0), "no other identity steps in");
}

#[test]
fn workload_identity_comes_before_managed_identity_and_that_before_az() {
    let (emulator, mut home) = both();
    home.set("IDENTITY_ENDPOINT", emulator.app_service_url());
    home.set("IDENTITY_HEADER", IDENTITY_HEADER);
    // (AZURE_CLIENT_ID would name a user-assigned identity.)
    let output = home.token(&["-v"]).env_remove("AZURE_CLIENT_ID").run().ok();
    assert_says(&output.stderr, &["auto: environment: no client secret", "auto: managed identity answered"]);
    emulator.federate(CLIENT_ID, KUBERNETES_ISSUER, "worker", TOKEN_EXCHANGE_AUDIENCE);
    let token = emulator.issue_federated_token(KUBERNETES_ISSUER, "worker", TOKEN_EXCHANGE_AUDIENCE, 600);
    std::fs::write(home.path("federated"), token).expect("a file");
    let path = home.path("federated");
    home.set("AZURE_FEDERATED_TOKEN_FILE", path);
    assert_says(&home.token(&["-v"]).run().ok().stderr, &["auto: workload identity answered"]);
    assert_eq!((emulator.count_of(Source::AppService), emulator.token_count(), calls(&home).len()), (1, 1, 0));
}

#[test]
fn a_developer_needs_nothing_but_az() {
    let (emulator, home) = both();
    let output = home.token(&["-v"]).run().ok();
    assert_eq!(output.line(), "token-of-az");
    assert_says(&output.stderr, &["auto: managed identity: there is no managed identity here", "auto: az answered"]);
    assert_eq!(home.token(&[]).run().quiet().line(), "token-of-az");
    assert_eq!((emulator.count(), calls(&home).len()), (0, 1));
    // Another sign-in is another token, here too.
    std::fs::create_dir_all(home.path(".azure")).expect("a folder");
    std::fs::write(home.path(".azure/azureProfile.json"), "{}").expect("a file");
    home.token(&[]).run().quiet();
    assert_eq!(calls(&home).len(), 2);
}

#[test]
fn when_all_fail_each_says_why() {
    let (_emulator, mut home) = both();
    home.set("PATH", "/nowhere");
    let stderr = home.token(&[]).run().refusal(4);
    assert_says(
        &stderr,
        &["no way to a token was found here", "environment: no client secret, certificate or password"],
    );
    assert_says(&stderr, &["workload identity: no federated token", "managed identity: there is no managed identity"]);
    assert_says(
        &stderr,
        &["az: the Azure CLI (az) is not on PATH", "azd: the Azure Developer CLI (azd) is not on PATH"],
    );
    program(&mut home, "az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    assert_says(&home.token(&[]).run().refusal(3), &["next: sign in: az login", "az: az gave no token"]);
}

#[test]
fn the_choice_of_azure_identity_is_honoured() {
    let (emulator, mut home) = both();
    home.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    let chosen = |choice: &str| home.token(&[]).env("AZURE_TOKEN_CREDENTIALS", choice).run();
    for choice in ["dev", "AzureCliCredential"] {
        assert_eq!(chosen(choice).quiet().line(), "token-of-az");
    }
    assert!(emulator.is_valid(chosen("Prod").quiet().line()));
    assert_says(&chosen("AzureDeveloperCliCredential").refusal(4), &["azd) is not on PATH"]);
    assert_says(
        &chosen("AzurePowerShellCredential").refusal(4),
        &["AzurePowerShellCredential", "use one of: dev, prod"],
    );
    home.profiles(r#"{"version":1,"profiles":{"own":{"ignore_environment":true}}}"#);
    let stderr = home.token(&["-p", "own"]).env("AZURE_TOKEN_CREDENTIALS", "nonsense").run().stderr;
    assert!(!stderr.contains("nonsense"), "{stderr}");
}
