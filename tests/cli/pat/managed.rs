//! The flow `databricks-managed-pat`.

use jeton_emulator::{App, CLIENT_ID, DATABRICKS_CLIENT_ID, Emulator, Fault, Request, WORKSPACE_RESOURCE_ID};

use super::{CREATE, DELETE, ME, asked, pat, values};
use crate::crowd::Crowd;
use crate::databricks::{TOKEN_PATH, assert_careful, bare, home};
use crate::support::{Home, Output, finish, wait_until};

const FLOW: [&str; 3] = ["token", "--flow", "databricks-managed-pat"];

fn managed(home: &Home, args: &[&str]) -> Output {
    home.jeton(&[&FLOW, args].concat()).run()
}

#[test]
fn it_is_made_once_kept_and_handed_out() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let first = managed(&home, &["--pat-lifetime", "30d", "--pat-comment", "etl"]).ok();
    let made = &emulator.pats()[0];
    assert_eq!((first.line(), made.owner.as_str()), (made.value.as_str(), DATABRICKS_CLIENT_ID));
    assert_eq!(made.expires_ms.unwrap() - made.created_ms, 30 * 86_400_000);
    assert!(made.comment.starts_with("etl [jeton "));
    emulator.clear();
    assert_eq!(managed(&home, &["--pat-comment", "etl"]).ok().line(), first.line());
    assert_eq!(emulator.count(), 0, "from what is kept");
    // Sealed means: in the vault, and in no cache.
    for file in home.cached(".token") {
        assert!(!std::fs::read_to_string(file).unwrap().contains("dapi"));
    }
    // Another comment is another token.
    assert_ne!(managed(&home, &["--pat-comment", "other"]).ok().line(), first.line());
    let json = managed(&home, &["--pat-comment", "etl", "--json"]).ok().json();
    assert_eq!(json["accessToken"], first.line());
    assert!(json["expiresOn"].is_string() || json["expiresOn"].is_number(), "{json}");
    assert_careful(&emulator, &first.stderr);
}

#[test]
fn fifty_processes_make_one() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.hold();
    let children: Vec<_> = (0..50).map(|_| home.jeton(&FLOW).spawn()).collect();
    wait_until("somebody asked", || asked(&emulator, TOKEN_PATH) == 1);
    emulator.release();
    let outputs: Vec<Output> = children.into_iter().map(|child| finish(child).ok()).collect();
    assert_eq!(values(&emulator).len(), 1);
    assert!(outputs.iter().all(|output| output.line() == values(&emulator)[0]));
    assert_eq!((asked(&emulator, CREATE), asked(&emulator, TOKEN_PATH)), (1, 1));
    assert_careful(&emulator, "");
}

#[test]
fn a_failure_is_shared_by_those_that_waited() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.change_settings(|settings| settings.databricks.pat_quota = 0);
    emulator.hold();
    let crowd = Crowd::start((0..10).map(|_| home.jeton(&FLOW)));
    wait_until("somebody asked", || asked(&emulator, TOKEN_PATH) == 1);
    crowd.wait_for_waiting(9);
    emulator.release();
    for member in crowd.finish() {
        let output = member.output.fails(6);
        assert!(output.stderr.contains("quota"), "{}", output.stderr);
    }
    assert_eq!(asked(&emulator, CREATE), 1);
    // Throttled: nobody asks before the time that was named.
    emulator.change_settings(|settings| settings.databricks.pat_quota = 600);
    emulator.clear();
    emulator.script(Fault::databricks(CREATE, 429, "REQUEST_LIMIT_EXCEEDED", "slow down").retry_after("60"));
    managed(&home, &[]).fails(5);
    managed(&home, &[]).fails(5);
    assert_eq!(asked(&emulator, CREATE), 1);
}

#[test]
fn it_is_replaced_before_its_end_and_the_old_one_revoked() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("JETON_PAT_LIFETIME", "6s");
    home.set("JETON_PAT_GRACE", "0");
    let first = managed(&home, &[]).ok();
    let mut now = first.clone();
    wait_until("it is replaced", || {
        now = managed(&home, &[]).ok();
        assert!(values(&emulator).contains(&now.line().to_owned()), "what is handed out is good");
        now.line() != first.line()
    });
    assert_eq!(values(&emulator), [now.line()]);
    let old = emulator.requests().into_iter().filter(|request| request.path == CREATE).count();
    assert_eq!((old, asked(&emulator, ME), asked(&emulator, DELETE)), (2, 1, 1));
}

#[test]
fn force_refresh_and_rotate_replace_it_with_a_grace() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let first = managed(&home, &[]).ok();
    let second = managed(&home, &["--force-refresh"]).ok();
    assert_ne!(first.line(), second.line());
    assert_eq!(values(&emulator), [first.line(), second.line()]);
    pat(&home, &["rotate", "--flow", "databricks-managed-pat", "--grace", "0"]).ok();
    let third = managed(&home, &[]).ok();
    assert_eq!(values(&emulator), [first.line(), third.line()]);
    let listed = pat(&home, &["list"]).ok();
    assert!(listed.stdout.contains("(managed)"), "{}", listed.stdout);
}

#[test]
fn a_cut_and_a_kill_make_exactly_one() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    emulator.script_for(CREATE, Fault::reset_after());
    let first = managed(&home, &[]).ok();
    assert_eq!(values(&emulator), [first.line()]);
    emulator.script_for(CREATE, Fault::lost());
    let mut child = home.jeton(&[&FLOW[..], &["--pat-comment", "b"]].concat()).spawn();
    wait_until("it is made", || emulator.pats().len() == 2);
    child.kill().unwrap();
    finish(child);
    let second = managed(&home, &["--pat-comment", "b"]).ok();
    assert_eq!(values(&emulator), [first.line(), second.line()]);
}

#[test]
fn where_none_can_be_made_now_the_one_that_lives_is_handed_out() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("JETON_PAT_LIFETIME", "6s");
    let first = managed(&home, &[]).ok();
    emulator.script(Fault::databricks(CREATE, 429, "REQUEST_LIMIT_EXCEEDED", "slow down").times(1000));
    wait_until("it is near its end", || {
        let output = managed(&home, &[]).ok();
        assert_eq!(output.line(), first.line());
        output.stderr.contains("could not be renewed")
    });
    assert_eq!(values(&emulator), [first.line()]);
}

#[test]
fn a_due_one_is_replaced_beside_its_caller() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.unset("JETON_BACKGROUND");
    let first = managed(&home, &["--pat-grace", "0"]).ok();
    // An old one whose grace is over makes it due as well.
    let second = managed(&home, &["--force-refresh", "--pat-grace", "1s"]).ok();
    assert_ne!(first.line(), second.line());
    wait_until("the old one is revoked", || {
        assert_eq!(managed(&home, &[]).ok().line(), second.line());
        values(&emulator) == [second.line()]
    });
    assert_eq!(asked(&emulator, CREATE), 2);
}

#[test]
fn a_maker_that_is_not_in_the_workspace_shows_what_it_may_manage() {
    const STRANGER: &str = "99999999-8888-7777-6666-555555555555";
    let emulator = Emulator::start();
    emulator.add_app(App::new(STRANGER).secret("stranger-secret"));
    let mut home = bare(&emulator);
    home.set("JETON_AUTHORITY_HOST", emulator.url());
    home.set("ARM_CLIENT_ID", STRANGER);
    home.set("ARM_CLIENT_SECRET", "stranger-secret");
    let output = managed(&home, &[]).fails(6);
    assert!(output.stderr.contains("--azure-resource-id"), "{}", output.stderr);
    home.set("DATABRICKS_AZURE_RESOURCE_ID", WORKSPACE_RESOURCE_ID);
    let first = managed(&home, &[]).ok();
    assert_eq!(values(&emulator), [first.line()]);
    let tokens = emulator.token_count();
    assert_eq!(managed(&home, &[]).ok().line(), first.line());
    assert_eq!(emulator.token_count(), tokens, "it is handed out as it is kept");
    // Both headers go along with each call of the maker, and not with the proof of the new one.
    managed(&home, &["--force-refresh", "--pat-grace", "0"]).ok();
    let has = |request: &Request| {
        let resource = request.header("x-databricks-azure-workspace-resource-id");
        (resource == Some(WORKSPACE_RESOURCE_ID), request.header("x-databricks-azure-sp-management-token").is_some())
    };
    let requests = emulator.requests();
    for (path, with) in [(CREATE, true), (DELETE, true), (ME, false)] {
        let last = requests.iter().rfind(|request| request.path == path).expect("a request");
        assert_eq!(has(last), (with, with), "{path}");
    }
    assert_careful(&emulator, &output.stderr);
}

#[test]
fn an_entra_token_makes_it_too_and_settings_are_checked() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("DATABRICKS_HOST", emulator.workspace());
    home.set("JETON_SECRET_STORE", "file");
    managed(&home, &[]).ok();
    assert_eq!(emulator.pats()[0].owner, CLIENT_ID);
    emulator.clear();
    for (args, code) in [
        (&["--pat-lifetime", "0"][..], 2),
        (&["--pat-lifetime", "731d"], 2),
        (&["--pat-flow", "databricks-managed-pat"], 4),
        (&["--pat-flow", "magic"], 4),
        (&["--pat-grace", "soon"], 2),
    ] {
        let output = managed(&home, args).fails(code);
        assert!(output.stderr.contains("next:"), "{}", output.stderr);
    }
    assert_eq!(emulator.count(), 0);
}
