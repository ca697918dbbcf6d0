//! Where settings come from, and which of two counts.

use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, OTHER_TENANT, TENANT};
use serde_json::{Value, json};

use crate::expect::{assert_says, last_request, only_request};
use crate::support::Home;

/// A home that trusts the emulator, and nothing else in its environment.
fn bare(emulator: &Emulator) -> Home {
    let mut home = Home::new();
    emulator.write_ca(&home.path("ca.pem")).expect("a CA file");
    home.set("JETON_CA_FILE", home.path("ca.pem"));
    home
}

/// The one profile `p` in `home`.
fn write_profile(home: &Home, fields: &Value) {
    home.profiles(&json!({"version": 1, "profiles": {"p": fields}}).to_string());
}

/// A whole profile for the emulator, with its secret in APP_SECRET.
fn whole(emulator: &Emulator) -> Value {
    json!({
        "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": "env:APP_SECRET", "scopes": ["databricks"],
        "authority_host": emulator.url(),
    })
}

fn tenant_asked(emulator: &Emulator) -> String {
    last_request(emulator).path.split('/').nth(1).expect("a tenant").to_owned()
}

#[test]
fn the_azure_variables_are_enough() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    for (name, value) in [("TENANT_ID", TENANT), ("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET)] {
        home.set(&format!("AZURE_{name}"), value);
    }
    home.set("AZURE_AUTHORITY_HOST", emulator.url());
    let output = home.token(&[]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
}

#[test]
fn the_arm_variables_are_enough() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    for (name, value) in [("TENANT_ID", TENANT), ("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET)] {
        home.set(&format!("ARM_{name}"), value);
    }
    home.set("ARM_ENVIRONMENT", "public");
    // Terraform's provider has no variable for a host of one's own.
    home.set("JETON_AUTHORITY_HOST", emulator.url());
    let output = home.token(&[]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
}

#[test]
fn a_secret_of_one_family_does_not_go_with_a_client_of_the_other() {
    let emulator = Emulator::start();
    for (client, secret) in [("AZURE", "ARM"), ("ARM", "AZURE")] {
        let mut home = bare(&emulator);
        home.set("AZURE_AUTHORITY_HOST", emulator.url());
        home.set("AZURE_TENANT_ID", TENANT);
        home.set(&format!("{client}_CLIENT_ID"), CLIENT_ID);
        home.set(&format!("{secret}_CLIENT_SECRET"), CLIENT_SECRET);
        let stderr = home.token(&[]).run().refusal(4);
        assert_says(&stderr, &["no client secret", "--client-secret-from"]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn each_family_keeps_its_secret_where_both_are_set() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("ARM_CLIENT_ID", "99999999-9999-9999-9999-999999999999");
    home.set("ARM_CLIENT_SECRET", "secret-of-the-other-family");
    home.token(&[]).run().quiet();
    // Without AZURE_CLIENT_ID the ARM app is meant, with its own secret.
    home.unset("AZURE_CLIENT_ID");
    home.token(&[]).run().refusal(6);
    let secrets: Vec<_> =
        emulator.requests().iter().map(|request| request.field("client_secret").unwrap().to_owned()).collect();
    assert_eq!(secrets, [CLIENT_SECRET, "secret-of-the-other-family"]);
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_TENANT", "");
    home.set("AZURE_TENANT_ID", "");
    home.set("ARM_TENANT_ID", OTHER_TENANT);
    home.set("JETON_PROFILE", "");
    home.set("JETON_SCOPE", "");
    home.set("JETON_TIMEOUT", "");
    home.set("JETON_BACKGROUND", "");
    home.token(&[]).run().quiet();
    assert_eq!(tenant_asked(&emulator), OTHER_TENANT);
    home.unset("ARM_TENANT_ID");
    home.set("AZURE_CLIENT_SECRET", "");
    assert_says(&home.token(&["--tenant", TENANT]).run().refusal(4), &["no client secret"]);
}

#[test]
fn what_is_missing_is_named_with_the_ways_to_set_it() {
    let emulator = Emulator::start();
    for (variable, words, flag) in [
        ("AZURE_TENANT_ID", "no tenant is set", "--tenant"),
        ("AZURE_CLIENT_ID", "no client id is set", "--client-id"),
        ("AZURE_CLIENT_SECRET", "no client secret is set", "--client-secret-from"),
    ] {
        let stderr = Home::at(&emulator).token(&[]).env_remove(variable).run().refusal(4);
        assert_says(&stderr, &[words, flag, variable]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn for_the_tenant_a_flag_counts_more_than_the_environment_and_that_more_than_the_profile() {
    let emulator = Emulator::start();
    let third = "88888888-8888-8888-8888-888888888888";
    emulator.add_tenant(third, &[]);
    let mut home = bare(&emulator);
    home.set("APP_SECRET", CLIENT_SECRET);
    write_profile(&home, &whole(&emulator));
    home.jeton(&["token", "-p", "p"]).run().quiet();
    assert_eq!(tenant_asked(&emulator), TENANT);
    home.set("JETON_TENANT", OTHER_TENANT);
    home.jeton(&["token", "-p", "p"]).run().quiet();
    assert_eq!(tenant_asked(&emulator), OTHER_TENANT);
    home.jeton(&["token", "-p", "p", "--tenant", third]).run().quiet();
    assert_eq!(tenant_asked(&emulator), third);
}

#[test]
fn for_the_scope_a_flag_counts_more_than_the_environment_and_that_more_than_the_profile() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    home.set("APP_SECRET", CLIENT_SECRET);
    write_profile(&home, &whole(&emulator));
    let scope = |home: &Home, arguments: &[&str]| {
        let mut all = vec!["token", "-p", "p"];
        all.extend(arguments);
        home.jeton(&all).run().quiet();
        last_request(&emulator).field("scope").expect("a scope").to_owned()
    };
    assert_eq!(scope(&home, &[]), "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default");
    home.set("JETON_SCOPE", "arm");
    assert_eq!(scope(&home, &[]), "https://management.azure.com/.default");
    assert_eq!(scope(&home, &["--scope", "graph"]), "https://graph.microsoft.com/.default");
    // A resource at a higher rank puts the scopes below it out of account.
    assert_eq!(scope(&home, &["--resource", "sql"]), "https://database.windows.net/.default");
}

#[test]
fn for_the_cloud_a_flag_counts_more_than_the_environment_and_that_more_than_the_profile() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    let scope = |home: &Home, arguments: &[&str]| {
        // The host stands on the command line, so that no cloud outranks it; the names of resources follow the cloud.
        let mut all = vec!["token", "--scope", "arm", "--authority-host", emulator.url()];
        all.extend(arguments);
        home.jeton(&all).run().quiet();
        last_request(&emulator).field("scope").expect("a scope").to_owned()
    };
    write_profile(&home, &json!({"cloud": "china"}));
    assert_eq!(scope(&home, &[]), "https://management.azure.com/.default");
    assert_eq!(scope(&home, &["-p", "p"]), "https://management.chinacloudapi.cn/.default");
    home.set("JETON_CLOUD", "usgov");
    assert_eq!(scope(&home, &["-p", "p"]), "https://management.usgovcloudapi.net/.default");
    assert_eq!(scope(&home, &["-p", "p", "--cloud", "Bleu"]), "https://management.sovcloud-api.fr/.default");
}

#[test]
fn ignore_env_leaves_the_variables_of_other_tools_out_of_account() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AZURE_TENANT_ID", OTHER_TENANT);
    home.set("AZURE_CLIENT_SECRET", "secret-of-another-tool");
    home.set("APP_SECRET", CLIENT_SECRET);
    write_profile(&home, &whole(&emulator));
    home.jeton(&["token", "-p", "p", "--ignore-env"]).run().quiet();
    let request = only_request(&emulator);
    assert!(request.path.starts_with(&format!("/{TENANT}/")), "{}", request.path);
    assert_eq!(request.field("client_secret"), Some(CLIENT_SECRET));
    // jeton's own variables are not another tool's.
    home.set("JETON_TENANT", OTHER_TENANT);
    home.jeton(&["token", "-p", "p", "--ignore-env"]).run().quiet();
    assert_eq!(tenant_asked(&emulator), OTHER_TENANT);
    assert_says(&home.token(&["--ignore-env"]).run().refusal(4), &["no client id"]);
}

#[test]
fn a_profile_may_leave_the_environment_out_of_account_for_good() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AZURE_TENANT_ID", OTHER_TENANT);
    home.set("APP_SECRET", CLIENT_SECRET);
    let mut profile = whole(&emulator);
    profile["ignore_environment"] = json!(true);
    write_profile(&home, &profile);
    home.jeton(&["token", "-p", "p"]).run().quiet();
    assert!(only_request(&emulator).path.starts_with(&format!("/{TENANT}/")));
}

#[test]
fn a_variable_of_another_tool_that_overrides_a_profile_is_told() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    home.set("APP_SECRET", CLIENT_SECRET);
    write_profile(&home, &whole(&emulator));
    home.set("AZURE_TENANT_ID", OTHER_TENANT);
    let output = home.jeton(&["token", "-p", "p"]).run();
    assert_says(output.warning(), &["AZURE_TENANT_ID overrides tenant", "\"p\"", "--ignore-env"]);
    assert_eq!(tenant_asked(&emulator), OTHER_TENANT);
    home.jeton(&["token", "-p", "p", "--silent"]).run().quiet();
    home.jeton(&["exec-credential", "-p", "p"]).run().quiet();
}

#[test]
fn the_profile_may_be_named_by_a_variable() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    home.set("APP_SECRET", CLIENT_SECRET);
    home.set("JETON_PROFILE", "p");
    write_profile(&home, &whole(&emulator));
    home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.count(), 1);
    assert_says(&home.jeton(&["token", "-p", "q"]).run().refusal(4), &["\"q\""]);
}

#[test]
fn an_unknown_cloud_lists_those_there_are() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let stderr = home.token(&["--cloud", "atlantis"]).run().refusal(4);
    assert_says(&stderr, &["\"atlantis\"", "public, usgov, china, bleu, delos, govsg"]);
    let stderr = home.token(&[]).env("ARM_ENVIRONMENT", "atlantis").run().refusal(4);
    assert_says(&stderr, &["\"atlantis\"", "public, usgov, china, bleu, delos, govsg"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn values_that_are_none_are_refused_with_what_is_one() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for (arguments, words) in [
        (["--authority-host", "https://login.example.test/path"], &["authority host", "--cloud"][..]),
        (["--authority-host", "ftp://login.example.test"], &["authority host", "https"]),
        (["--authority-host", "https://me@login.example.test"], &["authority host"]),
        (["--endpoint", "v3"], &["\"v3\"", "v1, v2"]),
        (["--tenant", "../x"], &["\"../x\"", "GUID"]),
        (["--tenant", "common"], &["\"common\"", "directory (tenant) id"]),
    ] {
        assert_says(&home.token(&arguments).run().refusal(4), words);
    }
    for (name, value, words) in [
        ("JETON_TIMEOUT", "soon", &["JETON_TIMEOUT", "90s"][..]),
        ("JETON_CONNECT_TIMEOUT", "-1", &["JETON_CONNECT_TIMEOUT", "90s"]),
        ("JETON_LOCK_TIMEOUT", "1 fortnight", &["JETON_LOCK_TIMEOUT", "90s"]),
        ("JETON_BACKGROUND", "maybe", &["JETON_BACKGROUND", "on or off"]),
    ] {
        assert_says(&home.token(&[]).env(name, value).run().refusal(4), words);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn no_length_of_time_is_too_long() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let longest = u64::MAX.to_string();
    home.token(&["--timeout", &longest]).run().quiet();
    home.token(&["--timeout", &longest, "--force-refresh"]).env("JETON_CONNECT_TIMEOUT", &longest).run().quiet();
    home.token(&["--min-ttl", &longest]).env("JETON_TIMEOUT", &longest).run().quiet();
}
