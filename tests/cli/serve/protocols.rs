//! What each protocol answers.

use jeton_emulator::{CLIENT_ID, Emulator, KUBERNETES_ISSUER, TOKEN_EXCHANGE_AUDIENCE};

use super::client::{Served, azure, get, log};
use crate::databricks;
use crate::expect::{assert_about, assert_no_secret, assert_says, seconds_until};
use crate::support::Home;

const ROLE: &str = "arn:aws:iam::123456789012:role/Reader";

fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_secs()
}

#[test]
fn a_databricks_sdk_gets_the_workspaces_token() {
    let emulator = Emulator::start();
    let home = databricks::home(&emulator);
    let served = Served::start(&home, &["--databricks"]);
    assert_eq!(served.var("DATABRICKS_HOST"), emulator.workspace());
    assert_eq!(served.var("DATABRICKS_AUTH_TYPE"), "metadata-service");
    assert!(served.var("DATABRICKS_METADATA_SERVICE_URL").starts_with("http://127.0.0.1:"));
    let reply = served.databricks();
    let answer = reply.json();
    let names: Vec<_> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "token_type", "expires_on"]);
    assert_eq!(answer["token_type"], "Bearer");
    // A number: the SDKs for Python and JavaScript take nothing else.
    assert_about(answer["expires_on"].as_u64().expect("a number") - now(), 3600);
    // The very token that a command gets, from the same cache.
    assert_eq!(home.jeton(&["token"]).run().quiet().line(), reply.token());
    assert_eq!(served.databricks().token(), reply.token());
    assert_eq!(emulator.token_requests().len(), 1);
    let lines = log(&home, 2);
    assert_says(&lines[1], &["127.0.0.1:", " databricks - 200 "]);
    // Who asked: this very process.
    assert_says(&lines[0], &[&format!(" pid {} (", std::process::id())]);
    databricks::assert_careful(&emulator, &lines.concat());
    assert!(
        !lines.concat().contains(served.var("DATABRICKS_METADATA_SERVICE_URL").rsplit('/').next().expect("a secret"))
    );
}

#[test]
fn an_azure_sdk_gets_tokens_for_the_resources_that_it_names() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let reply = served.azure("https%3A%2F%2Fgraph.microsoft.com");
    let answer = reply.json();
    let names: Vec<_> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "expires_on", "resource", "token_type"]);
    assert_eq!((&answer["resource"], &answer["token_type"]), (&"https://graph.microsoft.com".into(), &"Bearer".into()));
    // Seconds as a text, as App Service has them.
    assert_about(answer["expires_on"].as_str().expect("a text").parse::<u64>().expect("seconds") - now(), 3600);
    assert!(emulator.is_valid(&reply.token()));
    assert_ne!(served.azure("https://vault.azure.net").token(), reply.token());
    assert_eq!(served.azure("https://graph.microsoft.com").token(), reply.token());
    let scopes: Vec<_> = emulator.token_requests().iter().map(|r| r.field("scope").map(str::to_owned)).collect();
    assert_eq!(
        scopes,
        [Some("https://graph.microsoft.com/.default".into()), Some("https://vault.azure.net/.default".into())]
    );
    // The identity that is served may be named, another one is not given.
    let named = |id: &str| served.azure(&format!("https://graph.microsoft.com&client_id={id}"));
    assert_eq!(named(CLIENT_ID).status, 200);
    let refused = named("00000000-0000-0000-0000-000000000000");
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["statusCode"], 400);
    assert_says(refused.json()["message"].as_str().expect("a text"), &["00000000-0000", "not the one that is served"]);
    assert_says(&log(&home, 1)[0], &["azure - 200", "https://graph.microsoft.com"]);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn an_aws_sdk_gets_keys_of_the_role() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AWS_ROLE_ARN", ROLE);
    home.set("AWS_ENDPOINT_URL_STS", format!("{}/sts", emulator.url()));
    home.profiles(r#"{"version":1,"profiles":{"aws":{"scopes":["api://aws"]}}}"#);
    let served = Served::start(&home, &["-p", "aws", "--aws"]);
    let reply = served.aws();
    assert_eq!(reply.status, 200, "{}", reply.body);
    let keys = reply.json();
    let names: Vec<_> = keys.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"]);
    assert!(keys["AccessKeyId"].as_str().expect("an id").starts_with("ASIA"));
    assert_about(seconds_until(&keys["Expiration"]), 3600);
    assert_eq!(served.aws().body, reply.body);
    assert_eq!(emulator.requests().len(), 2, "a token and its exchange");
    let secret = keys["SecretAccessKey"].as_str().expect("a secret");
    let lines = log(&home, 2).concat();
    assert!(!lines.contains(secret) && !lines.contains(served.var("AWS_CONTAINER_AUTHORIZATION_TOKEN")));
    assert_no_secret(&lines);
}

#[test]
fn one_server_has_a_path_for_each_profile_and_protocol() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let (one, other) = (emulator.workspace(), emulator.other_workspace());
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"one":{{"databricks_host":"{one}"}},"ö two":{{"databricks_host":"{other}"}}}}}}"#
    ).replace("ö two", "ö%two"));
    let args = ["-p", "one", "-p", "ö%two", "--databricks", "--managed-identity"];
    let served = Served::start(&home, &args);
    assert_eq!(served.blocks.len(), 4);
    let (first, second) = (&served.blocks[0], &served.blocks[1]);
    let url = |at: usize| served.blocks[at]["DATABRICKS_METADATA_SERVICE_URL"].as_str();
    assert!(
        url(0).contains("/databricks/one/") && url(1).contains("/databricks/%C3%B6%25two/"),
        "{} {}",
        url(0),
        url(1)
    );
    let ask = |url: &str, host: &str| super::client::databricks(url, host).status;
    assert_eq!((ask(url(0), &first["DATABRICKS_HOST"]), ask(url(1), &second["DATABRICKS_HOST"])), (200, 200));
    // A path stays with its workspace.
    assert_eq!((ask(url(0), &second["DATABRICKS_HOST"]), ask(url(1), &first["DATABRICKS_HOST"])), (404, 404));
    let azure_of = |at: usize| &served.blocks[at];
    let reply =
        azure(&azure_of(3)["IDENTITY_ENDPOINT"], &azure_of(3)["IDENTITY_HEADER"], "https://graph.microsoft.com");
    assert_eq!(reply.status, 200);
    assert_says(&log(&home, 5)[4], &["azure ö%two 200"]);
    // What clients are told can be shown again, by a command that listens nowhere.
    let listen = super::client::parts(url(0)).0;
    let shown = home.jeton(&[&["serve", "--show", "--listen", listen], &args[..]].concat()).run().quiet();
    assert_eq!(super::client::blocks(&shown.stdout), served.blocks);
}

#[test]
fn a_profile_that_is_not_good_for_it_is_told_at_the_start() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"typed":{"client_secret":"prompt"},"plain":{}}}"#);
    let fails =
        |args: &[&str], code| home.jeton(&[&["serve", "--listen", "127.0.0.1:0"], args].concat()).run().refusal(code);
    assert_says(&fails(&["-p", "plain"], 2), &["--databricks, --managed-identity and --aws"]);
    assert_says(&fails(&["-p", "plain", "--databricks"], 4), &["which Databricks workspace"]);
    assert_says(&fails(&["-p", "plain", "--aws"], 4), &["no AWS role", "--aws-role-arn"]);
    assert_says(&fails(&["-p", "nobody", "--aws"], 4), &["nobody", "plain"]);
    home.unset("AZURE_CLIENT_SECRET");
    let fails =
        |args: &[&str], code| home.jeton(&[&["serve", "--listen", "127.0.0.1:0"], args].concat()).run().refusal(code);
    assert_says(&fails(&["-p", "typed", "--managed-identity"], 4), &["has to be typed", "jeton secret set"]);
    home.jeton(&["serve", "--aws", "--listen", "nowhere"]).run().fails(2);
    // Databricks' own tokens are good for nothing else.
    let home = databricks::home(&emulator);
    let stderr = home.jeton(&["serve", "--managed-identity", "--listen", "127.0.0.1:0"]).run().refusal(4);
    assert_says(&stderr, &["Databricks' own"]);
    assert_eq!(emulator.token_requests().len(), 0);
}

#[test]
fn a_forwarded_port_and_any_own_name_are_answered() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let (address, path) = super::client::parts(served.var("IDENTITY_ENDPOINT"));
    for host in ["127.0.0.1:1", "localhost:40000", "LOCALHOST", "[::1]:9", "127.0.0.1"] {
        let request = format!(
            "GET {path}?resource=https://graph.microsoft.com&api-version=2019-08-01 HTTP/1.1\r\nHost: {host}\r\n\
             x-identity-header: {}\r\n\r\n",
            served.var("IDENTITY_HEADER")
        );
        assert_eq!(super::client::send(address, request.as_bytes()).expect("an answer").status, 200, "{host}");
    }
    assert_eq!(get(served.var("IDENTITY_ENDPOINT"), &[]).status, 401);
}

#[test]
fn a_pods_environment_and_a_secret_from_a_variable_are_enough() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    let subject = "system:serviceaccount:apps:job";
    emulator.federate(CLIENT_ID, KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE);
    let file = home.path("federated");
    let token = emulator.issue_federated_token(KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE, 600);
    std::fs::write(&file, token).expect("a file");
    home.set("AZURE_FEDERATED_TOKEN_FILE", file);
    home.set("DATABRICKS_HOST", emulator.workspace());
    let secret = "0123456789abcdef0123456789abcdef";
    home.set("ASK_SECRET", secret);
    let args = ["--databricks", "--managed-identity", "--secret-from", "env:ASK_SECRET"];
    let served = Served::start(&home, &args);
    let origin = format!("http://{}", super::client::parts(served.var("IDENTITY_ENDPOINT")).0);
    let url = format!("{origin}/databricks/-/{secret}");
    assert_eq!(super::client::databricks(&url, &emulator.workspace()).status, 200);
    assert_eq!(azure(&format!("{origin}/azure/-"), secret, "https://graph.microsoft.com").status, 200);
    // Nothing but the log where a service manager keeps what is printed.
    let mut run = home.jeton(&[&["serve", "--listen", "127.0.0.1:0", "--silent", "--log", "-"], &args[..]].concat());
    run.command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = run.command.spawn().expect("jeton starts");
    crate::support::wait_until("it listens", || threads(child.id()) >= 2);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    let output = crate::support::finish(child);
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""));
}

/// How many threads a process has: a server has one more once it listens.
fn threads(id: u32) -> usize {
    std::fs::read_dir(format!("/proc/{id}/task")).map_or(0, Iterator::count)
}
