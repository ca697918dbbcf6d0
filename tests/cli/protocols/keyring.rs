//! `jeton keyring`, as pip and uv run the program `keyring` 25.

use jeton_emulator::Emulator;

use super::places::hosted;
use crate::expect::assert_says;
use crate::support::Home;

const URL: &str = "https://feeds.example/simple/";

#[test]
fn each_form_is_keyrings_own() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let ask = |arguments: &[&str]| home.jeton(&[&["keyring"], arguments].concat()).run().quiet().stdout;
    let plain = ask(&["get", URL, "VssSessionToken"]);
    let token = emulator.issued_tokens().remove(0);
    assert_eq!(plain, format!("{token}\n"));
    let lines = format!("EntraToken\n{token}\n");
    assert_eq!(ask(&["get", URL, "--mode", "creds"]), lines);
    assert_eq!(ask(&["--mode=creds", "get", URL]), lines);
    assert_eq!(ask(&["--mode=creds", "get", URL, "ada"]), format!("ada\n{token}\n"));
    let json = |user| format!("{{\"username\": \"{user}\", \"password\": \"{token}\"}}\n");
    assert_eq!(ask(&["--mode=creds", "--output=json", "get", URL]), json("EntraToken"));
    assert_eq!(ask(&["--mode=creds", "--output=json", "get", URL, "ada"]), json("ada"));
    assert_eq!(ask(&["--output=json", "get", URL, "ada"]), format!("{{\"password\": \"{token}\"}}\n"));
    // pip asks for the host alone as well.
    assert_eq!(ask(&["--mode=creds", "get", "feeds.example"]), lines);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn nothing_found_is_exit_code_1_without_a_word() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    for service in
        ["https://pypi.org/simple/", "pypi.org", "http://feeds.example/", "system", "https://u@feeds.example/"]
    {
        for arguments in [&["get", service, "u"][..], &["--mode=creds", "--output=json", "get", service]] {
            let output = home.jeton(&[&["keyring"], arguments].concat()).run().fails(1);
            assert_eq!(output.stderr, "", "{service}");
        }
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_failure_is_exit_code_1_with_nothing_on_stdout() {
    let emulator = Emulator::start();
    let mut home = hosted(&emulator);
    home.set("AZURE_CLIENT_SECRET", "wrong-secret");
    assert_says(&home.jeton(&["keyring", "get", URL, "u"]).run().refusal(1), &["the client secret is wrong"]);
    home.jeton(&["keyring", "-p", "nobody", "get", URL, "u"]).run().refusal(1);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let call = |arguments: &[&str]| home.jeton(&[&["keyring"], arguments].concat()).run().fails(2).stderr;
    // What keyring itself says.
    assert_says(&call(&["get", URL]), &["get requires service and username"]);
    assert_says(&call(&["get", "--mode=creds"]), &["get requires service"]);
    for arguments in [&[][..], &["get", URL, "u", "more"]] {
        assert_says(&call(arguments), &["error: "]);
    }
    assert_says(&call(&["fetch", URL]), &["no operation \"fetch\"", "keyring get URL USER"]);
    assert_says(&call(&["--mode=all", "get", URL]), &["no mode \"all\"", "password, creds"]);
    assert_says(&call(&["--output=xml", "get", URL, "u"]), &["no output \"xml\"", "plain, json"]);
    assert_says(&call(&["get", URL, "two\nlines"]), &["control characters"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn passwords_are_neither_kept_nor_deleted_nor_read() {
    let home = Home::new();
    for operation in ["set", "del"] {
        assert_says(&home.jeton(&["keyring", operation, URL, "u"]).stdin("hunter2\n").run().refusal(1), &["keeps no"]);
    }
}

#[test]
fn a_link_named_keyring_is_that_program() {
    let emulator = Emulator::start();
    let home = hosted(&emulator);
    let arguments = ["--mode=creds", "--output=json", "get", URL];
    let keyring = home.link("keyring");
    let output = home.run_as(&keyring, &arguments).run().quiet();
    assert_says(&output.stdout, &["{\"username\": \"EntraToken\", \"password\": \"eyJ"]);
    assert_says(&home.run_as(&keyring, &["--help"]).run().quiet().stdout, &["Usage: jeton keyring"]);
    home.run_as(&keyring, &["--bad"]).run().fails(2);
}
