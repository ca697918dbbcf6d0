//! Which arguments have values that `jeton __complete` knows.
//!
//! Such an argument is given one possible value, a mark, so that clap's generators write it where the values belong; each
//! script has its marks replaced by a call then.

use std::io;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};

/// What `jeton __complete` is asked for, and the marks.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("profiles", "__jeton_profiles__"),
    ("scopes", "__jeton_scopes__"),
    ("flows", "__jeton_flows__"),
    ("clouds", "__jeton_clouds__"),
    ("pats", "__jeton_pats__"),
    ("kept-pats", "__jeton_kept_pats__"),
];

/// The positions that have such values; options are known by their names.
const POSITIONS: &[(&str, &str)] = &[
    ("jeton profile delete", "profiles"),
    ("jeton profile edit", "profiles"),
    ("jeton profile export", "profiles"),
    ("jeton profile rename", "profiles"),
    ("jeton profile show", "profiles"),
    ("jeton pat revoke", "pats"),
    ("jeton pat rotate", "kept-pats"),
];

/// The grammar with marks in it.
pub(crate) fn marked(command: Command) -> Command {
    let name = command.get_name().to_owned();
    below(command, &name)
}

fn below(command: Command, path: &str) -> Command {
    let command = command.mut_args(|arg| match kind(path, &arg) {
        Some(kind) => arg.value_parser(PossibleValuesParser::new([mark(kind)])),
        None => arg,
    });
    command.mut_subcommands(|command| {
        let path = format!("{path} {}", command.get_name());
        below(command, &path)
    })
}

fn kind(path: &str, arg: &Arg) -> Option<&'static str> {
    if arg.is_positional() {
        // The first one: the second of `rename` is a new name.
        let is_meant = matches!(arg.get_id().as_str(), "name" | "names" | "id" | "from" | "old");
        return POSITIONS.iter().find(|(known, _)| is_meant && *known == path).map(|(_, kind)| *kind);
    }
    match arg.get_long()? {
        "profile" => Some("profiles"),
        "scope" | "resource" => Some("scopes"),
        "flow" => Some("flows"),
        "cloud" => Some("clouds"),
        _ => None,
    }
}

fn mark(kind: &str) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, mark)| mark)
}

/// Replaces all marks: `replace` is given a mark and its kind, and returns what the script has for the mark, and what comes in its
/// place.
///
/// # Errors
/// A mark that is left, or none of a kind at all: clap wrote it in another way than it used to.
pub(crate) fn replace(script: String, replace: impl Fn(&str, &str) -> (String, String)) -> io::Result<String> {
    let mut script = script;
    for (kind, mark) in KINDS {
        let (from, to) = replace(mark, kind);
        if !script.contains(&from) {
            return Err(io::Error::other(format!("clap wrote no {from:?}")));
        }
        script = script.replace(&from, &to);
        if script.contains(mark) {
            return Err(io::Error::other(format!("clap wrote {mark:?} in yet another way")));
        }
    }
    Ok(script)
}

/// The kind that a mark stands for.
pub(crate) fn kind_of(value: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, mark)| value == *mark).map(|(kind, _)| *kind)
}

/// The possible values of an argument that people are told of.
pub(crate) fn shown(arg: &Arg) -> Vec<String> {
    if !arg.get_num_args().is_some_and(|count| count.takes_values()) {
        return Vec::new();
    }
    let values = arg.get_possible_values();
    values.iter().filter(|value| !value.is_hide_set()).map(|value| value.get_name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_of_the_table_is_in_the_grammar() {
        let grammar = crate::grammar();
        for (path, kind) in POSITIONS {
            let command =
                path.split(' ').skip(1).fold(&grammar, |command, name| command.find_subcommand(name).unwrap());
            let marks: Vec<_> = command.get_positionals().map(shown).collect();
            assert_eq!(marks.first(), Some(&vec![mark(kind).to_owned()]), "{path}");
        }
    }

    #[test]
    fn a_mark_that_is_not_where_it_used_to_be_is_an_error() {
        let all: String = KINDS.iter().map(|(_, mark)| format!("({mark})")).collect();
        let same = |mark: &str, kind: &str| (format!("({mark})"), kind.to_owned());
        assert_eq!(replace(all.clone(), same).unwrap(), KINDS.iter().map(|(kind, _)| *kind).collect::<String>());
        assert!(replace(format!("{all}{}", mark("pats")), same).is_err());
        assert!(replace(String::new(), same).is_err());
    }
}
