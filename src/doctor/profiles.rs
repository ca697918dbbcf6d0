//! profiles.json: whether it can be read, who may write to it, and what its fields hold.

use super::{Examination, Finding};
use crate::environment;
use crate::platform;
use crate::profile::{FIELDS, Store};

const CHECK: &str = "profiles";

/// The names of the profiles that the other checks are about, and the findings.
pub(super) fn check(examination: &Examination<'_>, store: &Store) -> (Vec<String>, Vec<Finding>) {
    let mut findings = Vec::new();
    if let Ok(meta) = std::fs::metadata(store.path())
        && let Some(distrust) = platform::open_to_writers(store.path(), &meta)
    {
        findings.push(Finding::fail(CHECK, distrust.what, distrust.mend));
    }
    let document = match store.load() {
        Ok(document) => document,
        Err(error) => {
            findings.push(Finding::of(CHECK, &error));
            return (Vec::new(), findings);
        }
    };
    let all: Vec<String> = document.profiles().map(|profile| profile.name).collect();
    let default = environment::profile();
    // The one that is meant, also where the environment means it.
    for name in examination.profile.map(str::to_owned).into_iter().chain(default) {
        if !all.contains(&name) {
            findings.push(Finding::of(CHECK, &document.not_found(&name, store.path())));
        }
    }
    let named: Vec<String> = match examination.profile {
        Some(name) => all.iter().filter(|known| *known == name).cloned().collect(),
        None => all,
    };
    let shown = store.path().display();
    let count = document.profiles().count();
    findings.push(Finding::ok(CHECK, format!("{shown} has {count} of them")));
    for name in &named {
        let Some(profile) = document.get(name) else { continue };
        for field in profile.unknown() {
            findings.push(Finding::warning(
                CHECK,
                format!("the profile {name:?} has a field {field:?} that this version of jeton does not know"),
                "check its spelling (jeton profile show), or use the version that wrote it",
            ));
        }
        for spec in FIELDS {
            if let Err(error) = profile.check_field(spec.field) {
                let text = format!("the profile {name:?}, {}: {}", spec.key, error.message);
                findings.push(Finding { text, ..Finding::of(CHECK, &error) });
            }
        }
    }
    (named, findings)
}
