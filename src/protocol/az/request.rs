//! az's command line, as Python's argparse reads it: an option's value behind it or behind `=`, a letter's value right
//! behind it, long names cut short as long as they mean one, the last of several.

use std::ffi::OsString;

use super::query::Query;
use super::render::Form;
use crate::protocol::Foreign;

/// A command that is answered here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which one.
    pub command: Command,
    /// `--output`, if it is given.
    pub form: Option<Form>,
    /// `--query`, if it is given.
    pub query: Option<Query>,
    /// `--debug` or `--verbose`.
    pub verbose: bool,
}

/// The commands that are answered here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `account get-access-token`
    Token {
        /// Whose.
        account: Account,
        /// `--scope`; empty where it is not given.
        scopes: Vec<String>,
        /// `--resource`
        resource: Option<String>,
        /// `--resource-type`, in lower case.
        resource_type: Option<String>,
    },
    /// `account show`
    Show(Account),
    /// `version`
    Version,
    /// `--version`
    LongVersion,
}

/// Whose token or account is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// `--tenant`
    pub tenant: Option<String>,
    /// `--subscription`
    pub subscription: Option<String>,
}

/// What stands behind an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    One,
    Several,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Resource,
    ResourceType,
    Scope,
    Tenant,
    Subscription,
    Output,
    Query,
    Verbose,
    Help,
    /// It changes nothing here.
    Ignored,
}

/// An option: its spellings in the order in which messages have them, and what it takes.
type Spec = (Name, &'static [&'static str], Takes);

const GLOBAL: &[Spec] = &[
    (Name::Help, &["--help", "-h"], Takes::Nothing),
    (Name::Output, &["--output", "-o"], Takes::One),
    (Name::Query, &["--query"], Takes::One),
    (Name::Verbose, &["--verbose"], Takes::Nothing),
    (Name::Verbose, &["--debug"], Takes::Nothing),
    (Name::Ignored, &["--only-show-errors"], Takes::Nothing),
    (Name::Ignored, &["--acquire-policy-token"], Takes::Nothing),
    (Name::Ignored, &["--change-reference"], Takes::One),
];

const SUBSCRIPTION: &[Spec] = &[(Name::Subscription, &["--name", "--subscription", "-n", "-s"], Takes::One)];

const TOKEN: &[Spec] = &[
    (Name::Resource, &["--resource"], Takes::One),
    (Name::ResourceType, &["--resource-type"], Takes::One),
    (Name::Scope, &["--scope"], Takes::Several),
    (Name::Tenant, &["--tenant", "-t"], Takes::One),
];

/// The values of `--resource-type`, in the order in which az lists them.
const RESOURCE_TYPES: [&str; 7] = ["oss-rdbms", "arm", "aad-graph", "ms-graph", "batch", "media", "data-lake"];

const FORMS: [&str; 7] = ["json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"];

/// What az prints below an error in its usage.
const SEE: &str = "\n\nhttps://aka.ms/cli_ref\nRead more about the command in reference docs";
const SEE_QUERY: &str =
    "\nTo learn more about --query, please visit: 'https://learn.microsoft.com/cli/azure/query-azure-cli'";

/// Reads the command line behind `az`.
///
/// # Errors
/// What is not answered here.
pub fn parse(arguments: &[OsString]) -> Result<Call, Foreign> {
    let texts: Option<Vec<&str>> = arguments.iter().map(|text| text.to_str()).collect();
    let Some(texts) = texts else { return Err(elsewhere(&[])) };
    match texts.as_slice() {
        ["account", "get-access-token", rest @ ..] => {
            let given = Given::read("account get-access-token", rest, &[TOKEN, SUBSCRIPTION, GLOBAL])?;
            let account = given.account();
            let command = Command::Token {
                account,
                scopes: given.scopes,
                resource: given.resource,
                resource_type: given.resource_type,
            };
            Ok(Call { command, form: given.form, query: given.query, verbose: given.verbose })
        }
        ["account", "show", rest @ ..] => {
            let given = Given::read("account show", rest, &[SUBSCRIPTION, GLOBAL])?;
            let command = Command::Show(given.account());
            Ok(Call { command, form: given.form, query: given.query, verbose: given.verbose })
        }
        ["version", rest @ ..] => {
            let given = Given::read("version", rest, &[GLOBAL])?;
            Ok(Call { command: Command::Version, form: given.form, query: given.query, verbose: given.verbose })
        }
        ["--version" | "-v"] => Ok(Call { command: Command::LongVersion, form: None, query: None, verbose: false }),
        words => Err(elsewhere(words)),
    }
}

/// A command of az that is none of those here, named up to its first option.
fn elsewhere(words: &[&str]) -> Foreign {
    let words: Vec<_> = words.iter().take_while(|word| !word.starts_with('-')).take(4).copied().collect();
    Foreign::Command(["az"].into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// What was given.
#[derive(Debug, Default)]
struct Given {
    scopes: Vec<String>,
    resource: Option<String>,
    resource_type: Option<String>,
    tenant: Option<String>,
    subscription: Option<String>,
    form: Option<Form>,
    query: Option<Query>,
    verbose: bool,
}

impl Given {
    fn account(&self) -> Account {
        Account { tenant: self.tenant.clone(), subscription: self.subscription.clone() }
    }

    fn read(command: &str, words: &[&str], specs: &[&[Spec]]) -> Result<Self, Foreign> {
        let options: Vec<Spec> = specs.iter().flat_map(|specs| specs.iter().copied()).collect();
        let mut given = Self::default();
        let mut unknown: Vec<&str> = Vec::new();
        let mut at = 0;
        while let Some(&word) = words.get(at) {
            at += 1;
            if word == "--" {
                unknown.extend(&words[at..]);
                break;
            }
            let Some((spec, joined)) = option(word, &options)? else {
                unknown.push(word);
                continue;
            };
            let (name, spellings, takes) = spec;
            let mut values: Vec<&str> = joined.into_iter().collect();
            if joined.is_none() && takes != Takes::Nothing {
                let most = if takes == Takes::One { 1 } else { usize::MAX };
                while values.len() < most
                    && let Some(&next) = words.get(at)
                    && is_value(next, &options)
                {
                    values.push(next);
                    at += 1;
                }
            }
            let shown = || spellings.join("/");
            if takes == Takes::One && values.is_empty() {
                let see = if name == Name::Query { SEE_QUERY } else { SEE };
                return Err(Foreign::Wrong(format!("argument {}: expected one argument{see}", shown())));
            }
            if takes == Takes::Nothing && joined.is_some() {
                let value = joined.unwrap_or_default();
                return Err(Foreign::Wrong(format!("argument {}: ignored explicit argument {value:?}{SEE}", shown())));
            }
            given.set(command, name, &values)?;
        }
        if unknown.is_empty() {
            return Ok(given);
        }
        Err(Foreign::Unknown(format!("unrecognized arguments: {}{SEE}", unknown.join(" "))))
    }

    fn set(&mut self, command: &str, name: Name, values: &[&str]) -> Result<(), Foreign> {
        let value = values.first().copied().unwrap_or_default();
        // Of two spellings that mean nothing, az takes the empty text for none.
        let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
        let choice = |shown: &str, options: &[&str]| {
            let folded = value.to_lowercase();
            if options.contains(&folded.as_str()) {
                return Ok(folded);
            }
            let all = options.join(", ");
            Err(Foreign::Wrong(format!(
                "az {command}: '{folded}' is not a valid value for '{shown}'. Allowed values: {all}.{SEE}"
            )))
        };
        match name {
            Name::Resource => self.resource = text(),
            Name::ResourceType => self.resource_type = Some(choice("--resource-type", &RESOURCE_TYPES)?),
            Name::Scope => {
                self.scopes = values.iter().filter(|value| !value.is_empty()).map(|&value| value.to_owned()).collect();
            }
            Name::Tenant => self.tenant = text(),
            Name::Subscription => self.subscription = text(),
            Name::Output => self.form = Form::parse(&choice("--output", &FORMS)?),
            Name::Query => match Query::parse(value) {
                Some(query) => self.query = Some(query),
                None => {
                    let why = format!("argument --query: invalid jmespath_type value: '{value}'{SEE_QUERY}");
                    return Err(Foreign::Unknown(why));
                }
            },
            Name::Verbose => self.verbose = true,
            Name::Help => return Err(Foreign::Command(format!("az {command} --help"))),
            Name::Ignored => {}
        }
        Ok(())
    }
}

/// The option that `word` is, and a value that is joined to it; `None` for what is none. (argparse, `_parse_optional` and
/// `_get_option_tuples`)
fn option<'a>(word: &'a str, options: &[Spec]) -> Result<Option<(Spec, Option<&'a str>)>, Foreign> {
    let exact = |name: &str| options.iter().find(|(_, spellings, _)| spellings.contains(&name)).copied();
    if !word.starts_with('-') || word == "-" {
        return Ok(None);
    }
    if let Some(spec) = exact(word) {
        return Ok(Some((spec, None)));
    }
    let (name, joined) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    if let (Some(spec), Some(_)) = (exact(name), joined) {
        return Ok(Some((spec, joined)));
    }
    if !word.starts_with("--") {
        // A letter and its value.
        let Some(second) = word.char_indices().nth(2).map(|(at, _)| at) else { return Ok(None) };
        return Ok(exact(&word[..second]).map(|spec| (spec, Some(&word[second..]))));
    }
    let begun: Vec<(Spec, &str)> = options
        .iter()
        .flat_map(|spec| spec.1.iter().map(move |spelling| (*spec, *spelling)))
        .filter(|(_, spelling)| spelling.starts_with(name))
        .collect();
    match begun.as_slice() {
        [] => Ok(None),
        [(spec, _)] => Ok(Some((*spec, joined))),
        several => {
            let names: Vec<_> = several.iter().map(|(_, spelling)| *spelling).collect();
            Err(Foreign::Wrong(format!("ambiguous option: {word} could match {}{SEE}", names.join(", "))))
        }
    }
}

/// Whether argparse takes `word` for a value, not for an option.
fn is_value(word: &str, options: &[Spec]) -> bool {
    let number = word.strip_prefix('-').is_some_and(|digits| {
        digits.bytes().any(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.matches('.').count() <= 1
    });
    if !word.starts_with('-') || word == "-" || number {
        return true;
    }
    // What has a blank in it is no option, unless it is one with its value.
    word != "--" && word.contains(' ') && matches!(option(word, options), Ok(None))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Result<Call, Foreign> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    /// `get-access-token` with these options: tenant, subscription, scopes, resource, format.
    type Read = (Option<String>, Option<String>, Vec<String>, Option<String>, Option<Form>);

    fn token(line: &str) -> Read {
        let call =
            read(&format!("account get-access-token {line}")).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        match call.command {
            Command::Token { account, scopes, resource, .. } => {
                (account.tenant, account.subscription, scopes, resource, call.form)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_spelling_of_an_output_is_taken() {
        for (options, form) in [
            ("", None),
            ("-o json", Some(Form::Json)),
            ("-ojson", Some(Form::Json)),
            ("-o=json", Some(Form::Json)),
            ("--output json", Some(Form::Json)),
            ("--output=JSONC", Some(Form::Json)),
            ("--out tsv", Some(Form::Tsv)),
            ("--ou=yaml", Some(Form::Yaml)),
            ("-o json -o table", Some(Form::Table)),
            ("--output none --only-show-errors", Some(Form::None)),
        ] {
            assert_eq!(token(options).4, form, "{options}");
        }
    }

    #[test]
    fn options_may_stand_in_any_order_and_be_cut_short() {
        let some = |text: &str| Some(text.to_owned());
        let all = (some("t"), None, vec!["a".to_owned(), "b".into()], None, Some(Form::Json));
        for line in [
            "--scope a b --tenant t -o json",
            "-o json -t t --scope a b",
            "--sc a b --te=t -ojson",
            "-tt -o json --scope c --scope a b",
        ] {
            assert_eq!(token(line), all, "{line}");
        }
        for line in ["--subscription s", "-s s", "-n s", "-ss", "--name=s", "--su s", "--n s"] {
            assert_eq!(token(line).1, some("s"), "{line}");
        }
        assert_eq!(token("--resource r").3, some("r"));
        assert_eq!(token("--scope").2, [""; 0]);
        assert_eq!(token("--tenant=-x").0, some("-x"));
        assert_eq!(token("--tenant -1").0, some("-1"));
        assert_eq!(token("--tenant=").0, None);
        let call = parse(&["account", "show", "-s", "-My Subscription"].map(OsString::from)).unwrap();
        assert_eq!(call.command, Command::Show(Account { tenant: None, subscription: some("-My Subscription") }));
    }

    /// The first lines of what azure-cli 2.91.0 says of them.
    #[test]
    fn wrong_usage_is_told_in_azs_words() {
        for (line, said) in [
            ("--res x", "ambiguous option: --res could match --resource, --resource-type"),
            (
                "-o xml",
                "az account get-access-token: 'xml' is not a valid value for '--output'. Allowed values: json, jsonc, yaml, \
                 yamlc, table, tsv, none.",
            ),
            (
                "--resource-type foo",
                "az account get-access-token: 'foo' is not a valid value for '--resource-type'. Allowed values: oss-rdbms, \
                 arm, aad-graph, ms-graph, batch, media, data-lake.",
            ),
            ("-o", "argument --output/-o: expected one argument"),
            ("--query", "argument --query: expected one argument"),
            ("--tenant -x", "argument --tenant/-t: expected one argument"),
        ] {
            match read(&format!("account get-access-token {line}")) {
                Err(Foreign::Wrong(text)) => assert_eq!(text.lines().next(), Some(said)),
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_more_than_is_known_here_is_left_to_az() {
        for (line, said) in [
            ("account get-access-token --bogus x", "unrecognized arguments: --bogus x"),
            ("account get-access-token foo", "unrecognized arguments: foo"),
            ("account get-access-token -- a", "unrecognized arguments: a"),
            ("account show -x", "unrecognized arguments: -x"),
            ("account show --tenant t", "unrecognized arguments: --tenant t"),
            ("account get-access-token --query [a", "argument --query: invalid jmespath_type value: '[a'"),
            ("account get-access-token -h", "az account get-access-token --help"),
            ("account list --all", "az account list"),
            ("-o json account show", "az"),
            ("", "az"),
        ] {
            match read(line) {
                Err(Foreign::Command(text) | Foreign::Unknown(text)) => assert_eq!(text.lines().next(), Some(said)),
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(words in proptest::collection::vec("[-a-z=é ]{0,12}|--output|--scope", 0..6)) {
            let mut line = vec![OsString::from("account"), "get-access-token".into()];
            line.extend(words.into_iter().map(OsString::from));
            let _ = parse(&line);
        }
    }
}
