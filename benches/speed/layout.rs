//! Writes the linker script that lays the code of a cache hit together (`link/first.ld`), from what valgrind saw run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Run;

/// The target whose programs are linked by the script.
const TARGET: &str = "x86_64-unknown-linux-musl";

const HEAD: &str = "\
/* The functions that a cache hit runs, of all protocols, laid together at the start of the code: the system maps a
   program in pieces of 64 KiB around what is touched, and spread over the whole program they touch nearly all of it.
   A name that is not there (another compiler, another version of a crate) is passed over.

   Written by `cargo bench --bench speed -- --layout`. */
SECTIONS
{
  .text.first :
  {
";

const TAIL: &str = "  }\n}\nINSERT BEFORE .text;\n";

/// Builds the program with its symbols. Gives its path.
pub(crate) fn build(root: &Path, target: &Path) -> PathBuf {
    let folder = target.join("layout");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--release", "--package", "jeton", "--bin", "jeton"]);
    cargo.args(["--target", TARGET, "--target-dir"]).arg(&folder).current_dir(root);
    assert!(cargo.env("CARGO_PROFILE_RELEASE_STRIP", "none").status().expect("cargo").success());
    folder.join(TARGET).join("release").join("jeton")
}

/// Runs each of `hits` under valgrind, once its token is in the cache, and writes the script to `link/first.ld` below
/// `root`.
pub(crate) fn write(root: &Path, hits: &[Run]) {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = folder.path().join("seen");
    let out = format!("--callgrind-out-file={}", seen.display());
    let mut patterns = BTreeSet::new();
    for hit in hits {
        assert!(hit.is_right(), "{:?} fails", hit.command.get_args());
        let options = ["--tool=callgrind", "--demangle=no", "--compress-strings=no", &out];
        let mut valgrind = hit.under(Some(("valgrind", &options)));
        assert!(valgrind.stderr(Stdio::null()).status().is_ok(), "valgrind does not run");
        let text = fs::read_to_string(&seen).expect("what valgrind saw");
        let names = text.lines().filter_map(|line| line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn=")));
        patterns.extend(names.filter_map(pattern));
    }
    let lines: String = patterns.iter().map(|pattern| format!("    *(.text.{pattern})\n")).collect();
    let path = root.join("link").join("first.ld");
    fs::write(&path, format!("{HEAD}{lines}{TAIL}")).expect("link/first.ld");
    println!("{} functions in {}", patterns.len(), path.display());
}

/// The mangled name of a Rust function without its hashes, which change with every version of compiler and crate: in
/// legacy names the last part, in those of the v0 scheme the disambiguators of crates. C has no section a function.
fn pattern(name: &str) -> Option<String> {
    if name.starts_with("_ZN") {
        let (path, _) = name.rsplit_once("17h")?;
        return Some(format!("{path}17h*"));
    }
    if !name.starts_with("_R") {
        return None;
    }
    let mut parts = name.split("Cs");
    let mut pattern = parts.next()?.to_owned();
    for part in parts {
        match part.split_once('_') {
            Some((hash, rest)) if (6..15).contains(&hash.len()) && rest.starts_with(|c: char| c.is_ascii_digit()) => {
                pattern += "Cs*_";
                pattern += rest;
            }
            _ => {
                pattern += "Cs";
                pattern += part;
            }
        }
    }
    Some(pattern)
}
