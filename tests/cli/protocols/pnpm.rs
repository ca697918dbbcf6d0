//! `jeton pnpm`: tokenHelper.

use jeton_emulator::Emulator;

use super::places::hosted;
use crate::expect::{assert_says, last_request};

#[test]
fn the_answer_is_the_whole_value_of_the_header() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let output = home.jeton(&["pnpm", "-p", "feeds"]).run().quiet();
    assert_eq!(output.line(), format!("Bearer {}", emulator.issued_tokens()[0]));
    assert_eq!(home.jeton(&["pnpm", "--url", "https://feeds.example/npm/"]).run().quiet(), output);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn without_a_scope_the_token_is_for_azure_devops() {
    let emulator = Emulator::start();
    hosted(&emulator).jeton(&["pnpm"]).run().quiet();
    assert_eq!(last_request(&emulator).field("scope"), Some("499b84ac-1321-427f-aa17-267ca6975798/.default"));
}

#[test]
fn a_foreign_registry_gets_no_token() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    assert_says(
        &home.jeton(&["pnpm", "--url", "https://registry.npmjs.org/"]).run().refusal(4),
        &["registry.npmjs.org", "--host registry.npmjs.org"],
    );
    home.jeton(&["pnpm", "-p", "plain", "--url", "https://feeds.example/"]).run().refusal(4);
    home.jeton(&["pnpm", "--url", "http://feeds.example/"]).run().refusal(2);
    assert_eq!(emulator.count(), 0);
}
