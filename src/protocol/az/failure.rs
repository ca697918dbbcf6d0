//! How az says what failed. SDKs read it: `az login` without `AADSTS` means "nobody is signed in", and a chain of credentials
//! goes on; `AADSTS` means that Entra refused, and it stops (azure-identity for Python, `azure_cli.py`; the others do
//! alike).

use crate::error::{Error, Kind};

/// What az says where nobody is signed in (`_profile.py`, `_AZ_LOGIN_MESSAGE`).
pub const LOGIN: &str = "Please run 'az login' to setup account.";

/// The text for `error`, with a line end.
#[must_use]
pub fn failure(error: &Error) -> String {
    let mut text = String::from("ERROR: ");
    if error.kind == Kind::SignIn && !error.message.contains("AADSTS") && !error.message.contains("az login") {
        text.push_str(LOGIN);
        text.push('\n');
    }
    text.push_str(&error.message);
    if let Some(hint) = &error.hint {
        text.push_str(&format!("\n  next: {hint}"));
    }
    let details: Vec<_> = error.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    if !details.is_empty() {
        text.push_str(&format!("\n  {}", details.join(", ")));
    }
    text.push('\n');
    text
}

/// The text for a wrong command line, or one that is nobody's here.
#[must_use]
pub fn usage(said: &str) -> String {
    format!("ERROR: {said}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_signed_in_is_told_apart_from_who_is_refused() {
        let error = Error::new(Kind::SignIn, "a person has to sign in").hint("run: jeton login -p work");
        assert_eq!(
            failure(&error),
            "ERROR: Please run 'az login' to setup account.\na person has to sign in\n  next: run: jeton login -p work\n"
        );
        for kind in [Kind::SignIn, Kind::Refused] {
            let error =
                Error::new(kind, "too old (AADSTS700082: expired)").hint("run: jeton login").detail("tenant", "t");
            let text = failure(&error);
            assert!(text.starts_with("ERROR: too old (AADSTS700082: expired)\n"), "{text}");
            assert!(!text.contains("az login"), "{text}");
        }
    }
}
