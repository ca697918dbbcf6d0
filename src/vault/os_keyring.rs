//! The data key in the system's keyring: Secret Service, Keychain, Credential Manager.
//!
//! A keyring may hang, for as long as a question to a person is on the screen, or for ever where there is no screen. So
//! it is asked on a thread that is left behind when time is up. It is written to while a lock is held, and it takes
//! calls in their order: what a call that was given up does later, the next one finds done.

use std::io::IsTerminal as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::data_key::DataKey;
use super::keeper::{Keeper, Trouble};
use super::platform::unlock_keyring;
use crate::clock::Deadline;

/// Under what the key stands in the keyring.
pub(super) const SERVICE: &str = "jeton";
/// The user's name there.
pub(super) const USER: &str = "data-key";

/// Time for one answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Time for a person to type the keyring's password.
const UNLOCK: Duration = Duration::from_secs(60);

/// The system's keyring.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OsKeyring {
    /// `JETON_KEYRING_TIMEOUT`.
    pub(super) limit: Option<Duration>,
    /// The time by which the caller has to be done.
    pub(super) deadline: Option<Deadline>,
    /// Whether a person may be asked to unlock it; unset: where stderr is a terminal.
    pub(super) may_prompt: Option<bool>,
}

/// What the thread reports.
enum Report<T> {
    /// A person is asked now.
    Asking,
    Done(Result<T, Trouble>),
}

impl Keeper for OsKeyring {
    fn name(&self) -> &'static str {
        "keyring"
    }

    fn read(&self) -> Result<Option<DataKey>, Trouble> {
        let bytes = self.ask(|entry| match entry.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })?;
        let Some(bytes) = bytes else { return Ok(None) };
        match DataKey::from_bytes(&bytes) {
            Some(key) => Ok(Some(key)),
            None => Err(Trouble::Failed(format!("its entry {SERVICE}/{USER} is not a key of jeton's"))),
        }
    }

    fn write(&self, key: &DataKey) -> Result<(), Trouble> {
        let key = key.clone();
        self.ask(move |entry| entry.set_secret(key.bytes()))
    }
}

impl OsKeyring {
    /// Does `work` with our entry of the unlocked keyring, and gives up when time is up.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, Trouble> {
        let may_prompt = self.may_prompt.unwrap_or_else(|| std::io::stderr().is_terminal());
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let asking = || drop(sender.send(Report::Asking));
            let done = unlock_keyring(may_prompt, &asking)
                .and_then(|()| open())
                .and_then(|entry| work(&entry).map_err(|error| trouble(&error, may_prompt)));
            let _ = sender.send(Report::Done(done));
        });
        let start = Instant::now();
        let mut limit = self.bound(ANSWER);
        loop {
            match receiver.recv_timeout(limit.saturating_sub(start.elapsed())) {
                Ok(Report::Asking) => limit = self.bound(UNLOCK),
                Ok(Report::Done(done)) => return done,
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(Trouble::Silent(limit)),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(Trouble::Failed("its client library ended".to_owned()));
                }
            }
        }
    }

    /// The limit in whole milliseconds, as it is shown.
    fn bound(&self, built_in: Duration) -> Duration {
        let limit = self.limit.unwrap_or(built_in);
        let limit = match self.deadline {
            Some(deadline) => limit.min(deadline.left().unwrap_or(Duration::ZERO)),
            None => limit,
        };
        Duration::from_millis(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
    }
}

fn open() -> Result<Entry, Trouble> {
    if let Err(error) = Entry::store_status() {
        return Err(Trouble::Absent(error.to_string()));
    }
    Entry::new(SERVICE, USER).map_err(|error| trouble(&error, true))
}

/// Error texts of keyring hold no secret, but [`Error::BadEncoding`] and its like hold bytes: they are not shown.
fn trouble(error: &Error, may_prompt: bool) -> Trouble {
    match error {
        Error::NoStorageAccess(_) if !may_prompt => Trouble::Locked,
        Error::NoStorageAccess(why) => Trouble::Refused(why.to_string()),
        Error::PlatformFailure(why) => Trouble::Failed(why.to_string()),
        Error::Ambiguous(_) => Trouble::Failed(format!("it has several entries {SERVICE}/{USER}; delete all but one")),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => Trouble::Failed("it has unreadable data".to_owned()),
        error => Trouble::Failed(error.to_string()),
    }
}
