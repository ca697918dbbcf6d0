//! profiles.json: versioned, edited by people and by this program, never half written, never rewritten from nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use super::reader::{OneProfile, Whole, parse};
use super::snapshot;
use super::{Document, Field, Place, Profile};
use crate::atomic::{self, Durability};
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::platform;

/// A file up to this size, in bytes, is read whole on every call; above it, a profile's snapshot is read instead, so
/// that a call costs the same with ten profiles and with ten thousand. (Two or three profiles are as fast to read.)
const SMALL: u64 = 1024;

/// profiles.json in a folder.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    snapshots: PathBuf,
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
