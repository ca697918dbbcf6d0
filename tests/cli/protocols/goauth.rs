//! `jeton goauth`: GOAUTH, after `go help goauth`.

use std::process::Stdio;

use jeton_emulator::Emulator;

use super::places::hosted;
use crate::expect::assert_says;
use crate::support::finish;

#[test]
fn a_url_is_answered_for_all_below_what_the_profile_names() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let ask = |url| home.jeton(&["goauth", url]).run().quiet().stdout;
    let answer = ask("https://feeds.example/x/y/@v/list");
    let header = format!("\n\nAuthorization: Bearer {}\n\n", emulator.issued_tokens()[0]);
    assert_eq!(answer, format!("https://feeds.example{header}"));
    assert_eq!(ask("https://a.star.example/x"), format!("https://a.star.example{header}"));
    assert_eq!(ask("https://ports.example:8443/x"), format!("https://ports.example:8443{header}"));
    assert_says(&ask("https://feeds.example/Contoso/x"), &["https://feeds.example/Contoso\n\n"]);
}

#[test]
fn a_foreign_url_gets_nothing() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for url in ["https://proxy.golang.org/x", "http://feeds.example/", "https://pkgs.dev.azure.com/x", "x"] {
        assert_eq!(home.jeton(&["goauth", url]).run().quiet().stdout, "", "{url}");
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn without_a_url_the_named_profiles_hosts_are_answered() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    assert_eq!(home.jeton(&["goauth"]).run().quiet().stdout, "");
    assert_eq!(home.jeton(&["goauth", "-p", "plain"]).run().quiet().stdout, "");
    assert_eq!(emulator.count(), 0);
    let output = home.jeton(&["goauth", "-p", "feeds"]).run().quiet();
    let token = &emulator.issued_tokens()[0];
    // A star's places can't be listed.
    let places = "https://feeds.example\nhttps://ports.example:8443\n";
    assert_eq!(output.stdout, format!("{places}\nAuthorization: Bearer {token}\n\n"));
}

#[test]
fn standard_input_is_not_waited_for() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let mut run = home.jeton(&["goauth", "https://feeds.example/"]);
    run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.command.spawn().expect("jeton starts");
    let pipe = child.stdin.take();
    finish(child).quiet();
    drop(pipe);
}
