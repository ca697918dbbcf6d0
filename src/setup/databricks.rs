//! Databricks SDKs: a profile in `.databrickscfg` that has them run `databricks auth token`, and a program of that name
//! which is jeton.

use std::path::Path;

use super::format::Format;
use super::{Draft, Plan, Program, hosts, place};
use crate::databricks::Host;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, Profile};

/// The keys of other ways to sign in: SDKs take a profile with two ways for a mistake unless `auth_type` decides, and
/// older ones do not look at that.
const OTHERS: &[&str] = &[
    "token",
    "username",
    "password",
    "client_id",
    "client_secret",
    "azure_client_id",
    "azure_client_secret",
    "azure_tenant_id",
    "azure_use_msi",
    "google_service_account",
    "google_credentials",
    "metadata_service_url",
];

/// The profile of a workspace. Its name is that of jeton's profile where no other is given, so that an SDK's
/// `--profile` means that one.
pub(crate) fn plan(
    program: &Program,
    profile: Option<&Profile>,
    section: Option<&str>,
    given: &[String],
    file: Option<&Path>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    // The workspace of its tokens, where no other hosts are said.
    let workspace = match profile {
        Some(profile) if given.is_empty() => profile.get(Field::DatabricksHost)?,
        _ => None,
    };
    let workspace = workspace.map(|host| Host::parse(&host)).transpose()?.map(|host| host.origin().to_owned());
    let hosts = match &workspace {
        Some(host) => hosts::of(std::slice::from_ref(host), None, &mut plan)?,
        None => hosts::of(given, profile, &mut plan)?,
    };
    let host = match hosts.as_slice() {
        [host] if !host.name.contains('*') => format!("{}://{}", host.scheme, host.name),
        [] => return Err(hosts::missing("databricks", "https://adb-1234567890123456.7.azuredatabricks.net")),
        _ => {
            return Err(Error::usage("a profile of Databricks' is for one workspace, and several hosts are meant")
                .hint("name one with --host"));
        }
    };
    let section = section.or(profile.map(|profile| profile.name.as_str())).unwrap_or("DEFAULT");
    // The SDK for Java hands the name to a shell as it is.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if section.is_empty() || !section.chars().all(plain) || section == "__settings__" {
        return Err(Error::usage(format!("{section:?} can't be the name of a profile of Databricks'"))
            .hint("give another one with --section: letters, digits, dots, dashes and underscores"));
    }
    let link = environment::data_dir()?.join("bin").join(format!("databricks{}", std::env::consts::EXE_SUFFIX));
    let shown = link
        .to_str()
        .filter(|path| !path.contains(|c: char| c.is_whitespace() || matches!(c, '$' | '&' | '(' | ')' | ';')));
    let Some(shown) = shown else {
        return Err(Error::configuration(format!(
            "{} has blanks or signs in it, which some SDKs hand to a shell",
            link.display()
        ))
        .hint("set JETON_DATA_DIR to another folder"));
    };
    let mut draft = Draft::open(&file.map_or_else(place::databricks, |file| Ok(file.to_owned()))?, Format::Ini)?;
    draft.ensure(&[section], "")?;
    for key in OTHERS {
        if draft.get(&[section, key])?.is_some() {
            plan.notes.push(format!("[{section}] has {key} too, which is another way to sign in: take it out"));
        }
    }
    // (An account console is nothing without its account.)
    let account = profile.map(|profile| profile.get(Field::DatabricksAccountId)).transpose()?.flatten();
    let account = account.as_deref().map(|account| ("account_id", account));
    let keys = [("host", host.as_str()), ("auth_type", "databricks-cli"), ("databricks_cli_path", shown)];
    for (key, value) in keys.into_iter().chain(account) {
        draft.set(&[section, key], Some(&format!("{key} = {value}")))?;
    }
    plan.notes.push(
        "SDKs get jeton's tokens so; Databricks' CLI itself asks no other program: jeton run --as databricks -- databricks ..."
            .to_owned(),
    );
    plan.drafts.push(draft);
    program.link(&link, &mut plan);
    Ok(plan)
}
