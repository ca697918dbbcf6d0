//! Managed identities, each kind of endpoint as the emulator plays it, over plain http on loopback as in reality.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{
    Emulator, ExpiresOn, Fault, IDENTITY_HEADER, MSI_SECRET, SYSTEM_IDENTITY_CLIENT_ID, Source, TENANT,
    USER_IDENTITY_CLIENT_ID, USER_IDENTITY_OBJECT_ID, USER_IDENTITY_RESOURCE_ID,
};
use serde_json::Value;

use crate::expect::{HUNTER, assert_about, assert_says, seconds_until};
use crate::support::{Home, Output};

/// A home that has no credential and names the flow.
fn home() -> Home {
    let mut home = Home::new();
    home.set("JETON_FLOW", "managed-identity");
    home
}

/// The same on a machine whose metadata service is the emulator's.
fn machine() -> (Emulator, Home) {
    let (emulator, mut home) = (Emulator::start(), home());
    home.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.imds_url());
    (emulator, home)
}

/// The same in an App Service.
fn app_service() -> (Emulator, Home) {
    let (emulator, mut home) = (Emulator::start(), home());
    home.set("IDENTITY_ENDPOINT", emulator.app_service_url());
    home.set("IDENTITY_HEADER", IDENTITY_HEADER);
    (emulator, home)
}

/// The claims of the token that was printed.
fn claims(output: Output) -> Value {
    let output = output.quiet();
    let claims = output.line().split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON")
}

#[test]
fn a_machine_has_its_own_identity_and_those_that_users_assigned() {
    let (emulator, home) = machine();
    let system = claims(home.token(&[]).run());
    assert_eq!((&system["appid"], &system["tid"]), (&SYSTEM_IDENTITY_CLIENT_ID.into(), &TENANT.into()));
    assert_eq!(system["aud"], "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d");
    for (option, id) in [
        ("--client-id", USER_IDENTITY_CLIENT_ID),
        ("--identity-object-id", USER_IDENTITY_OBJECT_ID),
        ("--identity-resource-id", USER_IDENTITY_RESOURCE_ID),
    ] {
        assert_eq!(claims(home.token(&[option, id]).run())["appid"], USER_IDENTITY_CLIENT_ID, "{option}");
    }
    let by_variable = home.token(&[]).env("AZURE_CLIENT_ID", USER_IDENTITY_CLIENT_ID).run();
    assert_eq!(claims(by_variable)["appid"], USER_IDENTITY_CLIENT_ID);
    // An option ranks before the variable of another app.
    let both = home.token(&["--identity-object-id", USER_IDENTITY_OBJECT_ID]).env("AZURE_CLIENT_ID", "another").run();
    assert_eq!(claims(both)["appid"], USER_IDENTITY_CLIENT_ID);
    assert_eq!((emulator.violations(), emulator.count()), (vec![], 4), "each is in the cache afterwards");
    let stderr = home.token(&["--client-id", "a", "--identity-object-id", "b"]).run().refusal(4);
    assert_says(&stderr, &["client_id and identity_object_id", "one way only"]);
}

#[test]
fn no_proxy_ever_sees_the_token() {
    let (emulator, mut home) = machine();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        home.set(name, "http://127.0.0.1:1");
    }
    home.token(&[]).run().quiet();
    assert_eq!((emulator.violations(), emulator.count()), (vec![], 1));
}

/// An address where connections are not answered: a listener that takes none any more.
fn silence() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
        assert!(waiting.len() < 10_000, "a listener with a bound");
    }
    (listener, waiting, address)
}

#[test]
fn a_machine_without_a_metadata_service_says_so_in_about_a_second() {
    let (_listener, _waiting, silent) = silence();
    for address in [silent.to_string(), "127.0.0.1:1".to_owned()] {
        let mut home = home();
        home.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", format!("http://{address}"));
        let start = Instant::now();
        let stderr = home.token(&[]).run().refusal(5);
        assert_says(&stderr, &["there is no managed identity here", "--flow"]);
        // The usual bound for a connection is ten seconds, and there are three more attempts.
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[test]
fn what_passes_is_asked_again_as_the_metadata_service_wants_it() {
    for status in [404, 410, 429, 500, 503] {
        let (emulator, home) = machine();
        emulator.script(Fault::imds(status).retry_after("0").times(2));
        home.token(&[]).run().quiet();
        assert_eq!(emulator.count(), 3, "{status}");
    }
    // By itself it waits ten seconds after 410, which there is no time for here.
    let (emulator, home) = machine();
    emulator.script(Fault::imds(410));
    let stderr = home.token(&[]).env("JETON_TIMEOUT", "5s").run().refusal(5);
    assert_says(&stderr, &["HTTP 410", "try again in a minute"]);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_machine_without_an_identity_says_so() {
    let (emulator, home) = machine();
    emulator.change_settings(|settings| {
        settings.managed_identity.system_assigned = None;
        settings.managed_identity.user_assigned.clear();
    });
    assert_says(&home.token(&[]).run().refusal(4), &["HTTP 400", "Identity not found", "an identity is assigned"]);
    let stderr = home.token(&["--client-id", "nobody"]).run().refusal(4);
    assert_says(&stderr, &["user-assigned identity nobody", "AZURE_CLIENT_ID"]);
    assert_eq!(emulator.count(), 2, "it is not asked again");
}

#[test]
fn what_stands_in_for_the_metadata_service_is_told_from_it() {
    let (emulator, home) = machine();
    emulator.script(Fault::docker_desktop());
    assert_says(&home.token(&[]).run().refusal(5), &["Docker Desktop", "--flow"]);
    emulator.script(Fault::html(200).on(Source::Imds.path()));
    assert_says(&home.token(&["--scope", "databricks"]).run().refusal(5), &["something else", "text/html", "proxy"]);
    let (emulator, home) = machine();
    let stderr = home.jeton(&["token", "--resource", "api://unknown"]).run().refusal(4);
    assert_says(&stderr, &["AADSTS500011", "check the spelling of the resource"]);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn an_app_service_is_asked_with_its_header_and_writes_the_end_in_many_ways() {
    for form in [ExpiresOn::Epoch, ExpiresOn::TwelveHours, ExpiresOn::Slashes, ExpiresOn::Dashes, ExpiresOn::Rfc3339] {
        let (emulator, home) = app_service();
        emulator.change_settings(|settings| settings.managed_identity.expires_on = form);
        emulator.set_lifetime(24 * 3600);
        let told = home.token(&["--output", "json"]).run().quiet().json();
        assert_about(seconds_until(&told["expiresOn"]), 24 * 3600);
        assert_eq!(emulator.violations(), [""; 0]);
    }
    let (emulator, home) = app_service();
    for option in [
        ["--client-id", USER_IDENTITY_CLIENT_ID],
        ["--identity-object-id", USER_IDENTITY_OBJECT_ID],
        ["--identity-resource-id", USER_IDENTITY_RESOURCE_ID],
    ] {
        assert_eq!(claims(home.token(&option).run())["appid"], USER_IDENTITY_CLIENT_ID, "{option:?}");
    }
    assert_eq!((emulator.violations(), emulator.count_of(Source::AppService)), (vec![], 3));
    let stderr = home.token(&[]).env("IDENTITY_HEADER", HUNTER).run().refusal(6);
    assert_says(&stderr, &["App Service", "HTTP 401", "the environment that the service gave it"]);
    assert_says(&home.token(&["--client-id", "nobody"]).run().refusal(4), &["HTTP 400", "nobody"]);
}

#[test]
fn azure_ml_knows_client_ids_alone() {
    let (emulator, mut home) = (Emulator::start(), home());
    home.set("MSI_ENDPOINT", emulator.azure_ml_url());
    home.set("MSI_SECRET", MSI_SECRET);
    emulator.change_settings(|settings| settings.managed_identity.expires_on = ExpiresOn::TwelveHours);
    assert_eq!(claims(home.token(&[]).run())["appid"], SYSTEM_IDENTITY_CLIENT_ID);
    let named = home.token(&["--client-id", USER_IDENTITY_CLIENT_ID]).run();
    assert_eq!(claims(named)["appid"], USER_IDENTITY_CLIENT_ID);
    let default = home.token(&["--force-refresh"]).env("DEFAULT_IDENTITY_CLIENT_ID", USER_IDENTITY_CLIENT_ID).run();
    assert_eq!(claims(default)["appid"], USER_IDENTITY_CLIENT_ID);
    let stderr = home.token(&["--identity-object-id", USER_IDENTITY_OBJECT_ID]).run().refusal(4);
    assert_says(&stderr, &["client id alone", "--client-id"]);
    assert_eq!((emulator.violations(), emulator.count()), (vec![], 3));
}

#[test]
fn cloud_shell_gives_the_persons_token() {
    let (emulator, mut home) = (Emulator::start(), home());
    home.set("MSI_ENDPOINT", emulator.cloud_shell_url());
    assert_eq!(claims(home.token(&[]).run())["upn"], "someone@contoso.example");
    let stderr = home.token(&["--client-id", USER_IDENTITY_CLIENT_ID]).run().refusal(4);
    assert_says(&stderr, &["the person who is signed in to it", "leave out --client-id"]);
    let stderr = home.jeton(&["token", "--resource", "https://elsewhere.example"]).run().refusal(4);
    assert_says(&stderr, &["not a supported MSI token audience"]);
    assert_eq!((emulator.violations(), emulator.count()), (vec![], 2));
}

#[test]
fn service_fabric_is_known_by_its_certificate_alone() {
    let (emulator, mut home) = (Emulator::start(), home());
    let fabric = emulator.service_fabric();
    home.set("IDENTITY_ENDPOINT", &fabric.url);
    home.set("IDENTITY_HEADER", IDENTITY_HEADER);
    home.set("IDENTITY_SERVER_THUMBPRINT", fabric.thumbprint.to_lowercase());
    assert_eq!(claims(home.token(&[]).run())["appid"], SYSTEM_IDENTITY_CLIENT_ID);
    let ask = |name: &str, value: &str| home.token(&["--force-refresh"]).env(name, value).run();
    assert_says(
        &ask("AZURE_CLIENT_ID", USER_IDENTITY_CLIENT_ID).refusal(4),
        &["knows the identity by the application"],
    );
    let other = fabric.thumbprint.chars().rev().collect::<String>();
    let stderr = ask("IDENTITY_SERVER_THUMBPRINT", &other).refusal(5);
    assert_says(&stderr, &["no trusted connection", &fabric.thumbprint, &other]);
    assert_says(&ask("IDENTITY_SERVER_THUMBPRINT", "abc").refusal(4), &["is not a thumbprint"]);
    assert_says(&ask("IDENTITY_ENDPOINT", &fabric.url.replace("https", "http")).refusal(4), &["not an https URL"]);
    assert_eq!((emulator.violations(), emulator.count()), (vec![], 1), "no other server got the secret");
    assert_says(&ask("IDENTITY_HEADER", HUNTER).refusal(4), &["Managed identity not found"]);
}

#[test]
fn the_key_of_azure_arc_is_read_from_its_own_folder_alone() {
    let (emulator, mut home) = (Emulator::start(), home());
    home.set("IDENTITY_ENDPOINT", emulator.arc_url());
    home.set("IMDS_ENDPOINT", "http://localhost:40342");
    let outside = home.path("a.key");
    std::fs::write(&outside, HUNTER).expect("a file");
    let folder = "/var/opt/azcmagent/tokens";
    for (path, says) in [
        (outside.display().to_string(), "is not in /var/opt/azcmagent/tokens"),
        (format!("{folder}/../../../..{}", outside.display()), "is not in /var/opt/azcmagent/tokens"),
        (format!("{folder}/deeper/a.key"), "is not in /var/opt/azcmagent/tokens"),
        (format!("{folder}/a.txt"), "does not end in .key"),
        (format!("{folder}/a.key"), "can't be read"),
    ] {
        emulator.set_arc_key(&path, HUNTER);
        emulator.clear();
        assert_says(&home.token(&[]).run().refusal(4), &[says]);
        assert_eq!((emulator.violations(), emulator.count()), (vec![], 1), "nothing more is asked: {path}");
    }
}
