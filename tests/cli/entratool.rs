//! entratool's commands and options under their own names: one test for each row of the table in docs/entratool.md.

use jeton_emulator::{Emulator, PUBLIC_CLIENT_ID, USER};

use crate::expect::assert_says;
use crate::support::{Home, finish};
use crate::user::PATIENCE;

/// A home with a profile `dev` of an app, as `config import` would make it.
fn home(emulator: &Emulator) -> Home {
    let home = Home::at(emulator);
    home.profiles(r#"{"version":1,"profiles":{"dev":{"scopes":["databricks"]},"ops":{"scopes":["arm"]}}}"#);
    home
}

#[test]
fn get_token_with_its_short_options() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let token = home.jeton(&["get-token", "-p", "dev"]).run().quiet();
    assert_eq!(emulator.issued_tokens(), [token.line()]);
    home.jeton(&["get-token", "-p", "dev", "-f", "ClientCredentials", "-s", "storage,storage"]).run().quiet();
    assert_says(emulator.token_requests().pop().unwrap().field("scope").unwrap(), &["storage.azure.com"]);
}

#[test]
fn flows_by_its_spellings() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.jeton(&["get-token", "-p", "dev", "--flow", "clientcredentials"]).run().quiet();
    home.unset("AZURE_CLIENT_SECRET");
    home.set("AZURE_CLIENT_ID", PUBLIC_CLIENT_ID);
    let child = home.jeton(&["get-token", "-p", "dev", "-f", "DeviceCode", "--interactive", "always"]).spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(USER));
    finish(child).ok();
    // The sign-in is there, and good for every flow of the same user and app.
    for flow in ["InteractiveBrowser", "AuthorizationCode"] {
        home.jeton(&["get-token", "-p", "dev", "-f", flow, "--interactive", "never"]).run().ok();
    }
    assert_says(&home.jeton(&["get-token", "-p", "dev", "-f", "2"]).run().refusal(4), &["there is no flow"]);
}

#[test]
fn options_of_the_browser_are_taken_by_every_flow() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let args = ["get-token", "-p", "dev", "--port", "8080", "--redirect-uri", "http://localhost:8080"];
    home.jeton(&args).run().quiet();
}

#[test]
fn no_clipboard_is_taken_and_says_nothing() {
    let emulator = Emulator::start();
    home(&emulator).jeton(&["get-token", "-p", "dev", "--no-clipboard"]).run().quiet();
}

#[test]
fn cache_cert_password_is_taken_and_says_what_to_do_instead() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = home.jeton(&["get-token", "-p", "dev", "--cache-cert-password"]).run();
    assert_says(output.warning(), &["jeton secret set", "certificate_password", "keyring:NAME"]);
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    home.jeton(&["get-token", "-p", "dev", "--cache-cert-password", "--silent"]).run().quiet();
}

#[test]
fn warn_expiry_warns_of_what_has_less_left() {
    let emulator = Emulator::start();
    emulator.set_lifetime(1200);
    let home = home(&emulator);
    home.jeton(&["get-token", "-p", "dev", "--warn-expiry", "5"]).run().quiet();
    // A fresh one and a cached one alike.
    for args in [["--warn-expiry", "60"].as_slice(), &["--warn-expiry=60", "--force-refresh"]] {
        let output = home.jeton(&[&["get-token", "-p", "dev"], args].concat()).run();
        assert_says(output.warning(), &["expires in", "jeton refresh", "--min-ttl 60m"]);
    }
    home.jeton(&["get-token", "-p", "dev", "--warn-expiry", "60", "--silent"]).run().quiet();
    home.jeton(&["get-token", "-p", "dev", "--warn-expiry", "soon"]).run().fails(2);
}

#[test]
fn refresh_of_a_profile() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["refresh", "-p", "dev"]).run().ok();
    assert_eq!(emulator.count(), 1);
}

#[test]
fn inspect_and_discover_take_a_token_from_standard_input() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let token = home.jeton(&["get-token", "-p", "dev"]).run().quiet().stdout;
    assert_says(&home.jeton(&["inspect", "-"]).stdin(&token).run().quiet().stdout, &["aud"]);
    assert_says(&home.jeton(&["discover", "-f", "-"]).stdin(&token).run().quiet().stdout, &["valid"]);
    // On the command line everybody would see it.
    home.jeton(&["inspect", token.trim_end()]).run().refusal(2);
}

#[test]
fn config_list_and_create() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    assert_says(&home.jeton(&["config", "list"]).run().quiet().stdout, &["dev", "ops"]);
    home.jeton(&["config", "create", "new", "--scope", "arm"]).run().ok();
    assert_says(&home.jeton(&["config", "list"]).run().quiet().stdout, &["new"]);
}

#[test]
fn config_edit_by_p() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["config", "edit", "-p", "dev", "--scope", "storage"]).run().ok();
    assert_says(&home.jeton(&["config", "list"]).run().quiet().stdout, &["storage"]);
    // One of the two, not none and not both.
    home.jeton(&["config", "edit", "--scope", "arm"]).run().fails(2);
    home.jeton(&["config", "edit", "dev", "-p", "dev", "--scope", "arm"]).run().fails(2);
}

#[test]
fn config_delete_by_p() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    home.jeton(&["config", "delete", "-p", "dev"]).run().refusal(2);
    home.jeton(&["config", "delete", "-p", "dev", "--force"]).run().ok();
    assert!(!home.jeton(&["config", "list"]).run().quiet().stdout.contains("dev"));
    // entratool says that it deleted what never was.
    home.jeton(&["config", "delete", "-p", "dev", "--yes"]).run().refusal(4);
}

#[test]
fn config_export_by_p_and_o_and_import_by_i_and_n() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let file = home.path("out.json");
    let file = file.to_str().unwrap();
    for output in ["-o", "--output"] {
        home.jeton(&["config", "export", "-p", "dev", output, file]).run().ok();
    }
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("dev") && !text.contains("ops"), "{text}");
    home.jeton(&["config", "import", "-i", file, "-n", "copy"]).run().ok();
    home.jeton(&["config", "import", "--input", file, "--name", "copy", "--dry-run"]).run().refusal(4);
    assert_says(&home.jeton(&["config", "list"]).run().quiet().stdout, &["copy"]);
    home.jeton(&["config", "import"]).run().fails(2);
    home.jeton(&["config", "import", file, "-i", file]).run().fails(2);
}

#[test]
fn config_export_keeps_secrets_where_they_are() {
    let emulator = Emulator::start();
    let output = home(&emulator).jeton(&["config", "export", "-p", "dev", "--include-secrets"]).run();
    assert_says(&output.refusal(2), &["holds no secrets", "jeton secret set"]);
}
