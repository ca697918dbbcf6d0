//! Every environment variable that jeton reads for itself, one function each. An empty variable counts as unset.
//!
//! What other tools call things (`AZURE_*`, `ARM_*`, `AWS_*`, `DATABRICKS_*`) is read where a setting is resolved:
//! [`crate::profile::Settings`]. `HTTPS_PROXY` and its kin are read by [`crate::http`].

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::vault::StoreKind;

/// Set for the process that renews a due token beside its caller. Not for users.
pub(crate) const RENEWAL_MARK: &str = "JETON_INTERNAL_RENEWAL";

/// Set for the `az` and `azd` that are asked for a token, so that a jeton which answers by one of these names does not
/// ask them in turn. Not for users.
pub(crate) const TOOL_MARK: &str = "JETON_INTERNAL_TOOL";

/// The programs, separated like the folders in `PATH`, that handed a command on to another program of the same name, the
/// last one last. Not for users.
pub(crate) const HANDED_ON_MARK: &str = "JETON_INTERNAL_HANDED_ON";

/// Notes what `jeton env` set: the end (seconds since 1970, UTC), and the names of the variables. The functions of `jeton
/// init` take them out when that has come; until then they mean nothing to jeton itself.
pub(crate) const NOTE: &str = "JETON_ENV";

/// The families of variables in which settings are looked for.
const FAMILIES: [&[u8]; 5] = [b"JETON_", b"AZURE_", b"ARM_", b"AWS_", b"DATABRICKS_"];

/// The variable's value, if it is set, not empty and Unicode.
///
/// One call asks for some thirty variables of a few families, and the C library goes through the whole environment for
/// each: so those families are picked out of it once.
#[must_use]
pub fn var(name: &str) -> Option<String> {
    static OURS: OnceLock<Vec<(OsString, OsString)>> = OnceLock::new();
    let value = if is_ours(OsStr::new(name)) {
        let ours = OURS.get_or_init(|| {
            let mut ours: Vec<_> = std::env::vars_os().filter(|(name, _)| is_ours(name)).collect();
            let note =
                ours.iter().find(|(name, _)| name == NOTE).and_then(|(_, note)| note.to_str().map(str::to_owned));
            if let Some(note) = note {
                ours.retain(|(name, _)| !name.to_str().is_some_and(|name| is_noted(&note, name)));
            }
            ours
        });
        ours.iter().find(|(known, _)| known == name)?.1.to_str()?.to_owned()
    } else {
        let value = std::env::var(name).ok()?;
        return Some(value).filter(|value| !value.is_empty() && !var(NOTE).is_some_and(|note| is_noted(&note, name)));
    };
    Some(value).filter(|value| !value.is_empty())
}

/// Whether `jeton env` set the variable: then it says what was asked for before, not what is meant now, and in the place of
/// a credential it holds the token that is to be renewed.
fn is_noted(note: &str, name: &str) -> bool {
    note.split(' ').any(|noted| noted == name)
}

fn is_ours(name: &OsStr) -> bool {
    FAMILIES.iter().any(|family| name.as_encoded_bytes().starts_with(family))
}

fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// `JETON_CONFIG_DIR`, or the platform's configuration folder with `jeton` below it.
///
/// # Errors
/// Where there is neither (no home folder at all).
pub fn config_dir() -> Result<PathBuf> {
    var_os("JETON_CONFIG_DIR")
        .map(PathBuf::from)
        .or_else(|| Some(dirs::config_dir()?.join("jeton")))
        .ok_or_else(|| no_home("configuration", "JETON_CONFIG_DIR"))
}

/// `JETON_CACHE_DIR`, or the platform's cache folder with `jeton` below it.
///
/// # Errors
/// Where there is neither (no home folder at all).
pub fn cache_dir() -> Result<PathBuf> {
    var_os("JETON_CACHE_DIR")
        .map(PathBuf::from)
        .or_else(|| Some(dirs::cache_dir()?.join("jeton")))
        .ok_or_else(|| no_home("cache", "JETON_CACHE_DIR"))
}

/// `JETON_DATA_DIR`, or the platform's folder for local data with `jeton` below it: sign-ins and secrets that last.
///
/// # Errors
/// Where there is neither (no home folder at all).
pub fn data_dir() -> Result<PathBuf> {
    var_os("JETON_DATA_DIR")
        .map(PathBuf::from)
        .or_else(|| Some(dirs::data_local_dir()?.join("jeton")))
        .ok_or_else(|| no_home("data", "JETON_DATA_DIR"))
}

/// `JETON_SECRET_STORE`: where secrets are kept; `None` means that jeton chooses.
///
/// # Errors
/// A value that is no such place.
pub fn secret_store() -> Result<Option<StoreKind>> {
    var("JETON_SECRET_STORE").map(|value| StoreKind::parse(&value)).transpose()
}

/// `JETON_KEYRING_TIMEOUT`: the bound for one answer of the system's keyring.
///
/// # Errors
/// A value that is no duration.
pub fn keyring_timeout() -> Result<Option<Duration>> {
    duration("JETON_KEYRING_TIMEOUT")
}

/// `DATABRICKS_CONFIG_FILE`, or `.databrickscfg` in the home folder, if there is one.
#[must_use]
pub fn databricks_config_file() -> Option<PathBuf> {
    match var("DATABRICKS_CONFIG_FILE") {
        Some(text) => Some(crate::profile::databrickscfg::expanded(&text)),
        None => Some(dirs::home_dir()?.join(".databrickscfg")),
    }
}

fn no_home(what: &str, variable: &str) -> Error {
    Error::configuration(format!("there is no home folder to keep the {what} in"))
        .hint(format!("set HOME, or {variable} to a folder of your own"))
}

/// `JETON_TIMEOUT`: the bound for all the work of one fetch; 30 s if it is not set.
///
/// # Errors
/// A value that is no duration.
pub fn timeout() -> Result<Duration> {
    timeout_or(Duration::from_secs(30))
}

/// The same for a caller with a bound of its own, where it is not set.
///
/// # Errors
/// A value that is no duration.
pub fn timeout_or(unset: Duration) -> Result<Duration> {
    Ok(duration("JETON_TIMEOUT")?.unwrap_or(unset))
}

/// `JETON_CONNECT_TIMEOUT`: the bound for making a connection; 10 s if it is not set.
///
/// # Errors
/// A value that is no duration.
pub fn connect_timeout() -> Result<Duration> {
    Ok(duration("JETON_CONNECT_TIMEOUT")?.unwrap_or(Duration::from_secs(10)))
}

/// `JETON_LOCK_TIMEOUT`: the bound for waiting on another process.
///
/// # Errors
/// A value that is no duration.
pub fn lock_timeout() -> Result<Option<Duration>> {
    duration("JETON_LOCK_TIMEOUT")
}

fn duration(name: &str) -> Result<Option<Duration>> {
    let Some(value) = var(name) else { return Ok(None) };
    parse_duration(&value)
        .map(Some)
        .map_err(|why| Error::configuration(format!("{name} is not a length of time: {value}")).hint(why))
}

/// `90`, `90s`, `15m`, `1h30m`: a number alone is seconds.
///
/// # Errors
/// What is wrong with the text, as a sentence.
pub fn parse_duration(text: &str) -> std::result::Result<Duration, String> {
    const FORM: &str = "give a number of seconds, or a time with its unit, such as 90s, 15m or 1h30m";
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|_| FORM.to_owned())
}

/// `JETON_PROFILE`: the profile where none is named.
#[must_use]
pub fn profile() -> Option<String> {
    var("JETON_PROFILE")
}

/// `JETON_BACKGROUND=off`: due tokens are not renewed by a process of their own.
///
/// # Errors
/// A value that is neither on nor off.
pub fn background() -> Result<bool> {
    switch("JETON_BACKGROUND", true)
}

/// Whether this is a job of a CI system: `CI` is what GitHub, GitLab, Travis and others set, `TF_BUILD` Azure Pipelines.
#[must_use]
pub(crate) fn is_ci() -> bool {
    var("CI").is_some_and(|value| !matches!(value.as_str(), "0" | "false")) || var("TF_BUILD").is_some()
}

/// Whether the session came by ssh (sshd sets these).
#[must_use]
pub(crate) fn is_ssh() -> bool {
    var("SSH_CONNECTION").is_some() || var("SSH_TTY").is_some()
}

/// `BROWSER`: the commands that open a page, separated like the folders in `PATH` (Debian's sensible-browser(1), Python's
/// `webbrowser`).
#[must_use]
pub(crate) fn browser() -> Option<String> {
    var("BROWSER")
}

/// Whether the terminal shows lines of text alone (`TERM=dumb`).
#[must_use]
pub(crate) fn is_dumb_terminal() -> bool {
    var("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the locale's characters are Unicode's in UTF-8 (POSIX: `LC_ALL` before `LC_CTYPE` before `LANG`).
#[must_use]
pub(crate) fn is_utf8() -> bool {
    let locale = var("LC_ALL").or_else(|| var("LC_CTYPE")).or_else(|| var("LANG")).unwrap_or_default();
    let folded = locale.to_ascii_lowercase();
    folded.contains("utf-8") || folded.contains("utf8")
}

/// Whether this process was started to renew a token beside its caller.
#[must_use]
pub(crate) fn is_renewal() -> bool {
    var(RENEWAL_MARK).is_some()
}

/// Whether an `az` or `azd` that jeton asked for a token started this process.
#[must_use]
pub(crate) fn is_asked_by_jeton() -> bool {
    var(TOOL_MARK).is_some()
}

/// The programs that handed this command on, the last one last.
#[must_use]
pub(crate) fn handed_on_by() -> Vec<PathBuf> {
    var_os(HANDED_ON_MARK).map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default()
}

/// `AZURE_CORE_OUTPUT`: the form in which `az` prints where its command line names none.
#[must_use]
pub(crate) fn az_output() -> Option<String> {
    var("AZURE_CORE_OUTPUT")
}

/// `DATABRICKS_HOST`: the workspace that Databricks' own tools mean.
#[must_use]
pub(crate) fn databricks_host() -> Option<String> {
    var("DATABRICKS_HOST")
}

/// `DATABRICKS_OUTPUT_FORMAT`: the form in which `databricks` prints where its command line names none.
#[must_use]
pub(crate) fn databricks_output() -> Option<String> {
    var("DATABRICKS_OUTPUT_FORMAT")
}

fn switch(name: &str, unset: bool) -> Result<bool> {
    let Some(value) = var(name) else { return Ok(unset) };
    match value.to_ascii_lowercase().as_str() {
        "on" | "1" | "true" | "yes" => Ok(true),
        "off" | "0" | "false" | "no" => Ok(false),
        _ => Err(Error::configuration(format!("{name} is neither on nor off: {value}")).hint("use on or off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_may_be_plain_seconds() {
        assert_eq!(parse_duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
        for bad in ["", "-1", "1w2x", "soon", "1.5"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
