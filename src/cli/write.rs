//! `jeton write`: a token in a file, once or kept fresh.

use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use super::args::{AwsArgs, CallArgs, SettingArgs};
use super::beside::Beside;
use super::road::Road;
use super::{token_file, workspace};
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::log::Log;
use crate::platform;
use crate::profile::{Field, Origin};
use crate::protocol::files::{self, Server};
use crate::protocol::plain;
use crate::request::TokenRequest;
use crate::token::Token;

/// Seconds that a token has left when it is written once: who reads the file does so later.
const MARGIN: u64 = 1800;

/// The longest sleep, in seconds: a machine that was suspended, or whose clock was set, is noticed after this.
const STEP: u64 = 15;
/// The first pause after a failure, in seconds; each further one is twice as long.
const FIRST_PAUSE: u64 = 2;
/// The longest one.
const LONGEST_PAUSE: u64 = 300;

#[derive(Debug, Args)]
pub(super) struct WriteArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
    /// The file: readable by you alone, replaced in one step
    file: PathBuf,
    /// What is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "token")]
    format: Format,
    /// Write once and end (what is done without --watch)
    #[arg(long, conflicts_with = "watch")]
    once: bool,
    /// Stay, and write a new token at half the life of the old one (with --min-ttl: when less than that is left)
    #[arg(long)]
    watch: bool,
    /// With --format pgpass: the server that the password is for
    #[arg(long, value_name = "HOST[:PORT[:DATABASE[:USER]]]", value_parser = Server::parse)]
    server: Option<Server>,
    /// With --format aws-credentials or databrickscfg: the section's name [default: default, DEFAULT]
    #[arg(long, value_name = "NAME")]
    section: Option<String>,
}

/// What a file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The token alone, without a line end: SDKs send all that is in the file
    Token,
    /// accessToken, expiresOn, tokenType, scopes, tenant
    Json,
    /// Authorization: Bearer ...
    Header,
    /// Lines that a shell can source
    Env,
    /// A configuration for curl -K FILE
    Curl,
    /// A password file for PGPASSFILE (needs --server)
    Pgpass,
    /// AWS keys for AWS_SHARED_CREDENTIALS_FILE
    AwsCredentials,
    /// Host and token for DATABRICKS_CONFIG_FILE
    Databrickscfg,
}

impl Format {
    /// Whether tools keep entries of others in such a file.
    fn is_shared(self) -> bool {
        matches!(self, Self::Pgpass | Self::AwsCredentials | Self::Databrickscfg)
    }
}

impl WriteArgs {
    pub(super) fn run(self) -> Result<()> {
        self.check()?;
        if !self.watch {
            return self.round(&mut None, &Mutex::new(())).map(drop);
        }
        let ending = platform::Ending::new().map_err(|error| {
            Error::new(Kind::Failed, format!("signals can't be waited for: {error}")).hint("try again")
        })?;
        let (sender, ends) = channel();
        let writing = Arc::new(Mutex::new(()));
        let asked = sender.clone();
        thread::spawn(move || {
            ending.wait();
            let _ = asked.send(Ok(()));
        });
        let held = Arc::clone(&writing);
        thread::spawn(move || {
            let _ = sender.send(Err(self.keep(&held)));
        });
        let end = ends.recv().unwrap_or(Ok(()));
        // A file that is being replaced is finished, and no other one is begun.
        std::mem::forget(writing.lock().unwrap_or_else(PoisonError::into_inner));
        end
    }

    /// What is wrong whatever the token is.
    fn check(&self) -> Result<()> {
        if self.file.as_os_str() == "-" {
            return Err(Error::usage("a token is written into a file here").hint("to print it: jeton token"));
        }
        if self.format == Format::Pgpass && self.server.is_none() {
            return Err(Error::usage("a password file needs the server that the password is for")
                .hint("give --server HOST[:PORT[:DATABASE[:USER]]]"));
        }
        if self.format != Format::Pgpass && self.server.is_some() {
            return Err(Error::usage("--server means nothing in this format").hint("leave it out, or --format pgpass"));
        }
        match &self.section {
            Some(_) if !matches!(self.format, Format::AwsCredentials | Format::Databrickscfg) => {
                return Err(Error::usage("--section means nothing in this format")
                    .hint("leave it out, or --format aws-credentials or databrickscfg"));
            }
            Some(section) => files::check_section(section)?,
            None => {}
        }
        if self.format.is_shared()
            && let Ok(text) = std::fs::read(&self.file)
            && !files::is_ours(&Zeroizing::new(text))
        {
            return Err(Error::usage(format!(
                "{} is not jeton's, and all of it would be replaced",
                self.file.display()
            ))
            .hint("name a file of its own, and point the tool at that (see docs/run.md)"));
        }
        Ok(())
    }

    /// Writes a new token whenever it is time. It ends where trying again would not help: the error of a first round.
    fn keep(&self, writing: &Mutex<()>) -> Error {
        let log = Log::new(!self.call.silent, self.call.verbose);
        let shown = self.file.display();
        let mut last: Option<Token> = None;
        let mut failures = 0;
        loop {
            let begun = clock::now();
            let (wake, trouble) = match self.round(&mut last, writing) {
                Ok(due) if due > clock::now() => (due, None),
                Ok(_) => (0, Some("it is handed out as it is, and no newer one was got".to_owned())),
                Err(error) if last.is_none() && error.kind != Kind::Network => return error,
                Err(error) => (error.retry_at.unwrap_or(0), Some(error.message)),
            };
            let wake = match trouble {
                None => {
                    failures = 0;
                    log.step(|| {
                        format!("{shown} is good until {}; next round {}", end(last.as_ref()), clock::rfc3339(wake))
                    });
                    wake
                }
                Some(why) => {
                    let wake = wake.max(clock::now() + pause(failures));
                    let again = || format!("{shown}: the token was not renewed ({why}); trying again");
                    if failures == 0 {
                        log.warn(again())
                    } else {
                        log.step(again)
                    }
                    failures += 1;
                    wake
                }
            };
            // (Never twice in a second, whatever a server says about its tokens.)
            sleep_until(wake.max(begun + 1));
        }
    }

    /// Gets a token and writes it, unless it is in the file already. Returns when the next one is due.
    fn round(&self, last: &mut Option<Token>, writing: &Mutex<()>) -> Result<u64> {
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        // What is to be said about settings was said in the first round.
        let mut road = Road::open(&self.call, flags, last.is_some())?;
        if last.is_some() {
            // Who started this may have left.
            road.settings.add(Field::Interactive, "never", Origin::BuiltIn);
        }
        if self.format == Format::Databrickscfg {
            road.default_resource("databricks")?;
        }
        let request = self.request(&road, last.is_none())?;
        let token = road.get(&request)?;
        let is_written = last.as_ref().is_some_and(|last| last.value == token.value) && self.file.exists();
        if !is_written {
            let text = Zeroizing::new(self.render(&road, &token)?);
            let _held = writing.lock().unwrap_or_else(PoisonError::into_inner);
            token_file::write(&self.file, &text)?;
        }
        let due = due(&token, self.call.min_ttl.map(|ttl| ttl.as_secs()), clock::now());
        *last = Some(token);
        Ok(due)
    }

    fn request(&self, road: &Road<'_>, first: bool) -> Result<TokenRequest> {
        let request = match self.format {
            Format::AwsCredentials => road.keys()?,
            _ => road.wanted(MARGIN)?,
        };
        // A token that is due is renewed here and now: nobody waits, and the file is to have the new one.
        let min_ttl = if self.watch { request.min_ttl.or(Some(u64::MAX)) } else { request.min_ttl };
        Ok(TokenRequest { background: false, min_ttl, force_refresh: request.force_refresh && first, ..request })
    }

    fn render(&self, road: &Road<'_>, token: &Token) -> Result<String> {
        let section = |built_in| self.section.as_deref().unwrap_or(built_in);
        Ok(match (self.format, &self.server) {
            (Format::Json, _) => plain::json(token),
            (Format::Header, _) => with_headers(road, token, plain::header)?,
            (Format::Env, _) => plain::env(token),
            (Format::Curl, _) => with_headers(road, token, plain::curl)?,
            (Format::AwsCredentials, _) => files::aws_credentials(token, section("default"))?,
            (Format::Databrickscfg, _) => {
                files::databrickscfg(token, section("DEFAULT"), &workspace::url(&road.settings)?)
            }
            (Format::Pgpass, Some(server)) => files::pgpass(token, server),
            (Format::Token | Format::Pgpass, _) => token.value.expose().to_owned(),
        })
    }
}

/// A form that is made of headers, with those that go along with the token.
fn with_headers(road: &Road<'_>, token: &Token, form: impl Fn(&Token, &plain::Beside<'_>) -> String) -> Result<String> {
    let beside = Beside::of(road)?;
    let management = beside.management.as_ref().map(|request| road.get(request)).transpose()?;
    Ok(form(token, &beside.headers(management.as_ref())))
}

/// When a token is to be replaced: at half its life or when the server wants that, or when less than `min_ttl` seconds
/// are left. One from the future shows that the clock was set back, so it is due at once.
fn due(token: &Token, min_ttl: Option<u64>, now: u64) -> u64 {
    let life = token.expires_at.saturating_sub(token.issued_at);
    match min_ttl {
        _ if token.issued_at > now + 60 => now,
        Some(wanted) if wanted < life => token.expires_at - wanted + 1,
        _ => token.refresh_at.unwrap_or(token.issued_at + life / 2),
    }
}

/// Seconds between attempts after this many failures before.
fn pause(failures: u32) -> u64 {
    (FIRST_PAUSE << failures.min(16)).min(LONGEST_PAUSE)
}

/// Sleeps by the wall clock, in short steps, so that neither a suspended machine nor a clock that is set makes it late.
fn sleep_until(wake: u64) {
    let mut before = clock::now();
    while let Some(step) = step(before, clock::now(), wake) {
        before = clock::now();
        thread::sleep(step);
    }
}

/// How long to sleep next; `None` when it is time, or when the clock was set back.
fn step(before: u64, now: u64, wake: u64) -> Option<Duration> {
    let set_back = now + 60 < before;
    (now < wake && !set_back).then(|| Duration::from_secs((wake - now).min(STEP)))
}

fn end(token: Option<&Token>) -> String {
    token.map(|token| clock::rfc3339(token.expires_at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::token;

    #[test]
    fn a_token_is_replaced_in_time() {
        let mut token = token("t", 1000, 3600);
        assert_eq!(due(&token, None, 1000), 2800);
        assert_eq!(due(&token, Some(600), 1000), 4001);
        // More than it ever has: as without.
        assert_eq!(due(&token, Some(7200), 1000), 2800);
        token.refresh_at = Some(1500);
        assert_eq!(due(&token, None, 1000), 1500);
        // The clock was set back by an hour.
        assert_eq!(due(&token, None, 10), 10);
    }

    #[test]
    fn sleep_is_cut_into_steps_and_ends_when_the_clock_is_set() {
        assert_eq!(step(100, 100, 102), Some(Duration::from_secs(2)));
        assert_eq!(step(100, 100, 9000), Some(Duration::from_secs(STEP)));
        // Suspended over the time.
        assert_eq!(step(100, 9500, 9000), None);
        // Set back.
        assert_eq!(step(5000, 100, 9000), None);
        // A second or two is no such thing.
        assert_eq!(step(5000, 4990, 5001), Some(Duration::from_secs(11)));
    }

    #[test]
    fn pauses_grow_to_five_minutes() {
        assert_eq!([0, 1, 2, 8, 40].map(pause), [2, 4, 8, 300, 300]);
    }
}
