//! cargo: a credential provider for one registry, or for all.

use std::path::Path;

use super::format::{Format, toml_strings};
use super::{Draft, Plan, Program, place};
use crate::error::{Error, Result};
use crate::profile::Profile;

/// The name of the provider among those for all registries.
const ALIAS: &str = "jeton-cargo";

/// One registry, where it is named; else all (The Cargo Book, Registry Authentication).
pub(crate) fn plan(
    program: &Program,
    profile: Option<&Profile>,
    registry: Option<&str>,
    index: Option<&str>,
    file: Option<&Path>,
) -> Result<Plan> {
    let mut words = vec![program.command.as_str(), "cargo"];
    if let Some(profile) = profile {
        words.extend(["-p", &profile.name]);
    }
    let provider = array(&words);
    let mut draft = Draft::open(&file.map_or_else(place::cargo, |file| Ok(file.to_owned()))?, Format::Toml)?;
    match registry {
        Some(registry) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if registry.is_empty() || !registry.chars().all(plain) {
                return Err(Error::usage(format!("{registry:?} can't be the name of a registry"))
                    .hint("use letters, digits, dashes and underscores"));
            }
            let table = format!("registries.{registry}");
            if index.is_none() && draft.get(&[&table, "index"])?.is_none() {
                return Err(Error::usage(format!(
                    "{} has no registry {registry:?} with an index",
                    draft.path.display()
                ))
                .hint("give its index as well: --index sparse+https://..."));
            }
            draft.ensure(&[&table], "")?;
            if let Some(index) = index {
                draft.set(&[&table, "index"], Some(&format!("index = {}", text(index))))?;
            }
            draft.set(&[&table, "credential-provider"], Some(&format!("credential-provider = {provider}")))?;
        }
        None => {
            let known = draft.get(&["registry", "global-credential-providers"])?;
            let mut providers = match &known {
                // What cargo takes where nothing is set.
                None => vec!["cargo:token".to_owned()],
                Some(line) => line.split_once('=').and_then(|(_, value)| toml_strings(value)).ok_or_else(|| {
                    Error::configuration(format!(
                        "{}: global-credential-providers is not a list of texts in one line",
                        draft.path.display()
                    ))
                    .hint(format!("write it in one line, or add {ALIAS:?} to its end by hand"))
                })?,
            };
            // The last one is asked first.
            if !providers.iter().any(|known| known == ALIAS) {
                providers.push(ALIAS.to_owned());
                draft.ensure(&["registry"], "")?;
                let providers: Vec<&str> = providers.iter().map(String::as_str).collect();
                let line = format!("global-credential-providers = {}", array(&providers));
                draft.set(&["registry", "global-credential-providers"], Some(&line))?;
            }
            draft.ensure(&["credential-alias"], "")?;
            draft.set(&["credential-alias", ALIAS], Some(&format!("{ALIAS} = {provider}")))?;
        }
    }
    Ok(Plan { drafts: vec![draft], ..Plan::default() })
}

fn array(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| text(word)).collect();
    format!("[{}]", words.join(", "))
}

/// A text of TOML's: with JSON's escapes, which are among its own.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
