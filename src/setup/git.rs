//! git: `credential.<url>.helper` in the user's configuration.

use std::path::Path;

use super::format::Format;
use super::{Draft, Plan, Program, hosts, place};
use crate::error::Result;
use crate::profile::Profile;

/// The helpers of each host: an empty one, which takes back those for all hosts, and jeton (gitcredentials(7)).
pub(crate) fn plan(
    program: &Program,
    profile: Option<&Profile>,
    given: &[String],
    file: Option<&Path>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let given = match (given, profile) {
        ([], None) => &["dev.azure.com".to_owned()][..],
        (given, _) => given,
    };
    let mut hosts = hosts::of(given, profile, &mut plan)?;
    if hosts.is_empty() {
        hosts = hosts::of(&["dev.azure.com".to_owned()], None, &mut plan)?;
    }
    let mut args = vec!["git"];
    if let Some(profile) = profile {
        args.extend(["-p", &profile.name]);
    }
    // git hands the rest of a line with `!` to its shell, which is one of Unix everywhere.
    let helper = quoted(&format!("!{}", program.line(&args).replace('\\', "/")));
    let mut draft = Draft::open(&file.map_or_else(place::git, |file| Ok(file.to_owned()))?, Format::Git)?;
    for host in hosts {
        let section = format!("credential \"{}://{}\"", host.scheme, host.name);
        draft.ensure(&[&section], "")?;
        draft.set(&[&section, "helper"], Some(&format!("\thelper =\n\thelper = {helper}")))?;
        if host.has_path {
            draft.set(&[&section, "usehttppath"], Some("\tuseHttpPath = true"))?;
        }
    }
    plan.drafts.push(draft);
    Ok(plan)
}

/// A value in quotes where git would take a part of it for something else (git-config(1), Syntax).
fn quoted(value: &str) -> String {
    if value.contains(['#', ';', '"', '\\']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}
