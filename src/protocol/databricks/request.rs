//! The command line behind `databricks`, as far as it is answered here.

use std::ffi::OsString;
use std::time::Duration;

use crate::environment;
use crate::protocol::Foreign;
use crate::protocol::pflag::{self, Flag, Line};

/// A command that is answered here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// Which one.
    pub command: Command,
    /// A profile's name, or a host: what stands behind `auth token`.
    pub target: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--host`
    pub host: Option<String>,
    /// `--account-id`
    pub account_id: Option<String>,
    /// `--workspace-id`
    pub workspace_id: Option<String>,
    /// `--force-refresh`
    pub force_refresh: bool,
    /// `--timeout`
    pub timeout: Option<Duration>,
    /// `--output`
    pub output: Option<Output>,
    /// `--skip-validate`
    pub skip_validate: bool,
    /// `--debug`
    pub verbose: bool,
}

/// The commands that are answered here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Command {
    /// `auth token`
    #[default]
    Token,
    /// `auth env`
    Env,
    /// `auth profiles`
    Profiles,
    /// `auth describe`
    Describe,
    /// `version`, `--version`
    Version,
}

/// How a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Text,
    /// A JSON object.
    Json,
}

impl Output {
    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Those of the commands, those of all commands, and those that only older SDKs and CLIs know.
const FLAGS: &[Flag] = &[
    ("host", None, true),
    ("account-id", None, true),
    ("workspace-id", None, true),
    ("profile", Some('p'), true),
    ("output", Some('o'), true),
    ("timeout", None, true),
    ("force-refresh", None, false),
    ("experimental-is-unified-host", None, false),
    ("skip-validate", None, false),
    ("sensitive", None, false),
    ("target", Some('t'), true),
    ("debug", None, false),
    ("log-file", None, true),
    ("log-format", None, true),
    ("log-level", None, true),
    ("progress-format", None, true),
    ("version", Some('v'), false),
    ("help", Some('h'), false),
];

/// Reads the command line behind `databricks`.
///
/// # Errors
/// What is not answered here.
pub fn parse(arguments: &[OsString]) -> Result<Call, Foreign> {
    let texts: Option<Vec<&str>> = arguments.iter().map(|text| text.to_str()).collect();
    let Some(texts) = texts else { return Err(Foreign::Command("databricks".to_owned())) };
    let line = Line::read(&texts, FLAGS);
    // An option of another command may look like one of these.
    let words = match &line {
        Ok(line) => line.words.as_slice(),
        Err(_) => &texts,
    };
    let command = match words {
        ["auth", "token", ..] => Command::Token,
        ["auth", "env"] => Command::Env,
        ["auth", "profiles"] => Command::Profiles,
        ["auth", "describe"] => Command::Describe,
        ["version"] => Command::Version,
        [] if line.as_ref().is_ok_and(|line| line.flags.contains(&("version", "true"))) => Command::Version,
        words => return Err(Foreign::Command(named(words))),
    };
    let mut call = Call { command, ..Call::default() };
    let line = line.map_err(Foreign::Wrong)?;
    if let Some(text) = line.unknown {
        return Err(Foreign::Unknown(text));
    }
    for (name, value) in line.flags {
        let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "host" => call.host = some(),
            "account-id" => call.account_id = some(),
            "workspace-id" => call.workspace_id = some(),
            "profile" => call.profile = some(),
            "output" => match Output::parse(value) {
                Some(output) => call.output = Some(output),
                None => return Err(wrong(value, "-o, --output", "accepted arguments are json and text")),
            },
            "timeout" => match environment::parse_duration(value) {
                // (Go takes no number without a unit.)
                Ok(timeout) if value == "0" || value.parse::<u64>().is_err() => call.timeout = Some(timeout),
                _ => {
                    let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
                    let what = if is_number { "missing unit in" } else { "invalid" };
                    return Err(wrong(value, "--timeout", &format!("time: {what} duration {value:?}")));
                }
            },
            "target" | "log-file" | "log-format" | "log-level" | "progress-format" => {}
            name => {
                let Some(is_on) = pflag::is_on(value) else {
                    let why = format!("strconv.ParseBool: parsing {value:?}: invalid syntax");
                    return Err(wrong(value, &format!("--{name}"), &why));
                };
                match name {
                    "force-refresh" => call.force_refresh = is_on,
                    "skip-validate" => call.skip_validate = is_on,
                    "debug" => call.verbose = is_on,
                    "help" if is_on => return Err(Foreign::Command(named(&line.words) + " --help")),
                    _ => {}
                }
            }
        }
    }
    if let ["auth", "token", targets @ ..] = line.words.as_slice() {
        if targets.len() > 1 {
            return Err(Foreign::Wrong(format!("accepts at most 1 arg(s), received {}", targets.len())));
        }
        call.target = targets.first().filter(|target| !target.is_empty()).map(|target| (*target).to_owned());
        if let Some(target) = &call.target
            && (call.host.is_some() || call.profile.is_some())
        {
            return Err(Foreign::Wrong(format!(
                "argument {target:?} cannot be combined with --host or --profile. Use the --host and --profile flags instead"
            )));
        }
    }
    Ok(call)
}

fn wrong(value: &str, flag: &str, why: &str) -> Foreign {
    Foreign::Wrong(format!("invalid argument {value:?} for {flag:?} flag: {why}"))
}

fn named(words: &[&str]) -> String {
    ["databricks"].iter().chain(words.iter().take(3)).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Result<Call, Foreign> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_lines_of_the_sdks_are_read() {
        let some = |text: &str| Some(text.to_owned());
        let call = read(
            "auth token --host https://h --experimental-is-unified-host --account-id A --workspace-id W --force-refresh",
        )
        .unwrap();
        assert_eq!((call.host, call.account_id, call.workspace_id), (some("https://h"), some("A"), some("W")));
        assert!(call.force_refresh && call.profile.is_none());
        for line in
            ["auth token --profile P", "auth token -p P", "auth token -pP", "-p=P auth token", "auth --profile=P token"]
        {
            assert_eq!(read(line).unwrap().profile, some("P"), "{line}");
        }
        let call = read("auth token P --force-refresh=false --timeout 1h0m0s -o text --debug").unwrap();
        assert_eq!((call.target, call.force_refresh), (some("P"), false));
        assert_eq!((call.timeout, call.output), (Some(Duration::from_secs(3600)), Some(Output::Text)));
        for (line, command) in [
            ("version", Command::Version),
            ("version --output json", Command::Version),
            ("--version", Command::Version),
            ("-v", Command::Version),
            ("auth env --profile x", Command::Env),
            ("auth profiles --skip-validate -o json", Command::Profiles),
            ("auth describe --sensitive", Command::Describe),
        ] {
            assert_eq!(read(line).unwrap().command, command, "{line}");
        }
    }

    #[test]
    fn what_is_more_than_that_is_left_to_the_cli() {
        for (line, foreign) in [
            ("", Foreign::Command("databricks".into())),
            ("auth", Foreign::Command("databricks auth".into())),
            ("auth login --host h", Foreign::Command("databricks auth login".into())),
            ("clusters list --bogus", Foreign::Command("databricks clusters list".into())),
            ("clusters list --output", Foreign::Command("databricks clusters list --output".into())),
            ("auth token --help", Foreign::Command("databricks auth token --help".into())),
            ("auth token --bogus=1", Foreign::Unknown("unknown flag: --bogus".into())),
            ("auth token -x", Foreign::Unknown("unknown shorthand flag: 'x' in -x".into())),
            ("auth token --host", Foreign::Wrong("flag needs an argument: --host".into())),
            ("auth token -p", Foreign::Wrong("flag needs an argument: 'p' in -p".into())),
            ("auth token a b", Foreign::Wrong("accepts at most 1 arg(s), received 2".into())),
            (
                "auth token -o xml",
                Foreign::Wrong(
                    "invalid argument \"xml\" for \"-o, --output\" flag: accepted arguments are json and text".into(),
                ),
            ),
            (
                "auth token --timeout 5",
                Foreign::Wrong(
                    "invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\"".into(),
                ),
            ),
            (
                "auth token --force-refresh=x",
                Foreign::Wrong(
                    "invalid argument \"x\" for \"--force-refresh\" flag: strconv.ParseBool: parsing \"x\": invalid syntax"
                        .into(),
                ),
            ),
        ] {
            assert_eq!(read(line), Err(foreign), "{line}");
        }
        assert!(
            matches!(read("auth token h --host h"), Err(Foreign::Wrong(text)) if text.contains("cannot be combined"))
        );
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(
            words in proptest::collection::vec("[-a-z=é ]{0,12}|--output|--timeout|auth|token|[0-9a-z]{1,9}", 0..6),
        ) {
            let _ = parse(&words.into_iter().map(OsString::from).collect::<Vec<_>>());
        }
    }
}
