//! `jeton git`, as git calls its credential helpers. What git itself makes of it is in tests/clients/git.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jeton_emulator::{CLIENT_ID, DEVOPS_AUDIENCE, Emulator, Fault, OTHER_TENANT, TENANT};

use crate::expect::{assert_no_secret, assert_says, last_request, only_request};
use crate::support::{Home, Output, age_token, wait_until};

const NEW: &str = "capability[]=authtype\ncapability[]=state\n";
const DEVOPS: &str = "protocol=https\nhost=dev.azure.com\n";

fn get(home: &Home, input: &str) -> Output {
    home.jeton(&["git", "get"]).stdin(input).run()
}

/// The value of a key in the answer.
fn value<'a>(output: &'a Output, key: &str) -> Option<&'a str> {
    output.stdout.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[test]
fn a_new_git_gets_a_bearer_token_in_exactly_these_lines() {
    let emulator = Emulator::start();
    let output = get(&Home::at(&emulator), &format!("{NEW}{DEVOPS}\n")).quiet();
    let token = emulator.issued_tokens().remove(0);
    let end: u64 = value(&output, "password_expiry_utc").expect("an end").parse().expect("seconds");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    // Two minutes less than the hour that it has.
    assert!((now + 3400..=now + 3480).contains(&end), "{} s", end - now);
    assert_eq!(
        output.stdout,
        format!("capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\npassword_expiry_utc={end}\n")
    );
    assert_eq!(only_request(&emulator).field("scope"), Some(&*format!("{DEVOPS_AUDIENCE}/.default")));
}

#[test]
fn an_old_git_gets_a_name_and_a_password() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let output = get(&home, DEVOPS).quiet();
    let keys: Vec<_> = output.stdout.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key).collect();
    assert_eq!(keys, ["username", "password", "password_expiry_utc"]);
    assert_eq!(value(&output, "username"), Some("jeton"));
    assert_eq!(value(&output, "password"), Some(&*emulator.issued_tokens()[0]));
    let named = get(&home, &format!("{DEVOPS}username=contoso\n")).quiet();
    assert_eq!(value(&named, "username"), Some("contoso"));
    // One token for all of them.
    get(&home, &format!("{NEW}{DEVOPS}")).quiet();
    assert_eq!(emulator.count(), 1);
}

#[test]
fn the_program_may_go_by_the_name_that_git_looks_for() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let helper = home.link("git-credential-jeton");
    let output = home.run_as(&helper, &["get"]).stdin(DEVOPS).run().quiet();
    assert_eq!(output, get(&home, DEVOPS).quiet());
    assert_eq!(
        home.run_as(&helper, &["capability"]).run().quiet().stdout,
        "version 0\ncapability authtype\ncapability state\n"
    );
}

#[test]
fn store_and_what_a_later_git_may_ask_do_nothing() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for operation in ["store", "approve", "list"] {
        let output = home.jeton(&["git", operation]).stdin(&format!("{DEVOPS}username=u\npassword=p\n")).run().quiet();
        assert_eq!(output.stdout, "", "{operation}");
    }
    assert_eq!((emulator.count(), home.cached("")), (0, vec![]));
}

#[test]
fn foreign_hosts_get_nothing_without_a_request() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"work":{"hosts":["dev.azure.com/contoso","git.example:8443"]}}}"#);
    for foreign in [
        "protocol=https\nhost=github.com\n",
        "protocol=https\nhost=dev.azure.com.evil.example\n",
        "protocol=https\nhost=evil.example/dev.azure.com\n",
        "protocol=https\nhost=git.example\n",
        "protocol=http\nhost=git.example:8443\n",
        "protocol=http\nhost=dev.azure.com\n",
        "protocol=ssh\nhost=dev.azure.com\n",
        "protocol=smtp\nhost=dev.azure.com:587\n",
        "protocol=https\n",
        "",
    ] {
        for args in [&["git", "get"][..], &["git", "-p", "work", "get"], &["git", "erase"]] {
            let begun = Instant::now();
            let output = home.jeton(args).stdin(&format!("{foreign}username=u\npassword=p\n")).run().quiet();
            assert_eq!(output.stdout, "", "{foreign:?} {args:?}");
            // (A debug build on a busy machine.)
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        }
    }
    assert_eq!((emulator.count(), home.cached(".token")), (0, vec![]));
}

#[test]
fn a_profile_answers_for_its_hosts_and_for_no_other() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.profiles(
        r#"{"version":1,"profiles":{
            "contoso":{"hosts":["dev.azure.com/contoso","contoso.visualstudio.com"],"ignore_environment":false},
            "git":{"hosts":["git.example"],"resource":"api://git"}, "plain":{}}}"#,
    );
    let answered = |args: &[&str], input: &str| !home.jeton(args).stdin(input).run().quiet().stdout.is_empty();
    let contoso = format!("{DEVOPS}path=contoso/p/_git/r\n");
    let fabrikam = format!("{DEVOPS}path=fabrikam/p/_git/r\n");
    for (args, input, expected) in [
        (&["git", "-p", "contoso", "get"][..], contoso.as_str(), true),
        (&["git", "-p", "contoso", "get"], &format!("{DEVOPS}username=contoso\n"), true),
        (&["git", "-p", "contoso", "get"], "protocol=https\nhost=contoso.visualstudio.com\n", true),
        (&["git", "-p", "contoso", "get"], &fabrikam, false),
        (&["git", "-p", "contoso", "get"], DEVOPS, false),
        (&["git", "-p", "contoso", "get"], "protocol=https\nhost=git.example\n", false),
        (&["git", "-p", "plain", "get"], &fabrikam, true),
        (&["git", "-p", "plain", "get"], "protocol=https\nhost=git.example\n", false),
        (&["git", "-p", "git", "get"], "protocol=https\nhost=git.example\n", true),
        (&["git", "-p", "git", "get"], &contoso, false),
        (&["git", "get"], "protocol=https\nhost=git.example\n", true),
    ] {
        assert_eq!(answered(args, input), expected, "{args:?} {input:?}");
    }
    assert_eq!(last_request(&emulator).field("scope"), Some("api://git/.default"));
}

#[test]
fn a_profile_that_is_named_is_meant_alone_and_without_hosts_for_azure_devops_alone() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.profiles(
        r#"{"version":1,"profiles":{"git":{"hosts":["git.example"]},"plain":{"scopes":["api://elsewhere"]}}}"#,
    );
    let ask = |input: &str| home.jeton(&["git", "get"]).env("JETON_PROFILE", "plain").stdin(input).run().quiet().stdout;
    assert_eq!(ask("protocol=https\nhost=git.example\n"), "");
    assert_ne!(ask(DEVOPS), "");
    assert_eq!(only_request(&emulator).field("scope"), Some(&*format!("{DEVOPS_AUDIENCE}/.default")));
}

#[test]
fn without_a_profile_nobody_is_meant_unless_the_environment_names_a_client() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_ID");
    assert_eq!(get(&home, DEVOPS).quiet().stdout, "");
    assert_eq!(emulator.count(), 0);
}

#[test]
fn the_server_names_the_tenant_where_nobody_else_does() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    let challenge = |tenant: &str| {
        format!(
            "{DEVOPS}wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/{tenant}\nwwwauth[]=Basic\n"
        )
    };
    get(&home, &challenge(OTHER_TENANT)).quiet();
    assert_says(&last_request(&emulator).path, &[TENANT]);
    home.unset("AZURE_TENANT_ID");
    get(&home, &challenge(OTHER_TENANT)).quiet();
    assert_says(&last_request(&emulator).path, &[OTHER_TENANT]);
    // Only one that is known to issue Azure DevOps' tokens.
    let evil = format!("{DEVOPS}wwwauth[]=Bearer authorization_uri=https://evil.example/{OTHER_TENANT}\n");
    assert_says(&get(&home, &evil).refusal(4), &["tenant"]);
}

#[test]
fn smuggled_lines_are_refused() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for attack in [
        "protocol=https\nhost=dev.azure.com\nhost=evil.example\n",
        "protocol=https\nhost=evil.example\rhost=dev.azure.com\n",
        "protocol=https\r\nhost=dev.azure.com\r\n",
        "protocol=https\nhost=dev.azure.com\0.evil.example\n",
        "protocol=https\nhost=dev.azure.com\npath=a\rb\n",
        "protocol=https\nprotocol=https\nhost=dev.azure.com\n",
        "protocol=https\nhost=dev.azure.com\nhunter2\n",
    ] {
        let stderr = get(&home, attack).refusal(2);
        assert!(!stderr.contains("evil"), "{stderr}");
    }
    let long = format!("{DEVOPS}x={}\n", "x".repeat(2 << 20));
    get(&home, &long).refusal(2);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_rejected_token_is_fetched_anew_and_a_newer_one_stays() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let erase = |how: &str, token: &str| {
        let output = home.jeton(&["git", "erase"]).stdin(&format!("{DEVOPS}{how}={token}\n")).run().quiet();
        assert_eq!(output.stdout, "");
    };
    let question = format!("{NEW}{DEVOPS}");
    let token = |output: &Output| value(output, "credential").expect("a token").to_owned();
    let first = token(&get(&home, &question).quiet());
    erase("password", "another");
    erase("username", "jeton");
    assert_eq!(token(&get(&home, &question).quiet()), first);
    // By either scheme.
    erase("credential", &first);
    let second = token(&get(&home, &question).quiet());
    assert_ne!(second, first);
    // Too late: a parallel call has fetched a new one.
    erase("credential", &first);
    assert_eq!(token(&get(&home, &question).quiet()), second);
    erase("password", &second);
    assert_ne!(token(&get(&home, &question).quiet()), second);
    assert_eq!(emulator.count(), 3);
}

#[test]
fn a_failure_is_told_on_stderr_alone() {
    let emulator = Emulator::start();
    emulator.script(Fault::error(401, "invalid_client", 7_000_215));
    let stderr = get(&Home::at(&emulator), DEVOPS).refusal(6);
    assert_says(&stderr, &["AADSTS7000215", CLIENT_ID]);
    assert_no_secret(&stderr);
}

#[test]
fn git_gives_up_where_a_person_has_to_sign_in() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    get(&home, DEVOPS).quiet();
    // Another process was told so, and that this holds for a while.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let file = home.token_file();
    std::fs::remove_file(&file).unwrap();
    let error = serde_json::json!({
        "kind": "sign-in", "message": "a person has to sign in", "hint": "run: jeton login", "retry_at": now + 600,
    });
    let failure = serde_json::json!({"at_ms": now * 1000, "error": error});
    let flight = serde_json::json!({"pid": 1, "since_ms": now * 1000, "failure": failure});
    std::fs::write(file.with_extension("flight"), flight.to_string()).unwrap();
    let output = get(&home, DEVOPS);
    assert_eq!((output.code, output.stdout.as_str()), (3, "quit=1\n"));
    assert_eq!(output.stderr, "jeton: a person has to sign in\n  next: run: jeton login\n");
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_due_token_is_renewed_beside_the_caller_which_renews_the_same_one() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let helper = home.link("git-credential-jeton");
    let first = home.run_as(&helper, &["get"]).stdin(DEVOPS).run().quiet();
    let file = home.token_file();
    age_token(&file, 2000);
    let due = home.run_as(&helper, &["get"]).stdin(DEVOPS).run().quiet();
    assert_eq!(value(&due, "password"), value(&first, "password"));
    wait_until("the token is renewed", || emulator.issued_tokens().len() == 2);
    wait_until("the new token is stored", || {
        let output = home.run_as(&helper, &["get"]).stdin(DEVOPS).run().quiet();
        value(&output, "password") != value(&first, "password")
    });
    assert_eq!((home.token_file(), emulator.count()), (file, 2));
}
