//! Secrets that last, in plain files and with the kernel's keyring. What takes a keyring service is in
//! `tests/clients/gnome-keyring`.

use std::path::PathBuf;

use jeton_emulator::{CLIENT_SECRET, Emulator};

use crate::support::{Home, Output, finish};

/// What must never be seen.
const HUNTER: &str = "hunter2-never-shown";

/// A home whose secrets go where `store` says; an empty one leaves the choice to jeton.
fn home(store: &str) -> Home {
    let mut home = Home::new();
    home.set("JETON_SECRET_STORE", store);
    home
}

fn file(home: &Home, name: &str) -> PathBuf {
    home.data_dir().join("secrets").join(format!("secret-{name}"))
}

fn set(home: &Home, name: &str, secret: &str) -> Output {
    let output = home.jeton(&["secret", "set", name]).stdin(&format!("{secret}\n")).run();
    assert_eq!(output.stdout, "");
    assert!(!output.stderr.contains(secret), "{}", output.stderr);
    output
}

/// The secret as a profile would get it: moved to plain files first, whose content a test can read.
fn get(home: &Home, name: &str) -> Result<String, Output> {
    let args = ["secret", "set", "copy", "--from", &format!("keyring:{name}")];
    let output = home.jeton(&args).env("JETON_SECRET_STORE", "file").run();
    if output.code != 0 {
        return Err(output);
    }
    let text = std::fs::read_to_string(file(home, "copy")).expect("the copy");
    Ok(text.split_once('\n').expect("a header").1.to_owned())
}

fn list(home: &Home) -> serde_json::Value {
    home.jeton(&["secret", "list", "--json"]).run().ok().json()
}

#[test]
fn a_secret_is_kept_listed_replaced_and_removed() {
    let home = home("file");
    assert_eq!(list(&home), serde_json::json!([]));
    set(&home, "prod", HUNTER).ok();
    assert_eq!(get(&home, "prod").unwrap(), HUNTER);
    set(&home, "prod", "another").ok();
    assert_eq!(get(&home, "prod").unwrap(), "another");

    let shown = home.jeton(&["secret", "list"]).run().ok().stdout;
    assert!(shown.contains("prod") && shown.contains("file") && !shown.contains("another"), "{shown}");
    let entry = &list(&home)[1];
    assert_eq!((&entry["name"], &entry["store"]), (&"prod".into(), &"file".into()));
    assert!(entry["created_at"].as_str() <= entry["updated_at"].as_str());

    home.jeton(&["secret", "remove", "prod"]).run().ok();
    assert!(!file(&home, "prod").exists());
    let gone = home.jeton(&["secret", "remove", "prod"]).run().fails(4);
    assert!(gone.stderr.contains("jeton secret list"), "{}", gone.stderr);
    let gone = get(&home, "prod").unwrap_err().fails(4);
    assert!(gone.stderr.contains("jeton secret set prod"), "{}", gone.stderr);
}

#[test]
fn every_source_can_be_kept_and_none_is_an_argument() {
    let mut home = home("file");
    home.set("THE_SECRET", HUNTER);
    std::fs::write(home.path("s"), format!("{HUNTER}\n")).unwrap();
    for from in ["env:THE_SECRET", &format!("file:{}", home.path("s").display()), "command:echo $THE_SECRET"] {
        home.jeton(&["secret", "set", "a", "--from", from]).run().ok();
        assert_eq!(get(&home, "a").unwrap(), HUNTER);
    }
    for args in [&["secret", "set", "a", HUNTER][..], &["secret", "set", "a", "--value", HUNTER]] {
        home.jeton(args).run().fails(2);
    }
    let refused = home.jeton(&["secret", "set", "a", "--from", HUNTER]).run().fails(4);
    assert!(!refused.stderr.contains(HUNTER), "{}", refused.stderr);
    let empty = home.jeton(&["secret", "set", "a"]).stdin("\n").run().fails(4);
    assert!(empty.stderr.contains("empty"), "{}", empty.stderr);
}

#[test]
fn a_name_can_not_lead_out_of_the_folder() {
    let home = home("file");
    for name in ["../evil", "/tmp/evil", "a/b", "..", ".", "A", "a.b", ""] {
        home.jeton(&["secret", "set", name]).stdin("x\n").run().fails(4);
        home.jeton(&["secret", "remove", name]).run().fails(4);
    }
    assert!(!home.path("data").exists());
}

#[test]
fn a_profile_signs_in_with_a_kept_secret() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    home.set("JETON_SECRET_STORE", "file");
    let profile = ["profile", "create", "p", "--client-secret-from", "keyring:prod"];
    home.jeton(&profile).run().ok();
    let shown = |home: &Home| home.jeton(&["profile", "show", "p"]).run().ok().stdout;
    assert!(shown(&home).contains("keyring:prod (missing)"), "{}", shown(&home));
    let missing = home.token(&["-p", "p"]).run().fails(4);
    assert!(missing.stderr.contains("jeton secret set prod"), "{}", missing.stderr);

    set(&home, "prod", CLIENT_SECRET).ok();
    assert!(shown(&home).contains("keyring:prod (kept)"), "{}", shown(&home));
    let token = home.token(&["-p", "p"]).run().ok();

    // A hit needs none of it.
    std::fs::remove_dir_all(home.data_dir()).unwrap();
    home.set("JETON_SECRET_STORE", "nonsense");
    assert_eq!(home.token(&["-p", "p"]).run().ok(), token);
    assert!(!home.data_dir().exists());
}

#[test]
fn a_store_that_does_not_exist_is_an_error_that_lists_those_that_do() {
    let output = set(&home("libsecret"), "a", HUNTER).fails(4);
    assert!(output.stderr.contains("keyring, file, kernel"), "{}", output.stderr);
}

#[test]
fn without_a_keyring_files_are_used_after_one_notice() {
    let home = home("");
    let first = set(&home, "a", HUNTER).ok().stderr;
    assert!(first.contains("there is no keyring here") && first.contains("JETON_SECRET_STORE=file"), "{first}");
    let second = set(&home, "b", HUNTER).ok().stderr;
    assert!(!second.contains("there is no keyring here"), "{second}");
    assert_eq!(list(&home)[0]["store"], "file");
    assert_eq!(get(&home, "a").unwrap(), HUNTER);
}

#[test]
fn nobody_is_told_of_files_when_files_were_chosen_or_silence_was() {
    assert!(!set(&home("file"), "a", HUNTER).ok().stderr.contains("no keyring"));
    // Told to nobody, it is still to be told.
    let home = home("");
    let silent = home.jeton(&["secret", "set", "a", "--silent"]).stdin("x\n").run().ok();
    assert_eq!(silent.stderr, "");
    assert!(set(&home, "a", HUNTER).ok().stderr.contains("there is no keyring here"));
}

#[test]
fn a_keyring_that_was_asked_for_and_is_absent_is_an_error() {
    let output = set(&home("keyring"), "a", HUNTER).fails(4);
    assert!(output.stderr.contains("there is no keyring here"), "{}", output.stderr);
    assert!(output.stderr.contains("JETON_SECRET_STORE=file"), "{}", output.stderr);
}

#[cfg(unix)]
#[test]
fn files_are_private_and_what_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home("file");
    set(&home, "a", HUNTER).ok();
    let folder = home.data_dir().join("secrets");
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&file(&home, "a"))), (0o700, 0o600));

    for (path, loose, tight, command) in
        [(file(&home, "a"), 0o640, 0o600, "chmod 600"), (folder.clone(), 0o755, 0o700, "chmod 700")]
    {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(loose)).unwrap();
        let refused = get(&home, "a").unwrap_err().fails(4);
        assert!(refused.stderr.contains(&format!("{command} '{}'", path.display())), "{}", refused.stderr);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(tight)).unwrap();
        assert_eq!(get(&home, "a").unwrap(), HUNTER);
    }
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    set(&home, "b", HUNTER).fails(4);
    assert!(!file(&home, "b").exists());
}

#[test]
fn a_cut_file_is_set_aside_and_kept() {
    let home = home("file");
    set(&home, "a", HUNTER).ok();
    let bytes = std::fs::read(file(&home, "a")).unwrap();
    std::fs::write(file(&home, "a"), &bytes[..bytes.len() - 1]).unwrap();
    let output = get(&home, "a").unwrap_err().fails(4);
    assert!(output.stderr.contains("set aside"), "{}", output.stderr);
    assert!(output.stderr.contains("jeton secret set a"), "{}", output.stderr);
    let aside = home.data_dir().join("secrets/damaged-a");
    assert_eq!(std::fs::read(&aside).unwrap(), bytes[..bytes.len() - 1]);
    set(&home, "a", "new").ok();
    assert_eq!(get(&home, "a").unwrap(), "new");
    home.jeton(&["secret", "remove", "a"]).run().ok();
    assert!(!aside.exists());
}

#[test]
fn a_file_in_another_ones_place_is_not_read() {
    let home = home("file");
    set(&home, "a", HUNTER).ok();
    set(&home, "b", "other").ok();
    std::fs::copy(file(&home, "a"), file(&home, "b")).unwrap();
    assert!(get(&home, "b").unwrap_err().fails(4).stderr.contains("belongs to another secret"));
    assert_eq!(get(&home, "a").unwrap(), HUNTER);
}

#[test]
fn a_file_of_a_newer_jeton_is_left_alone() {
    let home = home("file");
    set(&home, "a", HUNTER).ok();
    let newer = "{\"jeton_secret\":2}\nx";
    std::fs::write(file(&home, "a"), newer).unwrap();
    assert!(get(&home, "a").unwrap_err().fails(4).stderr.contains("newer version"));
    assert_eq!(std::fs::read_to_string(file(&home, "a")).unwrap(), newer);
}

#[test]
fn processes_that_keep_different_secrets_do_not_disturb_each_other() {
    let home = home("file");
    let names: Vec<String> = (0..16).map(|n| format!("n{n}")).collect();
    let runs: Vec<_> =
        names.iter().map(|name| home.jeton(&["secret", "set", name]).stdin(&format!("s-{name}\n")).spawn()).collect();
    runs.into_iter().for_each(|run| drop(finish(run).ok()));
    for name in &names {
        assert_eq!(get(&home, name).unwrap(), format!("s-{name}"));
    }
    let left = std::fs::read_dir(home.data_dir().join("secrets")).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.contains(".tmp-")), "{left:?}");
}

#[cfg(not(target_os = "linux"))]
#[test]
fn a_kernel_without_keys_is_an_error_that_says_so() {
    let output = set(&home("kernel"), "a", HUNTER).fails(4);
    assert!(output.stderr.contains("only Linux"), "{}", output.stderr);
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::io::Write as _;
    use std::sync::{Mutex, MutexGuard};

    use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};

    use super::*;

    const DATA_KEY: &str = "jeton:data-key";

    /// The user's keyring is one for all tests of this process.
    static KEYRING: Mutex<()> = Mutex::new(());

    /// The kernel's keyring without jeton's key. A key that was there before the test is put back after it.
    struct Kernel {
        user: KeyRing,
        before: Option<Vec<u8>>,
        _alone: MutexGuard<'static, ()>,
    }

    impl Kernel {
        /// `None` on a machine that does not let programs use it: a try says so.
        fn empty() -> Option<Self> {
            let alone = KEYRING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let probe = || {
                let process = KeyRing::from_special_id(KeyRingIdentifier::Process, true)?;
                let user = KeyRing::from_special_id(KeyRingIdentifier::User, true)?;
                process.link_keyring(user)?;
                user.unlink_key(user.add_key("jeton:probe", b"probe")?)?;
                Ok::<_, KeyError>(user)
            };
            match probe() {
                Ok(user) => {
                    let before = user.search(DATA_KEY).ok().map(|key| key.read_to_vec().expect("the kernel keyring"));
                    let kernel = Self { user, before, _alone: alone };
                    kernel.forget();
                    Some(kernel)
                }
                Err(error) => {
                    let _ =
                        writeln!(std::io::stdout(), "NOT TESTED: the kernel keyring can't be used here ({error:?})");
                    None
                }
            }
        }

        /// What a restart does.
        fn forget(&self) {
            if let Ok(key) = self.user.search(DATA_KEY) {
                self.user.unlink_key(key).expect("the kernel keyring");
            }
        }
    }

    impl Drop for Kernel {
        fn drop(&mut self) {
            self.forget();
            if let Some(before) = &self.before {
                self.user.add_key(DATA_KEY, before).expect("the kernel keyring");
            }
        }
    }

    #[test]
    fn secrets_are_sealed_and_read_whatever_the_choice_is_now() {
        let Some(kernel) = Kernel::empty() else { return };
        let home = home("kernel");
        set(&home, "a", HUNTER).ok();
        let bytes = std::fs::read(file(&home, "a")).unwrap();
        assert!(!bytes.windows(HUNTER.len()).any(|window| window == HUNTER.as_bytes()));
        assert_eq!(list(&home)[0]["store"], "kernel");
        // (`get` has another choice.)
        assert_eq!(get(&home, "a").unwrap(), HUNTER);
        // Kept anew with that choice, it moves.
        home.jeton(&["secret", "set", "a", "--from", "keyring:a"]).env("JETON_SECRET_STORE", "file").run().ok();
        kernel.forget();
        assert_eq!(list(&home)[0]["store"], "file");
        assert_eq!(get(&home, "a").unwrap(), HUNTER);
    }

    #[test]
    fn a_lost_key_is_told_and_the_secret_can_be_kept_anew() {
        let Some(kernel) = Kernel::empty() else { return };
        let home = home("kernel");
        set(&home, "a", HUNTER).ok();
        let old = std::fs::read(file(&home, "a")).unwrap();
        kernel.forget();
        let lost = get(&home, "a").unwrap_err().fails(4).stderr;
        assert!(lost.contains("no longer in the kernel keyring") && lost.contains("jeton secret set a"), "{lost}");
        assert_eq!(std::fs::read(file(&home, "a")).unwrap(), old);
        set(&home, "a", "new").ok();
        assert_eq!(get(&home, "a").unwrap(), "new");
        assert_eq!(std::fs::read(home.data_dir().join("secrets/damaged-a")).unwrap(), old);
    }

    #[test]
    fn a_changed_byte_or_label_is_noticed() {
        let Some(_kernel) = Kernel::empty() else { return };
        let home = home("kernel");
        set(&home, "a", HUNTER).ok();
        let bytes = std::fs::read(file(&home, "a")).unwrap();
        let label = bytes.windows(8).position(|window| window == b"\"secret\"").unwrap() + 1;
        for at in [label, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(file(&home, "a"), &changed).unwrap();
            let output = get(&home, "a").unwrap_err().fails(4).stderr;
            assert!(output.contains("damaged") && output.contains("set aside"), "{output}");
            std::fs::rename(home.data_dir().join("secrets/damaged-a"), file(&home, "a")).unwrap();
            std::fs::write(file(&home, "a"), &bytes).unwrap();
        }
        assert_eq!(get(&home, "a").unwrap(), HUNTER);
    }

    #[test]
    fn twenty_processes_at_once_make_one_key() {
        let Some(_kernel) = Kernel::empty() else { return };
        let home = home("kernel");
        let names: Vec<String> = (0..20).map(|n| format!("n{n}")).collect();
        let runs: Vec<_> = names.iter().map(|name| home.jeton(&["secret", "set", name]).stdin("s\n").spawn()).collect();
        runs.into_iter().for_each(|run| drop(finish(run).ok()));
        for name in &names {
            assert_eq!(get(&home, name).unwrap(), "s");
        }
    }
}
