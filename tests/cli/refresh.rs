//! What lasts of a sign-in: when a refresh token is used, kept, replaced and removed.

use std::io::{BufRead as _, BufReader};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jeton_emulator::{Emulator, Fault, OldRefreshTokens, USER};

use crate::expect::assert_says;
use crate::support::{Home, Output, Run, age_token, finish, wait_until};
use crate::user::{self, PATIENCE, approve, device_codes, sign_in};

/// A claims challenge as a resource sends it.
const CHALLENGE: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

/// The last refresh token that was sent.
fn sent(emulator: &Emulator) -> String {
    let requests = emulator.token_requests();
    requests.iter().filter_map(|request| request.field("refresh_token")).next_back().expect("a refresh").to_owned()
}

/// `jeton token` for this scope, where nobody may be asked.
fn unasked(home: &Home, scope: &str, more: &[&str]) -> Run {
    home.jeton(&[&["token", "--interactive", "never", "--scope", scope], more].concat())
}

#[test]
fn a_token_is_renewed_without_a_word() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let first = sign_in(&emulator, &home);
    age_token(&home.token_file(), 3600);
    let second = unasked(&home, "databricks", &[]).run().quiet();
    assert_ne!(second.line(), first);
    assert_eq!(sent(&emulator), emulator.refresh_tokens()[0]);
    // The next one uses what the last one was given.
    unasked(&home, "databricks", &["--force-refresh"]).run().quiet();
    assert_eq!(sent(&emulator), emulator.refresh_tokens()[1]);
    assert_eq!((device_codes(&emulator), emulator.violations()), (1, Vec::new()));
}

#[test]
fn one_sign_in_is_good_for_every_resource_flow_and_version() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let mut tokens = vec![sign_in(&emulator, &home)];
    for (scope, more) in [
        ("graph", &[][..]),
        ("https://graph.microsoft.com/User.Read", &[]),
        ("arm", &["--endpoint", "v1"]),
        ("api://app/.default", &["--flow", "device-code"]),
    ] {
        tokens.push(unasked(&home, scope, more).run().quiet().line().to_owned());
    }
    assert_eq!(emulator.issued_tokens(), tokens);
    assert_eq!((device_codes(&emulator), emulator.violations()), (1, Vec::new()));
    // Another user's sign-in is another one.
    unasked(&home, "graph", &["--login-hint", "grace@contoso.example"]).run().fails(3);
}

#[test]
fn an_answer_without_a_new_refresh_token_leaves_the_old_one() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    sign_in(&emulator, &home);
    emulator.change_settings(|settings| settings.rotate = false);
    for _ in 0..2 {
        unasked(&home, "databricks", &["--force-refresh"]).run().quiet();
        assert_eq!(sent(&emulator), emulator.refresh_tokens()[0]);
    }
}

/// Kills a process as soon as its token is seen. Old refresh tokens are worth nothing here: if the new one had not been
/// on the disk by then, the sign-in would be lost.
#[test]
fn the_new_refresh_token_is_on_disk_before_the_token_is_seen() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.old_refresh_tokens = OldRefreshTokens::Revoked);
    let home = user::home(&emulator);
    sign_in(&emulator, &home);
    for _ in 0..5 {
        let mut child = unasked(&home, "databricks", &["--force-refresh"]).spawn();
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a token");
        child.kill().expect("a process that was there");
        child.wait().expect("its end");
        assert!(emulator.is_valid(line.trim_end()));
    }
    unasked(&home, "databricks", &["--force-refresh"]).run().quiet();
    assert_eq!(emulator.refresh_reuses(), 0);
}

/// Entra keeps old refresh tokens valid for just this case.
#[test]
fn a_process_killed_between_rotation_and_write_costs_no_sign_in() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    sign_in(&emulator, &home);
    emulator.script(Fault::lost());
    let mut child = unasked(&home, "databricks", &["--force-refresh"]).spawn();
    wait_until("the rotation", || emulator.refresh_tokens().len() == 2);
    child.kill().expect("a process that was there");
    let output = finish(child);
    assert_eq!((output.code, output.stdout.as_str()), (-1, ""));
    unasked(&home, "databricks", &["--force-refresh"]).run().quiet();
    assert_eq!((emulator.refresh_reuses(), device_codes(&emulator)), (1, 1));
    // From there on with the newest.
    unasked(&home, "databricks", &["--force-refresh"]).run().quiet();
    assert_eq!(sent(&emulator), *emulator.refresh_tokens().iter().nth_back(1).expect("three"));
}

#[test]
fn a_data_folder_that_cannot_be_written_to_costs_the_sign_in_not_the_token() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    std::fs::write(home.path("file"), "").expect("a file");
    let run = home.token(&[]).env("JETON_DATA_DIR", home.path("file").join("data"));
    let output = approve(&emulator, run.spawn()).ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_says(&output.stderr, &["warning: the sign-in can't be kept", "it ends with this token"]);
    assert!(!output.stderr.contains(&emulator.refresh_tokens()[0]));
}

/// A limit of no bytes for files is what a full disk is to a program.
#[cfg(unix)]
#[test]
fn a_full_disk_costs_nothing_but_a_warning() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    sign_in(&emulator, &home);
    let line = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let mut full = unasked(&home, "graph", &[]);
    let (program, args) = (
        full.command.get_program().to_owned(),
        full.command.get_args().map(Into::into).collect::<Vec<std::ffi::OsString>>(),
    );
    let mut command = std::process::Command::new("/bin/sh");
    command.arg("-c").arg(line).arg(program).args(args).env_clear();
    command.envs(full.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    full.command = command;
    let output = full.run().ok();
    assert!(emulator.is_valid(output.line()));
    assert_says(&output.stderr, &["the sign-in can't be kept", "the token can't be cached"]);
    // The refresh token from before is still there, and still good.
    unasked(&home, "graph", &[]).run().quiet();
    assert_eq!(sent(&emulator), emulator.refresh_tokens()[0]);
}

#[test]
fn a_revoked_refresh_token_is_removed_and_a_person_is_needed() {
    for code in [50173, 700082, 70043] {
        let emulator = Emulator::start();
        let home = user::home(&emulator);
        sign_in(&emulator, &home);
        emulator.revoke_user(USER, code);
        let output = unasked(&home, "databricks", &["--force-refresh"]).run();
        assert_says(
            &output.refusal(3),
            &["a person has to sign in", "--interactive never", "run: jeton login", "correlation id"],
        );
        let count = emulator.token_count();
        // It is not sent again.
        let output = unasked(&home, "databricks", &["--force-refresh"]).run();
        assert_says(&output.refusal(3), &["a person has to sign in"]);
        assert_eq!((emulator.token_count(), emulator.violations()), (count, Vec::new()));
        // And where somebody can be asked, that is what happens.
        approve(&emulator, home.token(&["--force-refresh"]).spawn()).ok();
    }
}

#[test]
fn trouble_with_the_network_is_no_reason_to_ask_or_to_forget() {
    for fault in [
        Fault::reset().times(2),
        Fault::html(503).times(2),
        Fault::error(503, "invalid_grant", 70008).times(2),
        Fault::throttled("30"),
    ] {
        let emulator = Emulator::start();
        let home = user::home(&emulator);
        sign_in(&emulator, &home);
        emulator.script(fault);
        // (Somebody may be asked here. There is time for two attempts.)
        home.token(&["--force-refresh", "--timeout", "1s"]).run().fails(5);
        assert_eq!(device_codes(&emulator), 1);
        let token = emulator.refresh_tokens()[0].clone();
        unasked(&home, "graph", &[]).run().quiet();
        assert_eq!(sent(&emulator), token);
    }
}

#[test]
fn a_second_factor_for_one_resource_leaves_the_sign_in_for_the_others() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    sign_in(&emulator, &home);
    for (error, suberror) in [("interaction_required", "basic_action"), ("invalid_grant", "basic_action")] {
        emulator.script(Fault::error(400, error, 50076).suberror(suberror));
        let output = unasked(&home, "arm", &[]).run();
        assert_says(
            &output.refusal(3),
            &["multifactor authentication is required", "a person has to sign in", "jeton login"],
        );
        unasked(&home, "graph", &["--force-refresh"]).run().quiet();
    }
    assert_eq!((device_codes(&emulator), emulator.violations()), (1, Vec::new()));
}

#[test]
fn a_claims_challenge_is_answered_by_the_refresh_token_and_kept_apart() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let plain = sign_in(&emulator, &home);
    let answered = unasked(&home, "databricks", &["--claims", CHALLENGE]).run().quiet();
    assert_ne!(answered.line(), plain);
    let claims = emulator.token_requests().last().expect("a request").field("claims").expect("claims").to_owned();
    assert_says(&claims, &[r#""nbf":{"essential":true,"value":"1604106651"}"#, r#""xms_cc":{"values":["CP1"]}"#]);
    assert_eq!(device_codes(&emulator), 1);
    // The same challenge in every form is one, from the cache from now on, and so is the token without it.
    let count = emulator.token_count();
    for form in [CHALLENGE.to_owned(), STANDARD.encode(CHALLENGE), URL_SAFE_NO_PAD.encode(CHALLENGE)] {
        let again: Output = unasked(&home, "databricks", &["--claims", &form]).run().quiet();
        assert_eq!(again.line(), answered.line());
    }
    assert_eq!(unasked(&home, "databricks", &[]).run().quiet().line(), plain);
    assert_eq!(emulator.token_count(), count);
    let other = CHALLENGE.replace("1604106651", "1604106652");
    assert_ne!(unasked(&home, "databricks", &["--claims", &other]).run().quiet().line(), answered.line());
    assert_says(&unasked(&home, "databricks", &["--claims", "x"]).run().refusal(2), &["neither a JSON object nor"]);
}

#[test]
fn a_person_who_is_asked_is_asked_for_the_claims_too() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let child = home.token(&["--claims", CHALLENGE]).spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(USER));
    finish(child).ok();
    assert_says(emulator.requests()[0].field("claims").expect("claims"), &["1604106651", "CP1"]);
}
