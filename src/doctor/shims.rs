//! The links under which jeton stands in for other programs: whether they run, and whether nothing comes before them.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::process;
use crate::program::{Own, is_a_jeton};

const CHECK: &str = "shim";

/// Those of `names` that are set up.
pub(super) fn check(names: &[&str]) -> Vec<Finding> {
    let Some(own) = Own::find() else { return Vec::new() };
    names.iter().filter_map(|name| look(name, &own)).collect()
}

fn look(name: &str, own: &Own) -> Option<Finding> {
    if let Some(link) = dangling(name) {
        let folder = link.parent().unwrap_or(&link).display();
        let text = format!("{} leads to a jeton that is not there", link.display());
        return Some(Finding::fail(CHECK, text, format!("jeton shim install {name} --dir '{folder}'")));
    }
    let found = process::on_path(name);
    let (at, link) = found.iter().enumerate().find(|(_, path)| is_jeton(path, own))?;
    let shown = link.display();
    Some(match (found.first(), own.is(link)) {
        (Some(first), _) if at > 0 => Finding::warning(
            CHECK,
            format!("{} comes first on PATH, before jeton's {shown}: tools ask that one", first.display()),
            format!("put the folder of {shown} first on PATH; see jeton shim list"),
        ),
        (_, false) => Finding::warning(
            CHECK,
            format!("{shown} is another jeton than this one"),
            format!("jeton shim install {name} --dir '{}'", link.parent().unwrap_or(link).display()),
        ),
        _ => Finding::ok(CHECK, format!("{shown} is jeton")),
    })
}

/// Whether the program is this one, or another jeton.
pub(super) fn is_jeton(path: &Path, own: &Own) -> bool {
    own.is(path) || is_a_jeton(path)
}

/// The first link of that name in PATH's folders to a jeton that is gone.
fn dangling(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let links =
        std::env::split_paths(&path).map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
    links.into_iter().find(|link| {
        let leads_to_jeton = std::fs::read_link(link)
            .is_ok_and(|target| target.file_stem().is_some_and(|name| name.eq_ignore_ascii_case("jeton")));
        leads_to_jeton && link.metadata().is_err()
    })
}
