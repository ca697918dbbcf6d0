//! The windows of a token's life: when it is handed out as it is, when it is renewed first, and what happens when that
//! fails. Renewal beside the caller has tests of its own.

use jeton_emulator::{App, CLIENT_ID, Emulator, Fault};

use crate::age;
use crate::crowd::Crowd;
use crate::expect::assert_says;
use crate::support::{Home, Output, Run, SCOPE, wait_until};

/// An emulator and a home without background renewal, so that every request is the caller's own.
fn scene() -> (Emulator, Home) {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_BACKGROUND", "off");
    (emulator, home)
}

/// A run that does not try for long.
fn hasty(run: Run) -> Run {
    run.env("JETON_TIMEOUT", "300ms")
}

/// Asserts that `output` is the old token with a warning.
#[track_caller]
fn assert_old_with_warning(output: &Output, old: &Output) {
    assert_says(output.warning(), &["the token could not be renewed"]);
    assert_eq!(output.stdout, old.stdout);
}

#[test]
fn a_fresh_token_is_handed_out_without_a_request() {
    let (emulator, home) = scene();
    let first = home.token(&[]).run().ok();
    for left in [3500, 1900] {
        age::leave(&home, left);
        assert_eq!(home.token(&[]).run(), first);
    }
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_token_is_renewed_first_in_its_last_five_minutes() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 330);
    assert_eq!(home.token(&[]).run(), old);
    age::leave(&home, 299);
    let new = home.token(&[]).run().ok();
    assert_ne!(new, old);
    assert_eq!(home.token(&[]).run(), new);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn twenty_processes_that_see_a_stale_token_make_one_request() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 200);
    emulator.hold();
    let crowd = Crowd::start((0..20).map(|_| home.token(&[])));
    crowd.wait_for_waiting(19);
    emulator.release();
    assert_ne!(crowd.finish_alike().ok(), old);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn kubectl_gets_ten_minutes_and_aws_gets_twenty() {
    let (emulator, mut home) = scene();
    home.set("JETON_AWS_ENDPOINT", emulator.url());
    let kubectl = || home.jeton(&["exec-credential", "--scope", SCOPE]).run().ok();
    let role = "arn:aws:iam::123456789012:role/reader";
    let aws = || home.jeton(&["credential-process", "--scope", SCOPE, "--aws-role-arn", role]).run().ok();

    kubectl();
    age::leave(&home, 630);
    kubectl();
    assert_eq!(emulator.count(), 1);
    age::leave(&home, 599);
    kubectl();
    assert_eq!(emulator.count(), 2);

    let old = aws();
    assert_eq!((emulator.token_count(), emulator.count()), (2, 3));
    let keys = age::file_of_type(&home, "AWS4-HMAC-SHA256");
    age::leave_in(&keys, 1230);
    assert_ne!(aws().json()["Expiration"], old.json()["Expiration"], "the document tells the keys' own end");
    assert_eq!(emulator.count(), 3);
    age::leave_in(&keys, 1150);
    assert_ne!(aws().json()["AccessKeyId"], old.json()["AccessKeyId"]);
    assert_eq!((emulator.token_count(), emulator.count()), (2, 4), "the token behind the keys is still good");
}

#[test]
fn without_network_a_stale_token_is_handed_out_until_it_dies() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    drop(emulator);
    age::leave(&home, 200);
    assert_old_with_warning(&hasty(home.token(&[])).run(), &old);
    assert_eq!(hasty(home.token(&["--silent"])).run(), old);
    let kubectl = hasty(home.jeton(&["exec-credential", "--scope", SCOPE])).run().quiet();
    assert_eq!(kubectl.json()["status"]["token"], old.line());
    age::leave(&home, 0);
    hasty(home.token(&[])).run().fails(5);
}

#[test]
fn after_a_failed_attempt_a_living_token_is_not_renewed_at_every_call() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 200);
    emulator.script(Fault::reset().times(100));
    assert_old_with_warning(&hasty(home.token(&[])).run(), &old);
    let tried = emulator.count();
    assert_old_with_warning(&hasty(home.token(&[])).run(), &old);
    assert_eq!(emulator.count(), tried);
}

#[test]
fn a_forced_refresh_tries_the_network_whatever_happened_before() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    emulator.script(Fault::reset().times(100));
    hasty(home.token(&["--force-refresh"])).run().fails(5);
    emulator.reset();
    assert_ne!(home.token(&["--force-refresh"]).run().ok(), old);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_provider_that_wants_to_be_left_alone_is_while_the_token_lives() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 200);
    emulator.script(Fault::throttled("1800"));
    for _ in 0..2 {
        assert_old_with_warning(&home.token(&[]).run(), &old);
    }
    assert_eq!(emulator.count(), 2);
    age::leave(&home, 0);
    home.token(&[]).run().fails(5);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_stale_token_is_not_handed_out_to_whom_the_provider_refuses() {
    let (emulator, home) = scene();
    home.token(&[]).run().ok();
    age::leave(&home, 200);
    emulator.add_app(App::new(CLIENT_ID).secret("another secret"));
    assert_says(&home.token(&[]).run().refusal(6), &["7000215"]);
    emulator.reset();
    home.token(&[]).run().ok();
}

#[test]
fn min_ttl_lifts_the_bound_for_one_call() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 1200);
    assert_eq!(home.token(&["--min-ttl", "19m"]).run(), old);
    let new = home.token(&["--min-ttl", "30m"]).run().ok();
    assert_ne!(new, old);
    assert_eq!(emulator.count(), 2);
    // It lifts the bound, it does not lower it.
    age::leave(&home, 200);
    assert_ne!(home.token(&["--min-ttl", "1s"]).run().ok(), new);
    assert_eq!(emulator.count(), 3);
}

#[test]
fn min_ttl_beyond_any_tokens_life_does_not_fetch_at_every_call() {
    let (emulator, home) = scene();
    let long = || home.token(&["--min-ttl", "2h"]).run().ok();
    let old = long();
    assert_eq!(long(), old);
    age::leave(&home, 2000);
    assert_eq!(long(), old);
    assert_eq!(emulator.count(), 1);
    // Past half its life a new one is better, though not by as much as was asked for.
    age::leave(&home, 1700);
    assert_ne!(long(), old);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn min_ttl_is_met_as_well_as_the_network_allows() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    drop(emulator);
    age::leave(&home, 1200);
    assert_old_with_warning(&hasty(home.token(&["--min-ttl", "30m"])).run(), &old);
}

#[test]
fn short_lived_tokens_are_cached_and_used() {
    for life in [60, 90] {
        let (emulator, home) = scene();
        emulator.set_lifetime(life);
        let old = home.token(&[]).run().ok();
        assert_eq!(home.token(&[]).run(), old);
        age::leave(&home, life / 2);
        assert_eq!(home.token(&[]).run(), old);
        assert_eq!(emulator.count(), 1);
        age::leave(&home, life / 3 - 2);
        assert_ne!(home.token(&[]).run().ok(), old);
        assert_eq!(emulator.count(), 2);
    }
}

#[test]
fn a_clock_that_was_set_back_makes_a_token_stale() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::put_an_hour_ahead(&home);
    let new = home.token(&[]).run().ok();
    assert_ne!(new, old, "it is renewed first");
    assert_eq!(emulator.count(), 2);

    age::put_an_hour_ahead(&home);
    assert_ne!(home.token(&["--force-refresh"]).run().ok(), new, "it does not count as fetched just now");
    assert_eq!(emulator.count(), 3);

    let newest = home.token(&[]).run().ok();
    age::put_an_hour_ahead(&home);
    drop(emulator);
    assert_old_with_warning(&hasty(home.token(&[])).run(), &newest);
}

#[test]
fn a_clock_that_was_set_forward_makes_a_token_dead() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 0);
    assert_ne!(home.token(&[]).run().ok(), old);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn the_providers_clock_may_be_wrong() {
    for offset in [-7200, 7200] {
        let (emulator, home) = scene();
        emulator.set_clock_offset(offset);
        let first = home.token(&[]).run().ok();
        assert_eq!(home.token(&[]).run(), first);
        assert_eq!(emulator.count(), 1, "offset {offset}");
    }
}

#[test]
fn a_stale_token_of_a_hung_provider_is_handed_out_in_time() {
    let (emulator, home) = scene();
    let old = home.token(&[]).run().ok();
    age::leave(&home, 200);
    emulator.hold();
    let crowd = Crowd::start((0..5).map(|_| hasty(home.token(&[])).env("JETON_LOCK_TIMEOUT", "20s")));
    wait_until("all have given up", || crowd.has_ended());
    for member in crowd.finish() {
        assert_old_with_warning(&member.output, &old);
    }
}
