//! profiles.json: versioned, edited by people and by this program, never half written, never rewritten from nothing.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::snapshot;
use super::{Field, Place, Profile};
use crate::atomic::{self, Durability};
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::platform;

/// The version of profiles.json that this program reads and writes.
const VERSION: u64 = 1;

/// A file up to this size, in bytes, is read whole on every call; above it, a profile's snapshot is read instead, so
/// that a call costs the same with ten profiles and with ten thousand. (Two or three profiles are as fast to read.)
const SMALL: u64 = 1024;

/// profiles.json in a folder.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    snapshots: PathBuf,
}

/// The whole file, for commands that list or change it. Unknown fields at any level are kept.
#[derive(Debug, Clone)]
pub struct Document {
    root: Map<String, Value>,
}

impl Store {
    /// The profiles in `config_dir`, with snapshots of single profiles below `cache_dir`.
    #[must_use]
    pub fn new(config_dir: &Path, cache_dir: &Path) -> Self {
        Self { path: config_dir.join("profiles.json"), snapshots: cache_dir.join("profiles") }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One profile, by its exact name.
    ///
    /// # Errors
    /// An unreadable or malformed file, with line and column, and a profile that is not there, with those that are.
    pub fn find(&self, name: &str) -> Result<Profile> {
        self.look(name)?.map_or_else(|| Err(self.not_found(name)), Ok)
    }

    /// The error for a name that no profile has, with those that there are.
    #[must_use]
    pub fn not_found(&self, name: &str) -> Error {
        match self.load() {
            Ok(document) => document.not_found(name, &self.path),
            Err(error) => error,
        }
    }

    /// One profile, by its exact name, if it is there.
    ///
    /// # Errors
    /// An unreadable or malformed file, with line and column.
    pub fn look(&self, name: &str) -> Result<Option<Profile>> {
        let meta = std::fs::metadata(&self.path).ok();
        let large = meta.filter(|meta| meta.len() > SMALL);
        if let Some(meta) = &large
            && let Some(fields) = snapshot::load(&self.snapshots, name, meta)
        {
            return Ok(Some(Profile { name: name.to_owned(), fields }));
        }
        let fields = match self.read()? {
            Some(text) => parse(&text, OneProfile(name)).map_err(|error| self.malformed(&error))?,
            None => None,
        };
        Ok(fields.map(|fields| {
            if let Some(meta) = &large {
                snapshot::store(&self.snapshots, name, meta, &fields);
            }
            Profile { name: name.to_owned(), fields }
        }))
    }

    /// The profile that `choose` picks of all. Its answer is kept in a snapshot under `question`, where the file is large:
    /// it has to depend on that and on the profiles alone, of which it gives the place. Where it looks at one field only,
    /// `by` says so, and nothing else is read of those that are not chosen.
    ///
    /// # Errors
    /// An unreadable or malformed file; what `choose` says.
    pub(super) fn choose(
        &self,
        question: &str,
        by: Option<Field>,
        choose: &dyn Fn(&[Profile]) -> Result<Option<usize>>,
    ) -> Result<Option<Profile>> {
        let meta = std::fs::metadata(&self.path).ok();
        let large = meta.filter(|meta| meta.len() > SMALL);
        if let Some(meta) = &large
            && let Some(answer) = snapshot::load(&self.snapshots, question, meta)
        {
            return match answer.get("profile").and_then(Value::as_str) {
                Some(name) => self.find(name).map(Some),
                None => Ok(None),
            };
        }
        let text = self.read()?;
        let mut profiles = match &text {
            Some(text) => parse(text, Whole { by }).map_err(|error| self.malformed(&error))?.into_profiles(),
            None => Vec::new(),
        };
        let mut found = choose(&profiles)?.map(|place| profiles.swap_remove(place));
        // The process is about to answer and end: taking the others apart helps nobody.
        std::mem::forget(profiles);
        if let (Some(_), Some(found), Some(text)) = (by, &mut found, &text)
            && let Some(all) = parse(text, OneProfile(&found.name)).map_err(|error| self.malformed(&error))?
        {
            found.fields = all;
        }
        if let Some(meta) = &large {
            let mut answer = Map::new();
            answer.extend(found.iter().map(|profile| ("profile".to_owned(), profile.name.clone().into())));
            snapshot::store(&self.snapshots, question, meta, &answer);
            // The next call looks for it by its name, and is to find it without reading all of the file once more.
            if let Some(profile) = &found {
                snapshot::store(&self.snapshots, &profile.name, meta, &profile.fields);
            }
        }
        Ok(found)
    }

    /// The profile whose `hosts` mean `place`: the most exact one. `None` where there is none, which costs one look at
    /// the file (or at a snapshot of the answer, where the file is large).
    ///
    /// # Errors
    /// An unreadable or malformed file; two profiles that mean the place equally well, by name.
    pub fn find_for(&self, place: &Place) -> Result<Option<Profile>> {
        // No profile's name has a blank.
        let question = format!("for {}:{:?}/{}", place.host, place.port, place.path);
        self.choose(&question, Some(Field::Hosts), &|profiles| best_for(profiles, place))
    }

    /// The whole file; an empty document where there is none.
    ///
    /// # Errors
    /// An unreadable or malformed file, with line and column.
    pub fn load(&self) -> Result<Document> {
        let Some(text) = self.read()? else {
            return Ok(Document::default());
        };
        Document::parse(&text).map_err(|error| self.malformed(&error))
    }

    /// Changes the file under its lock: what `change` returns is handed on, and nothing is written where it fails or
    /// where it changes nothing.
    ///
    /// # Errors
    /// What `change` says, a malformed file, a lock that is not to be had, a disk that can't be written.
    pub fn update<T>(&self, change: impl FnOnce(&mut Document) -> Result<T>) -> Result<T> {
        let failed = |error: io::Error| {
            Error::configuration(format!("{} can't be written: {error}", self.path.display()))
                .hint("check that the folder is yours, or set JETON_CONFIG_DIR to one that is")
        };
        let deadline = Deadline::after(Duration::from_secs(10));
        let Some(_lock) = Lock::wait(&self.path.with_extension("lock"), deadline).map_err(failed)? else {
            return Err(Error::configuration(format!("another process is changing {}", self.path.display()))
                .hint("wait for it, or end it if it hangs"));
        };
        let mut document = self.load()?;
        let before = document.root.clone();
        let outcome = change(&mut document)?;
        if document.root != before {
            let text = document.to_text();
            // A link (dotfiles kept elsewhere) stays a link.
            let target = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
            atomic::write_private(&target, &[text.as_bytes()], Durability::Synced).map_err(failed)?;
        }
        Ok(outcome)
    }

    fn read(&self) -> Result<Option<String>> {
        match platform::open_regular(&self.path).and_then(io::read_to_string) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::configuration(format!("{} can't be read: {error}", self.path.display()))
                .hint("check the path and its permissions, or set JETON_CONFIG_DIR")),
        }
    }

    fn malformed(&self, error: &serde_json::Error) -> Error {
        // The parser repeats a value of a wrong type, and that may be a secret in a wrong place.
        let told = error.to_string();
        let told = match told.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            None => told,
        };
        Error::configuration(format!("{} is malformed: {told}", self.path.display()))
            .hint("mend the file at that place; it was left as it is")
    }
}

fn parse<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> serde_json::Result<S::Value> {
    // A byte order mark is what some Windows editors leave.
    let mut reader = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let value = seed.deserialize(&mut reader)?;
    reader.end().map(|()| value)
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
    fn into_profiles(mut self) -> Vec<Profile> {
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

/// The place of the profile whose `hosts` mean `place` most exactly.
pub(super) fn best_for(profiles: &[Profile], place: &Place) -> Result<Option<usize>> {
    let mut best: Option<(usize, usize)> = None;
    for (index, profile) in profiles.iter().enumerate() {
        match (profile.fits(place)?, best) {
            (None, _) => {}
            (Some(exact), Some((known, other))) if exact == known => {
                return Err(Error::configuration(format!(
                    "the profiles {:?} and {:?} are both for {}",
                    profiles[other].name, profile.name, place.host
                ))
                .hint("name one with -p, or take the host out of one: jeton profile edit NAME --host ..."));
            }
            (Some(exact), Some((known, _))) if exact < known => {}
            (Some(exact), _) => best = Some((exact, index)),
        }
    }
    Ok(best.map(|(_, index)| index))
}

/// The file's version, which has to be the one that this program knows.
fn check_version<E: serde::de::Error>(version: Option<u64>) -> std::result::Result<(), E> {
    match version {
        Some(VERSION) => Ok(()),
        Some(other) => Err(E::custom(format!("version {other} is not known to this jeton (it knows {VERSION})"))),
        None => Err(E::missing_field("version")),
    }
}

/// Reads all of the file, and checks its version. Of the profiles only the field `by`, where one is named.
struct Whole {
    by: Option<Field>,
}

impl<'de> DeserializeSeed<'de> for Whole {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Document, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FRAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Document, A::Error> {
        let (mut version, mut root) = (None, Map::new());
        while let Some(key) = map.next_key::<String>()? {
            let value = match key.as_str() {
                "version" => {
                    let number = map.next_value::<u64>()?;
                    version = Some(number);
                    number.into()
                }
                "profiles" => map.next_value_seed(AllProfiles(self.by))?,
                _ => map.next_value()?,
            };
            root.insert(key, value);
        }
        check_version(version)?;
        Ok(Document { root })
    }
}

struct AllProfiles(Option<Field>);

impl<'de> DeserializeSeed<'de> for AllProfiles {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AllProfiles {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PROFILES)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            all.insert(name, map.next_value_seed(Fields(self.0))?);
        }
        Ok(Value::Object(all))
    }
}

struct Fields(Option<Field>);

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FIELDS_OF_ONE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key_seed(Name)? {
            if self.0.is_none_or(|by| by.key() == key) {
                fields.insert(key.into_owned(), map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(fields))
    }
}

/// A name in the file, which is not copied where it stands there as it is.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, name: &'de str) -> std::result::Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> std::result::Result<Self::Value, E> {
        Ok(name.to_owned().into())
    }
}

/// What the parts of the file are, for its errors.
const FRAME: &str = "an object with \"version\" and \"profiles\"";
const PROFILES: &str = "an object of profiles by name";
const FIELDS_OF_ONE: &str = "an object of fields";

/// Reads the file's frame, checks its version, and builds only the one profile that is wanted.
struct OneProfile<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for OneProfile<'_> {
    type Value = Option<Map<String, Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneProfile<'_> {
    type Value = Option<Map<String, Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FRAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let (mut version, mut found) = (None, None);
        while let Some(key) = map.next_key_seed(Name)? {
            match &*key {
                "version" => version = Some(map.next_value::<u64>()?),
                "profiles" => found = map.next_value_seed(InProfiles(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        check_version(version)?;
        Ok(found)
    }
}

struct InProfiles<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for InProfiles<'_> {
    type Value = Option<Map<String, Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InProfiles<'_> {
    type Value = Option<Map<String, Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PROFILES)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key_seed(Name)? {
            if key == self.0 {
                found = Some(map.next_value::<Map<String, Value>>()?);
            } else {
                map.next_value::<AnyObject>()?;
            }
        }
        Ok(found)
    }
}

/// An object whose content does not matter.
struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Skip;
        impl<'de> Visitor<'de> for Skip {
            type Value = AnyObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(FIELDS_OF_ONE)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<AnyObject, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(AnyObject)
            }
        }
        deserializer.deserialize_map(Skip)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn store(text: &str) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), &dir.path().join("cache"));
        std::fs::write(store.path(), text).unwrap();
        (dir, store)
    }

    #[test]
    fn one_profile_is_found_among_others() {
        let (_dir, store) =
            store(r#"{"x":[1],"version":1,"profiles":{"a":{"tenant":"t1"},"b":{"tenant":"t2","new":{}}}}"#);
        assert_eq!(store.find("b").unwrap().fields["tenant"], "t2");
        assert!(store.find("B").unwrap_err().hint.unwrap().contains("a, b"));
    }

    #[test]
    fn what_is_malformed_is_named_with_its_place_and_left_alone() {
        for (text, place) in [
            ("{\"version\":1,\n\"profiles\":{\"a\":{\"tenant\":\"t\",}}}", "line 2 column"),
            ("", "line 1 column 0"),
            ("[]", "line 1"),
            ("{\"profiles\":{}}", "version"),
            ("{\"version\":9,\"profiles\":{}}", "version 9"),
            ("{\"version\":1,\"profiles\":{\"a\":5}}", "an object of fields"),
            ("{\"version\":1,\"profiles\":{}} x", "trailing"),
            ("{\"version\":1,\"profiles\":{\"a\":\"hunter2\"}}", "malformed: expected an object of fields at line 1"),
        ] {
            let (_dir, store) = store(text);
            let error = store.load().unwrap_err();
            assert!(error.message.contains(place), "{text}: {error}");
            assert!(
                store
                    .update(|document| {
                        document.remove("a");
                        Ok(())
                    })
                    .is_err()
            );
            assert_eq!(std::fs::read_to_string(store.path()).unwrap(), text);
        }
    }

    #[test]
    fn unknown_fields_and_the_order_survive_a_change() {
        let (_dir, store) = store(r#"{"version":1,"later":{"x":1},"profiles":{"z":{"q":2},"a":{}}}"#);
        store
            .update(|document| {
                let mut profile = document.profiles().next().unwrap();
                profile.set(super::super::Field::Tenant, "t");
                document.put(profile);
                Ok(())
            })
            .unwrap();
        let text = std::fs::read_to_string(store.path()).unwrap();
        let compact: String = text.split_whitespace().collect();
        assert_eq!(compact, r#"{"version":1,"later":{"x":1},"profiles":{"z":{"q":2,"tenant":"t"},"a":{}}}"#);
    }

    #[test]
    fn a_large_file_is_answered_from_a_snapshot_until_it_changes() {
        let many = |value: &str| {
            let mut profiles: Map<String, Value> =
                (0..500).map(|n| (format!("p{n}"), serde_json::json!({"tenant": "t"}))).collect();
            profiles.insert("mine".into(), serde_json::json!({"tenant": value}));
            serde_json::json!({"version": 1, "profiles": profiles}).to_string()
        };
        let (dir, store) = store(&many("one"));
        let old = std::time::SystemTime::now() - Duration::from_secs(60);
        std::fs::File::options().append(true).open(store.path()).unwrap().set_modified(old).unwrap();
        assert_eq!(store.find("mine").unwrap().fields["tenant"], "one");
        assert_eq!(std::fs::read_dir(dir.path().join("cache/profiles")).unwrap().count(), 1);
        assert_eq!(store.find("mine").unwrap().fields["tenant"], "one");
        std::fs::write(store.path(), many("two")).unwrap();
        assert_eq!(store.find("mine").unwrap().fields["tenant"], "two");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let (_dir, store) = store(&text);
            let _ = store.find("a");
        }
    }
}
