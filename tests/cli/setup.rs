//! `jeton setup`: other tools' files, changed after showing how, and taken back.

mod kubectl;
mod receipt;
#[cfg(target_os = "linux")]
mod serve;
mod tools;

use std::path::PathBuf;

use crate::support::{Home, Run};

/// Profiles that the tests name.
const PROFILES: &str = r#"{"version": 1, "profiles": {
    "dev": {"tenant": "t", "hosts": ["dev.azure.com/contoso", "git.example"]},
    "registry": {"tenant": "t", "hosts": ["contoso.azurecr.io", "*.example.azurecr.io"]},
    "aws": {"tenant": "t", "aws_role_arn": "arn:aws:iam::123456789012:role/r"},
    "dbx": {"tenant": "t", "client_id": "c", "client_secret": "env:S", "hosts": ["adb-1.2.azuredatabricks.net"]}
}}"#;

/// A home with jeton on its PATH, and profiles.
pub(crate) fn home() -> Home {
    let mut home = Home::new();
    home.profiles(PROFILES);
    std::fs::create_dir(home.path("bin")).expect("it works");
    let link = home.link("bin/jeton");
    assert!(link.exists());
    let path =
        std::env::join_paths([home.path("bin"), PathBuf::from("/usr/bin"), PathBuf::from("/bin")]).expect("it works");
    home.set("PATH", path);
    home
}

/// `jeton setup` with these arguments, by the name on PATH.
pub(crate) fn setup(home: &Home, line: &str) -> Run {
    let args: Vec<&str> = std::iter::once("setup").chain(line.split_whitespace()).collect();
    home.run_as(&home.path(&format!("bin/jeton{}", std::env::consts::EXE_SUFFIX)), &args)
}

pub(crate) fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn write(home: &Home, name: &str, text: &str) {
    let path = home.path(name);
    std::fs::create_dir_all(path.parent().expect("it works")).expect("it works");
    std::fs::write(path, text).expect("it works");
}

/// Sets up `line`, sees the file's new text, that a second run changes nothing, and that `--undo` brings back the old one.
#[track_caller]
pub(crate) fn there_and_back(home: &Home, line: &str, file: &str, before: Option<&str>, after: &str) {
    if let Some(before) = before {
        write(home, file, before);
    }
    let tool = line.split(' ').next().expect("it works");
    let diff = setup(home, &format!("{line} --dry-run")).run().ok().stdout;
    assert_eq!(std::fs::read_to_string(home.path(file)).ok().as_deref(), before, "a dry run changes nothing");
    let said = setup(home, &format!("{line} --yes")).run().ok();
    assert_eq!(said.stdout, "");
    assert!(said.stderr.contains(&diff) && said.stderr.contains("--undo"), "{}", said.stderr);
    assert_eq!(read(home, file), after);
    // What a patch of the diff would give, it gave.
    for line in after.lines().filter(|line| !before.unwrap_or_default().contains(line)) {
        assert!(diff.contains(&format!("+{line}\n")), "{line:?} is not in {diff}");
    }
    let again = setup(home, &format!("{line} --yes")).run().ok();
    assert!(again.stderr.contains("set up already"), "{}", again.stderr);
    assert_eq!(read(home, file), after);
    assert_eq!(setup(home, &format!("{line} --dry-run")).run().ok().stdout, "");
    setup(home, &format!("{tool} --undo --yes")).run().ok();
    assert_eq!(std::fs::read_to_string(home.path(file)).ok().as_deref(), before);
    let left = home
        .path(file)
        .with_file_name(format!("{}.jeton-backup", home.path(file).file_name().expect("it works").display()));
    assert!(!left.exists(), "the backup of what is back stays");
}
