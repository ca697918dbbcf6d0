//! Docker, podman and their kin: `credHelpers` in config.json, and the link by which they find jeton.

use std::path::Path;

use super::format::Format;
use super::{Draft, Plan, Program, hosts, place};
use crate::error::Result;
use crate::profile::Profile;

/// One member for each registry (docker/cli, `cli/config/configfile`).
pub(crate) fn plan(
    program: &Program,
    profile: Option<&Profile>,
    given: &[String],
    file: Option<&Path>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let (wide, hosts): (Vec<_>, Vec<_>) =
        hosts::of(given, profile, &mut plan)?.into_iter().partition(|host| host.name.contains('*'));
    for host in wide {
        plan.notes.push(format!("Docker knows no pattern such as {}: name each registry with --host", host.name));
    }
    if hosts.is_empty() {
        return Err(hosts::missing("docker", "contoso.azurecr.io"));
    }
    let mut draft = Draft::open(&file.map_or_else(place::docker, |file| Ok(file.to_owned()))?, Format::Json)?;
    draft.ensure(&["credHelpers"], "{}")?;
    for host in &hosts {
        draft.set(&["credHelpers", &host.name], Some("\"jeton\""))?;
    }
    plan.drafts.push(draft);
    program.need("docker-credential-jeton", &mut plan);
    Ok(plan)
}
