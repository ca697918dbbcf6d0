//! `jeton env`: the same variables as `run`, as assignments that a shell evaluates, and a note of when they die.

use std::ffi::OsString;

use clap::Args;

use super::output;
use super::variables::{Changes, VariableArgs};
use crate::environment::NOTE;
use crate::error::Result;
use crate::protocol::shell::Shell;
use crate::secret::Secret;

/// The end that is noted where none is known: the last second of the year 9999.
const FAR: u64 = 253_402_300_799;

#[derive(Debug, Args)]
pub(super) struct EnvArgs {
    #[command(flatten)]
    variables: VariableArgs,
    /// Whose words: bash, zsh, fish, powershell, nushell (JSON) or sh
    #[arg(long, value_name = "SHELL", default_value = "sh", value_parser = Shell::parse)]
    shell: Shell,
}

impl EnvArgs {
    pub(super) fn run(self) -> Result<()> {
        let shell = self.shell;
        match self.variables.get() {
            Ok(changes) => output::print(&shell.assignments(&with_note(changes))),
            Err(error) => {
                output::print(&shell.failure(error.kind.exit_code()))?;
                Err(error)
            }
        }
    }
}

/// Those that are taken out first: how the last command ended is how the evaluation ended.
fn with_note(changes: Changes) -> Vec<(String, Option<Secret>)> {
    let mut note = changes.end.unwrap_or(FAR).min(FAR).to_string();
    let (set, mut all): (Vec<_>, Vec<_>) = changes.variables.into_iter().partition(|(_, value)| value.is_some());
    for (name, _) in &set {
        note.push(' ');
        note.push_str(name);
    }
    all.extend(set);
    all.push((NOTE.to_owned(), Some(Secret::new(note))));
    all
}

/// Lets the evaluation fail, too, where the command line is wrong: clap prints nothing on stdout then.
pub(super) fn refuse(arguments: &[OsString]) {
    let asks_for_help = |text: &OsString| text == "--help" || text == "-h";
    if arguments.iter().any(asks_for_help) {
        return;
    }
    let words = || arguments.iter().filter_map(|text| text.to_str());
    let behind = words().skip_while(|word| *word != "--shell").nth(1);
    let named = behind.or_else(|| words().find_map(|word| word.strip_prefix("--shell=")));
    let shell = named.and_then(|name| Shell::parse(name).ok()).unwrap_or(Shell::Posix);
    let _ = output::print(&shell.failure(crate::error::Kind::Usage.exit_code()));
}
