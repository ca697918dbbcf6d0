//! `azd auth token`, `auth status` and `auth login --check-status`.

use jeton_emulator::{CLIENT_ID, Emulator, PUBLIC_CLIENT_ID, USER};

use super::{azd, home, linked};
use crate::expect::{assert_about, assert_no_secret, assert_says, last_request, seconds_until};
use crate::support::Home;
use crate::user;

const LINE: &str = "auth token --output json --no-prompt --scope";

#[test]
fn the_token_comes_in_azds_forms() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let line = format!("{LINE} https://vault.azure.net/.default");
    for zone in ["UTC", "Asia/Tokyo", "America/New_York"] {
        let output = azd(&home, &line).env("TZ", zone).run().quiet();
        let told = output.json();
        assert_about(seconds_until(&told["expiresOn"]), 3599);
        let (token, end) = (told["token"].as_str().unwrap(), told["expiresOn"].as_str().unwrap());
        assert_eq!(output.stdout, format!("{{\n  \"token\": \"{token}\",\n  \"expiresOn\": \"{end}\"\n}}\n"));
        let bare = azd(&home, "auth token --scope=https://vault.azure.net/.default").run().quiet();
        assert_eq!(bare.line(), token);
    }
    assert_eq!(emulator.count(), 1);
    azd(&home, "auth token -o json").run().quiet();
    assert_eq!(last_request(&emulator).field("scope"), Some("https://management.azure.com//.default"));
    azd(&home, &format!("{LINE} graph --tenant-id 44444444-4444-4444-4444-444444444444")).run();
    assert!(last_request(&emulator).path.starts_with("/44444444-4444-4444-4444-444444444444/"));
}

#[test]
fn a_challenge_is_answered() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    azd(&home, &format!("{LINE} graph")).run().quiet();
    // {"access_token":{"nbf":{"essential":true,"value":"1"}}}
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ==";
    azd(&home, &format!("{LINE} graph --claims {claims}")).run().quiet();
    assert_says(last_request(&emulator).field("claims").unwrap_or_default(), &["essential"]);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn who_is_not_signed_in_is_told_so_in_azds_words() {
    let home = linked(Home::new());
    let stderr = azd(&home, &format!("{LINE} graph")).run().fails(1).stderr;
    let told: serde_json::Value = serde_json::from_str(&stderr).expect("JSON");
    assert_says(told["message"].as_str().unwrap(), &["not logged in, run `azd auth login` to login"]);
    assert_says(told["suggestion"].as_str().unwrap(), &["jeton profile create azd"]);
    let stderr = azd(&home, "auth token").run().fails(1).stderr;
    assert!(stderr.starts_with("ERROR: not logged in, run `azd auth login` to login"), "{stderr}");
    let stderr = azd(&home, "auth token --bogus").run().fails(1).stderr;
    assert_eq!(stderr, "ERROR: unknown flag: --bogus\n");
}

#[test]
fn what_entra_refuses_keeps_its_number() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("AZURE_CLIENT_SECRET", "wrong");
    let stderr = azd(&home, &format!("{LINE} graph")).run().fails(1).stderr;
    let told: serde_json::Value = serde_json::from_str(&stderr).expect("JSON");
    assert_says(told["message"].as_str().unwrap(), &["AADSTS7000215"]);
    assert!(!stderr.contains("azd auth login"), "{stderr}");
    assert_no_secret(&stderr);
}

#[test]
fn the_status_is_told_with_0_whoever_is_signed_in() {
    let emulator = Emulator::start();
    let app = home(&emulator);
    assert_eq!(azd(&app, "auth status").run().quiet().stdout, format!("Logged in to Azure as ({CLIENT_ID})\n"));
    let told = azd(&app, "auth status --output json").run().quiet().json();
    assert_eq!((&told["status"], &told["clientId"]), (&"authenticated".into(), &CLIENT_ID.into()));
    assert_about(seconds_until(&told["expiresOn"]), 3599);
    let told = azd(&app, "auth login --check-status -o json").run().quiet().json();
    assert_eq!(told["status"], "success");
    assert_eq!(emulator.count(), 1);

    let nobody = linked(Home::new());
    let told = azd(&nobody, "auth login --check-status --output json").run().quiet();
    assert_eq!(told.stdout, "{\n  \"status\": \"unauthenticated\"\n}\n");
    let told = azd(&nobody, "auth status").run().quiet();
    assert_eq!(told.stdout, "Not logged in, run `azd auth login` to login to Azure\n");

    let mut person = linked(user::home(&emulator));
    person.set("JETON_CLIENT_ID", PUBLIC_CLIENT_ID);
    let told = azd(&person, "auth status -o json").run();
    assert_eq!((told.code, told.json()["status"].as_str()), (0, Some("unauthenticated")));
    user::sign_in(&emulator, &person);
    let told = azd(&person, "auth status -o json").run().quiet().json();
    assert_eq!((&told["type"], &told["email"]), (&"user".into(), &USER.into()));
}
