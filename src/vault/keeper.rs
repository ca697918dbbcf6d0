//! Who keeps the data key, and what may be wrong with them.

use std::time::Duration;

use super::data_key::DataKey;
use crate::error::{Error, Kind};

/// A place outside of our files that keeps the key.
pub(super) trait Keeper {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// The key. `None` where there is certainly none: then a new one may be made.
    fn read(&self) -> Result<Option<DataKey>, Trouble>;

    /// Keeps a key in place of what is there.
    fn write(&self, key: &DataKey) -> Result<(), Trouble>;
}

/// Why a keeper gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There is no such thing on this system, or in this session.
    Absent(String),
    /// It is locked, and nobody can be asked to unlock it.
    Locked,
    /// A person was asked to unlock it and did not, or it refuses us.
    Refused(String),
    /// It did not answer in time.
    Silent(Duration),
    /// Anything else.
    Failed(String),
}

/// What a user can do where a keeper is of no use.
const ELSEWHERE: &str = "or choose another place for secrets: JETON_SECRET_STORE=file (see docs/secrets.md)";

impl Trouble {
    /// The failure as the user reads it. `keeper`: its name.
    pub(super) fn into_error(self, keeper: &str) -> Error {
        match self {
            Self::Absent(why) => Error::configuration(format!("there is no {keeper} here: {why}"))
                .hint(format!("start one, {ELSEWHERE}")),
            Self::Locked => {
                Error::configuration(format!("the {keeper} is locked, and nobody can be asked to unlock it"))
                    .hint(format!("unlock it (sign in at the desktop, or run this in a terminal), {ELSEWHERE}"))
            }
            Self::Refused(why) => Error::configuration(format!("the {keeper} was not opened: {why}"))
                .hint(format!("unlock it and try again, {ELSEWHERE}")),
            Self::Silent(limit) => Error::network(format!(
                "the {keeper} did not answer within {}; it may be waiting to be unlocked",
                humantime::format_duration(limit)
            ))
            .hint(format!("unlock or restart it, give it more time by JETON_KEYRING_TIMEOUT=60s, {ELSEWHERE}")),
            Self::Failed(why) => Error::new(Kind::Failed, format!("the {keeper} failed: {why}"))
                .hint(format!("see whether other programs can use it, {ELSEWHERE}")),
        }
    }
}
