//! AWS CLI and SDKs: `credential_process` of a profile in their config file.

use std::path::{Path, PathBuf};

use super::format::Format;
use super::{Draft, Plan, Program, place};
use crate::error::{Error, Result};
use crate::profile::{Field, Profile};

/// What botocore and its kin look at before they run a process.
const SOONER: &[&str] =
    &["role_arn", "source_profile", "credential_source", "web_identity_token_file", "sso_session", "sso_start_url"];

/// The process of one of AWS's profiles.
pub(crate) fn plan(program: &Program, profile: Option<&Profile>, section: &str, file: Option<&Path>) -> Result<Plan> {
    if section.is_empty()
        || section.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '[' | ']' | '"' | '\''))
    {
        return Err(Error::usage(format!("{section:?} can't be the name of a profile of AWS's"))
            .hint("use letters, digits, dashes and underscores"));
    }
    let mut plan = Plan::default();
    let mut args = vec!["credential-process"];
    if let Some(profile) = profile {
        args.extend(["--profile", &profile.name]);
        if profile.get(Field::AwsRoleArn)?.is_none() {
            plan.notes.push(format!(
                "the profile {:?} names no role, and AWS SDKs want a role's keys: jeton profile edit {} --aws-role-arn ARN",
                profile.name, profile.name
            ));
        }
    }
    let mut draft = Draft::open(&file.map_or_else(place::aws, |file| Ok(file.to_owned()))?, Format::Ini)?;
    let long = format!("profile {section}");
    // The default profile goes by either name.
    let name = if section == "default" && draft.get(&[&long])?.is_none() { section } else { &long };
    draft.ensure(&[name], "")?;
    for key in SOONER {
        if draft.get(&[name, key])?.is_some() {
            plan.notes
                .push(format!("[{name}] has {key} too, which AWS SDKs look at before they ask jeton: take it out"));
        }
    }
    let line = format!("credential_process = {}", program.line(&args));
    draft.set(&[name, "credential_process"], Some(&line))?;
    let credentials = place::aws_credentials()?;
    if let Ok(other) = Draft::open(&credentials, Format::Ini)
        && other.get(&[section, "aws_access_key_id"])?.is_some()
    {
        plan.notes.push(format!(
            "{} has keys for [{section}], which come before the process: take them out",
            credentials.display()
        ));
    }
    plan.drafts.push(draft);
    Ok(plan)
}

/// Keys of a section that are credentials, or a way to them.
const CREDENTIALS: &[&str] = &[
    "aws_access_key_id",
    "credential_process",
    "credential_source",
    "login_session",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// The file whose default profile has credentials, if one does: SDKs take those before they ask an endpoint.
pub(crate) fn default_credentials() -> Option<PathBuf> {
    let has = |path: &PathBuf| {
        let Ok(draft) = Draft::open(path, Format::Ini) else { return path.exists() };
        let keys =
            [["default"], ["profile default"]].map(|section| draft.get(&section).ok().flatten().unwrap_or_default());
        keys.iter().flat_map(|keys| keys.lines()).any(|key| CREDENTIALS.contains(&key))
    };
    [place::aws_credentials(), place::aws()].into_iter().flatten().find(has)
}
