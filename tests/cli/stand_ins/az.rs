//! `az account get-access-token`, `account show` and `version`, to the byte.

use std::process::Stdio;
use std::time::Duration;

use jeton_emulator::{CLIENT_ID, Emulator, Fault, PUBLIC_CLIENT_ID, TENANT, USER};

use super::{az, home, linked};
use crate::expect::{assert_no_secret, assert_says, last_request};
use crate::support::{Home, Output, age_token, finish, rewrite_token, wait_until};
use crate::user;

const DATABRICKS: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";
const SUBSCRIPTION: &str = "aaaaaaaa-0000-0000-0000-000000000002";

/// Asserts how az fails: nothing on stdout, this exit code, and this first line.
#[track_caller]
fn fails(output: Output, code: i32, line: &str) -> String {
    let stderr = output.fails(code).stderr;
    assert_eq!(stderr.lines().next(), Some(line));
    assert_no_secret(&stderr);
    stderr
}

#[test]
fn the_json_is_azs_to_the_byte() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("TZ", "UTC");
    home.set("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION);
    let output = az(&home, &format!("account get-access-token --output json --resource {DATABRICKS}")).run().quiet();
    let end = output.json()["expires_on"].as_u64().expect("a number");
    let clock = jeton::clock::rfc3339(end).replace('T', " ").replace('Z', ".000000");
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(
        output.stdout,
        format!(
            "{{\n  \"accessToken\": \"{token}\",\n  \"expiresOn\": \"{clock}\",\n  \"expires_on\": {end},\n  \
             \"subscription\": \"{SUBSCRIPTION}\",\n  \"tenant\": \"{TENANT}\",\n  \"tokenType\": \"Bearer\"\n}}\n"
        )
    );
    assert_eq!(last_request(&emulator).field("scope"), Some(&*format!("{DATABRICKS}/.default")));
    // With --tenant, there is no subscription; the tenant is told as it was asked for.
    let told = az(&home, "account get-access-token --tenant contoso.example").run().quiet().json();
    let names: Vec<_> = told.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["accessToken", "expiresOn", "expires_on", "tenant", "tokenType"]);
    assert_eq!(told["tenant"], "contoso.example");
    assert_eq!(emulator.violations(), Vec::<String>::new());
}

#[test]
fn every_form_of_the_call_gives_the_same_token() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let token = home.token(&[]).run().quiet().line().to_owned();
    for line in [
        "--resource R -o tsv --query accessToken",
        "-otsv --query accessToken --resource=R",
        "-o=tsv --query=accessToken --scope R/.default",
        "--output=TSV --scope R/.default --query [accessToken]",
        "--out tsv --qu accessToken --reso R",
        "--query {t:accessToken} --scope R/.default -o tsv --only-show-errors",
        "--query @.accessToken|@ --resource R --output tsv",
    ] {
        // (A name that is cut to `--reso` means two.)
        let line = line.replace("--reso R", "--resource R").replace('R', DATABRICKS);
        let output = az(&home, &format!("account get-access-token {line}")).run().quiet();
        assert_eq!(output.stdout, format!("{token}\n"), "{line}");
    }
    let quoted = az(&home, &format!("account get-access-token --resource {DATABRICKS} --query accessToken")).run();
    assert_eq!(quoted.quiet().stdout, format!("\"{token}\"\n"));
    // The same cache as all of jeton's.
    assert_eq!(emulator.count(), 1);
}

#[test]
fn every_output_is_taken_from_wherever_az_takes_it() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let run = |home: &Home, line: &str| az(home, &format!("account get-access-token {line}")).run().quiet().stdout;
    let token = run(&home, "--query accessToken -o tsv").trim_end().to_owned();
    assert_eq!(run(&home, "-o none"), "");
    assert_eq!(run(&home, "--query nothing"), "");
    assert_eq!(run(&home, "--query tokenType -o yaml"), "Bearer\n...\n");
    assert_eq!(
        run(&home, "--query [tokenType,tenant] -o table"),
        format!("Result\n{}\nBearer\n{TENANT}\n", "-".repeat(36))
    );
    assert_eq!(run(&home, "--query {a:tokenType,b:nothing} -o tsv"), "Bearer\tNone\n");
    assert!(run(&home, "-o yamlc").starts_with(&format!("accessToken: {token}\nexpiresOn: '20")));
    assert!(run(&home, "-o table").starts_with("AccessToken "));

    std::fs::create_dir(home.path(".azure")).expect("a folder");
    std::fs::write(home.path(".azure/config"), "[core]\noutput = tsv\n").expect("a file");
    assert_eq!(run(&home, "--query tokenType"), "Bearer\n");
    home.set("AZURE_CORE_OUTPUT", "yaml");
    assert_eq!(run(&home, "--query tokenType"), "Bearer\n...\n");
    assert_eq!(run(&home, "--query tokenType -o json"), "\"Bearer\"\n");
}

#[test]
fn the_local_time_is_that_of_the_callers_zone() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    az(&home, "account get-access-token").run().quiet();
    // 2031-01-15 12:00:00 and 2031-07-15 12:00:00, UTC: New York has daylight saving time in July.
    for (end, zones) in [
        (
            1_926_244_800_u64,
            [
                ("UTC", "2031-01-15 12:00:00.000000"),
                ("Asia/Tokyo", "2031-01-15 21:00:00.000000"),
                ("America/New_York", "2031-01-15 07:00:00.000000"),
                (":Asia/Kolkata", "2031-01-15 17:30:00.000000"),
                ("EST5EDT,M3.2.0,M11.1.0", "2031-01-15 07:00:00.000000"),
                ("", "2031-01-15 12:00:00.000000"),
                ("Nowhere/Nothing", "2031-01-15 12:00:00.000000"),
            ],
        ),
        (
            1_941_883_200,
            [
                ("UTC", "2031-07-15 12:00:00.000000"),
                ("Asia/Tokyo", "2031-07-15 21:00:00.000000"),
                ("America/New_York", "2031-07-15 08:00:00.000000"),
                (":Asia/Kolkata", "2031-07-15 17:30:00.000000"),
                ("EST5EDT,M3.2.0,M11.1.0", "2031-07-15 08:00:00.000000"),
                ("", "2031-07-15 12:00:00.000000"),
                ("Nowhere/Nothing", "2031-07-15 12:00:00.000000"),
            ],
        ),
    ] {
        rewrite_token(&home.token_file(), |header| header["expires_at"] = end.into());
        for (zone, clock) in zones {
            let told = az(&home, "account get-access-token").env("TZ", zone).run().quiet().json();
            assert_eq!((&told["expiresOn"], &told["expires_on"]), (&clock.into(), &end.into()), "{zone}");
        }
    }
    assert_eq!(emulator.count(), 1);
}

#[test]
fn resources_are_those_of_az() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for (line, scope) in [
        ("", "https://management.core.windows.net//.default"),
        ("--resource-type arm", "https://management.core.windows.net//.default"),
        ("--resource-type MS-Graph", "https://graph.microsoft.com//.default"),
        ("--resource-type oss-rdbms", "https://ossrdbms-aad.database.windows.net/.default"),
        ("--resource-type arm --resource https://vault.azure.net", "https://vault.azure.net/.default"),
        (
            "--resource https://x.example --scope https://storage.azure.com/.default",
            "https://storage.azure.com/.default",
        ),
    ] {
        az(&home, &format!("account get-access-token {line}")).run().quiet();
        assert_eq!(last_request(&emulator).field("scope"), Some(scope), "{line}");
    }
    // What the call says counts, not what the environment or a profile says.
    az(&home, "account get-access-token --resource https://batch.core.windows.net/")
        .env("JETON_SCOPE", "graph")
        .run()
        .quiet();
    assert_eq!(last_request(&emulator).field("scope"), Some("https://batch.core.windows.net//.default"));
}

#[test]
fn failures_are_told_in_azs_words_and_codes() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let get = |line: &str| az(&home, &format!("account get-access-token {line}")).run();
    const LOGIN: &str = "ERROR: Please run 'az login' to setup account.";
    let empty = linked(Home::new());
    let stderr = fails(az(&empty, "account get-access-token").run(), 1, LOGIN);
    assert_says(&stderr, &["no profile", "next: run: jeton profile create az"]);
    assert!(!stderr.contains("AADSTS"));
    fails(az(&empty, "account show").run(), 1, LOGIN);

    fails(get("--tenant t --subscription s"), 1, "ERROR: Please specify only one of subscription and tenant, not both");
    let stderr =
        fails(get("-s nope"), 1, "ERROR: Subscription 'nope' not found. Check the spelling and casing and try again.");
    assert_says(&stderr, &["jeton profile edit"]);
    let stderr = fails(get("--bogus x"), 2, "ERROR: unrecognized arguments: --bogus x");
    assert_eq!(
        stderr,
        "ERROR: unrecognized arguments: --bogus x\n\nhttps://aka.ms/cli_ref\nRead more about the command in reference docs\n"
    );
    fails(get("--query [a"), 2, "ERROR: argument --query: invalid jmespath_type value: '[a'");
    fails(get("-o"), 2, "ERROR: argument --output/-o: expected one argument");
    assert_eq!(emulator.count(), 0);
}

#[test]
fn what_entra_refuses_keeps_its_number_and_is_no_missing_sign_in() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("AZURE_CLIENT_SECRET", "wrong");
    let stderr = az(&home, "account get-access-token -o json").run().fails(1).stderr;
    assert_says(&stderr, &["ERROR: ", "AADSTS7000215", "next: "]);
    assert!(!stderr.contains("az login") && !stderr.contains("az account set"), "{stderr}");
    assert_no_secret(&stderr);
}

#[test]
fn a_service_that_fails_is_neither() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for _ in 0..10 {
        emulator.script(Fault::html(503));
    }
    let output = az(&home, "account get-access-token").env("JETON_TIMEOUT", "1s").run();
    let stderr = output.fails(1).stderr;
    assert_says(&stderr, &["ERROR: ", "next: "]);
    assert!(!stderr.contains("az login") && !stderr.contains("AADSTS"), "{stderr}");
}

#[test]
fn nobody_is_ever_asked() {
    let emulator = Emulator::start();
    let mut home = linked(user::home(&emulator));
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"work":{{"flow":"device-code","client_id":"{PUBLIC_CLIENT_ID}"}}}}}}"#
    ));
    home.unset("JETON_FLOW");
    home.unset("AZURE_CLIENT_ID");
    for line in ["account get-access-token", "account show"] {
        let stderr = az(&home, line).run().fails(1).stderr;
        assert_says(&stderr, &["ERROR: Please run 'az login' to setup account.\n", "jeton login -p work"]);
        assert!(!stderr.contains("AADSTS"), "{stderr}");
    }
    assert_eq!(user::device_codes(&emulator), 0);

    // Once somebody has signed in, all is answered.
    let signed_in = home.jeton(&["token", "-p", "work", "--scope", "graph"]).spawn();
    user::approve(&emulator, signed_in).ok();
    let told = az(&home, &format!("account get-access-token --resource {DATABRICKS}")).run().quiet().json();
    assert_eq!(told["tenant"], TENANT);
    let shown = az(&home, "account show --output json").run().quiet().json();
    assert_eq!(shown["user"], serde_json::json!({"name": USER, "type": "user"}));
    assert_eq!(user::device_codes(&emulator), 1);
}

#[test]
fn an_app_is_shown_as_a_service_principal_without_a_request() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = az(&home, "account show --output json").run().quiet();
    assert_eq!(
        output.stdout,
        format!(
            "{{\n  \"environmentName\": \"AzureCloud\",\n  \"homeTenantId\": \"{TENANT}\",\n  \"id\": \"{TENANT}\",\n  \
             \"isDefault\": true,\n  \"managedByTenants\": [],\n  \"name\": \"N/A(tenant level account)\",\n  \"state\": \
             \"Enabled\",\n  \"tenantId\": \"{TENANT}\",\n  \"user\": {{\n    \"name\": \"{CLIENT_ID}\",\n    \"type\": \
             \"servicePrincipal\"\n  }}\n}}\n"
        )
    );
    let line = "account show --query [id,user.name] -o tsv";
    assert_eq!(az(&home, line).run().quiet().stdout, format!("{TENANT}\n{CLIENT_ID}\n"));
    let with = az(&home, "account show --query id -o tsv").env("ARM_SUBSCRIPTION_ID", SUBSCRIPTION).run();
    assert_eq!(with.quiet().stdout, format!("{SUBSCRIPTION}\n"));
    assert_eq!(emulator.count(), 0);
    // Of a tenant that goes by its domain, the id stands in its tokens.
    let shown = az(&home, "account show").env("AZURE_TENANT_ID", "contoso.example").run().quiet().json();
    assert_eq!(shown["tenantId"], TENANT);
}

#[test]
fn a_managed_identity_is_shown_as_az_shows_it() {
    let mut home = linked(Home::new());
    home.set("JETON_FLOW", "managed-identity");
    home.set("JETON_TENANT", TENANT);
    let shown = az(&home, "account show").run().quiet().json();
    assert_eq!(
        shown["user"],
        serde_json::json!({"assignedIdentityInfo": "MSI", "name": "systemAssignedIdentity", "type": "servicePrincipal"})
    );
    let shown = az(&home, "account show").env("JETON_CLIENT_ID", CLIENT_ID).run().quiet().json();
    assert_eq!(shown["user"]["name"], "userAssignedIdentity");
    assert_eq!(shown["user"]["assignedIdentityInfo"], format!("MSIClient-{CLIENT_ID}"));
    let stderr = az(&home, "account get-access-token --tenant other.example").run().fails(1).stderr;
    assert_says(&stderr, &["ERROR: For managed identity account", "non-current tenants is not supported"]);
}

#[test]
fn the_version_is_told_where_there_is_no_real_az() {
    let home = linked(Home::new());
    let told = az(&home, "version").run().quiet().json();
    assert_eq!((&told["azure-cli"], &told["extensions"]), (&"2.91.0".into(), &serde_json::json!({})));
    assert_eq!(az(&home, "version --query \"azure-cli\" -o tsv").run().quiet().stdout, "2.91.0\n");
    let long = az(&home, "--version").run().quiet();
    assert_eq!(long.stdout.lines().next(), Some("azure-cli                         2.91.0"));
}

#[test]
fn the_program_runs_where_there_is_no_home_and_from_anywhere() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let mut run = az(&home, "account get-access-token -o json").env_remove("HOME");
    run.command.current_dir("/bin");
    run.run().quiet();
    // With PATH alone, the home folder is found in the user database. Whoever runs this test, has no such subscription.
    let mut run = az(&home, "account get-access-token --subscription of-nobody-at-all");
    run.command.env_clear().env("PATH", home.path("links")).current_dir("/bin");
    let stderr = run.run().fails(1).stderr;
    assert!(!stderr.contains("home folder"), "{stderr}");
}

#[test]
fn standard_input_is_not_read() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let mut run = az(&home, "account get-access-token -o json");
    let mut child =
        run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a run");
    // Held open, as Node does.
    let stdin = child.stdin.take();
    finish(child).quiet();
    drop(stdin);
}

#[test]
fn fifty_processes_with_a_cold_cache_make_one_request() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.set_latency(Duration::from_millis(100));
    let runs: Vec<_> = (0..50).map(|_| az(&home, "account get-access-token -o json").spawn()).collect();
    let mut outputs: Vec<_> = runs.into_iter().map(|run| finish(run).quiet()).collect();
    outputs.dedup();
    assert_eq!((outputs.len(), emulator.count()), (1, 1));
}

#[test]
fn a_due_token_is_renewed_beside_the_caller() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let first = az(&home, "account get-access-token --query accessToken").run().quiet();
    age_token(&home.token_file(), 2000);
    assert_eq!(az(&home, "account get-access-token --query accessToken").run().quiet(), first);
    wait_until("the renewal", || emulator.token_count() == 2);
    wait_until("the new token", || az(&home, "account get-access-token --query accessToken").run().quiet() != first);
}
