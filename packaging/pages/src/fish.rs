//! fish.

use std::fmt::Write as _;
use std::io;

use clap::Command;
use clap_complete::Shell;

use crate::{generated, values};

pub(crate) fn script(grammar: &Command) -> io::Result<String> {
    let mut script = generated(Shell::Fish, grammar)?;
    // What is said of a value stands between double quotes, where fish would run it.
    if script.contains("$(") {
        return Err(io::Error::other("a help text has $( in it"));
    }
    for command in grammar.get_subcommands() {
        for name in command.get_name_and_visible_aliases() {
            let using = format!("__fish_jeton_using_subcommand {name}");
            positions(&mut script, command, &using);
            for below in command.get_subcommands() {
                positions(
                    &mut script,
                    below,
                    &format!("{using}; and __fish_seen_subcommand_from {}", below.get_name()),
                );
            }
        }
    }
    values::replace(script, |mark, kind| (format!("{mark}\\t''"), format!("(jeton __complete {kind} 2>/dev/null)")))
}

/// What clap's generator leaves out: values that are no option's.
fn positions(script: &mut String, command: &Command, condition: &str) {
    for arg in command.get_positionals() {
        let values: Vec<String> = values::shown(arg).iter().map(|value| format!("{value}\\t''")).collect();
        if !values.is_empty() {
            let _ = writeln!(script, "complete -c jeton -n \"{condition}\" -f -a \"{}\"", values.join("\n"));
        }
    }
}
