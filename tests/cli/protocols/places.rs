//! Which profile's token a place gets, for all protocols in which a tool names one. (Asked in Bazel's words: its answer
//! to a place that is none of ours is a document too.)

use std::path::PathBuf;

use jeton_emulator::Emulator;
use serde_json::json;

use crate::expect::{assert_says, last_request};
use crate::support::{Home, age_token, wait_until};

const NOTHING: &str = "{}\n";

/// Azure DevOps.
const DEVOPS: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

/// A home whose profiles are for hosts.
pub(crate) fn hosted(emulator: &Emulator) -> Home {
    let home = Home::at(emulator);
    home.profiles(
        &json!({"version": 1, "profiles": {
            "feeds": {"scopes": ["api://feeds"], "hosts": ["feeds.example", "*.star.example", "ports.example:8443"]},
            "contoso": {"scopes": ["api://contoso"], "hosts": ["feeds.example/contoso"]},
            "devops": {"scopes": ["api://mine"], "hosts": ["pkgs.dev.azure.com/mine"]},
            "plain": {"scopes": ["api://plain"]},
        }})
        .to_string(),
    );
    home
}

/// The scope of the request that a call for `url` with these arguments made; `None` for one that is none of ours.
#[track_caller]
fn scope(arguments: &[&str], url: &str) -> Option<String> {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let mut all = vec!["bazel", "get", "--url", url];
    all.extend(arguments);
    let output = home.jeton(&all).run().quiet();
    if output.stdout == NOTHING {
        assert_eq!(emulator.count(), 0);
        assert!(!home.cache_dir().exists(), "a foreign place leaves nothing behind");
        return None;
    }
    assert_says(&output.stdout, &["\"Authorization\":[\"Bearer "]);
    last_request(&emulator).field("scope").map(str::to_owned)
}

#[test]
fn the_profile_that_names_the_place_most_exactly_answers() {
    for (url, wanted) in [
        ("https://feeds.example/x", "api://feeds/.default"),
        ("https://FEEDS.example:443/contoso2", "api://feeds/.default"),
        ("https://feeds.example/contoso/x", "api://contoso/.default"),
        ("https://a.star.example/", "api://feeds/.default"),
        ("grpcs://ports.example:8443/build.v1/Run", "api://feeds/.default"),
    ] {
        assert_eq!(scope(&[], url).as_deref(), Some(wanted), "{url}");
    }
}

#[test]
fn a_place_that_nobody_named_gets_nothing() {
    for url in [
        "https://example.com/",
        "https://star.example/",
        "https://feeds.example.evil.example/",
        "https://evilfeeds.example/",
        "https://ports.example/",
        "https://feeds.example:444/",
        // A token travels over https alone.
        "http://feeds.example/",
        "ftp://feeds.example/",
        "https://user@feeds.example/",
        "https://*.star.example/",
        "",
    ] {
        assert_eq!(scope(&[], url), None, "{url}");
    }
}

#[test]
fn a_profile_that_is_named_has_to_have_the_place_too() {
    assert_eq!(scope(&["-p", "feeds"], "https://feeds.example/contoso").as_deref(), Some("api://feeds/.default"));
    for (profile, url) in [
        ("contoso", "https://feeds.example/other"),
        ("feeds", "https://example.com/"),
        ("plain", "https://feeds.example/"),
    ] {
        assert_eq!(scope(&["-p", profile], url), None, "{profile} {url}");
    }
}

#[test]
fn the_environments_profile_counts_as_named() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let ask = |url| home.jeton(&["bazel", "get", "--url", url]).env("JETON_PROFILE", "contoso").run().quiet().stdout;
    assert_eq!(ask("https://feeds.example/"), NOTHING);
    assert_ne!(ask("https://feeds.example/contoso"), NOTHING);
}

#[test]
fn azure_artifacts_goes_without_saying_and_for_its_own_resource_alone() {
    for url in [
        "https://pkgs.dev.azure.com/contoso/_packaging/feed/",
        "https://contoso.pkgs.visualstudio.com/_packaging/feed/",
        "https://contoso.visualstudio.com/",
    ] {
        assert_eq!(scope(&[], url).as_deref(), Some(DEVOPS), "{url}");
        // Whatever that profile's tokens are for elsewhere.
        assert_eq!(scope(&["-p", "plain"], url).as_deref(), Some(DEVOPS), "{url}");
        assert_eq!(scope(&["--scope", "api://own"], url).as_deref(), Some("api://own/.default"), "{url}");
    }
    for url in ["https://visualstudio.com/", "https://pkgs.dev.azure.com.evil.example/", "https://dev.azure.com/x"] {
        assert_eq!(scope(&[], url), None, "{url}");
    }
}

#[test]
fn a_profile_for_one_organisation_is_for_no_other() {
    assert_eq!(scope(&["-p", "devops"], "https://pkgs.dev.azure.com/mine/x").as_deref(), Some("api://mine/.default"));
    assert_eq!(scope(&["-p", "devops"], "https://pkgs.dev.azure.com/other/x"), None);
}

#[test]
fn two_profiles_that_mean_a_place_equally_well_are_an_error() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"a":{"hosts":["h.example"]},"b":{"hosts":["h.example"]}}}"#);
    let stderr = home.jeton(&["bazel", "get", "--url", "https://h.example/"]).run().refusal(4);
    assert_says(&stderr, &["\"a\"", "\"b\"", "-p"]);
}

#[test]
fn line_ends_in_a_url_are_refused_not_passed_over() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for url in ["https://feeds.example/\r\nx", "https://feeds.example\n", "https://feeds.example/ x", "\u{7}"] {
        for command in [&["bazel", "get", "--url"][..], &["goauth"], &["keyring", "--mode", "creds", "get"]] {
            let mut all = command.to_vec();
            all.push(url);
            home.jeton(&all).run().refusal(2);
        }
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_person_is_not_asked_but_told_how_to_sign_in() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    home.set("AZURE_CLIENT_ID", jeton_emulator::PUBLIC_CLIENT_ID);
    home.profiles(
        r#"{"version":1,"profiles":{"ada":{"flow":"device-code","scopes":["api://x"],"hosts":["feeds.example"]}}}"#,
    );
    for command in [&["bazel", "get", "--url"][..], &["goauth"], &["cargo", "--url"]] {
        let mut all = command.to_vec();
        all.push("https://feeds.example/");
        let stderr = home.jeton(&all).run().refusal(3);
        // Not for want of a terminal: it is not even looked for one.
        assert_says(&stderr, &["nobody is asked: --interactive never", "next: run: jeton login -p ada"]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_due_token_is_renewed_though_the_question_came_on_standard_input() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let ask = || home.jeton(&["bazel", "get"]).stdin(r#"{"uri":"https://feeds.example/x?sig=1"}"#).run().quiet();
    let first = ask();
    age_token(&home.token_file(), 2000);
    ask();
    wait_until("a renewal", || emulator.count() == 2);
    wait_until("the new token", || ask().stdout != first.stdout);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_due_token_is_renewed_though_cargo_names_the_registry_in_its_own_way() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let question = json!({
        "v": 1, "kind": "get", "operation": "read", "args": ["cargo", "-p", "feeds"],
        "registry": {"index-url": "sparse+https://feeds.example/index/"},
    });
    let ask = || home.jeton(&["--cargo-plugin"]).stdin(&format!("{question}\n")).run().quiet();
    let first = ask();
    age_token(&home.token_file(), 2000);
    ask();
    wait_until("a renewal", || emulator.count() == 2);
    wait_until("the new token", || ask().stdout != first.stdout);
    assert_eq!(emulator.count(), 2);
}

#[track_caller]
fn assert_renewed_through(link: impl FnOnce(&Home) -> PathBuf) {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let keyring = link(&home);
    let ask = || home.run_as(&keyring, &["get", "https://feeds.example/", "u"]).run().quiet();
    let first = ask();
    age_token(&home.token_file(), 2000);
    ask();
    wait_until("a renewal", || emulator.count() == 2);
    wait_until("the new token", || ask() != first);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_due_token_is_renewed_though_the_command_is_in_a_links_name() {
    assert_renewed_through(|home| home.link("keyring"));
}

/// The process that renews does not go by a symbolic link's name: the system tells where it leads to.
#[cfg(unix)]
#[test]
fn a_due_token_is_renewed_though_the_command_is_in_a_symbolic_links_name() {
    assert_renewed_through(|home| {
        let link = home.path("keyring");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jeton"), &link).expect("a link");
        link
    });
}
