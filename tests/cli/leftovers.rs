//! What killed, foreign and unlucky processes leave in the cache folder, and what must stay in it.

use std::io::Read as _;

use jeton_emulator::Emulator;

use crate::crowd::Crowd;
use crate::expect::assert_says;
use crate::support::Home;

#[test]
fn half_a_token_is_never_handed_out() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let old = home.token(&[]).run().ok();
    let file = home.token_file();
    let text = std::fs::read(&file).unwrap();
    let half = &text[..text.len() / 2];
    std::fs::write(&file, half).unwrap();
    std::fs::write(format!("{}.tmp-1-0-ff", file.display()), half).unwrap();

    let new = home.token(&[]).run();
    assert_says(new.warning(), &["damaged", "set aside"]);
    assert_ne!(new.stdout, old.stdout);
    assert_eq!(std::fs::read(home.cached(".damaged").remove(0)).unwrap(), half);

    assert_eq!(home.token(&[]).run().quiet().stdout, new.stdout);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_damaged_token_costs_a_crowd_one_request_and_one_warning() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    std::fs::write(home.token_file(), "{").unwrap();
    emulator.hold();
    let crowd = Crowd::start((0..20).map(|_| home.token(&[])));
    crowd.wait_for_waiting(19);
    emulator.release();
    let members = crowd.finish();
    assert!(members.iter().all(|member| member.output.stdout == members[0].output.stdout));
    assert_eq!(members.iter().filter(|member| member.output.stderr.contains("warning")).count(), 1);
    assert_eq!(emulator.count(), 2);
}

#[cfg(unix)]
#[test]
fn a_token_that_others_can_read_is_not_handed_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let old = home.token(&[]).run().ok();
    std::fs::set_permissions(home.token_file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let new = home.token(&[]).run();
    assert_says(new.warning(), &["open to other users"]);
    assert_ne!(new.stdout, old.stdout);
    assert_eq!(std::fs::metadata(home.token_file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_token_is_replaced_in_one_step() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let text = std::fs::read_to_string(home.token_file()).unwrap();
    let mut open = std::fs::File::open(home.token_file()).unwrap();
    home.token(&["--force-refresh"]).run().ok();
    let mut seen = String::new();
    open.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, text, "who reads while a new token is stored reads the old one");
    assert_ne!(std::fs::read_to_string(home.token_file()).unwrap(), text);
    assert_eq!(home.cached("").iter().filter(|path| path.to_string_lossy().contains(".tmp-")).count(), 0);
}

#[test]
fn a_writer_that_is_killed_at_any_moment_leaves_no_damage() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let begun = || home.cached("").iter().filter(|path| path.to_string_lossy().contains(".token.tmp-")).count();
    for round in 0..12 {
        let before = begun();
        let mut writer = home.token(&["--force-refresh"]).spawn();
        while begun() == before && writer.try_wait().unwrap().is_none() {}
        writer.kill().unwrap();
        writer.wait().unwrap();
        let output = home.token(&[]).run().quiet();
        assert!(emulator.is_valid(output.line()), "round {round}");
    }
}

#[test]
fn a_lock_file_may_be_there_before_and_is_there_after() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let lock = home.cached(".lock").remove(0);
    for text in ["", "not\0ours\n"] {
        std::fs::write(&lock, text).unwrap();
        let open = std::fs::File::open(&lock).unwrap();
        home.token(&["--force-refresh"]).run().ok();
        assert_eq!(std::fs::read_to_string(&lock).unwrap(), text);
        // A lock on a deleted file would stop nobody: it has to be the very file.
        open.lock().unwrap();
        let crowd = Crowd::start([home.token(&["--force-refresh"])]);
        crowd.wait_for_waiting(1);
        drop(open);
        crowd.finish_alike().ok();
    }
}

#[test]
fn the_record_of_a_flight_may_be_anything() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let record = home.token_file().with_extension("flight");
    for text in ["", "{", "null", r#"{"pid":-1}"#, r#"{"pid":1,"since_ms":1,"failure":{"at_ms":0}}"#] {
        std::fs::write(&record, text).unwrap();
        home.token(&["--force-refresh"]).run().quiet();
    }
    std::fs::create_dir(&record).unwrap();
    home.token(&["--force-refresh"]).run().quiet();
    // Overwritten by somebody while others wait for the flight.
    emulator.hold();
    let crowd = Crowd::start((0..5).map(|_| home.token(&["--force-refresh"])));
    crowd.wait_for_waiting(4);
    emulator.release();
    crowd.finish_alike().ok();
    assert_eq!(emulator.count(), 8);
}

#[test]
fn without_a_place_for_locks_and_tokens_every_call_still_gets_one() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    std::fs::write(home.path("file"), "").unwrap();
    home.set("JETON_CACHE_DIR", home.path("file").join("cache"));
    let first = home.token(&[]).run().ok();
    assert!(emulator.is_valid(first.line()));
    assert_says(&first.stderr, &["no lock can be taken", "can't be cached"]);
    assert!(!first.stderr.contains("set aside"), "{}", first.stderr);
    assert_ne!(home.token(&[]).run().ok().stdout, first.stdout);
    home.token(&["--silent"]).run().quiet();
    home.jeton(&["exec-credential"]).run().quiet();
    assert_eq!(emulator.count(), 4);
}

#[test]
fn where_the_lock_cannot_be_opened_the_token_is_cached_all_the_same() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.token(&[]).run().ok();
    let lock = home.cached(".lock").remove(0);
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let forced = home.token(&["--force-refresh"]).run();
    assert_says(forced.warning(), &["no lock"]);
    assert_eq!(home.token(&[]).run().quiet().stdout, forced.stdout);
    assert_eq!(emulator.count(), 2);
}
