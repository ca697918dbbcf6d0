//! The names of other programs under which jeton answers, through links, as SDKs call them.

mod accounts;
mod az;
mod azd;
mod databricks;
mod hand_on;
mod shim;

use std::path::{Path, PathBuf};

use jeton_emulator::Emulator;

use crate::support::{Home, Run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jeton");

/// A home at the emulator with links for `az` and `azd` in the folder `links`, which is all of PATH.
fn home(emulator: &Emulator) -> Home {
    linked(Home::at(emulator))
}

fn linked(mut home: Home) -> Home {
    let links = home.path("links");
    std::fs::create_dir(&links).expect("a folder");
    for name in ["az", "azd", "databricks"] {
        std::os::unix::fs::symlink(PROGRAM, links.join(name)).expect("a link");
    }
    home.set("PATH", &links);
    home
}

fn link(home: &Home, name: &str) -> PathBuf {
    home.path("links").join(name)
}

/// A run of the stand-in for `az` with the words of `line`.
fn az(home: &Home, line: &str) -> Run {
    home.run_as(&link(home, "az"), &line.split_whitespace().collect::<Vec<_>>())
}

fn azd(home: &Home, line: &str) -> Run {
    home.run_as(&link(home, "azd"), &line.split_whitespace().collect::<Vec<_>>())
}

/// Writes a script that can be run.
fn script(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, format!("#!/bin/sh\n{body}\n")).expect("a script");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("a mode");
}
