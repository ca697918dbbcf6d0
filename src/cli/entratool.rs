//! Options of entratool's `get-token` that this program has no use for, or another name: scripts that give them go on to
//! work (`docs/entratool.md`).

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::fields;
use crate::clock;
use crate::log::Log;
use crate::token::Token;

const WARN_EXPIRY: &str = "warn-expiry";
const NO_CLIPBOARD: &str = "no-clipboard";
const CACHE_CERT_PASSWORD: &str = "cache-cert-password";

/// What was given of them. Like the settings, they are built into the parser of a hot command only where the command
/// line mentions them.
#[derive(Debug)]
pub(super) struct EntratoolArgs {
    /// Minutes.
    warn_expiry: Option<u64>,
    cache_cert_password: bool,
}

impl EntratoolArgs {
    /// Says what an option does not do here.
    pub(super) fn tell(&self, warn: bool) {
        if self.cache_cert_password {
            Log::new(warn, false).warn(
                "--cache-cert-password does nothing: keep the password once (jeton secret set NAME), and name it \
                (--certificate-password-from keyring:NAME, or certificate_password in the profile)",
            );
        }
    }

    /// Warns where the token has less left than was asked for.
    pub(super) fn warn(&self, token: &Token, warn: bool) {
        let Some(minutes) = self.warn_expiry else { return };
        let now = clock::now();
        if token.expires_at.saturating_sub(now) < minutes.saturating_mul(60) {
            Log::new(warn, false).warn(format!(
                "the token expires {}; for one that lives longer: jeton refresh, or --min-ttl {minutes}m",
                clock::in_words(token.expires_at, now)
            ));
        }
    }
}

impl Args for EntratoolArgs {
    fn augment_args(mut command: Command) -> Command {
        for name in [WARN_EXPIRY, NO_CLIPBOARD, CACHE_CERT_PASSWORD] {
            if fields::is_mentioned(name, None) {
                command = command.arg(option(name));
            }
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn option(name: &'static str) -> Arg {
    let option = Arg::new(name).long(name);
    match name {
        WARN_EXPIRY => option
            .value_name("MINUTES")
            .value_parser(clap::value_parser!(u64))
            .help("Warn on stderr where the token has less than this left"),
        _ => option.action(ArgAction::SetTrue).hide(true).help("entratool's; without effect here"),
    }
}

impl FromArgMatches for EntratoolArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        // (Those that were not built are unknown to the matches.)
        Ok(Self {
            warn_expiry: matches.try_get_one(WARN_EXPIRY).ok().flatten().copied(),
            cache_cert_password: matches.try_get_one(CACHE_CERT_PASSWORD).ok().flatten() == Some(&true),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
