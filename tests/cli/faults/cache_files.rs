//! A cache that is damaged, foreign, open to others, full or not to be written: never a crash, never a loop.

use std::path::Path;

use jeton_emulator::Emulator;
use serde_json::json;

use super::both;
use crate::expect::assert_says;
use crate::support::{Home, rewrite_token};

/// A home with a token in its cache, in a file that `damage` then damages.
fn damaged(damage: impl Fn(&Home, &Path)) -> (Emulator, Home) {
    let (emulator, home) = both();
    home.token(&[]).run().quiet();
    damage(&home, &home.token_file());
    (emulator, home)
}

/// After `damage` the next call warns once, sets the file aside and fetches; the one after it is silent and asks nobody.
/// In a protocol not even the first of them says anything.
#[track_caller]
fn heals(words: &str, damage: impl Fn(&Home, &Path)) {
    let (emulator, home) = damaged(&damage);
    let file = home.token_file();
    let second = home.token(&[]).run();
    assert_says(second.warning(), &[&file.display().to_string(), words]);
    assert_eq!(emulator.issued_tokens()[1], second.line());
    assert_eq!(home.cached(".damaged").len(), 1);
    assert_eq!(home.token(&[]).run().quiet().stdout, second.stdout);
    assert_eq!(emulator.count(), 2);

    let (emulator, home) = damaged(&damage);
    let protocol = ["exec-credential", "--scope", "databricks"];
    let second = home.jeton(&protocol).run().quiet();
    assert_eq!(home.jeton(&protocol).run().quiet(), second);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn a_corrupt_file_is_replaced() {
    heals("damaged", |_, file| {
        let mut text = std::fs::read(file).unwrap();
        let middle = text.len() / 2;
        text[middle] ^= 1;
        std::fs::write(file, text).unwrap();
    });
}

#[test]
fn a_truncated_file_is_replaced() {
    heals("damaged", |_, file| {
        let text = std::fs::read(file).unwrap();
        std::fs::write(file, &text[..text.len() - 20]).unwrap();
    });
}

#[test]
fn an_empty_file_is_replaced() {
    heals("damaged", |_, file| std::fs::write(file, "").unwrap());
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    heals("damaged", |_, file| std::fs::write(file, [0, 0xff, 0xfe, b'\n'].repeat(1000)).unwrap());
}

#[test]
fn a_huge_file_is_replaced() {
    heals("damaged", |_, file| std::fs::File::options().write(true).open(file).unwrap().set_len(1 << 33).unwrap());
}

#[test]
fn a_file_of_a_newer_version_is_replaced() {
    heals("newer version", |_, file| rewrite_token(file, |header| header["jeton"] = json!(2)));
}

#[test]
fn the_entry_of_another_key_is_replaced() {
    heals("another token", |home, file| {
        let first = std::fs::read(file).unwrap();
        std::fs::remove_file(file).unwrap();
        // A key of the same kind: the wrong token would fit everywhere.
        rewrite(file, &first, |header| header["key"] = json!("0".repeat(64)));
        assert!(home.token_file() == file);
    });
}

/// Writes `text` to `file` with another header.
fn rewrite(file: &Path, text: &[u8], change: impl FnOnce(&mut serde_json::Value)) {
    #[cfg(unix)]
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    std::io::Write::write_all(&mut options.open(file).expect("a new file"), text).expect("a whole file");
    rewrite_token(file, change);
}

#[test]
fn a_folder_in_the_place_of_the_file_is_replaced() {
    heals("is not a file", |_, file| {
        std::fs::remove_file(file).unwrap();
        std::fs::create_dir(file).unwrap();
        std::fs::write(file.join("something"), "of somebody's").unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    for mode in [0o644, 0o660, 0o606] {
        heals("open to other users", |_, file| {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        });
    }
}

#[cfg(unix)]
#[test]
fn a_file_of_another_user_is_replaced() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can give a file away");
        return;
    }
    heals("belongs to another user", |_, file| std::os::unix::fs::chown(file, Some(65_534), None).unwrap());
}

#[test]
fn what_was_set_aside_is_kept_for_a_look_and_never_used() {
    let (emulator, home) = damaged(|_, file| std::fs::write(file, "of somebody's").unwrap());
    home.token(&[]).run().ok();
    let aside = home.cached(".damaged").remove(0);
    assert_eq!(std::fs::read(&aside).unwrap(), b"of somebody's");
    // A second time, and once more where a folder is in the way.
    std::fs::write(home.token_file(), "again").unwrap();
    home.token(&[]).run().warning();
    assert_eq!(std::fs::read(&aside).unwrap(), b"again");
    std::fs::remove_file(&aside).unwrap();
    std::fs::create_dir(&aside).unwrap();
    std::fs::write(home.token_file(), "and again").unwrap();
    home.token(&[]).run().warning();
    home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), 4);
}

#[cfg(unix)]
#[test]
fn a_cache_folder_that_is_open_to_others_is_refused_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (emulator, home) = both();
    std::fs::create_dir(home.cache_dir()).unwrap();
    std::fs::set_permissions(home.cache_dir(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let mend = format!("chmod 700 '{}'", home.cache_dir().display());
    for command in ["token", "exec-credential"] {
        let stderr = home.jeton(&[command, "--scope", "databricks"]).run().refusal(4);
        assert_says(&stderr, &["cache folder", "mode 777", &mend]);
    }
    assert_eq!(emulator.count(), 0);
    let mended = std::process::Command::new("/bin/sh").args(["-c", &mend]).status().unwrap();
    assert!(mended.success());
    home.token(&[]).run().quiet();
}

#[cfg(unix)]
#[test]
fn the_folder_and_all_files_in_it_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_emulator, home) = both();
    home.token(&[]).run().quiet();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.cache_dir()), 0o700);
    for file in home.cached("") {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn without_write_access_to_the_cache_the_token_comes_all_the_same() {
    let (emulator, mut home) = both();
    std::fs::write(home.path("file"), "no folder").unwrap();
    home.set("JETON_CACHE_DIR", home.path("file").join("cache"));
    let output = home.token(&[]).run().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    let warnings: Vec<_> = output.stderr.lines().collect();
    assert!(warnings.iter().all(|line| line.starts_with("jeton: warning: ")), "{warnings:?}");
    assert_says(&output.stderr, &["can't be cached", "every call will fetch a new one"]);
    assert!(!output.stderr.contains("set aside"), "nothing was: {warnings:?}");
    home.token(&["--silent"]).run().quiet();
    home.jeton(&["exec-credential", "--scope", "databricks"]).run().quiet();
    assert_eq!(emulator.count(), 3);
}

#[cfg(unix)]
#[test]
fn a_hit_needs_no_write_access() {
    use std::os::unix::fs::PermissionsExt as _;
    let (emulator, home) = both();
    let first = home.token(&[]).run().quiet();
    // Without a lock file and all the rest, nothing but the entry.
    for file in home.cached("") {
        if file != home.token_file() {
            std::fs::remove_file(file).unwrap();
        }
    }
    let lock = |mode| std::fs::set_permissions(home.cache_dir(), std::fs::Permissions::from_mode(mode)).unwrap();
    lock(0o500);
    let second = home.token(&[]).run();
    lock(0o700);
    assert_eq!(second.quiet(), first);
    assert_eq!((emulator.count(), home.cached("").len()), (1, 1));
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_the_token_comes_all_the_same() {
    let (emulator, home) = both();
    // A file system of its own, seen by this one process and gone with it.
    let script = "\
        mkdir -p \"$JETON_CACHE_DIR\" && mount -t tmpfs -o size=8k,mode=700 none \"$JETON_CACHE_DIR\" || exit 77
        head -c 100000 /dev/zero >\"$JETON_CACHE_DIR/filler\" 2>/dev/null
        \"$@\"; code=$?; ls \"$JETON_CACHE_DIR\" >listing; exit $code";
    let run = home.token(&[]);
    let mut command = std::process::Command::new("/usr/bin/unshare");
    command.args(["--mount", "/bin/sh", "-c", script, "sh"]).arg(run.command.get_program());
    command.args(run.command.get_args()).current_dir(home.path("")).env_clear();
    command.envs(run.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(output) = command.output() else {
        println!("skipped: there is no unshare");
        return;
    };
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if emulator.count() == 0 && matches!(output.status.code(), Some(1 | 77)) && !stderr.contains("jeton:") {
        println!("skipped: nothing can be mounted here ({})", stderr.trim());
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(emulator.issued_tokens(), [stdout.trim_end()]);
    assert_says(&stderr, &["jeton: warning: ", "can't be cached", "No space left"]);
    let listing = std::fs::read_to_string(home.path("listing")).unwrap();
    assert!(!listing.contains(".token") && !listing.contains(".tmp-"), "{listing}");
}
