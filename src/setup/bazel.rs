//! Bazel: a `--credential_helper` for each host in `.bazelrc`, and the link by which Bazel finds jeton.

use std::path::Path;

use super::format::Format;
use super::{Draft, Plan, Program, hosts, place};
use crate::error::Result;
use crate::profile::Profile;

/// By this name jeton is a helper without arguments.
const HELPER: &str = "bazel-credential-jeton";

/// One line for each host.
pub(crate) fn plan(
    program: &Program,
    profile: Option<&Profile>,
    given: &[String],
    file: Option<&Path>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let hosts = hosts::of(given, profile, &mut plan)?;
    if hosts.is_empty() {
        return Err(hosts::missing("bazel", "cache.contoso.example"));
    }
    let mut draft = Draft::open(&file.map_or_else(place::bazel, |file| Ok(file.to_owned()))?, Format::Bazelrc)?;
    for host in &hosts {
        draft.set(&[&host.name], Some(&format!("common --credential_helper={}={HELPER}", host.name)))?;
    }
    plan.drafts.push(draft);
    program.need(HELPER, &mut plan);
    Ok(plan)
}
