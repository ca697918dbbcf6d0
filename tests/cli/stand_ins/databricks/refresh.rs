//! `--force-refresh`: a new token, and one request however many ask.

use std::time::Duration;

use jeton_emulator::{Emulator, Fault, Rotation};

use super::{databricks, home, with_app};
use crate::browser::Asking;
use crate::crowd::Crowd;
use crate::databricks::TOKEN_PATH;
use crate::expect::assert_says;
use crate::support::{Home, age_token, finish, rewrite_token};

const FORCED: &str = "auth token --profile app --force-refresh";

fn value(output: &crate::support::Output) -> String {
    output.json()["access_token"].as_str().expect("a token").to_owned()
}

#[test]
fn a_forced_refresh_is_a_new_token() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let old = databricks(&home, "auth token --profile app").run().quiet();
    let new = databricks(&home, FORCED).run().quiet();
    assert_ne!(value(&new), value(&old));
    assert_eq!(emulator.token_count(), 2);
    // All others get it, by whatever command they ask.
    assert_eq!(databricks(&home, "auth token --profile app").run().quiet(), new);
    assert_eq!(home.jeton(&["token", "-p", "app"]).run().quiet().line(), value(&new));
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn of_a_crowd_that_forces_a_refresh_one_asks() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let old = databricks(&home, "auth token --profile app").run().quiet();
    emulator.hold();
    let crowd = Crowd::start(
        (0..20).map(|_| home.jeton(&["databricks", "auth", "token", "--profile", "app", "--force-refresh", "--debug"])),
    );
    crowd.wait_for_waiting(19);
    emulator.release();
    let values: Vec<_> = crowd.finish().into_iter().map(|member| value(&member.output.ok())).collect();
    assert!(values.iter().all(|one| *one == values[0] && *one != value(&old)), "{values:?}");
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn those_that_come_one_after_the_other_share_it_as_well() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let runs: Vec<_> = (0..8).map(|_| databricks(&home, FORCED).spawn()).collect();
    let mut outputs: Vec<_> = runs.into_iter().map(|run| finish(run).quiet()).collect();
    outputs.dedup();
    assert_eq!((outputs.len(), emulator.token_count()), (1, 1));
    // For a while: later ones force their own.
    rewrite_token(&home.token_file(), |header| {
        header["stored_ms"] = (header["stored_ms"].as_u64().unwrap() - 60_000).into();
    });
    assert_ne!(value(&databricks(&home, FORCED).run().quiet()), value(&outputs[0]));
    assert_eq!(emulator.token_count(), 2);
    // The command of jeton's own takes it at its word.
    home.jeton(&["token", "-p", "app", "--force-refresh"]).run().ok();
    assert_eq!(emulator.token_count(), 3);
}

/// Who forces a refresh wants a token for a call: the last moment of one that was just fetched is no use to it.
#[test]
fn a_token_at_its_end_is_not_shared() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let first = databricks(&home, FORCED).run().quiet();
    rewrite_token(&home.token_file(), |header| {
        let now = header["stored_ms"].as_u64().unwrap() / 1000;
        header["issued_at"] = (now - 4).into();
        header["expires_at"] = (now + 1).into();
    });
    assert_ne!(value(&databricks(&home, FORCED).run().quiet()), value(&first));
    assert_eq!(emulator.token_count(), 2);
}

#[test]
fn a_token_of_users_is_refreshed_once_as_well() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.rotation = Rotation::Strict);
    let home = signed_in(&emulator);
    emulator.clear();
    emulator.set_latency(Duration::from_millis(100));
    let runs: Vec<_> = (0..20).map(|_| databricks(&home, "auth token --profile me --force-refresh").spawn()).collect();
    let mut outputs: Vec<_> = runs.into_iter().map(|run| finish(run).quiet()).collect();
    outputs.dedup();
    assert_eq!((outputs.len(), emulator.token_count(), emulator.refresh_reuses()), (1, 1, 0));
}

/// A home with a profile `me` of somebody who is signed in.
pub(super) fn signed_in(emulator: &Emulator) -> Home {
    let home = home(emulator);
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"me":{{"databricks_host":"{}"}}}}}}"#, emulator.workspace()));
    let asking = Asking::start(home.jeton(&["login", "-p", "me"]).env("JETON_INTERACTIVE", "always"));
    assert_eq!(emulator.visit(&asking.url).go_back().expect("an answer").0, 200);
    asking.finish().ok();
    home
}

#[test]
fn a_refresh_that_fails_is_told_and_the_token_of_before_stays() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let old = databricks(&home, "auth token --profile app").run().quiet();
    emulator.script_for(TOKEN_PATH, Fault::databricks(TOKEN_PATH, 401, "invalid_client", "no"));
    let stderr = databricks(&home, FORCED).run().fails(1).stderr;
    assert!(stderr.starts_with("Error: ") && !stderr.contains("is not configured"), "{stderr}");
    assert_eq!(databricks(&home, "auth token --profile app").run().quiet(), old);
}

#[test]
fn an_sdk_that_asks_in_the_last_twenty_minutes_gets_a_new_one() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    let old = databricks(&home, "auth token --profile app").run().quiet();
    // Older than half its life: due, and as good as new to an SDK.
    age_token(&home.token_file(), 2000);
    assert_eq!(value(&databricks(&home, "auth token --profile app").run().quiet()), value(&old));
    age_token(&home.token_file(), 401);
    assert_ne!(value(&databricks(&home, "auth token --profile app").run().quiet()), value(&old));
    assert_eq!(emulator.token_count(), 2);
    assert_says(&databricks(&home, "auth token --profile app --debug").run().ok().stderr, &["cache: found"]);
}
