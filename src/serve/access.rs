//! The access log: who asked, for what, and how that was answered. It holds no token and no secret.

use std::io::Write as _;
use std::path::PathBuf;

use crate::clock;
use crate::error::{Error, Result, clean};
use crate::platform;

/// Where the lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLog {
    /// Nowhere.
    Off,
    /// To stderr.
    Stderr,
    /// To the end of a file, which is opened for every line: it may be moved away at any time.
    File(PathBuf),
}

impl AccessLog {
    /// A file that can be written.
    ///
    /// # Errors
    /// Configuration: it can't.
    pub fn file(path: PathBuf) -> Result<Self> {
        match platform::open_log(&path) {
            Ok(_) => Ok(Self::File(path)),
            Err(error) => Err(Error::configuration(format!("the log {} can't be written: {error}", path.display()))
                .hint("name a file in a folder of your own")),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        *self != Self::Off
    }

    /// One line, in one write. That a full disk takes none is no reason to answer nobody.
    pub(super) fn write(&self, line: &str) {
        let line = format!("{} {}\n", clock::rfc3339(clock::now()), clean(line));
        match self {
            Self::Off => {}
            Self::Stderr => drop(std::io::stderr().write_all(line.as_bytes())),
            Self::File(path) => {
                drop(platform::open_log(path).and_then(|mut file| file.write_all(line.as_bytes())));
            }
        }
    }
}
