//! Why a certificate file can't be used, before its path is known.

use super::der::Malformed;
use crate::error::Error;
use crate::secret::FORMS;

/// What is wrong with the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is not built as its form says; what is not.
    Damaged(&'static str),
    /// It decrypts to nothing sensible, or its checksum fails.
    WrongPassword,
    /// It is encrypted, and there is no password.
    NoPassword,
    /// It is encrypted or made in a way that is not read here.
    Unsupported {
        /// What it is.
        what: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
}

impl From<Malformed> for Flaw {
    /// Where there is nothing more exact to say.
    fn from(Malformed: Malformed) -> Self {
        Self::Damaged("its content")
    }
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        let password = || format!("give the file's password with --certificate-password-from ({FORMS})");
        match flaw {
            Flaw::Damaged(what) => Error::configuration(format!("{what} is damaged"))
                .hint("copy the file anew, or export certificate and key again"),
            Flaw::WrongPassword => Error::configuration("the password is wrong").hint(password()),
            Flaw::NoPassword => Error::configuration("it is encrypted, and its password is missing").hint(password()),
            Flaw::Unsupported { what, hint } => Error::configuration(what).hint(hint),
        }
    }
}
