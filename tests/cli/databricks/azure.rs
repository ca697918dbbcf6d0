//! Entra's tokens for Azure Databricks.

use jeton_emulator::{
    ADME_CLIENT_ID, ADME_PARTITION, ADME_SECRET, App, CLIENT_ID, CLIENT_SECRET, Cloud, DATABRICKS_RESOURCE, Emulator,
    TENANT, WORKSPACE_RESOURCE_ID,
};

use super::{assert_careful, bare, paths};
use crate::expect::{assert_says, last_request};
use crate::proxy::Proxy;
use crate::support::Home;

/// A home with the workspace and an app of Entra, but no tenant.
fn home(emulator: &Emulator) -> Home {
    let mut home = bare(emulator);
    home.set("JETON_AUTHORITY_HOST", emulator.url());
    home.set("ARM_CLIENT_ID", CLIENT_ID);
    home.set("ARM_CLIENT_SECRET", CLIENT_SECRET);
    home
}

fn headers(text: &str) -> Vec<(String, String)> {
    text.lines().map(|line| line.split_once(": ").expect("a header")).map(|(n, v)| (n.into(), v.into())).collect()
}

#[test]
fn the_workspace_tells_its_tenant_once() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_eq!(paths(&emulator), ["/aad/auth".to_owned(), format!("/{TENANT}/oauth2/v2.0/token")]);
    assert_eq!(last_request(&emulator).field("scope"), Some(&*format!("{DATABRICKS_RESOURCE}/.default")));
    emulator.clear();
    // Known by now, for another token too; and nothing at all for one from the cache.
    home.jeton(&["token", "--force-refresh"]).run().quiet();
    assert_eq!(emulator.count(), 1);
    home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.count(), 1);
    assert_careful(&emulator, "");
}

#[test]
fn a_tenant_that_is_set_is_not_asked_for() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("ARM_TENANT_ID", TENANT);
    home.jeton(&["token"]).run().quiet();
    assert_eq!(emulator.count(), 1);
    home.unset("ARM_TENANT_ID");
    // Nor where the token is for something else.
    for scope in ["graph", "arm", "https://management.core.windows.net/"] {
        let stderr = home.jeton(&["token", "--scope", scope]).run().refusal(4);
        assert_says(&stderr, &["no tenant is set"]);
    }
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_workspace_elsewhere_has_no_tenant() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.cloud = Cloud::Aws);
    let home = home(&emulator);
    let stderr = home.jeton(&["token"]).run().refusal(4);
    assert_says(&stderr, &["does not say which tenant", "--tenant", "AWS"]);
    assert_eq!(emulator.token_count(), 0);
}

#[test]
fn a_principal_that_is_not_in_the_workspace_shows_what_it_may_manage() {
    const STRANGER: &str = "99999999-8888-7777-6666-555555555555";
    let emulator = Emulator::start();
    emulator.add_app(App::new(STRANGER).secret("stranger-secret"));
    let mut home = home(&emulator);
    home.set("ARM_CLIENT_ID", STRANGER);
    home.set("ARM_CLIENT_SECRET", "stranger-secret");
    home.set("DATABRICKS_AZURE_RESOURCE_ID", WORKSPACE_RESOURCE_ID);
    let output = home.jeton(&["token", "--output", "headers"]).run().quiet();
    let lines = headers(&output.stdout);
    let [(_, bearer), (management_name, management), resource] = &lines[..] else { panic!("{}", lines.len()) };
    assert_eq!(management_name, "X-Databricks-Azure-SP-Management-Token");
    assert_eq!(*resource, ("X-Databricks-Azure-Workspace-Resource-Id".into(), WORKSPACE_RESOURCE_ID.into()));
    assert_eq!(emulator.issued_tokens(), [bearer.strip_prefix("Bearer ").unwrap(), management]);
    let scopes: Vec<_> = emulator.token_requests().iter().map(|r| r.field("scope").unwrap().to_owned()).collect();
    assert_eq!(scopes[1], "https://management.core.windows.net//.default");
    // Both from the cache, and in curl's form.
    let curl = home.jeton(&["token", "--output", "curl"]).run().quiet().stdout;
    assert_eq!(curl.matches("header = \"").count(), 3);
    assert_says(&curl, &["X-Databricks-Azure-SP-Management-Token: eyJ", WORKSPACE_RESOURCE_ID]);
    assert_eq!(emulator.token_count(), 2);
    // Other forms have no place for them, and ask for nothing.
    emulator.clear();
    home.jeton(&["token", "--force-refresh"]).run().quiet();
    assert_eq!(emulator.token_count(), 1);
    assert_careful(&emulator, "");
}

#[test]
fn a_resource_id_that_is_none_is_refused() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("DATABRICKS_AZURE_RESOURCE_ID", "octo\r\nX-Evil: 1");
    let stderr = home.jeton(&["token", "--output", "header"]).run().refusal(4);
    assert_says(&stderr, &["/subscriptions/"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_workspace_is_found_by_its_resource_alone() {
    const ARM: &str = "management.azure.com";
    let emulator = Emulator::builder().extra_name(ARM).start().expect("an emulator");
    let proxy = Proxy::start(Some(emulator.address()));
    let mut home = home(&emulator);
    home.set("HTTPS_PROXY", proxy.url());
    home.set("ARM_TENANT_ID", TENANT);
    home.unset("DATABRICKS_HOST");
    home.set("DATABRICKS_AZURE_RESOURCE_ID", WORKSPACE_RESOURCE_ID);
    let made = home.jeton(&["pat", "create", "--json"]).run().ok().json();
    assert_eq!(made["host"], emulator.workspace());
    let asked = |emulator: &Emulator| paths(emulator).iter().filter(|path| *path == WORKSPACE_RESOURCE_ID).count();
    assert_eq!(asked(&emulator), 1);
    // Learned once, for other commands too.
    #[cfg(unix)]
    {
        let args = ["run", "--as", "databricks", "--", "/bin/sh", "-c", "echo $DATABRICKS_HOST"];
        assert_eq!(home.jeton(&args).run().ok().line(), emulator.workspace());
    }
    home.jeton(&["pat", "list"]).run().ok();
    assert_eq!(asked(&emulator), 1);
    // Databricks' own credentials need a host, and say so.
    for (name, value) in [("DATABRICKS_CLIENT_ID", "x"), ("DATABRICKS_TOKEN", "dapi-x")] {
        let run = home.jeton(&["pat", "list"]).env(name, value).env("DATABRICKS_CLIENT_SECRET", "x").run();
        assert_says(&run.refusal(4), &["no Databricks host is set"]);
    }
    // A host that is set is meant; and what Azure refuses is told.
    home.set("DATABRICKS_HOST", emulator.other_workspace());
    let args = ["pat", "list", "-v"];
    assert!(!home.jeton(&args).run().stderr.contains("the workspace's host is"));
    home.unset("DATABRICKS_HOST");
    let absent = WORKSPACE_RESOURCE_ID.replace("octo-workspace", "absent");
    let stderr = home.jeton(&["pat", "list", "--azure-resource-id", &absent]).run().refusal(4);
    assert_says(&stderr, &["no such resource", "absent"]);
    assert_careful(&emulator, &stderr);
}

#[test]
fn a_data_partition_goes_along() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("ARM_TENANT_ID", TENANT);
    let output = home.jeton(&["token", "--output", "header", "--data-partition-id", ADME_PARTITION]).run().quiet();
    assert_eq!(headers(&output.stdout)[1], ("data-partition-id".into(), ADME_PARTITION.into()));
    let curl = home.jeton(&["token", "--output", "curl", "--data-partition-id", ADME_PARTITION]).run().quiet().stdout;
    assert_says(&curl, &[&format!("header = \"data-partition-id: {ADME_PARTITION}\"")]);
    home.jeton(&["token", "--output", "header", "--data-partition-id", "a b"]).run().refusal(4);
}

#[test]
fn data_manager_for_energy_has_a_token_of_its_own_app() {
    let emulator = Emulator::start();
    let mut home = bare(&emulator);
    home.unset("DATABRICKS_HOST");
    home.set("ADME_SECRET", ADME_SECRET);
    home.jeton(&[
        "profile",
        "create",
        "adme",
        "--tenant",
        TENANT,
        "--authority-host",
        emulator.url(),
        "--client-id",
        ADME_CLIENT_ID,
        "--client-secret-from",
        "env:ADME_SECRET",
        "--endpoint",
        "v1",
        "--resource",
        ADME_CLIENT_ID,
        "--data-partition-id",
        ADME_PARTITION,
    ])
    .run()
    .ok();
    let output = home.jeton(&["token", "-p", "adme", "--output", "headers"]).run().quiet();
    assert_eq!(headers(&output.stdout)[1], ("data-partition-id".into(), ADME_PARTITION.into()));
    let request = last_request(&emulator);
    assert_eq!((request.field("resource"), request.field("scope")), (Some(ADME_CLIENT_ID), None));
    assert_careful(&emulator, "");
}
