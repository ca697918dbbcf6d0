//! `jeton docker`, as Docker and its kin call their credential helpers. What skopeo makes of it is in tests/clients/docker.

use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault, OTHER_TENANT, TENANT};

use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, Output, age_token, finish, wait_until};

const NOT_FOUND: &str = "credentials not found in native keychain\n";
const USER: &str = "00000000-0000-0000-0000-000000000000";

/// A home with a profile for the emulator's registry, and the registry's name.
fn home_for(emulator: &Emulator) -> (Home, String) {
    let home = Home::at(emulator);
    let registry = emulator.url().trim_start_matches("https://").to_owned();
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"work":{{"hosts":["{registry}","contoso.azurecr.io"]}}}}}}"#));
    (home, registry)
}

fn call(home: &Home, operation: &str, input: &str) -> Output {
    home.jeton(&["docker", operation]).stdin(input).run()
}

/// Asserts the protocol's failure: this text on stdout, nothing on stderr, 1.
#[track_caller]
fn assert_told(output: &Output, text: &str) {
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (1, text, ""));
}

/// Requests to the registry's exchange.
fn exchanges(emulator: &Emulator) -> usize {
    emulator.requests().iter().filter(|request| request.path == "/oauth2/exchange").count()
}

#[test]
fn a_registry_gets_its_token_as_the_password_of_nobody() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    let output = call(&home, "get", &registry).quiet();
    output.line();
    let answer = output.json();
    let names: Vec<_> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["ServerURL", "Username", "Secret"]);
    assert_eq!((answer["ServerURL"].as_str(), answer["Username"].as_str()), (Some(&*registry), Some(USER)));

    let requests = emulator.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].field("scope"), Some("https://containerregistry.azure.net/.default"));
    assert_eq!(requests[1].path, "/oauth2/exchange");
    let mut form: Vec<_> = requests[1].form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.sort_unstable();
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(
        form,
        [("access_token", &*token), ("grant_type", "access_token"), ("service", &*registry), ("tenant", TENANT)]
    );
    assert_eq!(requests[1].header("authorization"), None);
    assert_eq!(emulator.violations(), Vec::<String>::new());
}

#[test]
fn the_server_is_answered_as_it_was_asked_and_from_one_cached_token() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    let first = call(&home, "get", &registry).quiet().json();
    for asked in [format!("https://{registry}"), format!("https://{registry}/v2/"), format!("{registry}/hello\n")] {
        let answer = call(&home, "get", &asked).quiet().json();
        assert_eq!((answer["ServerURL"].as_str(), &answer["Secret"]), (Some(asked.trim()), &first["Secret"]));
    }
    assert_eq!(emulator.count(), 2);
}

#[test]
fn many_at_once_cost_one_exchange() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    emulator.set_latency(Duration::from_millis(100));
    let runs: Vec<_> = (0..10).map(|_| home.jeton(&["docker", "get"]).stdin(&registry).spawn()).collect();
    let mut outputs: Vec<_> = runs.into_iter().map(|run| finish(run).quiet()).collect();
    outputs.dedup();
    assert_eq!((outputs.len(), emulator.token_count(), exchanges(&emulator)), (1, 1, 1));
}

#[test]
fn the_program_may_go_by_the_name_that_docker_looks_for() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    let helper = home.link("docker-credential-jeton");
    let output = home.run_as(&helper, &["get"]).stdin(&registry).run().quiet();
    assert_eq!(output, call(&home, "get", &registry).quiet());
    let version = home.run_as(&helper, &["version"]).run().quiet();
    assert_eq!(version.stdout, concat!("jeton ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_token_lives_as_long_as_it_says_itself() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    emulator.change_settings(|settings| settings.registry_lifetime = 7200);
    call(&home, "get", &registry).quiet();
    let life = |file: &std::path::Path| {
        let text = std::fs::read_to_string(file).unwrap();
        let header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        header["expires_at"].as_u64().unwrap() - header["issued_at"].as_u64().unwrap()
    };
    let mut lives: Vec<_> = home.cached(".token").iter().map(|file| life(file)).collect();
    lives.sort_unstable();
    assert!(lives[0] == 3599 && (7190..=7200).contains(&lives[1]), "{lives:?}");
}

#[test]
fn a_wrong_clock_here_does_not_shorten_a_tokens_life() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    // The registry's clock is two hours behind: its token seems to have an hour.
    emulator.set_clock_offset(-2 * 3600);
    call(&home, "get", &registry).quiet();
    for file in home.cached(".token") {
        age_token(&file, 1500);
    }
    call(&home, "get", &registry).quiet();
    assert_eq!(exchanges(&emulator), 1);
}

#[test]
fn foreign_hosts_are_not_found_without_a_request() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    for foreign in [
        "https://index.docker.io/v1/",
        "ghcr.io",
        "contoso.azurecr.io.evil.example",
        "contoso.azurecr.io:8443",
        "evil.example/contoso.azurecr.io",
        "http://contoso.azurecr.io",
        "user@contoso.azurecr.io",
        "contoso.azurecr.io\rx",
        "contoso.azurecr.io\nx",
        "contoso.azurecr.io\0",
        &format!("http://{}", registry.replace("localhost", "registry.example")),
    ] {
        let begun = Instant::now();
        assert_told(&call(&home, "get", foreign), NOT_FOUND);
        assert_told(&home.jeton(&["docker", "-p", "work", "get"]).stdin(foreign).run(), NOT_FOUND);
        assert_eq!(call(&home, "erase", foreign).quiet().stdout, "");
        // (Debug builds on a busy machine.)
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    }
    assert_eq!((emulator.count(), home.cached(".token")), (0, vec![]));
}

#[test]
fn azures_registries_are_known_where_a_client_is_named() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    // Nobody answers there, and no name is looked up: the way leads through a proxy that is none.
    home.set("HTTPS_PROXY", "http://127.0.0.1:1");
    home.set("JETON_TIMEOUT", "2s");
    let output = call(&home, "get", "contoso.azurecr.io");
    assert_eq!((output.code, output.stderr.as_str(), emulator.token_count()), (1, "", 1));
    assert_says(&output.stdout, &["jeton: ", "127.0.0.1:1", "next: "]);
    let resource = emulator.token_requests()[0].field("scope").map(str::to_owned);
    assert_eq!(resource.as_deref(), Some("https://containerregistry.azure.net/.default"));
    home.unset("AZURE_CLIENT_ID");
    assert_told(&call(&home, "get", "contoso.azurecr.io"), NOT_FOUND);
}

#[test]
fn bad_input_is_refused_in_the_words_of_the_protocol() {
    let emulator = Emulator::start();
    let (home, _) = home_for(&emulator);
    for operation in ["get", "erase"] {
        assert_told(&call(&home, operation, "\n"), "no credentials server URL\n");
    }
    assert_told(&call(&home, "store", r#"{"Username":"u","Secret":"hunter2"}"#), "no credentials server URL\n");
    assert_told(&call(&home, "store", r#"{"ServerURL":"ghcr.io","Secret":"hunter2"}"#), "no credentials username\n");
    assert_told(&call(&home, "store", "hunter2"), "this is not a credential in JSON\n");
    assert_told(&call(&home, "fetch", "ghcr.io"), "unknown credential action\n");
    let output = call(&home, "get", &"x".repeat(2 << 20));
    assert_eq!((output.code, output.stderr.as_str()), (1, ""));
    assert_says(&output.stdout, &["jeton: the question on standard input"]);
}

#[test]
fn store_keeps_nothing_and_says_so_where_that_would_surprise() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    let store = |server: &str| {
        call(&home, "store", &format!(r#"{{"ServerURL":"{server}","Username":"{USER}","Secret":"hunter2"}}"#))
    };
    assert_eq!(store(&registry).quiet().stdout, "");
    let foreign = store("ghcr.io");
    assert_eq!((foreign.code, foreign.stderr.as_str()), (1, ""));
    assert_says(&foreign.stdout, &["jeton keeps no passwords", "credHelpers"]);
    assert_no_secret(&foreign.stdout);
    assert_eq!((emulator.count(), home.cached(".token")), (0, vec![]));
}

#[test]
fn erase_forgets_the_registrys_token_and_no_other() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    let first = call(&home, "get", &registry).quiet();
    assert_eq!(home.cached(".token").len(), 2);
    assert_eq!(call(&home, "erase", &registry).quiet().stdout, "");
    assert_eq!(home.cached(".token").len(), 1);
    assert_ne!(call(&home, "get", &registry).quiet(), first);
    assert_eq!((emulator.token_count(), exchanges(&emulator)), (1, 2));
}

#[test]
fn the_registries_of_profiles_are_listed() {
    let emulator = Emulator::start();
    let (home, _) = home_for(&emulator);
    assert_eq!(
        call(&home, "list", "unused").quiet().stdout,
        format!("{{\"https://contoso.azurecr.io\":\"{USER}\"}}\n")
    );
    assert_eq!(call(&Home::new(), "list", "unused").quiet().stdout, "{}\n");
    assert_eq!(emulator.count(), 0);
}

#[test]
fn what_the_registry_refuses_is_told_on_stdout() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    // The token is for a tenant that the registry does not know.
    let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
    emulator.script(Fault::respond(401, "application/json", body).on("/oauth2/exchange"));
    let output = call(&home, "get", &registry);
    assert_eq!((output.code, output.stderr.as_str()), (1, ""));
    assert_says(&output.stdout, &["does not take the Entra token", "authentication required", "AcrPull", &registry]);
    output.line();
    assert_no_secret(&output.stdout);
    // The Entra token's own refusal as well.
    emulator.script(Fault::error(401, "invalid_client", 7_000_215));
    let output = home.jeton(&["docker", "get"]).stdin(&registry).env("AZURE_TENANT_ID", OTHER_TENANT).run();
    assert_says(&output.stdout, &["AADSTS7000215", "next: "]);
    assert_no_secret(&output.stdout);
}

#[test]
fn a_due_token_is_renewed_beside_the_caller() {
    let emulator = Emulator::start();
    let (home, registry) = home_for(&emulator);
    let helper = home.link("docker-credential-jeton");
    let first = home.run_as(&helper, &["get"]).stdin(&registry).run().quiet();
    for file in home.cached(".token") {
        age_token(&file, 2000);
    }
    // (The registry's token is not yet due after that: it lives for three hours.)
    assert_eq!(home.run_as(&helper, &["get"]).stdin(&registry).run().quiet(), first);
    assert_eq!(exchanges(&emulator), 1);
    for file in home.cached(".token") {
        age_token(&file, 5000);
    }
    assert_eq!(home.run_as(&helper, &["get"]).stdin(&registry).run().quiet(), first);
    wait_until("the new token is stored", || home.run_as(&helper, &["get"]).stdin(&registry).run().quiet() != first);
    assert_eq!(exchanges(&emulator), 2);
}
