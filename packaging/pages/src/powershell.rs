//! PowerShell. Values are no part of what clap makes for it: they are put before it here, as a table of what stands before
//! the word that is completed.

use std::fmt::Write as _;
use std::io;

use clap::{Arg, Command};
use clap_complete::Shell;

use crate::{generated, insert_before, values};

/// What is offered instead of options and commands, where there is something.
const ASK: &str = r#"    $before = @($commandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition })
    $previous = if ($before.Count -gt 0) { $before[-1].Extent.Text } else { '' }
    $ask = {
        param($kind)
        & jeton __complete $kind 2>$null | ForEach-Object {
            $value, $about = $_ -split "`t", 2
            if (-not $about) { $about = $value }
            [CompletionResult]::new($value, $value, [CompletionResultType]::ParameterValue, $about)
        }
    }
    $tell = {
        $args | ForEach-Object { [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_) }
    }
    $values = @(switch -CaseSensitive ("$command $previous") {
"#;

const END: &str = r#"    })
    if ($values.Count -gt 0) {
        return $values | Where-Object { $_.CompletionText -like "$wordToComplete*" }
    }

"#;

pub(crate) fn script(grammar: &Command) -> io::Result<String> {
    let script = generated(Shell::PowerShell, grammar)?;
    let mut table = ASK.to_owned();
    cases(&mut table, grammar, &[grammar.get_name().to_owned()]);
    table.push_str(END);
    insert_before(&script, "    $completions = @(switch", &table)
}

/// The cases of a command, which has several names where it or one above it has aliases, and of those below it.
fn cases(table: &mut String, command: &Command, paths: &[String]) {
    for arg in command.get_arguments() {
        let Some(answer) = answer(arg) else { continue };
        for path in paths {
            for word in words(arg, path) {
                let _ = writeln!(table, "        '{path} {word}' {{ {answer}; break }}");
            }
        }
    }
    for below in command.get_subcommands() {
        let names = below.get_name_and_visible_aliases();
        let paths: Vec<String> =
            paths.iter().flat_map(|path| names.iter().map(move |name| format!("{path};{name}"))).collect();
        cases(table, below, &paths);
    }
}

fn answer(arg: &Arg) -> Option<String> {
    let shown = values::shown(arg);
    match shown.as_slice() {
        [] => None,
        [value] if values::kind_of(value).is_some() => Some(format!("& $ask {}", values::kind_of(value)?)),
        values => {
            let quoted: Vec<String> = values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
            Some(format!("& $tell {}", quoted.join(" ")))
        }
    }
}

/// What stands before the value: the option, or the command itself.
fn words(arg: &Arg, path: &str) -> Vec<String> {
    if arg.is_positional() {
        return path.rsplit(';').next().map(str::to_owned).into_iter().collect();
    }
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    long.into_iter().chain(short).collect()
}
