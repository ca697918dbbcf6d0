//! The home of secrets that outlive a run: refresh tokens, and what a person put there by `jeton secret set`.
//!
//! Each secret is a private file of its own, replaced in one step. Unless plain files were chosen, it is sealed with one
//! key that somebody else keeps: the system's keyring, or the kernel. Keyrings limit the size of what they keep, ask a
//! person for each program, and collide when many processes write at once; a single key that never changes has none of
//! these troubles, and costs one look at the keyring for each process that needs a secret at all.
//!
//! A file says where its key is, so every secret can be read whatever the present choice is. Nothing here is on the road
//! of a cached token.

mod data_key;
mod file;
mod keeper;
mod kernel;
mod kind;
mod name;
mod os_keyring;
mod place;
mod platform;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::atomic::{self, Durability};
use crate::clock::{self, Deadline};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::lock::Lock;
use crate::log::Log;
use crate::platform as system;
use crate::secret::Secret;
use data_key::DataKey;
use file::Parts;
use keeper::{Keeper, Trouble};
use kernel::KernelKeyring;
use os_keyring::OsKeyring;

pub use file::{Defect, Label, decode};
pub use kind::StoreKind;
pub use name::SecretName;

/// A refresh token has a few kilobytes, a secret at most 64; more than this is no file of ours.
const LARGEST_FILE: u64 = 256 * 1024;
/// How long another process may take to make the data key: time for a person to unlock the keyring.
const KEY_WAIT: Duration = Duration::from_secs(70);
/// How long a write waits for another one. It takes a few milliseconds; who is stopped in it must not stop everybody.
const WRITE_WAIT: Duration = Duration::from_secs(5);

/// The secrets of one user.
#[derive(Debug)]
pub struct Vault {
    dir: PathBuf,
    choice: Option<StoreKind>,
    deadline: Option<Deadline>,
    may_prompt: Option<bool>,
    keyring_key: OnceLock<DataKey>,
    kernel_key: OnceLock<DataKey>,
}

impl Vault {
    /// The vault below `dir`. Nothing is read or made yet. `choice`: where new secrets go; `None` means into the system's
    /// keyring if there is one, and else, after one notice, into plain files.
    #[must_use]
    pub fn open(dir: PathBuf, choice: Option<StoreKind>) -> Self {
        Self {
            dir,
            choice,
            deadline: None,
            may_prompt: None,
            keyring_key: OnceLock::new(),
            kernel_key: OnceLock::new(),
        }
    }

    /// The vault that the environment names: `JETON_DATA_DIR`, `JETON_SECRET_STORE`.
    ///
    /// # Errors
    /// No home folder, or a value that is no place for secrets.
    pub fn from_environment() -> Result<Self> {
        Ok(Self::open(environment::data_dir()?, environment::secret_store()?))
    }

    /// Bounds the time for a keyring's answer by the time that the caller has.
    #[must_use]
    pub fn within(mut self, deadline: Deadline) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Whether a person may be asked to unlock the keyring. Without a word about it: where stderr is a terminal.
    #[must_use]
    pub fn may_prompt(mut self, may_prompt: bool) -> Self {
        self.may_prompt = Some(may_prompt);
        self
    }

    /// The folder of the secrets' files.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.dir.join("secrets")
    }

    /// The secret of that name, with its label. `None` where there is none, and, after a warning that says so, where it
    /// can't be opened any more: its key is lost, or the file is damaged (it is set aside then).
    ///
    /// # Errors
    /// A keyring that is absent, locked, silent or broken: the secret may be there later. A file or folder that others
    /// can read, one that can't be read, or one of a newer jeton.
    pub fn load(&self, name: &SecretName, log: &Log) -> Result<Option<(Label, Secret)>> {
        let path = self.path(name);
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let parts = match file::decode(name, &bytes) {
            Ok(parts) => parts,
            Err(defect) => return self.spoilt(&path, name, &bytes, defect, log),
        };
        let key = match self.key_of(&parts)? {
            Found::None => None,
            Found::Key(key) => Some(key),
            Found::Lost(keeper) => {
                log.warn(format!(
                    "the key for the {} in {} is no longer in the {keeper}: it has to be entered or signed in for again",
                    parts.header.label.what,
                    path.display()
                ));
                return Ok(None);
            }
        };
        match parts.open(key) {
            Ok(secret) => Ok(Some((parts.header.label, secret))),
            Err(defect) => self.spoilt(&path, name, &bytes, defect, log),
        }
    }

    /// Keeps a secret, for good when this returns, in place of an older one of that name, wherever that was kept. The
    /// vault fills in the label's times. Returns where it is kept now.
    ///
    /// # Errors
    /// A keyring that was asked for and is absent, or one that is locked, silent or broken (never a switch to another
    /// place); a folder that others can read; what the file system says.
    pub fn store(&self, name: &SecretName, label: &Label, secret: &Secret, log: &Log) -> Result<StoreKind> {
        self.check_folder()?;
        let (kind, key) = self.choose(log)?;
        let path = self.path(name);
        // It guards against one thing: that a file is set aside as damaged which was just replaced by this one.
        let _lock = Lock::wait(&self.folder().join("files.lock"), Deadline::after(WRITE_WAIT));
        let now = clock::now();
        let mut label = Label { created_at: now, updated_at: now, ..label.clone() };
        // What can't be read is replaced all the same.
        if let Ok(Some(old)) = self.read(&path)
            && let Ok(old) = file::decode(name, &old)
        {
            label.created_at = old.header.label.created_at;
            if self.choice.is_none() && kind == StoreKind::File && old.header.store != kind {
                // The notice may have been long ago.
                log.warn(format!(
                    "the {} was sealed before; without a keyring it is now in a file that only you can read, {}",
                    label.what,
                    path.display()
                ));
            }
            let new_key = key.map(DataKey::id);
            if old.header.store == kind && old.header.key != new_key {
                // Sealed with a key that is not there now. Should that key come back, so can the secret.
                let _ = std::fs::rename(&path, self.aside(name));
            }
        }
        let parts = file::encode(name, kind, key, &label, secret)
            .ok_or_else(|| Error::new(Kind::Failed, "the system gives no random bytes").hint("try again"))?;
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
        atomic::write_private(&path, &parts, Durability::Synced).map_err(|error| {
            Error::configuration(format!("the secret can't be written to {}: {error}", path.display()))
                .hint("see to the folder's permissions and the space on its disk, or set JETON_DATA_DIR")
        })?;
        log.step(|| format!("kept the {} in {} ({kind})", label.what, path.display()));
        Ok(kind)
    }

    /// Removes a secret and what was set aside of it. Whether there was one.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remove(&self, name: &SecretName) -> Result<bool> {
        let mut found = false;
        for path in [self.path(name), self.aside(name)] {
            match std::fs::remove_file(&path) {
                Ok(()) => found = true,
                Err(error) if is_absent(&error) => {}
                Err(error) => {
                    return Err(Error::configuration(format!("{} can't be removed: {error}", path.display()))
                        .hint("see to the permissions of its folder"));
                }
            }
        }
        if !name.is_chosen() {
            found |= self.remove_leftovers(name);
        }
        Ok(found)
    }

    /// Forgets that it was told that secrets go into plain files: it is told again when one does.
    pub fn forget_notice(&self) {
        let _ = std::fs::remove_file(self.dir.join(NOTICED));
    }

    /// Whether there is a file for that name. No keyring is asked.
    #[must_use]
    pub fn contains(&self, name: &SecretName) -> bool {
        self.path(name).is_file()
    }

    /// What a secret is, and where it is kept. No keyring is asked and nothing is opened. `None` where there is none, or
    /// where its file can't be read.
    #[must_use]
    pub fn label(&self, name: &SecretName) -> Option<(Label, StoreKind)> {
        let bytes = self.read(&self.path(name)).ok()??;
        let Parts { header, .. } = file::decode(name, &bytes).ok()?;
        Some((header.label, header.store))
    }

    /// The names of the secrets that jeton keeps for itself, damaged ones included. Only file names are read.
    ///
    /// # Errors
    /// A folder that can't be read.
    pub fn own_names(&self) -> Result<BTreeSet<SecretName>> {
        let folder = self.folder();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(BTreeSet::new()),
            Err(error) => {
                return Err(Error::configuration(format!("the folder {} can't be read: {error}", folder.display()))
                    .hint("check its permissions, or set JETON_DATA_DIR"));
            }
        };
        Ok(entries.flatten().filter_map(|entry| own_name(entry.file_name().to_str()?)).collect())
    }

    /// All secrets, by name, with their labels and where they are kept. No keyring is asked and nothing is opened.
    /// A file that can't be read is left out, with a warning.
    ///
    /// # Errors
    /// A folder that can't be read.
    pub fn list(&self, log: &Log) -> Result<Vec<(SecretName, Label, StoreKind)>> {
        let folder = self.folder();
        let unreadable = |error: io::Error| {
            Error::configuration(format!("the folder {} can't be read: {error}", folder.display()))
                .hint("check its permissions, or set JETON_DATA_DIR")
        };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut secrets = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let file = path.file_name().and_then(|name| name.to_str());
            let Some(name) = file.and_then(|file| SecretName::from_file(file.strip_prefix(PREFIX)?)) else { continue };
            match self.read(&path) {
                Ok(Some(bytes)) => match file::decode(&name, &bytes) {
                    Ok(Parts { header, .. }) => secrets.push((name, header.label, header.store)),
                    Err(defect) => log.warn(format!("the file {} {}", path.display(), defect.text())),
                },
                Ok(None) => {}
                Err(error) => log.warn(error.message),
            }
        }
        secrets.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        Ok(secrets)
    }
}

/// The begin of the name of a secret's file. (With a prefix, no name is one that Windows keeps for devices.)
const PREFIX: &str = "secret-";
/// The same of one that was set aside.
const ASIDE: &str = "damaged-";
/// The mark that it was told once that secrets go into plain files.
const NOTICED: &str = "plain-files-noticed";

/// The key for a file.
enum Found<'a> {
    /// It needs none.
    None,
    Key(&'a DataKey),
    /// The keeper of that name does not have it.
    Lost(&'static str),
}

impl Vault {
    fn path(&self, name: &SecretName) -> PathBuf {
        self.folder().join(format!("{PREFIX}{name}"))
    }

    fn aside(&self, name: &SecretName) -> PathBuf {
        self.folder().join(format!("{ASIDE}{name}"))
    }

    /// Removes what killed writers left of a secret that jeton keeps for itself. (Those are written and removed under the
    /// lock of their sign-in, so no writer is at work.)
    fn remove_leftovers(&self, name: &SecretName) -> bool {
        let begin = format!("{PREFIX}{name}{}", atomic::TEMPORARY);
        let Ok(entries) = std::fs::read_dir(self.folder()) else { return false };
        let leftovers = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin));
        leftovers.filter(|entry| std::fs::remove_file(entry.path()).is_ok()).count() > 0
    }

    /// The bytes of a secret's file, if it is there and nobody else's.
    fn read(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let failed = |error: io::Error| {
            Error::configuration(format!("the secret's file {} can't be read: {error}", path.display()))
                .hint("check its permissions, or remove it")
        };
        let file = match system::open_regular(path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        self.check_folder()?;
        let meta = file.metadata().map_err(failed)?;
        if !meta.is_file() {
            return Err(failed(io::Error::other("it is not a file")));
        }
        refuse(system::distrust(path, &meta))?;
        read_all(file, meta.len()).map(Some).map_err(failed)
    }

    /// Refuses a folder that others can look into, or that is another user's.
    fn check_folder(&self) -> Result<()> {
        let folder = self.folder();
        match std::fs::metadata(&folder) {
            Ok(meta) => refuse(system::distrust(&folder, &meta)),
            Err(error) if is_absent(&error) => system::create_private_dir(&folder).map_err(|error| {
                Error::configuration(format!("the folder {} can't be made: {error}", folder.display()))
                    .hint("see to the permissions above it, or set JETON_DATA_DIR to a folder of your own")
            }),
            Err(error) => Err(Error::configuration(format!("the folder {} can't be read: {error}", folder.display()))
                .hint("check its permissions, or set JETON_DATA_DIR")),
        }
    }

    /// Says what is wrong with a file. What is damaged is moved out of the way, never deleted.
    fn spoilt<T>(&self, path: &Path, name: &SecretName, bytes: &[u8], defect: Defect, log: &Log) -> Result<Option<T>> {
        let what = format!("the secret's file {} {}", path.display(), defect.text());
        if defect == Defect::Newer {
            return Err(Error::configuration(what).hint("use that version of jeton, or remove the file"));
        }
        let aside = self.aside(name);
        let lock = Lock::wait(&self.folder().join("files.lock"), Deadline::after(WRITE_WAIT));
        // Another process may have stored a good one meanwhile; without the lock nobody can tell.
        let is_same = matches!(lock, Ok(Some(_))) && self.read(path)?.is_some_and(|now| now.as_slice() == bytes);
        if is_same && std::fs::rename(path, &aside).is_ok() {
            log.warn(format!("{what}; it was set aside as {}", aside.display()));
        } else {
            log.warn(what);
        }
        Ok(None)
    }

    fn keyring(&self) -> Result<OsKeyring> {
        Ok(OsKeyring { limit: environment::keyring_timeout()?, deadline: self.deadline, may_prompt: self.may_prompt })
    }

    /// The key that a file was sealed with.
    fn key_of(&self, parts: &Parts<'_>) -> Result<Found<'_>> {
        match parts.header.store {
            StoreKind::File => Ok(Found::None),
            StoreKind::Keyring => look_up(&self.keyring_key, &self.keyring()?, parts),
            StoreKind::Kernel => look_up(&self.kernel_key, &KernelKeyring, parts),
        }
    }

    /// Where a new secret goes, and its key.
    fn choose(&self, log: &Log) -> Result<(StoreKind, Option<&DataKey>)> {
        let kind = match self.choice {
            Some(StoreKind::File) => return Ok((StoreKind::File, None)),
            Some(StoreKind::Kernel) => {
                let key = self.make_key(&self.kernel_key, &KernelKeyring);
                return key
                    .map(|key| (StoreKind::Kernel, Some(key)))
                    .map_err(|trouble| trouble.into_error(KernelKeyring.name()));
            }
            Some(StoreKind::Keyring) | None => StoreKind::Keyring,
        };
        let keyring = self.keyring()?;
        match self.make_key(&self.keyring_key, &keyring) {
            Ok(key) => Ok((kind, Some(key))),
            // Only where there is none at all: a keyring that is merely locked would leave two homes that disagree.
            Err(Trouble::Absent(why)) if self.choice.is_none() => {
                self.notice(&why, log);
                Ok((StoreKind::File, None))
            }
            Err(trouble) => Err(trouble.into_error(keyring.name())),
        }
    }

    /// The data key, made if there is none. N processes that make it at once end with one.
    fn make_key<'a>(
        &'a self,
        known: &'a OnceLock<DataKey>,
        keeper: &dyn Keeper,
    ) -> std::result::Result<&'a DataKey, Trouble> {
        if let Some(key) = known.get() {
            return Ok(key);
        }
        if let Some(key) = keeper.read()? {
            return Ok(known.get_or_init(|| key));
        }
        let path = self.folder().join("data-key.lock");
        let lock = Lock::wait(&path, Deadline::after(KEY_WAIT))
            .map_err(|error| Trouble::Failed(format!("{} can't be locked: {error}", path.display())))?;
        if lock.is_none() {
            return Err(Trouble::Failed("another process has been making the key for too long".to_owned()));
        }
        if let Some(key) = keeper.read()? {
            return Ok(known.get_or_init(|| key));
        }
        let key = DataKey::random().ok_or_else(|| Trouble::Failed("the system gives no random bytes".to_owned()))?;
        keeper.write(&key)?;
        // What counts is what it gives back.
        match keeper.read()? {
            Some(key) => Ok(known.get_or_init(|| key)),
            None => Err(Trouble::Failed("it did not keep the key".to_owned())),
        }
    }

    /// Tells once that secrets go into plain files. The mark is made only when somebody could read it.
    fn notice(&self, why: &str, log: &Log) {
        if log.warns() && system::create_private_new(&self.dir.join(NOTICED)).is_ok() {
            log.warn(format!(
                "there is no keyring here ({why}), so secrets are kept in files that only you can read, in {}; to choose: \
                 JETON_SECRET_STORE=file (this, without a notice), keyring or kernel (see docs/secrets.md)",
                self.folder().display()
            ));
        }
    }
}

/// The key for a file from its keeper, or from an earlier look.
fn look_up<'a>(known: &'a OnceLock<DataKey>, keeper: &dyn Keeper, parts: &Parts<'_>) -> Result<Found<'a>> {
    let key = match known.get() {
        Some(key) => key,
        None => match keeper.read().map_err(|trouble| trouble.into_error(keeper.name()))? {
            Some(key) => known.get_or_init(|| key),
            None => return Ok(Found::Lost(keeper.name())),
        },
    };
    let is_it = parts.header.key.as_ref() == Some(&key.id());
    Ok(if is_it { Found::Key(key) } else { Found::Lost(keeper.name()) })
}

/// The name in the name of a file that holds or held a secret of jeton's own.
fn own_name(file: &str) -> Option<SecretName> {
    let name = file.strip_prefix(PREFIX).or_else(|| file.strip_prefix(ASIDE))?;
    let name = name.split_once(atomic::TEMPORARY).map_or(name, |(name, _)| name);
    SecretName::from_file(name).filter(|name| !name.is_chosen())
}

fn read_all(file: File, length: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    if length > LARGEST_FILE {
        return Err(io::Error::other("it is too large for a secret"));
    }
    // Room for all of it: growing would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length as usize + 1));
    file.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refuse(distrust: Option<system::Distrust>) -> Result<()> {
    match distrust {
        Some(distrust) => Err(Error::configuration(distrust.what).hint(distrust.mend)),
        None => Ok(()),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
