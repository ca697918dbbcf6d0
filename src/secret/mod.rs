//! Secrets: a type that can't be printed, and where a profile's secret comes from.

mod guard;
mod source;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::http;

pub use guard::Guard;
pub use source::{FORMS, SecretSource};

/// A token, password or key. It has no `Display`, its `Debug` shows nothing of it, and its memory is wiped when it is
/// dropped. [`Secret::expose`] is the only way to the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// 256 random bits, in 43 characters that may stand in a URL and in a header.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random() -> Result<Self> {
        Ok(Self::new(URL_SAFE_NO_PAD.encode(http::random_bytes::<32>()?)))
    }

    /// The text itself: for the wire, for the sealed or private file, and for stdout when it was asked for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        assert_eq!(format!("{:?}", Some(Secret::from("hunter2"))), "Some(Secret(…))");
    }
}
