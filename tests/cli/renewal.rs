//! Renewal beside the caller: a due token is handed out at once, and one process fetches the next one.

use std::time::Duration;

use jeton_emulator::{Emulator, Fault};

use crate::age;
use crate::crowd::{Crowd, Member};
use crate::support::{Home, SCOPE, age_token, finish, wait_until};

/// A home whose token is due, and what a call for it printed.
fn due(emulator: &Emulator) -> (Home, String) {
    let home = Home::at(emulator);
    let first = home.token(&[]).run().ok();
    age::leave(&home, 1700);
    (home, first.stdout)
}

fn stored(home: &Home) -> String {
    std::fs::read_to_string(home.token_file()).unwrap_or_default()
}

/// Waits until a renewal has replaced `before` and is over: the next one would stop at its lock.
#[track_caller]
fn wait_for_renewal(home: &Home, before: &str) {
    wait_until("the new token", || stored(home) != before);
    wait_for_lock(home);
}

/// Waits until nobody holds the token's lock.
#[track_caller]
fn wait_for_lock(home: &Home) {
    let lock = std::fs::File::open(home.token_file().with_extension("lock")).expect("a lock file");
    wait_until("the lock is free", || lock.try_lock().is_ok());
}

/// Runs `token` with these arguments; whether it began a renewal.
#[track_caller]
fn begins_renewal(home: &Home, args: &[&str], expected: &str) -> bool {
    let Member { output, steps } = Crowd::start([home.token(args)]).finish().remove(0);
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, expected, ""));
    steps.contains("renewal: started")
}

#[test]
fn a_due_token_is_handed_out_at_once_and_renewed_beside_that() {
    let emulator = Emulator::start();
    let (home, old) = due(&emulator);
    let before = stored(&home);
    emulator.hold();
    let caller = home.token(&[]).spawn();
    // To the end of both pipes, which must not stay open in the process that renews.
    let reader = std::thread::spawn(move || finish(caller));
    wait_until("the caller's pipes end", || reader.is_finished());
    assert_eq!(reader.join().unwrap().quiet().stdout, old);

    assert!(emulator.wait_for_requests(2, Duration::from_secs(20)), "nobody renews");
    assert_eq!(stored(&home), before, "the renewal is still under way");
    emulator.release();
    wait_for_renewal(&home, &before);
    let renewed = home.token(&[]).run().ok();
    assert_ne!(renewed.stdout, old);
    assert_eq!(renewed.line(), emulator.issued_tokens()[1]);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn the_servers_refresh_in_makes_a_token_due() {
    let emulator = Emulator::start();
    emulator.set_refresh_in(Some(600));
    let home = Home::at(&emulator);
    let old = home.token(&[]).run().ok().stdout;
    age_token(&home.token_file(), 500);
    assert!(!begins_renewal(&home, &[], &old));
    age_token(&home.token_file(), 100);
    let before = stored(&home);
    assert!(begins_renewal(&home, &[], &old));
    wait_for_renewal(&home, &before);
}

#[test]
fn fifty_processes_that_see_a_due_token_begin_one_renewal() {
    let emulator = Emulator::start();
    let (home, old) = due(&emulator);
    let before = stored(&home);
    emulator.hold();
    let members = Crowd::start((0..50).map(|_| home.token(&[]))).finish();
    for Member { output, .. } in &members {
        assert_eq!((output.code, &output.stdout, output.stderr.as_str()), (0, &old, ""));
    }
    assert_eq!(members.iter().filter(|member| member.steps.contains("renewal: started")).count(), 1);
    emulator.release();
    wait_for_renewal(&home, &before);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn renewal_can_be_switched_off_by_environment_and_profile() {
    let emulator = Emulator::start();
    let (home, old) = due(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"off":{"background":false},"on":{"background":true}}}"#);
    let off = Crowd::start([home.token(&[]).env("JETON_BACKGROUND", "off")]).finish().remove(0);
    assert_eq!(off.output.ok().stdout, old);
    assert!(!off.steps.contains("renewal: started"), "{}", off.steps);
    assert!(!begins_renewal(&home, &["-p", "off"], &old));
    assert_eq!(home.cached(".renewal").len(), 0);
    assert_eq!(emulator.count(), 1);
    let before = stored(&home);
    assert!(begins_renewal(&home, &["-p", "on"], &old));
    wait_for_renewal(&home, &before);
}

#[test]
fn a_secret_that_must_be_typed_is_not_asked_for_beside_the_caller() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    let args = ["--client-secret-from", "stdin"];
    let first = home.token(&args).stdin(jeton_emulator::CLIENT_SECRET).run().ok();
    age::leave(&home, 1700);
    assert!(!begins_renewal(&home, &args, &first.stdout));
}

#[test]
fn a_renewal_that_fails_is_silent_and_rests_for_half_a_minute() {
    let emulator = Emulator::start();
    let (home, old) = due(&emulator);
    let before = stored(&home);
    emulator.script(Fault::error(401, "invalid_client", 7000215));
    assert!(begins_renewal(&home, &[], &old));
    let failed =
        || home.cached(".flight").iter().any(|path| std::fs::read_to_string(path).unwrap().contains("7000215"));
    wait_until("the renewal fails", failed);
    wait_for_lock(&home);
    assert_eq!(stored(&home), before);

    assert!(!begins_renewal(&home, &[], &old));
    assert_eq!(emulator.count(), 2);

    let stamp = home.cached(".renewal").remove(0);
    let begun: u64 = std::fs::read_to_string(&stamp).unwrap().parse().unwrap();
    std::fs::write(&stamp, (begun - 31_000).to_string()).unwrap();
    assert!(begins_renewal(&home, &[], &old));
    wait_for_renewal(&home, &before);
    assert_eq!(emulator.count(), 3);
}

#[test]
fn the_record_of_renewals_may_be_anything() {
    let emulator = Emulator::start();
    let (home, mut old) = due(&emulator);
    let stamp = home.token_file().with_extension("renewal");
    let from_the_future = ((age::now() + 3600) * 1000).to_string();
    for text in ["", "soon", "-1", "99999999999999999999999", &from_the_future] {
        std::fs::write(&stamp, text).unwrap();
        let before = stored(&home);
        assert!(begins_renewal(&home, &[], &old), "{text}");
        wait_for_renewal(&home, &before);
        old = home.token(&[]).run().ok().stdout;
        age::leave(&home, 1700);
    }
    std::fs::remove_file(&stamp).unwrap();
    std::fs::create_dir(&stamp).unwrap();
    assert!(!begins_renewal(&home, &[], &old));
}

#[test]
fn a_caller_that_waits_for_a_renewal_gets_its_token() {
    let emulator = Emulator::start();
    let (home, old) = due(&emulator);
    emulator.hold();
    assert!(begins_renewal(&home, &[], &old));
    assert!(emulator.wait_for_requests(2, Duration::from_secs(20)), "nobody renews");
    let crowd = Crowd::start((0..5).map(|_| home.token(&["--min-ttl", "45m"])));
    crowd.wait_for_waiting(5);
    emulator.release();
    assert_ne!(crowd.finish_alike().ok().stdout, old);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn other_protocols_renew_beside_their_callers_too() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_AWS_ENDPOINT", emulator.url());
    home.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader");
    let kubectl = || home.jeton(&["exec-credential", "--scope", SCOPE]).run().ok();
    let aws = || home.jeton(&["credential-process", "--scope", SCOPE]).run().ok();

    let old = kubectl();
    age::leave(&home, 1700);
    let token = age::file_of_type(&home, "Bearer");
    let before = std::fs::read(&token).unwrap();
    assert_eq!(kubectl().json()["status"]["token"], old.json()["status"]["token"]);
    wait_until("the new token", || std::fs::read(&token).unwrap() != before);
    assert_eq!(emulator.count(), 2);

    let old = aws();
    let keys = age::file_of_type(&home, "AWS4-HMAC-SHA256");
    age::leave_in(&keys, 1700);
    let before = std::fs::read(&keys).unwrap();
    assert_eq!(aws().json()["AccessKeyId"], old.json()["AccessKeyId"]);
    wait_until("the new keys", || std::fs::read(&keys).unwrap() != before);
    assert_eq!((emulator.token_count(), emulator.count()), (2, 4));
}
