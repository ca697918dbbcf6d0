//! Where `inspect` and `discover` have their token from.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::cache::{Cache, Lookup};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::flow::{self, Meant};
use crate::jwt::{self, Found};
use crate::log::Log;
use crate::profile::{Field, Flags, Settings, Store};
use crate::request::TokenRequest;
use crate::secret::Secret;

/// A file larger than this, in bytes, holds no token.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(super) struct TokenInput {
    /// File with the token, or - for standard input (as where nothing is named); what other tools print around a token
    /// may be in it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The words of a token that was not quoted: they are refused here, where they are not repeated.
    #[arg(hide = true, value_name = "MORE")]
    more: Vec<OsString>,
    /// The same as FILE
    #[arg(short, long = "file", value_name = "FILE", conflicts_with = "file")]
    from: Option<PathBuf>,
    /// The token itself; other users of this machine can see it, so better have it read from standard input
    #[arg(short, long, value_name = "TOKEN", conflicts_with_all = ["file", "from"])]
    token: Option<Secret>,
    /// The cached token of this profile; none is fetched
    #[arg(short, long, value_name = "NAME", conflicts_with_all = ["file", "from", "token"])]
    profile: Option<String>,
    /// With --profile: what that token is for, where the profile does not say it
    #[arg(short, long = "scope", value_name = "SCOPE", requires = "profile")]
    scopes: Vec<String>,
}

/// What was read.
pub(super) struct Input {
    /// The token in it.
    pub(super) found: Found,
    /// Where it is from, to say so.
    pub(super) shown: String,
    /// When the server said that it dies (seconds since 1970, UTC): known for cached tokens.
    pub(super) expires_at: Option<u64>,
}

impl TokenInput {
    /// Reads the token. `warn`: say what is risky about the way it was given.
    pub(super) fn read(&self, warn: bool) -> Result<Input> {
        if !self.more.is_empty() {
            return Err(Error::usage("more than one FILE was given").hint(BETTER));
        }
        if let Some(name) = &self.profile {
            return self.cached(name);
        }
        let named = match (&self.token, self.file.as_deref().or(self.from.as_deref())) {
            (Some(token), _) if token.expose() != "-" => {
                Log::new(warn, false).warn(
                    "a token on the command line can be seen by other users, and stays in the shell's history; \
                    better have it read from standard input or a file",
                );
                return Ok(Input::of(token.expose().as_bytes(), "--token".to_owned()));
            }
            (Some(_), _) => None,
            (None, Some(file)) if file.as_os_str() != "-" => Some(file),
            (None, Some(_)) => None,
            (None, None) if io::stdin().is_terminal() => {
                return Err(Error::usage("it was not said where the token is").hint(BETTER));
            }
            (None, None) => None,
        };
        match named {
            None => {
                let text = read(&mut io::stdin().lock(), "standard input")?;
                Ok(Input::of(&text, "standard input".to_owned()))
            }
            Some(file) => {
                refuse_token(file)?;
                let shown = file.display().to_string();
                // A pipe is as good (`<(az account get-access-token)`), so this may wait for it.
                let mut opened = File::open(file).map_err(|error| unreadable(&shown, &error))?;
                Ok(Input::of(&read(&mut opened, &shown)?, shown))
            }
        }
    }

    /// The token that `jeton token -p NAME` would find in the cache.
    fn cached(&self, name: &str) -> Result<Input> {
        let mut flags = Flags::default();
        flags.set(Field::Scopes, Some(&self.scopes.join(" ")));
        let cache_dir = environment::cache_dir()?;
        let settings = Settings::load(flags, Some(name), &Store::new(&environment::config_dir()?, &cache_dir))?;
        let Meant { flow, subject } = flow::of(&settings)?;
        let request = TokenRequest { margin: 0, ..TokenRequest::new(flow) };
        let request = TokenRequest { subject: subject.map(|flow| Box::new(TokenRequest::new(flow))), ..request };
        match Cache::new(cache_dir).load(&request.key()) {
            Lookup::Found(entry) => {
                let input = Input::of(entry.token.value.expose().as_bytes(), format!("the cache for profile {name:?}"));
                Ok(Input { expires_at: Some(entry.token.expires_at), ..input })
            }
            Lookup::Absent => Err(Error::new(Kind::Token, format!("there is no cached token of profile {name:?}"))
                .hint(format!("get one: jeton token --profile {name}"))),
            Lookup::Bad(why) => Err(Error::configuration(why)
                .hint(format!("it is replaced when a token is next asked for: jeton token --profile {name}"))),
        }
    }
}

/// The ways that show a token to nobody.
const BETTER: &str = "name a file, or pipe the token in: ... | jeton inspect -";

impl Input {
    fn of(text: &[u8], shown: String) -> Self {
        Self { found: jwt::find(text), shown, expires_at: None }
    }

    /// Why there is nothing to say about what was found.
    pub(super) fn not_a_jwt(&self) -> Option<Error> {
        let shown = &self.shown;
        let (message, hint) = match self.found {
            Found::Jwt(_) => return None,
            Found::Encrypted => (
                format!("the token in {shown} is encrypted (JWE), so only its recipient can read it"),
                "its expiry is in the answer that it came with (expires_in, expires_on)",
            ),
            Found::Damaged => (
                format!("the token in {shown} is a JWT that is cut or damaged"),
                "copy all of it: three parts with dots between; a table on a terminal may have cut it off",
            ),
            Found::Pat => (
                format!(
                    "the token in {shown} is a Databricks personal access token, not a JWT: it says nothing of itself"
                ),
                "its expiry is known to the workspace: databricks tokens list",
            ),
            Found::Opaque => (
                format!("the token in {shown} is opaque, not a JWT: it says nothing of itself"),
                "its expiry is in the answer that it came with (expires_in, expires_on)",
            ),
            Found::Nothing => (format!("there is no token in {shown}"), "look at what the tool before it said"),
        };
        Some(Error::new(Kind::Token, message).hint(hint))
    }
}

/// A token in the place of FILE: it is not read, because an option is never a value or a path by its look, and it is
/// not repeated.
fn refuse_token(file: &Path) -> Result<()> {
    let found = jwt::find(file.as_os_str().as_encoded_bytes());
    if matches!(found, Found::Jwt(_) | Found::Encrypted | Found::Damaged | Found::Pat) && !file.exists() {
        return Err(Error::usage("FILE is a token, not the name of a file").hint(BETTER));
    }
    Ok(())
}

fn read(from: &mut impl Read, shown: &str) -> Result<Zeroizing<Vec<u8>>> {
    // (Room for all of it: what a growing buffer leaves behind is not wiped.)
    let mut text = Zeroizing::new(Vec::with_capacity(64 << 10));
    let length = from.take(LARGEST + 1).read_to_end(&mut text).map_err(|error| unreadable(shown, &error))?;
    if length as u64 > LARGEST {
        return Err(Error::configuration(format!("{shown} is too large for a token"))
            .hint(format!("give one of {} MiB at most", LARGEST >> 20)));
    }
    Ok(text)
}

fn unreadable(shown: &str, error: &io::Error) -> Error {
    Error::configuration(format!("{shown} can't be read: {error}")).hint("check the path and its permissions")
}
