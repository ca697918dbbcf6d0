//! All of profiles.json, for commands that list or change it.

use std::path::Path;

use serde_json::{Map, Value};

use super::Profile;
use super::reader::{Whole, parse};
use crate::error::Error;

/// The version of profiles.json that this program reads and writes.
pub(super) const VERSION: u64 = 1;

/// The whole file, for commands that list or change it. Unknown fields at any level are kept.
#[derive(Debug, Clone)]
pub struct Document {
    pub(super) root: Map<String, Value>,
}

impl Default for Document {
    /// No profiles.
    fn default() -> Self {
        let mut root = Map::new();
        root.insert("version".into(), VERSION.into());
        root.insert("profiles".into(), Value::Object(Map::new()));
        Self { root }
    }
}

impl Document {
    /// Reads the text of a whole file.
    ///
    /// # Errors
    /// Malformed text or another version, with line and column.
    pub(super) fn parse(text: &str) -> serde_json::Result<Self> {
        parse(text, Whole { by: None })
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.root).unwrap_or_default();
        text.push('\n');
        text
    }

    /// One profile, by its exact name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Profile> {
        let fields = self.root.get("profiles")?.get(name)?.as_object()?;
        Some(Profile { name: name.to_owned(), fields: fields.clone() })
    }

    /// The profiles, in the order of the file.
    pub fn profiles(&self) -> impl Iterator<Item = Profile> + '_ {
        let profiles = self.root.get("profiles").and_then(Value::as_object);
        profiles
            .into_iter()
            .flatten()
            .filter_map(|(name, fields)| Some(Profile { name: name.clone(), fields: fields.as_object()?.clone() }))
    }

    /// The same, without the rest of the file.
    pub(super) fn into_profiles(mut self) -> Vec<Profile> {
        let Value::Object(profiles) = self.root.remove("profiles").unwrap_or_default() else { return Vec::new() };
        let mut all = Vec::with_capacity(profiles.len());
        all.extend(profiles.into_iter().filter_map(|(name, fields)| match fields {
            Value::Object(fields) => Some(Profile { name, fields }),
            _ => None,
        }));
        all
    }

    /// Adds or replaces a profile.
    pub fn put(&mut self, profile: Profile) {
        self.map().insert(profile.name, Value::Object(profile.fields));
    }

    /// Takes a profile out; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.map().shift_remove(name).is_some()
    }

    /// Gives a profile another name, in its place among the others; whether it was there.
    pub fn rename(&mut self, old: &str, new: &str) -> bool {
        let map = self.map();
        let known = map.contains_key(old);
        let moved = std::mem::take(map);
        map.extend(
            moved.into_iter().map(|(name, fields)| if name == old { (new.to_owned(), fields) } else { (name, fields) }),
        );
        known
    }

    fn map(&mut self) -> &mut Map<String, Value> {
        let slot = self.root.entry("profiles").or_insert_with(|| Value::Object(Map::new()));
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        // It was just made one.
        slot.as_object_mut().unwrap_or_else(|| unreachable!("an object"))
    }

    /// The error for a name that no profile has.
    #[must_use]
    pub fn not_found(&self, name: &str, path: &Path) -> Error {
        let names: Vec<String> = self.profiles().map(|profile| profile.name).take(20).collect();
        let error = Error::configuration(format!("there is no profile {name:?} in {}", path.display()));
        if names.is_empty() {
            error.hint(format!(
                "make it: jeton profile create {name} --tenant ... --client-id ... --client-secret-from ..."
            ))
        } else {
            error.hint(format!("there are: {}", names.join(", ")))
        }
    }
}
