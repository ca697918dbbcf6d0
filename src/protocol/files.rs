//! Files in which tools look for a credential beside others: what `jeton write` makes of them.
//!
//! Such a file is jeton's alone, because all of it is replaced: its first line says so, and one without that line is
//! somebody's own.

use crate::aws::Keys;
use crate::error::{Error, Result};
use crate::token::Token;

/// The first line of a file that jeton wrote. (All three forms have comments that begin like this.)
pub const MARK: &str = "# written by jeton, which replaces all of it";

/// Where a password is for, in `.pgpass`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    host: String,
    rest: [String; 3],
}

impl Server {
    /// Reads `HOST[:PORT[:DATABASE[:USER]]]`; what is left out stands for any. A host there must be: a token is not for
    /// everybody.
    ///
    /// # Errors
    /// No host, `*` for it, more parts, line ends: as a sentence.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        const FORM: &str = "give HOST[:PORT[:DATABASE[:USER]]], such as db.example.com:5432";
        let mut parts = text.split(':');
        let host = parts.next().filter(|host| !host.is_empty() && *host != "*").ok_or(FORM)?.to_owned();
        let mut next = || parts.next().filter(|part| !part.is_empty()).unwrap_or("*").to_owned();
        let rest = [next(), next(), next()];
        if parts.next().is_some() || text.chars().any(char::is_control) {
            return Err(FORM.to_owned());
        }
        Ok(Self { host, rest })
    }
}

/// A password file for libpq (PostgreSQL, "The Password File"): `host:port:database:user:password`.
#[must_use]
pub fn pgpass(token: &Token, server: &Server) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
    let [port, database, user] = &server.rest;
    let fields = [&server.host, port, database, user].map(|field| escaped(field)).join(":");
    format!("{MARK}\n{fields}:{}\n", escaped(token.value.expose()))
}

/// A file for `AWS_SHARED_CREDENTIALS_FILE` (AWS SDKs and Tools Reference Guide, "Shared config and credentials files").
///
/// # Errors
/// A cached text that holds no keys.
pub fn aws_credentials(token: &Token, section: &str) -> Result<String> {
    let keys = Keys::from_secret(&token.value)?;
    Ok(format!(
        "{MARK}\n[{section}]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        keys.access_key_id,
        keys.secret_access_key.expose(),
        keys.session_token.expose()
    ))
}

/// A file for `DATABRICKS_CONFIG_FILE` (databricks-sdk-go `config/config_file.go`).
#[must_use]
pub fn databrickscfg(token: &Token, section: &str, host: &str) -> String {
    format!("{MARK}\n[{section}]\nhost = {host}\ntoken = {}\nauth_type = pat\n", token.value.expose())
}

/// Whether `text`, which is in a file now, may be replaced.
#[must_use]
pub fn is_ours(text: &[u8]) -> bool {
    text.trim_ascii().is_empty() || text.starts_with(MARK.as_bytes())
}

/// Whether `name` can stand between brackets, as a section's name.
///
/// # Errors
/// Any other name.
pub fn check_section(name: &str) -> Result<()> {
    let plain = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Error::usage(format!("{name:?} can't be a section's name"))
            .hint("use letters, digits, dots, dashes and underscores"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn a_password_file_names_its_server_and_escapes_what_separates() {
        let server = Server::parse("db.example.com:5432").unwrap();
        let text = pgpass(&token("a:b\\c", 0, 60), &server);
        assert_eq!(text, format!("{MARK}\ndb.example.com:5432:*:*:a\\:b\\\\c\n"));
        let exact = pgpass(&token("t", 0, 60), &Server::parse("h::d:u@x").unwrap());
        assert!(exact.ends_with("\nh:*:d:u@x:t\n"), "{exact}");
        for bad in ["", "*", ":5432", "h:1:d:u:x", "h\n"] {
            assert!(Server::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn somebodys_own_file_is_told_from_ours() {
        assert!(is_ours(b"") && is_ours(b" \n") && is_ours(pgpass(&token("t", 0, 1), &any()).as_bytes()));
        assert!(!is_ours(b"[default]\n") && !is_ours(b"# mine\n"));
    }

    #[test]
    fn a_section_stays_between_its_brackets() {
        for bad in ["", "a]", "a\nb", "a b", "[x"] {
            assert!(check_section(bad).is_err(), "{bad}");
        }
        assert!(check_section("prod-1").is_ok());
        let text = databrickscfg(&token("t", 0, 60), "DEFAULT", "https://h");
        assert!(text.ends_with("[DEFAULT]\nhost = https://h\ntoken = t\nauth_type = pat\n"), "{text}");
    }

    fn any() -> Server {
        Server::parse("h").unwrap()
    }

    proptest! {
        #[test]
        fn any_token_is_one_field(value in "[!-~]{1,40}") {
            let text = pgpass(&token(&value, 0, 60), &any());
            // As libpq reads it: a backslash takes the next character as it is.
            let line = text.lines().nth(1).unwrap();
            let (mut fields, mut chars) = (vec![String::new()], line.chars());
            while let Some(c) = chars.next() {
                match c {
                    '\\' => fields.last_mut().unwrap().extend(chars.next()),
                    ':' => fields.push(String::new()),
                    c => fields.last_mut().unwrap().push(c),
                }
            }
            prop_assert_eq!(fields.len(), 5);
            prop_assert_eq!(&fields[4], &value);
        }
    }
}
