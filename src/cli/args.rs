//! Arguments that several commands share.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};

use super::fields;
use crate::environment;
use crate::profile::{Flags, Group};

/// Settings that a profile may hold as well: what the table of fields says, group by group.
#[derive(Debug)]
pub(super) struct SettingArgs {
    flags: Flags,
}

/// Settings for AWS keys that a profile may hold as well.
#[derive(Debug)]
pub(super) struct AwsArgs {
    flags: Flags,
}

impl SettingArgs {
    const GROUPS: &[Group] = &[Group::Entra, Group::Credentials, Group::SignIn, Group::Databricks];

    /// What was given.
    pub(super) fn flags(&self) -> Flags {
        self.flags.clone()
    }
}

impl AwsArgs {
    const GROUPS: &[Group] = &[Group::Aws];

    /// Adds what was given.
    pub(super) fn add_to(&self, flags: &mut Flags) {
        flags.append(&self.flags);
    }
}

macro_rules! args_of_the_table {
    ($name:ty) => {
        impl Args for $name {
            fn augment_args(command: Command) -> Command {
                fields::add(command, Self::GROUPS)
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }

        impl FromArgMatches for $name {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Self::from_arg_matches_mut(&mut matches.clone())
            }

            fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self { flags: fields::take(matches, Self::GROUPS) })
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

args_of_the_table!(SettingArgs);
args_of_the_table!(AwsArgs);

/// How one call is made: never in a profile.
///
/// By hand, not derived: every command that tools call at every turn has these, and like the settings they are built
/// only where the command line mentions them. What is not said is as in [`CallArgs::default`].
#[derive(Debug, Default)]
pub(super) struct CallArgs {
    /// The profile's name.
    pub(super) profile: Option<String>,
    /// Renew first if less than this is left.
    pub(super) min_ttl: Option<Duration>,
    /// Do not answer from the cache.
    pub(super) force_refresh: bool,
    /// Bound for all the work of one fetch.
    pub(super) timeout: Option<Duration>,
    /// No warnings.
    pub(super) silent: bool,
    /// Each step.
    pub(super) verbose: bool,
}

/// An option's name, its letter, and what else it is.
type Described<'a> = (&'static str, Option<char>, &'a dyn Fn(Arg) -> Arg);

impl CallArgs {
    /// The same once more, for whoever outlives the first.
    pub(super) fn again(&self) -> Self {
        Self { profile: self.profile.clone(), ..*self }
    }
}

impl Args for CallArgs {
    fn augment_args(command: Command) -> Command {
        let time = |option: Arg| option.value_name("TIME").value_parser(environment::parse_duration);
        let switch = |option: Arg| option.action(ArgAction::SetTrue);
        let options: [Described<'_>; 6] = [
            ("profile", Some('p'), &|option| option.value_name("NAME").help("Profile to use (or JETON_PROFILE)")),
            ("min-ttl", None, &|option| time(option).help("Renew first if less than this is left, such as 15m")),
            ("force-refresh", None, &|option| switch(option).help("Do not answer from the cache")),
            ("timeout", None, &|option| {
                time(option).help("Bound for all the work of one fetch (or JETON_TIMEOUT; 30s)")
            }),
            ("silent", None, &|option| switch(option).help("No warnings on stderr")),
            ("verbose", Some('v'), &|option| {
                switch(option).help("Show each step and its time on stderr; never a secret")
            }),
        ];
        options.into_iter().fold(command, |command, (name, short, build)| {
            if !fields::is_mentioned(name, short) {
                return command;
            }
            let option = Arg::new(name).long(name);
            let option = match short {
                Some(short) => option.short(short),
                None => option,
            };
            // (clap wants to know the other one where it is named.)
            let quarrels = name == "silent" && fields::is_mentioned("verbose", Some('v'));
            command.arg(build(if quarrels { option.conflicts_with("verbose") } else { option }))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CallArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        // What was not mentioned is not known to the parser, which is no error here.
        let switch = |name| matches.try_get_one(name).ok().flatten().copied().unwrap_or(false);
        let time = |name| matches.try_get_one(name).ok().flatten().copied();
        Ok(Self {
            min_ttl: time("min-ttl"),
            force_refresh: switch("force-refresh"),
            timeout: time("timeout"),
            silent: switch("silent"),
            verbose: switch("verbose"),
            profile: matches.try_remove_one("profile").ok().flatten(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// How a call of the sign-in commands is made.
#[derive(Debug, Args)]
pub(super) struct SignInCallArgs {
    /// Profile to use (or JETON_PROFILE)
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Bound for all the work besides a person's (or JETON_TIMEOUT; 30s)
    #[arg(long, value_name = "TIME", value_parser = environment::parse_duration)]
    timeout: Option<Duration>,
    /// Nothing on stderr on success
    #[arg(long, conflicts_with = "verbose")]
    pub(super) silent: bool,
    /// Show each step and its time on stderr; never a secret
    #[arg(short, long)]
    verbose: bool,
}

impl SignInCallArgs {
    /// The same call, for a token that is fetched anew.
    pub(super) fn fresh(&self) -> CallArgs {
        CallArgs {
            profile: self.profile.clone(),
            force_refresh: true,
            timeout: self.timeout,
            silent: self.silent,
            verbose: self.verbose,
            ..CallArgs::default()
        }
    }
}

/// The forms in which `token` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// The token and a line end
    Token,
    /// accessToken, expiresOn, tokenType, scopes, tenant
    Json,
    /// Authorization: Bearer ..., and what else goes along with it
    #[value(alias = "headers")]
    Header,
    /// Lines for a shell's eval
    Env,
    /// A configuration for curl -K -
    Curl,
}
