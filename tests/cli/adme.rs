//! Azure Data Manager for Energy: its profiles, whether an instance lets somebody in, and what Azure says of it.

use jeton_emulator::{
    ADME_CLIENT_ID, ADME_INSTANCE, ADME_PARTITION, ADME_RESOURCE_ID, ADME_SECRET, CLIENT_ID, CLIENT_SECRET, Emulator,
    Fault, TENANT, USER,
};
use serde_json::json;

use crate::browser::Asking;
use crate::expect::{assert_no_secret, assert_says, last_request};
use crate::proxy::Proxy;
use crate::support::{Home, Output};

const GROUPS: &str = "/api/entitlements/v2/groups";
/// An instance by its real name: only a proxy leads to the emulator.
const INSTANCE: &str = "octoadme.energy.azure.com";
const ARM: &str = "management.azure.com";

/// A home that trusts the emulator.
fn bare(emulator: &Emulator) -> Home {
    let mut home = Home::new();
    emulator.write_ca(&home.path("ca.pem")).expect("a CA file");
    home.set("JETON_CA_FILE", home.path("ca.pem"));
    home.set("JETON_AUTHORITY_HOST", emulator.url());
    home.set("JETON_SECRET_STORE", "file");
    home.set("JETON_BACKGROUND", "off");
    home.set("ADME_SECRET", ADME_SECRET);
    home
}

fn host(emulator: &Emulator) -> String {
    emulator.url().trim_start_matches("https://").to_owned()
}

/// Makes a profile with the preset and these further arguments.
#[track_caller]
fn create(home: &Home, args: &[&str]) -> Output {
    let common = [
        "profile",
        "create",
        "adme",
        "--preset",
        "adme",
        "--tenant",
        TENANT,
        "--client-id",
        ADME_CLIENT_ID,
        "--client-secret-from",
        "env:ADME_SECRET",
        "--data-partition-id",
        ADME_PARTITION,
    ];
    home.jeton(&[&common, args].concat()).run().ok()
}

/// A home with a profile of the instance's own app for the emulator.
fn home(emulator: &Emulator) -> Home {
    let home = bare(emulator);
    create(&home, &["--host", &host(emulator)]);
    home
}

fn check(home: &Home, args: &[&str]) -> Output {
    home.jeton(&[&["adme", "check", "-p", "adme"], args].concat()).run()
}

#[test]
fn the_preset_says_what_all_profiles_have_and_warns_of_the_app() {
    let emulator = Emulator::start();
    let home = bare(&emulator);
    let output = create(&home, &[]);
    assert_says(&output.stderr, &["rights of the infrastructure's admin"]);
    let shown = home.jeton(&["profile", "show", "adme", "--json"]).run().ok().stdout;
    assert_says(&shown, &["\"v1\"", ADME_CLIENT_ID]);
    home.jeton(&["token", "-p", "adme"]).run().quiet();
    let request = last_request(&emulator);
    assert_eq!(request.path, format!("/{TENANT}/oauth2/token"));
    assert_eq!((request.field("resource"), request.field("scope")), (Some(ADME_CLIENT_ID), None));
    // What is said goes before it.
    create(&home, &["--replace", "--endpoint", "v2", "--silent"]);
    home.jeton(&["token", "-p", "adme"]).run().quiet();
    assert_eq!(last_request(&emulator).field("scope"), Some(&*format!("{ADME_CLIENT_ID}/.default")));
    for missing in [&["--client-id", "x"][..], &["--data-partition-id", "x"]] {
        let args = [&["profile", "create", "p", "--preset", "adme", "--tenant", TENANT], missing].concat();
        assert_says(&home.jeton(&args).run().refusal(2), &["the preset needs --"]);
    }
}

#[test]
fn an_app_sees_its_groups_and_is_warned() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = check(&home, &[]).ok();
    let group = |name: &str| format!("{name}@{ADME_PARTITION}.dataservices.energy");
    assert_eq!(output.stdout, format!("{}\n{}\n", group("users"), group("users.datalake.viewers")));
    assert_says(&output.stderr, &[ADME_CLIENT_ID, "2 groups", ADME_PARTITION, "infrastructure's admin"]);
    assert_no_secret(&output.stderr);
    let request = emulator.requests().into_iter().find(|request| request.path == GROUPS).expect("a request");
    assert_eq!(request.header("data-partition-id"), Some(ADME_PARTITION));
    let json = check(&home, &["--json"]).ok().json();
    let groups = [group("users"), group("users.datalake.viewers")];
    let wanted = json!({
        "host": host(&emulator), "data_partition_id": ADME_PARTITION, "member": ADME_CLIENT_ID, "groups": groups,
    });
    assert_eq!(json, wanted);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn a_user_signs_in_by_code_and_is_known_once_added() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    home.set("JETON_INTERACTIVE", "always");
    let output = create(&home, &["--flow", "authorization-code", "--host", &host(&emulator), "--paste"]);
    assert!(!output.stderr.contains("admin"), "{}", output.stderr);
    emulator.change_settings(|settings| settings.databricks.adme_users.clear());
    let mut asking = Asking::start(home.jeton(&["adme", "check", "-p", "adme"]));
    assert_eq!(asking.parameter("redirect_uri"), "http://localhost:8080");
    let address = emulator.visit(&asking.url).location.expect("a redirect");
    asking.paste(&address);
    let output = asking.finish().fails(6);
    let members = format!("{GROUPS}/users@{ADME_PARTITION}.dataservices.energy/members");
    assert_says(&output.stderr, &["does not know this principal", "HTTP 401", &members, "--resource CLIENT-ID"]);
    // Signed in once: the rest is by the cache, and by the refresh token.
    emulator.change_settings(|settings| settings.databricks.adme_users.push(USER.to_owned()));
    let output = check(&home, &[]).ok();
    assert_says(&output.stderr, &[USER, "2 groups"]);
    assert!(!output.stderr.contains("admin"), "{}", output.stderr);
    check(&home, &["--force-refresh"]).ok();
    let request = last_request(&emulator);
    assert_eq!((request.field("grant_type"), request.field("scope")), (Some("refresh_token"), None));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn each_refusal_says_what_mends_it() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let stderr = check(&home, &["--data-partition-id", "octoadme-dp9"]).refusal(6);
    assert_says(&stderr, &["HTTP 403", "octoadme-dp9", "INSTANCE-PARTITION", "not known or not yours"]);
    // The token of another resource.
    let stderr = check(&home, &["--resource", "https://graph.microsoft.com"]).refusal(6);
    assert_says(&stderr, &["HTTP 401", "--resource CLIENT-ID"]);
    let said = |status: u16| {
        Fault::respond(status, "application/json", r#"{"code":1,"reason":"r","message":"so\u001b it is"}"#)
    };
    for (fault, code, says) in [
        (said(400), 4, &["HTTP 400", "so it is", "INSTANCE-PARTITION"][..]),
        (said(404), 4, &["HTTP 404", "no entitlements service", "energy.azure.com"]),
        (Fault::html(404), 4, &["HTTP 404", "no entitlements service"]),
        (Fault::redirect(302, "https://evil.example/"), 4, &["redirects elsewhere", "not sent on"]),
        (said(418), 1, &["HTTP 418", "so it is"]),
        (Fault::respond(200, "text/html", "<p>Sign in"), 5, &["no answer now", "proxy"]),
        (Fault::respond(200, "application/json", "{}"), 5, &["no answer now"]),
        (said(429).retry_after("0").times(4), 5, &["HTTP 429", "so it is", "a minute"]),
    ] {
        emulator.script_for(GROUPS, fault);
        assert_says(&check(&home, &[]).refusal(code), says);
    }
    check(&home, &[]).ok();
}

#[test]
fn a_token_goes_to_its_instance_alone() {
    let emulator = Emulator::builder().extra_name(INSTANCE).start().expect("an emulator");
    let proxy = Proxy::start(Some(emulator.address()));
    let mut home = bare(&emulator);
    home.set("HTTPS_PROXY", proxy.url());
    create(&home, &[]);
    // Where the profile names none, an instance is known by its name.
    assert_says(&check(&home, &[]).refusal(2), &["which instance", "--host"]);
    check(&home, &[INSTANCE]).ok();
    check(&home, &[&format!("https://{}/", INSTANCE.to_uppercase())]).ok();
    let count = emulator.count();
    for elsewhere in ["evil.example", "energy.azure.com.evil.example", "localhost", "https://xenergy.azure.com"] {
        assert_says(&check(&home, &[elsewhere]).refusal(4), &["the token is not for", "--host"]);
    }
    for wrong in ["http://octoadme.energy.azure.com", "me@octoadme.energy.azure.com", "a b"] {
        check(&home, &[wrong]).refusal(2);
    }
    // Where it names some, those alone.
    home.jeton(&["profile", "edit", "adme", "--host", "other.energy.azure.com"]).run().ok();
    assert_says(&check(&home, &[INSTANCE]).refusal(4), &["the token is not for"]);
    assert_eq!(emulator.count(), count);
    // And without a partition there is nothing to ask.
    home.jeton(&["profile", "edit", "adme", "--unset", "data_partition_id"]).run().ok();
    assert_says(&check(&home, &[INSTANCE]).refusal(4), &["no data partition is set", "--data-partition-id"]);
}

#[test]
fn azure_tells_what_belongs_to_an_instance() {
    let emulator = Emulator::builder().extra_name(ARM).start().expect("an emulator");
    let proxy = Proxy::start(Some(emulator.address()));
    let mut home = bare(&emulator);
    home.set("HTTPS_PROXY", proxy.url());
    home.set("AZURE_TENANT_ID", TENANT);
    home.set("AZURE_CLIENT_ID", CLIENT_ID);
    home.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    let show = |args: &[&str]| home.jeton(&[&["adme", "show", ADME_RESOURCE_ID], args].concat()).run();
    let output = show(&[]).quiet();
    assert_says(&output.stdout, &[&host(&emulator), ADME_CLIENT_ID, ADME_PARTITION]);
    assert!(proxy.heads()[0].starts_with(&format!("CONNECT {ARM}:443")), "{:?}", proxy.heads());
    let json = show(&["--json"]).quiet().json();
    assert_eq!(json["data_partition_ids"], json!([ADME_PARTITION]));
    assert_eq!(emulator.token_count(), 1);
    let said =
        |status: u16| Fault::respond(status, "application/json", r#"{"error":{"code":"Why","message":"so it is"}}"#);
    for (fault, code, says) in [
        (said(401), 6, &["does not accept the token", "Why: so it is"][..]),
        (said(403), 6, &["may not read", "Reader"]),
        (said(404), 4, &["no such resource", ADME_INSTANCE]),
        (Fault::html(200), 5, &["no answer now"]),
        (Fault::respond(200, "application/json", r#"{"properties":{}}"#), 5, &["no dnsName"]),
    ] {
        emulator.script_for(ADME_RESOURCE_ID, fault);
        assert_says(&show(&[]).refusal(code), says);
    }
    let output = home.jeton(&["adme", "show", "/subscriptions/1/providers/Microsoft.Storage/storageAccounts/x"]).run();
    assert_says(&output.refusal(4), &["Microsoft.OpenEnergyPlatform/energyServices"]);
    assert_eq!(emulator.violations(), [""; 0]);
}
