//! A rotation that is killed, at each of its steps: the token in use is good all the time, and the next one ends what was
//! begun, with one token and no orphan.

use jeton_emulator::{Emulator, Fault};

use super::{CREATE, DELETE, ME, asked, kept, pat, values};
use crate::databricks::{TOKEN_PATH, assert_careful, home};
use crate::support::{Home, finish, wait_until};

/// Kills it while `fault` keeps the request to `path` from its answer, once `there` holds, and rotates again.
fn killed(path: &str, fault: Fault, there: impl Fn(&Emulator) -> bool, resumes: bool, creates: usize) {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci"]).ok().line().to_owned();
    // So that the token is asked for, too.
    for file in home.cached(".token") {
        std::fs::remove_file(file).expect("it works");
    }
    emulator.clear();
    emulator.script_for(path, fault);
    let mut child = home.jeton(&["pat", "rotate", "ci"]).spawn();
    wait_until("the request arrived", || asked(&emulator, path) == 1 && there(&emulator));
    child.kill().expect("it works");
    let output = finish(child);
    assert_ne!(output.code, 0, "{path}: it was killed");
    let now = kept(&home, "ci");
    assert!(values(&emulator).contains(&now), "{path}: the token in use is good");
    assert!(now == old || path == DELETE, "{path}: only a proven one is in use");

    let output = pat(&home, &["rotate", "ci", "--json"]).ok();
    assert_eq!(output.json()["outcome"], if resumes { "resumed" } else { "rotated" }, "{path}");
    assert_eq!(values(&emulator), [kept(&home, "ci")], "{path}: one token, the one in use");
    assert_ne!(kept(&home, "ci"), old, "{path}");
    assert_eq!(asked(&emulator, CREATE), creates, "{path}");
    assert_careful(&emulator, &output.stderr);
    // And it is over.
    let output = pat(&home, &["rotate", "ci", "--json"]).ok();
    assert_eq!(output.json()["outcome"], "rotated");
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
}

#[test]
fn before_it_has_a_token_to_ask_with() {
    killed(TOKEN_PATH, Fault::hang(), |_| true, false, 1);
}

#[test]
fn before_the_new_one_is_made() {
    killed(CREATE, Fault::hang(), |_| true, true, 2);
}

#[test]
fn after_the_new_one_is_made_and_before_anybody_knows_it() {
    killed(CREATE, Fault::lost(), |emulator| emulator.pats().len() == 2, true, 2);
}

#[test]
fn when_the_new_one_is_kept_and_not_proven() {
    killed(ME, Fault::hang(), |_| true, true, 1);
}

#[test]
fn when_the_new_one_is_proven_and_not_in_use() {
    killed(ME, Fault::lost(), |_| true, true, 1);
}

#[test]
fn when_the_new_one_is_in_use_and_the_old_one_good() {
    killed(DELETE, Fault::hang(), |_| true, true, 1);
}

#[test]
fn when_the_old_one_is_revoked_and_nobody_knows_it() {
    killed(DELETE, Fault::lost(), |emulator| emulator.pats().len() == 1, true, 1);
}

#[test]
fn when_the_new_one_is_refused_and_still_there() {
    refused(Fault::hang(), 2);
}

#[test]
fn when_the_new_one_is_refused_and_revoked_and_nobody_knows_it() {
    refused(Fault::lost(), 1);
}

/// Kills it while it takes back a token that was not accepted; there are this many tokens then.
fn refused(fault: Fault, there: usize) {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci"]).ok().line().to_owned();
    emulator.script(Fault::databricks(ME, 403, "PERMISSION_DENIED", "Invalid access token."));
    emulator.script_for(DELETE, fault);
    let mut child = home.jeton(&["pat", "rotate", "ci"]).spawn();
    wait_until("the request arrived", || asked(&emulator, DELETE) == 1 && emulator.pats().len() == there);
    child.kill().expect("it works");
    finish(child);
    assert_eq!(kept(&home, "ci"), old);
    // One that is good after all is used; one that is gone is given up, and the old one stays.
    let output = pat(&home, &["rotate", "ci"]);
    assert_eq!(output.code, if there == 2 { 0 } else { 6 }, "{}", output.stderr);
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
    assert_eq!(kept(&home, "ci") == old, there == 1);
    pat(&home, &["rotate", "ci"]).ok();
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
}

/// The record's file: the secret with a hash for a name.
fn record(home: &Home) -> std::path::PathBuf {
    let files = std::fs::read_dir(home.data_dir().join("secrets")).expect("it works");
    let is_record = |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.len() == "secret-".len() + 64);
    files.map(|file| file.expect("it works").path()).find(is_record).expect("a record")
}

/// Between swap and value there is no request at which it could be stopped; a folder in the value's place stops it there.
#[test]
fn between_the_swap_and_the_value_under_its_name() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let old = pat(&home, &["create", "--name", "ci"]).ok().line().to_owned();
    let place = home.data_dir().join("secrets/secret-ci");
    let value = std::fs::read(&place).expect("it works");
    std::fs::remove_file(&place).expect("it works");
    std::fs::create_dir_all(place.join("x")).expect("it works");
    pat(&home, &["rotate", "ci"]).fails(4);
    std::fs::remove_dir_all(&place).expect("it works");
    std::fs::write(&place, value).expect("it works");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600)).expect("it works");
    }
    // Swapped in the record alone: the old one is in use, and good.
    assert_eq!(kept(&home, "ci"), old);
    assert_eq!(values(&emulator).len(), 2);
    let swapped = std::fs::read(record(&home)).expect("it works");
    let output = pat(&home, &["rotate", "ci", "--json"]).ok();
    assert_eq!(output.json()["outcome"], "resumed");
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
    assert_eq!(asked(&emulator, CREATE), 2);
    // The next moment: the value is there, the record does not say so yet.
    std::fs::write(record(&home), swapped).expect("it works");
    let output = pat(&home, &["rotate", "ci", "--json"]).ok();
    assert_eq!(output.json()["outcome"], "resumed");
    assert_eq!(values(&emulator), [kept(&home, "ci")]);
    assert_eq!(asked(&emulator, CREATE), 2);
}
