//! `.databrickscfg`: the profiles of Databricks' CLI and SDKs, read as they stand. Secrets stay in that file; a profile made
//! of a section names their place there.
//!
//! Form: databricks-sdk-go `config/config_file.go` (go-ini with `SpaceBeforeInlineComment`) and databricks-sdk-py
//! `config.py` (configparser): sections, `key = value` or `key: value`, comments by line, keys in any case.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::entratool::Imported;
use super::flow::FlowName;
use super::resolve::Flags;
use super::{Field, Group, Profile, check_name};
use crate::environment;
use crate::error::{Error, Result};
use crate::platform;
use crate::secret::{Secret, SecretSource};

/// The section with what holds for the whole file, which is no profile.
const SETTINGS: &str = "__settings__";

/// The profile where none is named.
const DEFAULT: &str = "DEFAULT";

/// A file larger than this, in bytes, is none of profiles.
const LARGEST: u64 = 1 << 20;

/// Keys whose values are secrets, with the field that names their place.
const SECRETS: &[(&str, Field)] = &[
    ("token", Field::DatabricksToken),
    ("client_secret", Field::DatabricksClientSecret),
    ("metadata_service_url", Field::DatabricksMetadataUrl),
    ("azure_client_secret", Field::ClientSecret),
];

/// Keys whose values are taken over as they are.
const PLAIN: &[(&str, Field)] = &[
    ("host", Field::DatabricksHost),
    ("account_id", Field::DatabricksAccountId),
    ("workspace_id", Field::DatabricksWorkspaceId),
    ("client_id", Field::DatabricksClientId),
    ("scopes", Field::DatabricksScopes),
    ("audience", Field::DatabricksAudience),
    ("token_audience", Field::DatabricksAudience),
    ("oauth_callback_port", Field::RedirectPort),
    ("azure_workspace_resource_id", Field::AzureResourceId),
    ("azure_tenant_id", Field::Tenant),
    ("azure_client_id", Field::ClientId),
    ("azure_environment", Field::Cloud),
];

/// One section: its name, and its keys in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// As it stands between the brackets.
    pub name: String,
    entries: Vec<(String, Secret)>,
}

impl Section {
    /// A key's value, if it has one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Secret> {
        // (The last one counts.)
        self.entries
            .iter()
            .rev()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    }
}

/// Reads the text of a file: its sections in their order, those of one name joined.
///
/// # Errors
/// The number of the first line that is none, from 1. Nothing of it is repeated: it may be a secret.
pub fn parse(text: &str) -> std::result::Result<Vec<Section>, usize> {
    let mut sections: Vec<Section> = Vec::new();
    let mut current: Option<usize> = None;
    for (number, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let name = rest.split_once(']').ok_or(number + 1)?.0.trim();
            current = Some(place_of(&mut sections, name));
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']).filter(|(key, _)| !key.trim().is_empty()) else {
            // A further line of a value above (configparser): no key that is known here has any.
            if indented && current.is_some() {
                continue;
            }
            return Err(number + 1);
        };
        let at = current.unwrap_or_else(|| place_of(&mut sections, DEFAULT));
        current = Some(at);
        sections[at].entries.push((key.trim().to_lowercase(), Secret::from(value_of(value))));
    }
    Ok(sections)
}

fn place_of(sections: &mut Vec<Section>, name: &str) -> usize {
    sections.iter().position(|section| section.name == name).unwrap_or_else(|| {
        sections.push(Section { name: name.to_owned(), entries: Vec::new() });
        sections.len() - 1
    })
}

/// Without a comment behind it and without quotation marks around it (go-ini).
fn value_of(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return inner;
        }
    }
    let comment = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| text.find(mark)).min();
    text[..comment.unwrap_or(text.len())].trim_end()
}

/// A file's sections; `None` where there is no file.
fn read(path: &Path) -> Result<Option<Vec<Section>>> {
    use std::io::Read as _;
    let mut text = Zeroizing::new(String::new());
    let failed = |error: std::io::Error| {
        Error::configuration(format!("{} can't be read: {error}", path.display()))
            .hint("check the path and its permissions, or set DATABRICKS_CONFIG_FILE")
    };
    match platform::open_regular(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(failed)?,
    };
    if text.len() as u64 > LARGEST {
        return Err(Error::configuration(format!("{} is too large for a file of profiles", path.display()))
            .hint("set DATABRICKS_CONFIG_FILE to the right one"));
    }
    let sections = parse(&text).map_err(|line| {
        Error::configuration(format!("{} is malformed: line {line} is neither a section nor a setting", path.display()))
            .hint("mend that line; the file was left as it is")
    })?;
    Ok(Some(sections))
}

/// The profile of this name in the file that the environment means (`DATABRICKS_CONFIG_FILE`, or `.databrickscfg` in the
/// home folder), if there is one.
///
/// # Errors
/// An unreadable or malformed file, a section that can't be used.
pub(super) fn find(name: &str) -> Result<Option<Profile>> {
    let sections = own()?;
    let section = sections.iter().find(|section| section.name == name && section.name != SETTINGS);
    section.map(Section::usable).transpose()
}

/// The sections of the file that the environment means; none where there is no file.
///
/// # Errors
/// An unreadable or malformed file.
pub(super) fn own() -> Result<Vec<Section>> {
    let path = environment::databricks_config_file();
    Ok(path.map(|path| read(&path)).transpose()?.flatten().unwrap_or_default())
}

/// The profile that `DATABRICKS_CONFIG_PROFILE` names, or the default one of the file that `DATABRICKS_CONFIG_FILE` names,
/// for a call that names no other and is not about Entra. (A file that merely lies in the home folder is not read for it.)
///
/// # Errors
/// It is not there, or can't be used.
pub(super) fn chosen(flags: &Flags) -> Result<Option<Profile>> {
    let named = environment::var("DATABRICKS_CONFIG_PROFILE");
    let file = environment::var("DATABRICKS_CONFIG_FILE");
    if named.is_none() && file.is_none() {
        return Ok(None);
    }
    let elsewhere =
        flags.given().any(|(field, _)| {
            matches!(field.spec().group, Group::Entra | Group::Credentials) && !matches!(field, Field::DataPartitionId)
        }) || ["JETON_SCOPE", "JETON_RESOURCE", "DATABRICKS_HOST"].iter().any(|name| environment::var(name).is_some());
    if elsewhere {
        return Ok(None);
    }
    let path = environment::databricks_config_file().unwrap_or_default();
    let Some(name) = named else {
        let sections = read(&path)?.unwrap_or_default();
        return find(&default_name(&sections));
    };
    find(&name)?.map(Some).ok_or_else(|| {
        Error::configuration(format!(
            "{} has no profile {name:?}, which DATABRICKS_CONFIG_PROFILE names",
            path.display()
        ))
        .hint("unset DATABRICKS_CONFIG_PROFILE, or name a profile with -p")
    })
}

/// The name of the file's own default profile: `[__settings__] default_profile`, else DEFAULT.
#[must_use]
pub fn default_name(sections: &[Section]) -> String {
    let settings = sections.iter().find(|section| section.name == SETTINGS);
    settings.and_then(|settings| settings.get("default_profile")).map_or(DEFAULT, |name| name.expose()).to_owned()
}

/// All profiles of a file, to be taken over.
///
/// # Errors
/// An unreadable or malformed file, or none at all.
pub fn import(path: &Path) -> Result<Vec<Imported>> {
    let sections = read(path)?.ok_or_else(|| {
        Error::configuration(format!("there is no file {}", path.display()))
            .hint("give the path: jeton profile import --databrickscfg FILE")
    })?;
    let own = environment::databricks_config_file().is_some_and(|own| own == path);
    let at = if own { None } else { Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned())) };
    let full = |section: &&Section| section.name != SETTINGS && !section.entries.is_empty();
    sections.iter().filter(full).map(|section| section.profile(at.as_deref())).collect()
}

/// The secret `key` of a profile, for [`SecretSource::Databrickscfg`].
///
/// # Errors
/// It is not there.
pub(crate) fn secret(key: &str, profile: &str, file: Option<&Path>) -> Result<Secret> {
    let path = match file {
        Some(file) => file.to_owned(),
        None => environment::databricks_config_file().ok_or_else(|| {
            Error::configuration("there is no home folder with a .databrickscfg").hint("set DATABRICKS_CONFIG_FILE")
        })?,
    };
    let sections = read(&path)?.unwrap_or_default();
    let section = sections.iter().find(|section| section.name == profile);
    section.and_then(|section| section.get(key)).cloned().ok_or_else(|| {
        Error::configuration(format!("{} has no {key} in the profile {profile:?}", path.display()))
            .hint("add it there, or name another place to read the secret from")
    })
}

impl Imported {
    fn usable(self) -> Result<Profile> {
        match self.problems.into_iter().next() {
            Some(problem) => Err(Error::configuration(format!(
                "the profile {:?} of .databrickscfg can't be used: {problem}",
                self.profile.name
            ))
            .hint("mend it in that file, or make one: jeton profile create")),
            None => Ok(self.profile),
        }
    }
}

impl Section {
    /// As a profile that works.
    pub(super) fn usable(&self) -> Result<Profile> {
        self.profile(None)?.usable()
    }

    /// As a profile. `file` is where it stands, if that is not where the environment says.
    fn profile(&self, file: Option<&Path>) -> Result<Imported> {
        let fit: String = self
            .name
            .chars()
            .map(|c| if c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\' | '\'' | '"') { '-' } else { c })
            .collect();
        let renamed = fit != self.name;
        check_name(&fit)?;
        let mut profile = Profile { name: fit, ..Profile::default() };
        let (mut left_out, mut problems) = (Vec::new(), Vec::new());
        let mut lacks_secret = false;
        for (key, _) in &self.entries {
            let Some(value) = self.get(key).map(Secret::expose) else { continue };
            if let Some((_, field)) = PLAIN.iter().find(|(known, _)| known == key) {
                profile.set(*field, value);
            } else if let Some((_, field)) = SECRETS.iter().find(|(known, _)| known == key) {
                let place = SecretSource::Databrickscfg {
                    key: key.clone(),
                    profile: self.name.clone(),
                    file: file.map(Path::to_owned),
                };
                profile.set(*field, &place.to_string());
            } else {
                match key.as_str() {
                    "auth_type" => match FlowName::of_auth_type(value) {
                        Ok(flow) => profile.set(Field::Flow, flow.as_str()),
                        Err(error) => problems.push(error.message),
                    },
                    "azure_use_msi" if value.eq_ignore_ascii_case("true") => {
                        profile.set(Field::Flow, FlowName::ManagedIdentity.as_str());
                    }
                    "oidc_token_filepath" | "databricks_id_token_filepath" => {
                        profile.set(Field::DatabricksSubject, &format!("file:{value}"));
                    }
                    "oidc_token_env" => profile.set(Field::DatabricksSubject, &format!("env:{value}")),
                    "password" => lacks_secret = true,
                    _ => left_out.push(key.clone()),
                }
            }
        }
        left_out.dedup();
        if self.get("password").is_some() && self.get("token").is_none() && self.get("client_secret").is_none() {
            problems.push("Databricks no longer takes user names and passwords".to_owned());
        }
        if let Err(error) = profile.check() {
            problems.push(error.message);
        }
        Ok(Imported { profile, renamed_from: renamed.then(|| self.name.clone()), left_out, problems, lacks_secret })
    }
}

/// The path of a file by what the environment says: `~` stands for the home folder.
#[must_use]
pub(crate) fn expanded(text: &str) -> PathBuf {
    match text.strip_prefix("~/").or_else(|| text.strip_prefix("~\\")) {
        Some(rest) => dirs::home_dir().unwrap_or_default().join(rest),
        None => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, section: &str, key: &str) -> Option<String> {
        let sections = parse(text).unwrap();
        sections.iter().find(|one| one.name == section)?.get(key).map(|value| value.expose().to_owned())
    }

    #[test]
    fn settings_are_read_as_the_sdks_read_them() {
        let text = "\u{feff}host = https://a\r\n; note\n[ two ]\nHost: b ; note\ntoken=dapi=1#x\n  more\nclient_id=\n\
                    scopes = \"a, b # c\"\n[DEFAULT]\ntoken = 't'\n[two]\nhost = c # note\n[__settings__]\ndefault_profile=two\n";
        for (section, key, wanted) in [
            ("DEFAULT", "host", Some("https://a")),
            ("DEFAULT", "token", Some("t")),
            ("two", "host", Some("c")),
            ("two", "token", Some("dapi=1#x")),
            ("two", "client_id", None),
            ("two", "scopes", Some("a, b # c")),
        ] {
            assert_eq!(value(text, section, key).as_deref(), wanted, "{section} {key}");
        }
        assert_eq!(default_name(&parse(text).unwrap()), "two");
        assert_eq!(default_name(&[]), "DEFAULT");
    }

    #[test]
    fn a_line_that_is_none_is_named_and_not_shown() {
        assert_eq!(parse("[a]\nhost = b\nhunter2\n"), Err(3));
        assert_eq!(parse("[a\n"), Err(1));
        assert_eq!(parse("= x\n"), Err(1));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn a_section_becomes_a_profile_without_its_secrets() {
        let text = "[my profile]\nhost = adb-1.2.azuredatabricks.net\nauth_type = oauth-m2m\nclient_id = c\n\
                    client_secret = hunter2\ncluster_id = 1\nscopes = sql,all-apis\n[old]\nusername=u\npassword=hunter2\n";
        let sections = parse(text).unwrap();
        let imported = sections[0].profile(None).unwrap();
        assert_eq!(imported.profile.name, "my-profile");
        assert_eq!(imported.renamed_from.as_deref(), Some("my profile"));
        assert_eq!(imported.left_out, ["cluster_id"]);
        assert_eq!(imported.problems, Vec::<String>::new());
        let get = |field| imported.profile.get(field).unwrap().unwrap();
        assert_eq!(get(Field::Flow), "databricks-m2m");
        assert_eq!(get(Field::DatabricksScopes), "sql all-apis");
        assert_eq!(get(Field::DatabricksClientSecret), "databrickscfg:client_secret:my profile");
        assert!(!format!("{imported:?}").contains("hunter2"));
        assert!(sections[1].profile(None).unwrap().usable().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "([\\[\\]=:#;\\n a-zA-Z_\"']|token|host|auth_type|azure-cli){0,60}|.*") {
            if let Ok(sections) = parse(&text) {
                for section in &sections {
                    let _ = section.profile(None);
                }
                let _ = default_name(&sections);
            }
        }
    }
}
