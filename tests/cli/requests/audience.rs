//! What the token is for, in the many ways in which users write it.

use jeton_emulator::{Emulator, Fault};

use super::DATABRICKS;
use crate::expect::{assert_says, last_request, only_request};
use crate::support::Home;

/// The scope that is sent for these arguments.
#[track_caller]
fn sent(arguments: &[&str]) -> String {
    let emulator = Emulator::start();
    let mut all = vec!["token"];
    all.extend(arguments);
    Home::at(&emulator).jeton(&all).run().quiet();
    only_request(&emulator).field("scope").expect("a scope").to_owned()
}

/// What is said of arguments that are wrong; nothing is sent.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let emulator = Emulator::start();
    let mut all = vec!["token"];
    all.extend(arguments);
    let stderr = Home::at(&emulator).jeton(&all).run().refusal(2);
    assert_eq!(emulator.count(), 0);
    stderr
}

#[test]
fn well_known_names_stand_for_their_resources() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for (name, resource) in [
        ("databricks", DATABRICKS),
        ("arm", "https://management.azure.com"),
        ("graph", "https://graph.microsoft.com"),
        ("keyvault", "https://vault.azure.net"),
        ("storage", "https://storage.azure.com"),
        ("devops", "499b84ac-1321-427f-aa17-267ca6975798"),
        ("aks", "6dae42f8-4368-4678-94ff-3960e28e3630"),
        ("sql", "https://database.windows.net"),
    ] {
        home.jeton(&["token", "--scope", name]).run().quiet();
        assert_eq!(last_request(&emulator).field("scope"), Some(&*format!("{resource}/.default")), "{name}");
        // The same resource by another way of writing is the same token.
        home.jeton(&["token", "--resource", &name.to_uppercase()]).run().quiet();
    }
    assert_eq!(emulator.count(), 8);
}

#[test]
fn a_guid_and_an_app_id_uri_get_the_default_scope() {
    let guid = "00000000-1111-2222-3333-444444444444";
    assert_eq!(sent(&["--scope", guid]), format!("{guid}/.default"));
    assert_eq!(sent(&["--scope", "api://my-app/.default"]), "api://my-app/.default");
}

#[test]
fn a_guid_without_the_slash_is_refused_with_what_was_meant() {
    let stderr = refused(&["--scope", &format!("{DATABRICKS}.default")]);
    assert_says(&stderr, &["lacks a slash", &format!("write {DATABRICKS}/.default")]);
}

#[test]
fn two_resources_are_refused() {
    let expected = ["https://graph.microsoft.com and https://management.azure.com", "one token each"];
    assert_says(&refused(&["--scope", "graph,arm"]), &expected);
    assert_says(&refused(&["--scope", "graph", "--scope", "arm"]), &expected);
    assert_says(&refused(&["--scope", "arm", "--resource", "graph"]), &expected);
}

#[test]
fn a_single_permission_is_refused_with_the_default_scope() {
    let stderr = refused(&["--scope", "https://graph.microsoft.com/User.Read"]);
    assert_says(&stderr, &["single permission", "ask for https://graph.microsoft.com/.default"]);
}

#[test]
fn no_resource_at_all_is_refused_with_the_names_there_are() {
    assert_says(&refused(&[]), &["--scope", "databricks", "keyvault"]);
}

#[test]
fn scopes_are_lists_by_blanks_by_commas_or_by_repetition() {
    let graph = "https://graph.microsoft.com/.default";
    assert_eq!(sent(&["--scope", "graph,graph/.default"]), graph);
    assert_eq!(sent(&["--scope", &format!(" graph  {graph} ")]), graph);
    assert_eq!(sent(&["--scope", "graph", "-s", graph, "--scope=https://graph.microsoft.com"]), graph);
}

#[test]
fn a_resource_that_is_unknown_to_the_tenant_says_so() {
    let emulator = Emulator::start();
    let stderr = Home::at(&emulator).jeton(&["token", "--scope", "api://unknown-app"]).run().refusal(4);
    assert_says(&stderr, &["the resource is not in the tenant", "api://unknown-app/.default"]);
}

#[test]
fn a_scope_with_control_characters_is_refused() {
    let stderr = refused(&["--resource", "api://a\u{1b}[2Jb"]);
    assert_says(&stderr, &["is not a resource"]);
}

#[test]
fn the_flow_may_be_written_in_any_case_with_or_without_dashes() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for flow in ["client-credentials", "ClientCredentials", "CLIENT_CREDENTIALS", "clientcredentials"] {
        home.token(&["--flow", flow]).run().quiet();
    }
    // One flow, one token.
    assert_eq!(emulator.count(), 1);
}

#[test]
fn an_unknown_flow_lists_those_there_are() {
    let emulator = Emulator::start();
    emulator.script(Fault::html(500));
    let stderr = Home::at(&emulator).token(&["--flow", "client-crudentials"]).run().refusal(4);
    assert_says(&stderr, &["\"client-crudentials\"", "client-credentials"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn an_older_cluster_gets_its_audience_with_spn_before_it() {
    let emulator = Emulator::start();
    let args = ["token", "--endpoint", "v1", "--resource", "spn:6dae42f8-4368-4678-94ff-3960e28e3630"];
    Home::at(&emulator).jeton(&args).run().quiet();
    assert_eq!(only_request(&emulator).field("resource"), Some("spn:6dae42f8-4368-4678-94ff-3960e28e3630"));
}
