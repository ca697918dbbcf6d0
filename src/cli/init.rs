//! `jeton init SHELL`: functions for a shell, and on request one for each tool that is to run with a token.

use std::fmt::Write as _;

use clap::Args;

use super::output;
use crate::error::{Error, Result};
use crate::protocol::shell::Shell;
use crate::protocol::variables::Family;

/// Tools that need no `--as`, and the family of variables that they read.
const KNOWN: &[(&str, &str)] = &[
    ("aws", "aws"),
    ("databricks", "databricks"),
    ("dbt", "databricks"),
    ("mlflow", "databricks"),
    ("pg_dump", "psql"),
    ("pg_restore", "psql"),
    ("psql", "psql"),
];

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Which shell: bash, zsh, fish, powershell or nushell
    #[arg(value_name = "SHELL", value_parser = Shell::parse)]
    shell: Shell,
    /// Also functions that run these tools through jeton run (repeatable; list separated by commas)
    #[arg(long, value_name = "TOOL", value_delimiter = ',')]
    wrap: Vec<String>,
    /// The variables that these tools get, as of jeton run [default: those of the tool, where they are known]
    #[arg(long = "as", value_name = "FAMILY", value_delimiter = ',', value_parser = Family::parse, requires = "wrap")]
    families: Vec<&'static Family>,
}

impl InitArgs {
    pub(super) fn run(self) -> Result<()> {
        let script = match self.shell {
            Shell::Bash => include_str!("../../shell/jeton.bash"),
            Shell::Zsh => include_str!("../../shell/jeton.zsh"),
            Shell::Fish => include_str!("../../shell/jeton.fish"),
            Shell::PowerShell => include_str!("../../shell/jeton.ps1"),
            Shell::Nushell => include_str!("../../shell/jeton.nu"),
            Shell::Posix => {
                return Err(Error::usage("there are no functions for every shell of this kind")
                    .hint("use bash, zsh, fish, powershell or nushell; for others there is jeton env --shell sh"));
            }
        };
        let mut text = script.to_owned();
        for tool in &self.wrap {
            let families = self.families_of(tool)?;
            // (The words are plain in every shell: checked.)
            let _ = match self.shell {
                Shell::Fish => {
                    writeln!(text, "function {tool} --wraps {tool}; _jt_call run --as {families} -- {tool} $argv; end")
                }
                Shell::PowerShell => writeln!(
                    text,
                    "function global:{tool} {{ $a = @('run', '--as', '{families}', '--', '{tool}') + $args; \
                     if ($MyInvocation.ExpectingInput) {{ $input | _jt_call @a }} else {{ _jt_call @a }} }}"
                ),
                Shell::Nushell => writeln!(
                    text,
                    "def --wrapped {tool} [...rest] {{ _jt_call run --as {families} -- {tool} ...$rest }}"
                ),
                _ => writeln!(text, "function {tool} {{ _jt_call run --as {families} -- {tool} \"$@\"; }}"),
            };
        }
        output::print(&text)
    }

    /// What `tool` gets, as `--as` takes it.
    fn families_of(&self, tool: &str) -> Result<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if !tool.starts_with(|c: char| c.is_ascii_alphabetic()) || !tool.chars().all(plain) || tool == "jeton" {
            return Err(Error::usage(format!("{tool:?} can't be wrapped"))
                .hint("name a program as it is called: letters, digits, dashes and underscores"));
        }
        if let Some((what, next)) = self.families.iter().find_map(|family| family.refusal()) {
            return Err(Error::usage(what).hint(next));
        }
        if !self.families.is_empty() {
            return Ok(self.families.iter().map(|family| family.name).collect::<Vec<_>>().join(","));
        }
        let known = KNOWN.iter().find(|(name, _)| *name == tool).map(|(_, family)| (*family).to_owned());
        known.ok_or_else(|| {
            Error::usage(format!("nothing says which variables {tool} reads"))
                .hint(format!("say so: jeton init SHELL --wrap {tool} --as databricks (docs/run.md has them all)"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tools_have_known_families() {
        for (tool, family) in KNOWN {
            assert!(Family::parse(family).is_ok(), "{tool}");
        }
    }
}
