//! The table of settings as options of the command line.
//!
//! An option costs some 4,500 instructions to build, and there are about forty of them, so the parser of a command that
//! tools call at every turn gets only those that its command line mentions ([`narrowed`]). Whatever it does not take,
//! the whole parser is asked about: see [`super::parse`].

use std::cell::RefCell;
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::profile::{FIELDS, Field, Flags, Group, Shape, Spec};

thread_local! {
    /// The command line, while a parser is built that needs no more than what stands in it.
    static MENTIONED: RefCell<Option<Vec<OsString>>> = const { RefCell::new(None) };
}

/// Builds a parser that knows those settings alone that `argv` mentions.
pub(super) fn narrowed<T>(argv: &[OsString], build: impl FnOnce() -> T) -> T {
    MENTIONED.with(|mentioned| mentioned.replace(Some(argv.to_vec())));
    let built = build();
    MENTIONED.with(RefCell::take);
    built
}

/// Adds the options of `groups`.
pub(super) fn add(mut command: Command, groups: &[Group]) -> Command {
    for spec in mentioned_of(groups) {
        command = command.arg(option(spec));
    }
    command
}

/// What was given of the options of `groups`.
pub(super) fn take(matches: &mut ArgMatches, groups: &[Group]) -> Flags {
    let given: Vec<Field> = matches
        .ids()
        .filter_map(|id| Field::of_key(id.as_str()))
        .filter(|field| groups.contains(&field.spec().group))
        .collect();
    let mut flags = Flags::default();
    for field in given {
        let key = field.key();
        match field.spec().shape {
            Shape::Switch => flags.set(field, matches.get_flag(key).then_some("true")),
            _ => {
                let values: Vec<String> = matches.remove_many(key).into_iter().flatten().collect();
                flags.set(field, Some(&values.join(" ")));
            }
        }
    }
    flags
}

fn option(spec: &Spec) -> Arg {
    let option = Arg::new(spec.key).long(name(spec)).help(spec.help).help_heading(heading(spec.group));
    let option = match short(spec.field) {
        Some(short) => option.short(short),
        None => option,
    };
    match spec.shape {
        Shape::Switch => option.action(ArgAction::SetTrue),
        Shape::List => option.value_name(spec.value).action(ArgAction::Append),
        Shape::Text | Shape::Source => option.value_name(spec.value),
    }
}

/// Without the dashes.
fn name(spec: &Spec) -> &'static str {
    spec.flag.strip_prefix("--").unwrap_or(spec.flag)
}

fn short(field: Field) -> Option<char> {
    match field {
        Field::Scopes => Some('s'),
        Field::Flow => Some('f'),
        _ => None,
    }
}

fn heading(group: Group) -> &'static str {
    match group {
        Group::Entra | Group::Profile => "Settings (also in a profile)",
        Group::Credentials => "Credentials (also in a profile)",
        Group::SignIn => "Signing in (also in a profile)",
        Group::Aws => "AWS settings (also in a profile)",
        Group::Databricks => "Databricks (also in a profile)",
    }
}

/// Whether the option may stand in the command line, or all are wanted. Short ones may stand behind others (`-vs`), so
/// any single dash counts for them.
pub(super) fn is_mentioned(name: &str, short: Option<char>) -> bool {
    let stands_in = |argv: &Vec<OsString>| {
        argv.iter().map(|text| text.as_encoded_bytes()).any(|text| match text.starts_with(b"--") {
            true => names_long(name, text),
            false => text.first() == Some(&b'-') && short.is_some(),
        })
    };
    MENTIONED.with_borrow(|mentioned| mentioned.as_ref().is_none_or(stands_in))
}

/// The settings of `groups` that the command line mentions.
fn mentioned_of(groups: &[Group]) -> Vec<&'static Spec> {
    let all = FIELDS.iter().filter(|spec| groups.contains(&spec.group));
    MENTIONED.with_borrow(|mentioned| match mentioned {
        None => all.collect(),
        // Most command lines that tools call have no option at all.
        Some(argv) if !argv.iter().any(|text| text.as_encoded_bytes().starts_with(b"-")) => Vec::new(),
        Some(argv) => {
            let (long_ones, others): (Vec<&[u8]>, Vec<&[u8]>) =
                argv.iter().map(|text| text.as_encoded_bytes()).partition(|text| text.starts_with(b"--"));
            let may_be_short = others.iter().any(|text| text.starts_with(b"-"));
            all.filter(|spec| {
                long_ones.iter().any(|text| names_long(name(spec), text))
                    || (may_be_short && short(spec.field).is_some())
            })
            .collect()
        }
    })
}

/// Whether `text` is the long option `name`, with or without a value behind it.
fn names_long(name: &str, text: &[u8]) -> bool {
    let end = 2 + name.len();
    // (Its length tells most of them apart.)
    matches!(text.get(end), None | Some(b'=')) && text.get(2..end).is_some_and(|long| long == name.as_bytes())
}
