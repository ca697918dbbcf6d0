//! profiles.json as people leave it.

use super::both;
use crate::expect::assert_says;
use crate::support::Home;

fn text_of(home: &Home) -> Vec<u8> {
    std::fs::read(home.config_dir().join("profiles.json")).expect("profiles.json")
}

#[test]
fn a_malformed_file_is_named_with_its_place_and_left_alone() {
    let (emulator, home) = both();
    for (text, place) in [
        ("{\"version\": 1,\n \"profiles\": {\"p\": {\"tenant\": \"t\",}}}", "line 2 column"),
        ("", "line 1 column 0"),
        ("{\"version\": 1, \"profiles\": {\"p\"", "line 1 column"),
        ("not json at all", "line 1 column"),
        ("{\"version\": 99, \"profiles\": {}}", "version 99"),
        ("{\"profiles\": {}}", "version"),
        ("[]", "line 1 column"),
    ] {
        home.profiles(text);
        for command in ["token", "exec-credential", "credential-process"] {
            let stderr = home.jeton(&[command, "-p", "p", "--scope", "databricks"]).run().refusal(4);
            assert_says(&stderr, &["profiles.json", place]);
        }
        assert_eq!(text_of(&home), text.as_bytes());
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_malformed_file_does_not_matter_to_those_who_name_no_profile() {
    let (_emulator, home) = both();
    home.profiles("not json at all");
    home.token(&[]).run().quiet();
    assert_eq!(text_of(&home), b"not json at all");
}

#[test]
fn an_unknown_profile_lists_those_there_are() {
    let (emulator, home) = both();
    home.profiles(r#"{"version":1,"profiles":{"work":{},"play":{}}}"#);
    assert_says(&home.token(&["-p", "wrok"]).run().refusal(4), &["\"wrok\"", "work, play"]);
    // Case matters.
    assert_says(&home.token(&["-p", "Work"]).run().refusal(4), &["\"Work\"", "work, play"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn an_unknown_profile_without_any_file_says_how_to_make_one() {
    let (_emulator, home) = both();
    assert_says(&home.token(&["-p", "work"]).run().refusal(4), &["\"work\"", "jeton profile create work"]);
}

#[test]
fn an_unknown_field_is_told_and_kept() {
    let (_emulator, home) = both();
    let text = r#"{"version":1,"later":[1],"profiles":{"p":{"tenent":"t"}}}"#;
    home.profiles(text);
    assert_says(home.token(&["-p", "p"]).run().warning(), &["\"p\"", "\"tenent\"", "does not know"]);
    home.token(&["-p", "p", "--silent"]).run().quiet();
    home.jeton(&["exec-credential", "-p", "p", "--scope", "databricks"]).run().quiet();
    assert_eq!(text_of(&home), text.as_bytes());
}

#[test]
fn a_field_of_a_wrong_type_is_named_and_its_value_is_not_shown() {
    let (emulator, mut home) = both();
    for name in ["TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"] {
        home.unset(&format!("AZURE_{name}"));
    }
    for (field, value) in [("tenant", "5"), ("client_secret", "{\"value\":\"hunter2\"}"), ("scopes", "[1]")] {
        home.profiles(&format!(r#"{{"version":1,"profiles":{{"p":{{"{field}":{value}}}}}}}"#));
        let stderr = home.jeton(&["token", "-p", "p"]).run().refusal(4);
        assert_says(&stderr, &["\"p\"", field, "wrong type"]);
    }
    assert_eq!(emulator.count(), 0);
}
