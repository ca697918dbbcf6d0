//! Where a profile's secret comes from. The text of a source (`env:NAME`, `file:PATH`, ...) may be shown and stored; a
//! secret's value is never written in its place, so no option or field means "value or path".

use std::fmt;
use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::Secret;
use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::log::Log;
use crate::platform;
use crate::process::{self, Errors, Failure};
use crate::profile::databrickscfg;
use crate::vault::{SecretName, Vault};

/// A secret longer than this is a mistake (a wrong file), in bytes.
const LONGEST: u64 = 64 * 1024;

/// The forms that users can write, for messages and help.
pub const FORMS: &str =
    "keyring:NAME, env:NAME, file:PATH, command:COMMAND LINE, databrickscfg:KEY:PROFILE, prompt, stdin";

/// A place to read a secret from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A secret that was kept under a name by `jeton secret set`: see [`crate::vault`].
    Keyring(SecretName),
    /// A variable of this process's environment.
    Env(String),
    /// A file, without the line end at its end. Renewing the file is picked up by the next fetch.
    File(PathBuf),
    /// What a command line, run by the system's shell, prints (`op read ...`, `vault kv get ...`).
    Command(String),
    /// A key of a profile in `.databrickscfg`.
    Databrickscfg {
        /// `token`, `client_secret`, ...
        key: String,
        /// The section's name.
        profile: String,
        /// The file, where it is not the one that the environment means.
        file: Option<PathBuf>,
    },
    /// A person at the terminal, without echo.
    Prompt,
    /// The first line of standard input.
    Stdin,
}

impl FromStr for SecretSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (form, rest) = text.split_once(':').unwrap_or((text, ""));
        match (form, rest) {
            ("keyring", name) if !name.is_empty() => Ok(Self::Keyring(name.parse()?)),
            ("env", name) if is_variable(name) => Ok(Self::Env(name.to_owned())),
            ("file", path) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            ("command", line) if !line.trim().is_empty() => Ok(Self::Command(line.to_owned())),
            ("databrickscfg", place) => databrickscfg_place(place),
            ("prompt", "") => Ok(Self::Prompt),
            ("stdin", "") => Ok(Self::Stdin),
            _ => Err(no_place()),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyring(name) => write!(f, "keyring:{name}"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Command(line) => write!(f, "command:{line}"),
            Self::Databrickscfg { key, profile, file: None } => write!(f, "databrickscfg:{key}:{profile}"),
            Self::Databrickscfg { key, profile, file: Some(file) } => {
                write!(f, "databrickscfg:{key}:{profile}:{}", file.display())
            }
            Self::Prompt => f.write_str("prompt"),
            Self::Stdin => f.write_str("stdin"),
        }
    }
}

/// The text is not shown: somebody may have put the secret itself here.
fn no_place() -> Error {
    Error::configuration("this is not a place to read a secret from")
        .hint(format!("use one of: {FORMS}; the secret itself is never given on the command line"))
}

/// `KEY:PROFILE`, or `KEY:PROFILE:FILE`.
fn databrickscfg_place(text: &str) -> Result<SecretSource> {
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    let (Some(key), Some(profile)) = (part(), part()) else { return Err(no_place()) };
    if !key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return Err(no_place());
    }
    Ok(SecretSource::Databrickscfg { key, profile, file: part().map(PathBuf::from) })
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.contains(['=', '\0', ' '])
}

impl SecretSource {
    /// The secret where that costs nothing: from the environment.
    #[must_use]
    pub fn peek(&self) -> Option<Secret> {
        match self {
            Self::Env(name) => crate::environment::var(name).map(Secret::new),
            _ => None,
        }
    }

    /// Whether a process without terminal and standard input can read it: a background renewal.
    #[must_use]
    pub fn is_unattended(&self) -> bool {
        !matches!(self, Self::Prompt | Self::Stdin)
    }

    /// Reads the secret, without the line end that editors and commands add.
    ///
    /// # Errors
    /// Where it is missing, empty, unreadable, or the command fails or takes too long. No error holds the secret.
    pub fn read(&self, deadline: Deadline) -> Result<Secret> {
        let text = match self {
            // It is as it was set: nothing is taken off.
            Self::Keyring(name) => return kept(name, deadline),
            Self::Env(name) => crate::environment::var(name).map(Zeroizing::new).ok_or_else(|| {
                Error::configuration(format!("the secret is to come from the variable {name}, which is not set"))
                    .hint(format!("set {name}, or name another source: {FORMS}"))
            })?,
            Self::File(path) => read_file(path)?,
            Self::Command(line) => run(line, deadline)?,
            Self::Databrickscfg { key, profile, file } => return databrickscfg::secret(key, profile, file.as_deref()),
            Self::Prompt => prompt()?,
            Self::Stdin => read_line()?,
        };
        let trimmed = text.strip_suffix('\n').unwrap_or(&text);
        let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
        if trimmed.is_empty() {
            return Err(Error::configuration(format!("the secret from {self} is empty"))
                .hint(format!("check it, or name another source: {FORMS}")));
        }
        Ok(Secret::from(trimmed))
    }
}

/// The secret of that name from the vault. Why it can't be opened is said on stderr: an error follows.
fn kept(name: &SecretName, deadline: Deadline) -> Result<Secret> {
    match Vault::from_environment()?.within(deadline).load(name, &Log::new(true, false))? {
        Some((_, secret)) => Ok(secret),
        None => Err(Error::configuration(format!("there is no secret {name} among those that jeton keeps"))
            .hint(format!("keep it: jeton secret set {name}"))),
    }
}

fn read_file(path: &std::path::Path) -> Result<Zeroizing<String>> {
    let failed = |error: std::io::Error| {
        Error::configuration(format!("the secret's file {} can't be read: {error}", path.display()))
            .hint("check the path and its permissions")
    };
    let file = platform::open_regular(path).map_err(failed)?;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(LONGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if read as u64 > LONGEST {
        return Err(Error::configuration(format!("the secret's file {} is too large for a secret", path.display()))
            .hint("check the path"));
    }
    Ok(text)
}

/// Runs the command line with no input, its errors shown to the user, and ends it when time is up.
fn run(line: &str, deadline: Deadline) -> Result<Zeroizing<String>> {
    let failed = |what: String| {
        Error::configuration(format!("the command for the secret {what}")).hint(format!("try it in a shell: {line}"))
    };
    let finished =
        process::run(&mut platform::shell(line), Errors::Shown, deadline).map_err(|failure| match failure {
            Failure::NotStarted(error) => failed(format!("can't be started: {error}")),
            Failure::Lost(error) => failed(format!("was lost: {error}")),
            Failure::TooLong => {
                Error::network("the command for the secret took too long").hint(format!("try it in a shell: {line}"))
            }
        })?;
    if !finished.status.success() {
        return Err(failed(format!("failed ({})", finished.status)));
    }
    if finished.stdout.len() as u64 > LONGEST {
        return Err(failed("prints more than a secret".into()));
    }
    let text = std::str::from_utf8(&finished.stdout).map_err(|_| failed("prints something else than text".into()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn prompt() -> Result<Zeroizing<String>> {
    if !std::io::stderr().is_terminal() {
        return Err(Error::configuration("the secret is to be typed, but there is no terminal")
            .hint(format!("name another source: {FORMS}")));
    }
    rpassword::prompt_password("Secret (not shown): ").map(Zeroizing::new).map_err(|error| {
        Error::configuration(format!("the secret can't be read from the terminal: {error}"))
            .hint(format!("name another source: {FORMS}"))
    })
}

fn read_line() -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().take(LONGEST).read_line(&mut line).map_err(|error| {
        Error::configuration(format!("the secret can't be read from standard input: {error}"))
            .hint("give it as the first line of standard input")
    })?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(20))
    }

    #[test]
    fn sources_are_read_and_shown_alike() {
        for text in ["keyring:prod-sp", "env:NAME", "file:/a:b/c", "command:op read 'op://a/b'", "prompt", "stdin"]
            .into_iter()
            .chain(["databrickscfg:token:DEFAULT", "databrickscfg:client_secret:a b:/c:d"])
        {
            assert_eq!(text.parse::<SecretSource>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_may_be_the_secret_itself_is_not_repeated() {
        for text in [
            "hunter2",
            "env:",
            "env:a b",
            "file:",
            "command: ",
            "prompt:x",
            "keyring",
            "keyring:",
            "",
            "databrickscfg:token",
            "databrickscfg:hunter2 x:y",
        ] {
            let error = text.parse::<SecretSource>().unwrap_err().to_string();
            assert!(error.contains("env:NAME") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn one_line_end_is_taken_off_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        for (text, secret) in [("s\n", "s"), ("s\r\n", "s"), (" s \n\n", " s \n"), ("a+b/c%41&d=~ é", "a+b/c%41&d=~ é")]
        {
            std::fs::write(&path, text).unwrap();
            assert_eq!(SecretSource::File(path.clone()).read(soon()).unwrap().expose(), secret);
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(SecretSource::File(path).read(soon()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_command_is_read_its_failure_told_and_its_hang_ended() {
        assert_eq!(SecretSource::Command("echo a b".into()).read(soon()).unwrap().expose(), "a b");
        let failed = SecretSource::Command("echo hunter2; exit 3".into()).read(soon()).unwrap_err();
        assert!(!failed.message.contains("hunter2"));
        let deadline = Deadline::after(Duration::from_millis(50));
        let hung = SecretSource::Command("exec sleep 100".into()).read(deadline).unwrap_err();
        assert_eq!(hung.kind, crate::error::Kind::Network);
    }
}
