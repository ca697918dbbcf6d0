//! What is kept of a token that jeton made: one sealed record, which is at the same time the journal of its making and its
//! rotation. It is saved before and after each step that counts, so that whoever comes after a kill knows where it stood.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::lifetime::Lifetime;
use crate::clock::Deadline;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::lock::Lock;
use crate::log::Log;
use crate::request::CacheKey;
use crate::secret::Secret;
use crate::vault::{Label, SecretName, Vault};

/// A token with its value. Times are seconds since 1970, UTC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Piece {
    /// `token_id`.
    pub id: String,
    /// The token itself.
    #[serde(with = "plain")]
    pub value: Secret,
    /// With its mark.
    pub comment: String,
    /// When it was made, by Databricks' clock.
    pub created_at: Option<u64>,
    /// When it dies; `None` for one that does not say.
    pub expires_at: Option<u64>,
}

/// The text of a secret in a record, which is sealed as a whole.
mod plain {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::secret::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

/// A create that was sent, or is about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Making {
    /// The comment, by which the token is found if there is one.
    pub(super) comment: String,
    /// Who makes it: the key of the token that is used for it. Others do not see it in their lists.
    pub(super) by: String,
}

/// A rotation that is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rotation {
    /// How long the old token stays good, in seconds.
    pub(super) grace: u64,
    /// Whether the new token has taken the old one's place.
    pub(super) swapped: bool,
}

/// One that has a successor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Old {
    pub(super) id: String,
    /// When it is to be revoked: seconds since 1970, UTC.
    pub(super) revoke_at: u64,
}

/// A making that failed, for those that waited for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Failed {
    /// Milliseconds since 1970, UTC.
    pub(super) at_ms: u64,
    pub(super) error: Error,
}

/// All that is known.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
pub struct State {
    /// The host that the tokens are for, as an origin.
    pub host: String,
    /// The name under which profiles read the value (`keyring:NAME`), if there is one.
    #[serde(default)]
    pub name: Option<String>,
    /// The comment without a mark.
    #[serde(default)]
    pub comment: String,
    /// Seconds of life that were asked for; `None` for no end.
    #[serde(default)]
    pub lifetime: Option<u64>,
    /// The service principal that the token was made for by somebody else.
    #[serde(default)]
    pub application_id: Option<String>,
    /// The token in use.
    #[serde(default)]
    pub current: Option<Piece>,
    /// When the one in use was kept here: milliseconds since 1970, UTC, by this machine's clock.
    #[serde(default)]
    pub since_ms: u64,
    /// Whether the value stands under its name.
    #[serde(default)]
    pub projected: bool,
    #[serde(default)]
    pub(super) making: Option<Making>,
    #[serde(default)]
    pub(super) next: Option<Piece>,
    #[serde(default)]
    pub(super) old: Vec<Old>,
    #[serde(default)]
    pub(super) rotation: Option<Rotation>,
    #[serde(default)]
    pub(super) failed: Option<Failed>,
}

impl State {
    /// The lifetime that the token was made with.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime.map_or(Lifetime::NoExpiry, Lifetime::Seconds)
    }

    /// Whether a making was begun and did not come to its end.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.making.is_some()
            || self.next.is_some()
            || (self.current.is_some() && self.name.is_some() && !self.projected)
    }
}

/// Where records are kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep<'a> {
    /// The sealed records.
    pub vault: &'a Vault,
    /// Where warnings go.
    pub log: &'a Log,
}

/// A record that nobody else changes meanwhile.
#[derive(Debug)]
pub struct Record<'a> {
    keep: Keep<'a>,
    key: SecretName,
    /// What it says.
    pub state: State,
    _lock: Lock,
}

/// The label of a value.
const WHAT: &str = "personal access token";
/// The label of a record.
const RECORD: &str = "personal access token with its journal";
/// The same while a token is being made: found without opening anything.
const UNFINISHED: &str = "personal access token in the making";

impl<'a> Keep<'a> {
    /// The key of the record of the token that is kept under `name`.
    ///
    /// # Errors
    /// None that is known: 64 hexadecimal digits are a name.
    pub fn key_of(name: &SecretName) -> Result<SecretName> {
        SecretName::new(CacheKey::of(format!("personal access token:{name}").as_bytes()).as_str())
    }

    fn dir() -> Result<PathBuf> {
        Ok(environment::data_dir()?.join("tokens"))
    }

    /// The record of that key as it is now, if there is one.
    ///
    /// # Errors
    /// See [`Vault::load`]; a record that can't be read.
    pub fn look(&self, key: &SecretName) -> Result<Option<State>> {
        let Some((_, text)) = self.vault.load(key, self.log)? else { return Ok(None) };
        serde_json::from_str(text.expose()).map(Some).map_err(|_| {
            // (The error of the parser may quote what it read.)
            Error::configuration(
                "the record of a personal access token can't be read; a newer jeton may have written it",
            )
            .hint(format!("use that version, or remove it: jeton secret remove {key}"))
        })
    }

    /// The record of that key, for this process alone; a new one where there is none.
    ///
    /// # Errors
    /// The same, or that another process has it until `deadline`.
    pub fn open(&self, key: &SecretName, deadline: Deadline) -> Result<Record<'a>> {
        let path = Self::dir()?.join(format!("{key}.lock"));
        let lock = Lock::wait(&path, deadline).map_err(|error| {
            Error::configuration(format!("{} can't be locked: {error}", path.display()))
                .hint("see to the folder's permissions, or set JETON_DATA_DIR to a folder of your own")
        })?;
        let lock = lock.ok_or_else(|| {
            Error::network("another process is at work on this token")
                .hint("wait for it, or end it if it hangs; then try again")
        })?;
        let state = self.look(key)?.unwrap_or_default();
        Ok(Record { keep: *self, key: key.clone(), state, _lock: lock })
    }

    /// The keys of all records for `host`; `unfinished`: of those alone in which a token is being made.
    ///
    /// # Errors
    /// See [`Vault::list`].
    pub fn keys(&self, host: &str, unfinished: bool) -> Result<Vec<SecretName>> {
        let wanted = |label: &Label| {
            label.authority == host && (label.what == UNFINISHED || (!unfinished && label.what == RECORD))
        };
        let all = self.vault.list(self.log)?;
        Ok(all.into_iter().filter(|(_, label, _)| wanted(label)).map(|(name, ..)| name).collect())
    }

    /// All records for `host` that can be read now.
    #[must_use]
    pub fn states(&self, host: &str) -> Vec<(SecretName, State)> {
        let keys = self.keys(host, false).unwrap_or_default();
        keys.into_iter().filter_map(|key| self.look(&key).ok().flatten().map(|state| (key, state))).collect()
    }

    /// The records for `host` in which a token is being made by nobody any more.
    pub(super) fn abandoned(&self, host: &str) -> Vec<Record<'a>> {
        let mut found = Vec::new();
        for name in self.keys(host, true).unwrap_or_default() {
            let Ok(path) = Self::dir().map(|dir| dir.join(format!("{name}.lock"))) else { continue };
            let crate::lock::TryLock::Held(lock) = Lock::attempt(&path) else { continue };
            if let Ok(Some(state)) = self.look(&name) {
                found.push(Record { keep: *self, key: name, state, _lock: lock });
            }
        }
        found
    }
}

impl Record<'_> {
    /// Whether a rotation was begun and did not come to its end.
    #[must_use]
    pub fn is_rotating(&self) -> bool {
        self.state.rotation.is_some() || self.state.next.is_some()
    }

    /// Whether all that is left of a rotation is what comes after the new token has taken the old one's place.
    pub(super) fn is_swapped(&self) -> bool {
        self.state.rotation.as_ref().is_some_and(|rotation| rotation.swapped)
    }

    /// Keeps it, for good when this returns.
    ///
    /// # Errors
    /// See [`Vault::store`].
    pub fn save(&self) -> Result<()> {
        let text = serde_json::to_string(&self.state).map(Secret::new).map_err(|error| {
            Error::new(Kind::Failed, format!("the record of a token can't be written: {error}")).hint("report this")
        })?;
        let what = if self.state.making.is_some() { UNFINISHED } else { RECORD };
        self.store(&self.key, what, &text)
    }

    /// Puts the value under its name, where profiles read it.
    pub(super) fn store_value(&self, name: &str, value: &Secret) -> Result<()> {
        self.store(&SecretName::new(name)?, WHAT, value)
    }

    /// The one way to the disk: each write is a moment at which a kill must do no harm.
    fn store(&self, name: &SecretName, what: &str, text: &Secret) -> Result<()> {
        self.keep.vault.store(name, &self.label(what), text, self.keep.log)?;
        #[cfg(test)]
        super::kills::written();
        Ok(())
    }

    fn label(&self, what: &str) -> Label {
        Label {
            what: what.to_owned(),
            provider: "databricks".to_owned(),
            account: self.state.application_id.clone().unwrap_or_default(),
            authority: self.state.host.clone(),
            ..Label::default()
        }
    }

    /// Forgets it, and the value under its name.
    ///
    /// # Errors
    /// What the file system says.
    pub fn forget(self) -> Result<()> {
        if let Some(name) = &self.state.name {
            self.keep.vault.remove(&SecretName::new(name)?)?;
        }
        self.keep.vault.remove(&self.key).map(drop)
    }
}
