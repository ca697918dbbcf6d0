//! Single flight: of any number of processes that want one token, one asks for it, and all share what it is told.

use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault};
use serde_json::Value;

use crate::age;
use crate::crowd::Crowd;
use crate::expect::assert_says;
use crate::support::{Home, Output, Run, SCOPE, finish, wait_until};

/// What a process may need to start and to send its request, on a machine that is busy with much else.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a crowd may need beyond the request itself, in a debug build on a busy machine.
const BOUND: Duration = Duration::from_secs(5);

/// Starts `count` of these runs while the emulator keeps its answers, lets it answer when one of them has asked and all
/// others wait for that one, and gives what they all said.
#[track_caller]
fn all_at_once(emulator: &Emulator, count: usize, run: impl Fn() -> Run) -> Output {
    let before = emulator.token_count();
    emulator.hold();
    let crowd = Crowd::start((0..count).map(|_| run()));
    crowd.wait_for_waiting(count - 1);
    wait_until("the one request", || emulator.token_count() > before);
    let released = Instant::now();
    emulator.release();
    let output = crowd.finish_alike();
    assert!(released.elapsed() < BOUND, "the last answer came after {:?}", released.elapsed());
    output
}

/// Changes the record of the only flight.
fn change_flight(home: &Home, change: impl FnOnce(&mut Value)) {
    let path = home.cached(".flight").remove(0);
    let text = std::fs::read(&path).expect("a record");
    let mut flight = serde_json::from_slice(&text).expect("JSON");
    change(&mut flight);
    std::fs::write(path, flight.to_string()).expect("a writable record");
}

#[test]
fn two_hundred_processes_with_a_cold_key_make_one_request() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let output = all_at_once(&emulator, 200, || home.token(&[])).quiet();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_refusal_is_told_to_all_that_waited_and_to_nobody_who_comes_later() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    emulator.script(Fault::error(401, "invalid_client", 7000215));
    let output = all_at_once(&emulator, 50, || home.token(&[]));
    assert_says(&output.refusal(6), &["correlation id"]);
    assert_eq!(emulator.count(), 1);
    home.token(&[]).run().ok();
    assert_eq!(emulator.count(), 2);
}

#[test]
fn retry_after_holds_for_all_until_it_is_over() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    emulator.script(Fault::throttled("1800"));
    let output = all_at_once(&emulator, 20, || home.token(&[])).fails(5);
    assert_eq!(home.token(&[]).run(), output);
    assert_eq!(home.token(&["--force-refresh"]).run(), output);
    assert_eq!(emulator.count(), 1);
    change_flight(&home, |flight| {
        let retry_at = &mut flight["failure"]["error"]["retry_at"];
        *retry_at = (retry_at.as_u64().unwrap() - 1801).into();
    });
    home.token(&[]).run().ok();
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_waiter_takes_over_from_a_holder_that_is_killed() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    emulator.hold();
    let mut holder = home.token(&[]).spawn();
    assert!(emulator.wait_for_requests(1, PATIENCE));
    let crowd = Crowd::start((0..10).map(|_| home.token(&[])));
    crowd.wait_for_waiting(10);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(emulator.wait_for_requests(2, PATIENCE), "nobody took over");
    emulator.release();
    let output = crowd.finish_alike().ok();
    assert!(emulator.issued_tokens().contains(&output.line().to_owned()));
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_holder_that_hangs_is_named_when_the_wait_is_over() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    emulator.hold();
    let holder = home.token(&[]).spawn();
    assert!(emulator.wait_for_requests(1, PATIENCE));
    let waiter = home.token(&[]).env("JETON_LOCK_TIMEOUT", "1s").run().refusal(5);
    assert_says(&waiter, &[&format!("process {} ", holder.id()), "JETON_LOCK_TIMEOUT"]);
    emulator.release();
    finish(holder).ok();
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_token_that_lives_is_handed_out_when_the_holder_hangs() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let old = home.token(&[]).run().ok();
    age::leave(&home, 200);
    emulator.hold();
    let holder = home.token(&[]).spawn();
    assert!(emulator.wait_for_requests(2, PATIENCE));
    let waiter = home.token(&[]).env("JETON_LOCK_TIMEOUT", "100ms").run();
    assert_says(waiter.warning(), &[&format!("process {} ", holder.id())]);
    assert_eq!(waiter.stdout, old.stdout);
    emulator.release();
    assert_ne!(finish(holder).ok().stdout, old.stdout);
}

#[test]
fn a_forced_refresh_is_shared_by_those_who_ask_for_it_at_once() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let force = || home.token(&["--force-refresh"]);
    let old = home.token(&[]).run().ok();
    let new = all_at_once(&emulator, 20, force).ok();
    assert_ne!(new, old);
    assert_eq!(emulator.count(), 2);
    let newer = force().run().ok();
    assert_ne!(newer, new);
    assert_eq!(home.token(&[]).run(), newer);
    assert_eq!(emulator.count(), 3);
}

#[test]
fn different_tokens_do_not_wait_for_each_other() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    emulator.script(Fault::hang());
    let mut hung = home.token(&[]).spawn();
    assert!(emulator.wait_for_requests(1, PATIENCE));
    home.jeton(&["token", "--scope", "storage"]).run().ok();
    home.token(&["--client-id", jeton_emulator::AWKWARD_CLIENT_ID])
        .env("AZURE_CLIENT_SECRET", jeton_emulator::AWKWARD_SECRET)
        .run()
        .ok();
    assert_eq!(emulator.count(), 3);
    assert_eq!(hung.try_wait().unwrap(), None);
    hung.kill().unwrap();
    hung.wait().unwrap();
}

mod exchange {
    use super::*;

    fn home(emulator: &Emulator, role: &str) -> Home {
        let mut home = Home::at(emulator);
        home.set("JETON_AWS_ENDPOINT", emulator.url());
        home.set("AWS_ROLE_ARN", format!("arn:aws:iam::123456789012:role/{role}"));
        home
    }

    fn keys(home: &Home) -> Run {
        home.jeton(&["credential-process", "--scope", SCOPE])
    }

    #[test]
    fn twenty_cold_processes_make_one_request_to_each_service() {
        let emulator = Emulator::start();
        let home = home(&emulator, "reader");
        let output = all_at_once(&emulator, 20, || keys(&home)).ok();
        assert!(output.json()["SecretAccessKey"].is_string());
        assert_eq!((emulator.token_count(), emulator.count()), (1, 2));
        assert_eq!(keys(&home).run(), output);
        // The token that was exchanged is the one that the other commands have.
        home.token(&[]).run().ok();
        assert_eq!(emulator.count(), 2);
    }

    #[test]
    fn a_refusal_by_either_service_is_told_to_all_that_waited() {
        let emulator = Emulator::start();
        let denied = home(&emulator, "denied");
        all_at_once(&emulator, 20, || keys(&denied)).fails(6);
        assert_eq!((emulator.token_count(), emulator.count()), (1, 2));
        let refused = home(&emulator, "reader");
        emulator.script(Fault::error(401, "invalid_client", 7000215));
        all_at_once(&emulator, 20, || keys(&refused)).fails(6);
        assert_eq!((emulator.token_count(), emulator.count()), (2, 3));
    }

    #[test]
    fn one_bound_holds_for_both_services_together() {
        let emulator = Emulator::start();
        let home = home(&emulator, "reader");
        emulator.set_latency(Duration::from_millis(600));
        keys(&home).env("JETON_TIMEOUT", "1s").run().fails(5);
    }

    #[test]
    fn forced_keys_are_new_and_the_token_behind_them_is_not() {
        let emulator = Emulator::start();
        let home = home(&emulator, "reader");
        let old = keys(&home).run().ok();
        // Due: a renewal of the token would be begun here, and would take the forced refresh as its own.
        age::leave_in(&age::file_of_type(&home, "Bearer"), 1000);
        let forced = home.jeton(&["credential-process", "--scope", SCOPE, "--force-refresh"]);
        let new = Crowd::start([forced]).finish().remove(0);
        assert_ne!(new.output.ok(), old);
        assert!(!new.steps.contains("renewal: started"), "{}", new.steps);
        assert_eq!((emulator.token_count(), emulator.count()), (1, 3));
    }
}
