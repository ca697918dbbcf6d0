//! The answers of the program `keyring`, which pip and uv run.
//!
//! Source: keyring 25 `cli.py` (`_emit_plain`, `_emit_json`: Python's `json.dumps`, with a blank after colon and comma);
//! pip `_internal/network/auth.py`; uv `crates/uv-auth/src/keyring.rs`.

use super::line;
use crate::error::{Error, Result};
use crate::token::Token;

/// The name beside the token where the caller names none: Azure Artifacts takes any, and this is what Microsoft's own
/// provider says (artifacts-credprovider `VstsCredentialProvider.cs`).
const USER: &str = "EntraToken";

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The password alone; the caller knows the user.
    Password,
    /// User and password.
    Credentials,
}

/// Refuses a user name that would make two lines of one.
///
/// # Errors
/// Control characters in it.
pub fn check_user(user: &str) -> Result<()> {
    if user.chars().any(char::is_control) {
        return Err(Error::usage("the user name has control characters").hint("give a name of one line"));
    }
    Ok(())
}

/// The token as `user`'s password.
#[must_use]
pub fn render(mode: Mode, json: bool, user: Option<&str>, token: &Token) -> String {
    let (user, password) = (user.unwrap_or(USER), token.value.expose());
    match (mode, json) {
        (Mode::Password, false) => line::of([password]),
        (Mode::Password, true) => line::python([("password", password)]),
        (Mode::Credentials, false) => line::of([user, "\n", password]),
        (Mode::Credentials, true) => line::python([("username", user), ("password", password)]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn each_form_is_keyrings_own() {
        let token = token("t\"", 0, 60);
        assert_eq!(render(Mode::Password, false, Some("u"), &token), "t\"\n");
        assert_eq!(render(Mode::Password, true, Some("u"), &token), "{\"password\": \"t\\\"\"}\n");
        assert_eq!(render(Mode::Credentials, false, None, &token), "EntraToken\nt\"\n");
        assert_eq!(
            render(Mode::Credentials, true, Some("u"), &token),
            "{\"username\": \"u\", \"password\": \"t\\\"\"}\n"
        );
        assert!(check_user("a\nb").is_err() && check_user("VssSessionToken").is_ok());
    }

    proptest! {
        #[test]
        fn json_gives_back_every_user(user in ".{0,40}") {
            let text = render(Mode::Credentials, true, Some(&user), &token("t", 0, 60));
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(value["username"].as_str(), Some(user.as_str()));
        }

        #[test]
        fn a_user_that_is_taken_is_one_line(user in "[\\PC\n\r\t]{0,20}") {
            if check_user(&user).is_ok() {
                let text = render(Mode::Credentials, false, Some(&user), &token("t", 0, 60));
                prop_assert_eq!(text.matches('\n').count(), 2);
            }
        }
    }
}
