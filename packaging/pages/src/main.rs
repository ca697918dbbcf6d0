//! `jeton-pages DIR`: writes completions and manual pages below DIR, in the folders in which shells and `man` look for them
//! below `share`.

mod bash;
mod fish;
mod man;
mod nushell;
mod powershell;
mod values;
mod zsh;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Command;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(dir), None) = (arguments.next(), arguments.next()) else {
        return complain("usage: jeton-pages DIR", 2);
    };
    match write(&PathBuf::from(dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error.to_string(), 1),
    }
}

fn complain(text: &str, code: u8) -> ExitCode {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "jeton-pages: {text}");
    ExitCode::from(code)
}

fn write(dir: &Path) -> io::Result<()> {
    let grammar = grammar();
    put(dir, "bash-completion/completions/jeton", &bash::script(&grammar)?)?;
    put(dir, "zsh/site-functions/_jeton", &zsh::script(&grammar)?)?;
    put(dir, "fish/vendor_completions.d/jeton.fish", &fish::script(&grammar)?)?;
    put(dir, "nushell/vendor/autoload/jeton.nu", &nushell::script(&grammar)?)?;
    // PowerShell looks nowhere by itself: a line in its profile names this file.
    put(dir, "powershell/jeton.ps1", &powershell::script(&grammar)?)?;
    for (name, text) in man::pages(jeton::cli::grammar())? {
        put(dir, &format!("man/man1/{name}"), &text)?;
    }
    Ok(())
}

fn put(dir: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = dir.join(name);
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(path, text)
}

/// The grammar as completions are made of it: marked where values are asked for, and without the commands of `help`, which
/// are all commands once more.
fn grammar() -> Command {
    let mut grammar = values::marked(without_help(jeton::cli::grammar())).bin_name("jeton");
    grammar.build();
    grammar
}

fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

/// A script as clap makes it.
fn generated(generator: impl clap_complete::Generator, grammar: &Command) -> io::Result<String> {
    let mut script = Vec::new();
    generator.try_generate(grammar, &mut script)?;
    String::from_utf8(script).map_err(io::Error::other)
}

/// Puts `insertion` before the one place where `mark` stands.
fn insert_before(script: &str, mark: &str, insertion: &str) -> io::Result<String> {
    let mut places = script.match_indices(mark);
    match (places.next(), places.next()) {
        (Some((at, _)), None) => Ok(format!("{}{insertion}{}", &script[..at], &script[at..])),
        _ => Err(io::Error::other(format!("{mark:?} stands not once in what clap made"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_asked_for_in_every_script() {
        let grammar = grammar();
        for script in [bash::script, zsh::script, fish::script, nushell::script, powershell::script] {
            let script = script(&grammar).unwrap();
            assert!(script.contains("__complete"));
            for (kind, _) in values::KINDS {
                assert!(script.contains(kind), "{kind}: {script}");
            }
        }
    }

    #[test]
    fn what_clap_made_otherwise_is_refused() {
        assert!(insert_before("a b a", "a", "x").is_err());
        assert!(insert_before("a b a", "c", "x").is_err());
        assert_eq!(insert_before("a b a", "b", "x ").unwrap(), "a x b a");
    }

    #[test]
    fn all_is_written_below_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path()).unwrap();
        for name in ["bash-completion/completions/jeton", "man/man1/jeton.1", "man/man1/jeton-pat-create.1"] {
            assert!(std::fs::metadata(dir.path().join(name)).unwrap().len() > 500, "{name}");
        }
    }
}
