//! `jeton pat create`.

use jeton_emulator::{CLIENT_ID, Cloud, DATABRICKS_CLIENT_ID, Emulator, Fault};
use serde_json::json;

use super::{CREATE, DELETE, LIST, admin, asked, kept, pat, values};
use crate::databricks::{assert_careful, bare, home};
use crate::support::{Home, finish, wait_until};

#[test]
fn three_variables_are_enough_for_a_token_of_ninety_days() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let output = pat(&home, &["create", "--comment", "ci", "--name", "ci"]).ok();
    let made = &emulator.pats()[0];
    assert_eq!(output.line(), made.value);
    assert_eq!(made.owner, DATABRICKS_CLIENT_ID);
    assert!(made.comment.starts_with("ci [jeton ") && made.comment.len() == "ci [jeton 0123456789ab]".len());
    assert_eq!(made.expires_ms.expect("an end") - made.created_ms, 90 * 86_400_000);
    assert!(output.stderr.contains(&made.id) && output.stderr.contains("keyring:ci"), "{}", output.stderr);
    assert_eq!(kept(&home, "ci"), made.value);
    assert_careful(&emulator, &output.stderr);
    // Its label is there for `jeton secret list`, its value is not.
    let listed = home.jeton(&["secret", "list", "--json"]).run().ok();
    let found = listed
        .json()
        .as_array()
        .unwrap()
        .iter()
        .any(|one| one["name"] == "ci" && one["what"] == "personal access token");
    assert!(found && !listed.stdout.contains("dapi"), "{}", listed.stdout);
}

#[test]
fn the_value_is_kept_before_it_is_printed() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    // A folder in its place: the value can't be kept, so it is not printed, and not lost.
    let place = home.data_dir().join("secrets/secret-ci");
    std::fs::create_dir_all(place.join("x")).unwrap();
    #[cfg(unix)]
    for dir in [home.data_dir(), home.data_dir().join("secrets")] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let output = pat(&home, &["create", "--name", "ci"]).fails(4);
    assert!(!output.stderr.contains("dapi"), "{}", output.stderr);
    std::fs::remove_dir_all(place).unwrap();
    let output = pat(&home, &["create", "--name", "ci"]).ok();
    assert_eq!(values(&emulator), [output.line()]);
    assert_eq!(asked(&emulator, CREATE), 1);
}

#[test]
fn lifetimes_have_a_table() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for (text, seconds) in
        [("30d", 2_592_000), ("12h", 43_200), ("1w2d", 777_600), ("7776000s", 7_776_000), ("730d", 63_072_000)]
    {
        pat(&home, &["create", "--lifetime", text]).ok();
        let made = emulator.pats().pop().unwrap();
        assert_eq!((made.expires_ms.unwrap() - made.created_ms) / 1000, seconds, "{text}");
    }
    emulator.clear();
    for text in ["0", "-1", "731d", "forever", "never", "soon", "1.5x", ""] {
        let output = pat(&home, &["create", "--lifetime", text]).fails(2);
        assert!(output.stderr.contains("next:"), "{text}: {}", output.stderr);
    }
    assert_eq!(emulator.count(), 0);
    for args in [&["create", "--no-expiry"][..], &["create", "--no-expiry", "--lifetime", "-1"]] {
        pat(&home, args).ok();
        let body = emulator.requests().into_iter().rev().find(|request| request.path == CREATE).unwrap().body;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body.get("lifetime_seconds"), None);
    }
    pat(&home, &["create", "--no-expiry", "--lifetime", "30d"]).fails(2);
}

#[test]
fn the_bound_of_the_workspace_is_explained() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.max_token_lifetime_days = Some(7));
    let output = pat(&home(&emulator), &["create"]).fails(4);
    assert!(output.stderr.contains("7 days") && output.stderr.contains("--lifetime"), "{}", output.stderr);
}

#[test]
fn json_has_everything() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    for form in [&["create", "--json", "--name", "a"][..], &["create", "--output", "json", "--name", "b"]] {
        let value = pat(&home, form).ok().json();
        let made = emulator.pats().pop().unwrap();
        assert_eq!(value["token"], json!(made.value));
        assert_eq!(value["token_id"], json!(made.id));
        assert_eq!(value["comment"], json!(made.comment));
        assert_eq!(value["host"], json!(emulator.workspace()));
        assert!(value["expires_at"].as_str().unwrap().ends_with('Z') && value["created_at"].is_string());
    }
    let value = pat(&home, &["create", "--json", "--no-value"]).ok().json();
    assert!(value.get("token").is_none() && value["name"].as_str().unwrap().starts_with("pat-"));
    let name = pat(&home, &["create", "--no-value", "--silent"]).ok();
    assert_eq!((kept(&home, name.line()), name.stderr.as_str()), (values(&emulator).pop().unwrap(), ""));
}

#[test]
fn a_cut_after_the_making_makes_exactly_one() {
    for fault in [Fault::reset_after(), Fault::truncated_body(), Fault::truncated_json(), Fault::html(502)] {
        let emulator = Emulator::start();
        let home = home(&emulator);
        emulator.script_for(CREATE, fault);
        let output = pat(&home, &["create", "--name", "ci"]).ok();
        assert_eq!(values(&emulator), [output.line()]);
        assert_eq!(asked(&emulator, CREATE), 2);
        assert_eq!(asked(&emulator, LIST), 1);
        let requests = emulator.requests();
        let first = requests.iter().position(|request| request.path == CREATE).unwrap();
        let look = requests.iter().position(|request| request.path == LIST).unwrap();
        assert!(first < look, "it looked before it made another");
        assert_careful(&emulator, &output.stderr);
    }
}

#[test]
fn two_cuts_are_an_error_and_leave_nothing() {
    let emulator = Emulator::start();
    emulator.script_for(CREATE, Fault::reset_after().times(2));
    pat(&home(&emulator), &["create"]).fails(5);
    assert_eq!((values(&emulator).len(), asked(&emulator, CREATE), asked(&emulator, DELETE)), (0, 2, 2));
}

#[test]
fn what_could_not_be_looked_for_is_found_by_the_next_one() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script_for(CREATE, Fault::reset_after());
    emulator.script(Fault::databricks(LIST, 403, "PERMISSION_DENIED", "not now"));
    let output = pat(&home, &["create"]).fails(5);
    let comment = &emulator.pats()[0].comment;
    assert!(output.stderr.contains(&format!("--comment '{comment}'")), "{}", output.stderr);
    let output = pat(&home, &["create"]).ok();
    assert_eq!(values(&emulator), [output.line()]);
}

#[test]
fn a_killed_one_leaves_no_orphan() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script_for(CREATE, Fault::lost());
    let mut child = home.jeton(&["pat", "create"]).spawn();
    wait_until("the token is made", || emulator.pats().len() == 1);
    child.kill().unwrap();
    assert_eq!(finish(child).stdout, "");
    let output = pat(&home, &["create"]).ok();
    assert_eq!(values(&emulator), [output.line()]);
    assert!(output.stderr.contains("revoked"), "{}", output.stderr);
}

#[test]
fn a_name_is_taken_once() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    pat(&home, &["create", "--name", "ci"]).ok();
    let output = pat(&home, &["create", "--name", "ci"]).fails(4);
    assert!(output.stderr.contains("jeton pat rotate ci"), "{}", output.stderr);
    home.jeton(&["secret", "set", "mine"]).stdin("hunter22\n").run().ok();
    pat(&home, &["create", "--name", "mine"]).fails(4);
    assert_eq!(values(&emulator).len(), 1);
}

#[test]
fn an_admin_makes_one_for_another_on_aws() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.cloud = Cloud::Aws);
    let home = admin(&emulator);
    let output = pat(&home, &["create", "--for", DATABRICKS_CLIENT_ID, "--name", "theirs"]).ok();
    let made = &emulator.pats()[0];
    assert_eq!((output.line(), made.owner.as_str()), (made.value.as_str(), DATABRICKS_CLIENT_ID));
    assert_careful(&emulator, &output.stderr);
    // Cut: it is looked for among everybody's.
    emulator.script_for("/api/2.0/token-management/on-behalf-of/tokens", Fault::reset_after());
    let output = pat(&home, &["create", "--for", DATABRICKS_CLIENT_ID]).ok();
    assert_eq!(values(&emulator)[1..], [output.line()]);
    // And replaced, as what it is.
    pat(&home, &["rotate", "theirs"]).ok();
    assert!(emulator.pats().iter().all(|pat| pat.owner == DATABRICKS_CLIENT_ID));
    assert!(values(&emulator).contains(&kept(&home, "theirs")));
    // Who is no admin may not.
    pat(&crate::databricks::home(&emulator), &["create", "--for", CLIENT_ID]).fails(6);
}

#[test]
fn on_azure_it_is_explained_without_asking() {
    let emulator = Emulator::start();
    let mut home = admin(&emulator);
    // (Here the name does not tell the cloud, so the server says it.)
    let output = pat(&home, &["create", "--for", DATABRICKS_CLIENT_ID]).fails(1);
    assert!(output.stderr.contains("let it make its own: jeton pat permit"), "{}", output.stderr);
    home.set("DATABRICKS_HOST", "adb-1234.5.azuredatabricks.net");
    emulator.clear();
    let output = pat(&home, &["create", "--for", DATABRICKS_CLIENT_ID]).fails(4);
    assert!(output.stderr.contains("on Azure") && output.stderr.contains("--try"), "{}", output.stderr);
    assert_eq!(emulator.count(), 0);
    // Asked all the same, it gets as far as the network.
    home.set("HTTPS_PROXY", "http://127.0.0.1:1");
    pat(&home, &["create", "--for", DATABRICKS_CLIENT_ID, "--try"]).fails(5);
    pat(&home, &["create", "--for", "etl job"]).fails(2);
}

#[test]
fn a_profile_or_an_entra_token_is_as_good() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_SECRET_STORE", "file");
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"dbx":{{"databricks_host":"{}","scopes":["graph"],"pat_lifetime":"2h","pat_comment":"from dbx"}}}}}}"#,
        emulator.workspace()
    ));
    pat(&home, &["create", "-p", "dbx"]).ok();
    let made = &emulator.pats()[0];
    assert_eq!((made.owner.as_str(), made.expires_ms.unwrap() - made.created_ms), (CLIENT_ID, 7_200_000));
    assert!(made.comment.starts_with("from dbx ["), "{}", made.comment);
    // Without any credential, a person would have to sign in.
    let output = bare(&emulator).jeton(&["pat", "create", "--interactive", "never"]).run();
    assert_eq!(output.code, 3, "{}", output.stderr);
    let output = pat(&home, &["create", "--databricks-host", &emulator.account(), "--databricks-account-id", "x"]);
    assert_ne!(output.code, 0);
}
