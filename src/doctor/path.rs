//! Which jeton is found by its name.

use std::path::Path;

use super::Finding;
use crate::platform;
use crate::process;

pub(super) fn check() -> Vec<Finding> {
    const CHECK: &str = "PATH";
    let Ok(own) = std::env::current_exe() else { return Vec::new() };
    let shown = own.display();
    let found = process::on_path("jeton");
    let other = found.iter().find(|path| !is_same(path, &own));
    vec![match (found.first(), other) {
        (None, _) => Finding::warning(
            CHECK,
            format!(
                "no jeton is on PATH; this one is {shown}: tools that are set up with the name alone do not find it"
            ),
            "add its folder to PATH, or name its whole path in their settings",
        ),
        (Some(first), _) if !is_same(first, &own) => Finding::warning(
            CHECK,
            format!("{} comes first on PATH, and is another jeton than this one ({shown})", first.display()),
            "remove one of them, or change the order of PATH",
        ),
        (Some(_), Some(other)) => Finding::warning(
            CHECK,
            format!("there is another jeton on PATH behind this one: {}", other.display()),
            "remove it: who has another PATH may get that one",
        ),
        (Some(first), None) => Finding::ok(CHECK, first.display().to_string()),
    }]
}

/// Whether both names lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let metas = (one.metadata(), other.metadata());
    matches!(metas, (Ok(one), Ok(other)) if platform::same_file(&one, &other))
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
