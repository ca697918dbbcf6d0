//! A hit needs the cached file and nothing else: no network, no lock, no writable disk, no tidy folder.

use std::fs::File;
use std::time::{Duration, SystemTime};

use jeton_emulator::{AWKWARD_CLIENT_ID, CLIENT_ID, Emulator};

use crate::crowd::Crowd;
use crate::support::Home;

/// A home with a cached token, what a call for it says, and no emulator any more.
fn warm() -> (Home, crate::support::Output) {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let first = home.token(&[]).run().ok();
    (home, first)
}

#[test]
fn a_hit_needs_no_network() {
    let (home, first) = warm();
    assert_eq!(home.token(&[]).run(), first);
}

#[cfg(unix)]
#[test]
fn a_hit_works_in_a_folder_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, first) = warm();
    let mode = |mode| std::fs::set_permissions(home.cache_dir(), std::fs::Permissions::from_mode(mode)).unwrap();
    let files = home.cached("");
    let changed = || std::fs::metadata(home.cache_dir()).unwrap().modified().unwrap();
    let before = changed();
    mode(0o500);
    let hit = home.token(&[]).run();
    mode(0o700);
    assert_eq!(hit, first);
    // (The superuser could have written.)
    assert_eq!((home.cached(""), changed()), (files, before));
}

#[test]
fn a_hit_takes_no_lock() {
    let (home, first) = warm();
    let lock = home.token_file().with_extension("lock");
    let held = File::options().read(true).write(true).open(lock).unwrap();
    held.lock().unwrap();
    let hit = Crowd::start([home.token(&[])]).finish().remove(0);
    assert_eq!(hit.output, first);
    assert!(!hit.steps.contains("lock:"), "{}", hit.steps);
    let missed = home.token(&["--force-refresh"]).env("JETON_LOCK_TIMEOUT", "100ms").run();
    missed.fails(5);
}

#[test]
fn a_hit_is_right_among_ten_thousand_other_files() {
    let (home, first) = warm();
    let text = std::fs::read(home.token_file()).unwrap();
    for number in 0..10_000_u32 {
        std::fs::write(home.cache_dir().join(format!("{number:064x}.token")), &text[..100]).unwrap();
    }
    assert_eq!(home.token(&[]).run(), first);
}

/// profiles.json with 10,000 profiles; the one in the middle, `p5000`, is for `client`.
fn write_profiles(home: &Home, client: &str) {
    let profiles: Vec<String> = (0..10_000)
        .map(|number| {
            let client = if number == 5000 { client } else { "00000000-0000-0000-0000-000000000000" };
            format!(r#""p{number}":{{"client_id":"{client}","scopes":["databricks"]}}"#)
        })
        .collect();
    home.profiles(&format!(r#"{{"version":1,"profiles":{{{}}}}}"#, profiles.join(",")));
}

#[test]
fn one_profile_of_ten_thousand_is_found_and_its_change_is_seen() {
    let emulator = Emulator::start();
    emulator.add_app(jeton_emulator::App::new(AWKWARD_CLIENT_ID).secret(jeton_emulator::CLIENT_SECRET));
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_ID");
    home.set("JETON_CLIENT_SECRET", jeton_emulator::CLIENT_SECRET);
    let profiles = home.config_dir().join("profiles.json");
    let last_client =
        || emulator.token_requests().pop().and_then(|request| request.field("client_id").map(str::to_owned));
    let call = || home.jeton(&["token", "-p", "p5000"]).run().ok();
    // A file so new that a second change could bear the same time is not believed: this one is older.
    let settle = |seconds| {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        File::options().write(true).open(&profiles).unwrap().set_modified(then).unwrap();
    };

    write_profiles(&home, CLIENT_ID);
    settle(60);
    let first = call();
    assert_eq!(last_client().as_deref(), Some(CLIENT_ID));
    assert_eq!(call(), first);
    assert_eq!(std::fs::read_dir(home.cache_dir().join("profiles")).unwrap().count(), 1, "a snapshot is kept");

    // The same length, in the same place: only the time tells.
    write_profiles(&home, AWKWARD_CLIENT_ID);
    let second = call();
    assert_ne!(second, first);
    assert_eq!(last_client().as_deref(), Some(AWKWARD_CLIENT_ID));
    settle(30);
    assert_eq!(call(), second);
    assert_eq!(emulator.count(), 2);

    // That the rest of the file is not even looked at makes the cost of a hit the same with any number of profiles.
    let length = std::fs::metadata(&profiles).unwrap().len();
    let modified = std::fs::metadata(&profiles).unwrap().modified().unwrap();
    let file = File::options().write(true).open(&profiles).unwrap();
    file.set_len(0).unwrap();
    file.set_len(length).unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(call(), second);
}
