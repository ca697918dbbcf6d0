//! `jeton pat rotate`.

use jeton_emulator::{Emulator, Fault};

use super::{CREATE, DELETE, ME, asked, kept, pat, values};
use crate::databricks::{assert_careful, home};
use crate::support::wait_until;

#[test]
fn the_new_one_is_proven_before_the_old_one_goes() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci", "--comment", "ci", "--lifetime", "12h"]).ok();
    emulator.clear();
    let output = pat(&home, &["rotate", "ci"]).ok();
    assert_eq!(output.stdout, "");
    let made = &emulator.pats()[0];
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
    assert_ne!(made.value, old.line());
    assert_eq!(made.expires_ms.unwrap() - made.created_ms, 43_200_000);
    assert!(made.comment.starts_with("ci [jeton "));
    let paths: Vec<String> =
        crate::databricks::paths(&emulator).into_iter().filter(|path| path.starts_with("/api/")).collect();
    assert_eq!(paths, [CREATE, ME, super::DELETE]);
    let proof = emulator.requests().into_iter().find(|request| request.path == ME).unwrap();
    assert_eq!(proof.bearer(), Some(made.value.as_str()));
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn one_that_is_not_accepted_changes_nothing() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci"]).ok();
    emulator.script(Fault::databricks(ME, 403, "PERMISSION_DENIED", "Invalid access token."));
    let output = pat(&home, &["rotate", "ci"]).fails(6);
    assert!(output.stderr.contains("the old one stays"), "{}", output.stderr);
    assert_eq!(values(&emulator), [old.line()]);
    assert_eq!(kept(&home, "ci"), old.line());
    pat(&home, &["rotate", "ci"]).ok();
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
}

#[test]
fn the_old_one_has_its_grace() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci"]).ok();
    pat(&home, &["rotate", "ci", "--grace", "4s"]).ok();
    assert!(values(&emulator).contains(&old.line().to_owned()));
    // It goes with the first call after that, which has nothing else to do.
    wait_until("the grace is over", || {
        pat(&home, &["rotate", "ci", "--within", "1d", "--silent"]).ok();
        values(&emulator).len() == 1
    });
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
    assert_eq!(asked(&emulator, CREATE), 2);
}

#[test]
fn one_that_can_not_be_revoked_stops_no_later_rotation() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci"]).ok();
    // No answer, or one to come later: the rotation is not over, and the next call ends it.
    emulator.script(Fault::databricks(DELETE, 503, "TEMPORARILY_UNAVAILABLE", "busy").retry_after("0").times(4));
    pat(&home, &["rotate", "ci"]).fails(5);
    assert_eq!(values(&emulator).len(), 2);
    assert_ne!(kept(&home, "ci"), old.line());
    emulator.clear();
    let output = pat(&home, &["rotate", "ci", "--json"]).ok();
    assert_eq!((output.json()["outcome"].as_str(), asked(&emulator, CREATE)), (Some("resumed"), 0));
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
    // Refused: that is told, and tried again by each later call, which does its own work all the same.
    emulator.script(Fault::databricks(DELETE, 403, "PERMISSION_DENIED", "not yours").times(2));
    pat(&home, &["rotate", "ci"]).fails(6);
    let output = pat(&home, &["rotate", "ci", "--grace", "1h", "--json"]).ok();
    assert_eq!(output.json()["outcome"], "rotated");
    assert!(output.stderr.contains("not revoked yet") && output.stderr.contains("not yours"), "{}", output.stderr);
    pat(&home, &["rotate", "ci", "--within", "1d"]).ok();
    assert_eq!(values(&emulator).len(), 2, "the one in use, and the one that has its grace");
}

#[test]
fn early_is_not_yet() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    pat(&home, &["create", "--name", "ci", "--lifetime", "30d"]).ok();
    let output = pat(&home, &["rotate", "ci", "--within", "14d", "--json"]).ok();
    assert_eq!(output.json()["outcome"], "not due");
    let output =
        pat(&home, &["rotate", "ci", "--within", "31d", "--lifetime", "60d", "--comment", "new", "--json"]).ok();
    assert_eq!(output.json()["outcome"], "rotated");
    assert!(emulator.pats()[0].comment.starts_with("new ["));
}

#[test]
fn a_profile_names_its_token_and_rotates_with_it() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    pat(&home, &["create", "--name", "ci"]).ok();
    home.unset("DATABRICKS_CLIENT_ID");
    home.unset("DATABRICKS_CLIENT_SECRET");
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"p":{{"databricks_host":"{}","databricks_token":"keyring:ci"}}}}}}"#,
        emulator.workspace()
    ));
    for _ in 0..2 {
        pat(&home, &["rotate", "-p", "p"]).ok();
        assert_eq!(values(&emulator), [kept(&home, "ci")]);
    }
}

#[test]
fn a_token_that_was_made_for_one_host_is_not_handed_out_for_another() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let made = pat(&home, &["create", "--name", "ci"]).ok();
    let args = ["token", "--flow", "databricks-pat", "--databricks-token-from", "keyring:ci"];
    assert_eq!(home.jeton(&args).run().ok().line(), made.line());
    home.set("DATABRICKS_HOST", emulator.other_workspace());
    let output = home.jeton(&args).run().fails(4);
    assert!(output.stderr.contains(&emulator.workspace()) && output.stderr.contains("ci"), "{}", output.stderr);
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn what_is_not_kept_can_not_be_replaced() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    pat(&home, &["rotate", "nobody"]).fails(4);
    pat(&home, &["rotate"]).fails(2);
    pat(&home, &["create", "--name", "ci"]).ok();
    home.set("DATABRICKS_HOST", emulator.other_workspace());
    let output = pat(&home, &["rotate", "ci"]).fails(4);
    assert!(output.stderr.contains("--databricks-host"), "{}", output.stderr);
}
