//! Names under which this program answers as another: a link to it is what some tools look for.

use std::ffi::OsString;
use std::path::Path;

use crate::environment;

/// The name of the link, without a folder and without `.exe`, and the command that it stands for.
const PERSONALITIES: &[(&str, &str)] = &[
    ("az", "az"),
    ("azd", "azd"),
    ("bazel-credential-jeton", "bazel"),
    ("cargo-credential-jeton", "cargo"),
    ("databricks", "databricks"),
    ("docker-credential-jeton", "docker"),
    ("git-credential-jeton", "git"),
    ("keyring", "keyring"),
    ("terraform-credentials-jeton", "terraform"),
];

/// Those of them that stand in for a program of somebody else.
pub(super) const STAND_INS: &[&str] = &["az", "azd", "databricks"];

/// The command line as it reads under the program's own name: `git-credential-jeton get` is `jeton git get`.
pub(super) fn command_line() -> Vec<OsString> {
    let mut argv: Vec<OsString> = std::env::args_os().collect();
    if let Some(command) = argv.first().and_then(|program| command(program.as_ref())) {
        argv[0] = "jeton".into();
        // (A process that renews is told the command, by whatever name it is started.)
        if !environment::is_renewal() {
            argv.insert(1, command.into());
        }
    }
    argv
}

/// The same behind the program's name, for a process that renews: a link's name may get lost on that way.
pub(super) fn arguments() -> Vec<OsString> {
    command_line().into_iter().skip(1).collect()
}

fn command(program: &Path) -> Option<&'static str> {
    let name = program.file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".EXE")).unwrap_or(name);
    PERSONALITIES.iter().find(|(known, _)| *known == name).map(|(_, command)| *command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_the_documentation_leads_to_every_name() {
        let index = include_str!("../../docs/README.md");
        for (name, command) in PERSONALITIES {
            assert!(
                index.contains(&format!("\n| `{name}` | `jeton {command}` | [")),
                "docs/README.md has no row for {name}"
            );
        }
    }

    #[test]
    fn a_links_name_stands_for_a_command() {
        for (program, meant) in [
            ("az", Some("az")),
            ("/opt/x/azd", Some("azd")),
            ("az.exe", Some("az")),
            ("az2", None),
            ("az.cmd", None),
            ("", None),
            ("keyring", Some("keyring")),
            ("/opt/x/keyring", Some("keyring")),
            ("keyring.exe", Some("keyring")),
            ("terraform-credentials-jeton", Some("terraform")),
            ("/usr/bin/git-credential-jeton", Some("git")),
            ("docker-credential-jeton.EXE", Some("docker")),
            ("jeton", None),
            ("/opt/keyring/jeton", None),
            ("keyring2", None),
            ("", None),
        ] {
            assert_eq!(command(program.as_ref()), meant, "{program}");
        }
    }

    #[test]
    fn every_stand_in_is_a_personality() {
        for name in STAND_INS {
            assert!(command(name.as_ref()).is_some(), "{name}");
        }
    }
}
