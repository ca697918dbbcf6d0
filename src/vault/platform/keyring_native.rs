//! Keychain and Credential Manager: they are always there, and answer "locked" by themselves.

use super::Survey;

/// Nothing to do beforehand.
pub(in crate::vault) fn unlock_keyring(_may_prompt: bool, _asking: &dyn Fn()) -> Survey {
    Survey::Open
}
