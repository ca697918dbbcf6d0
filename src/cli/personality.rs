//! Names under which this program answers as another: a link to it is what some tools look for.

use std::ffi::OsString;
use std::path::Path;

use crate::environment;

/// The name of the link, without a folder and without `.exe`, and the command that it stands for.
const PERSONALITIES: &[(&str, &[&str])] =
    &[("az", &["az"]), ("azd", &["azd"]), ("docker-credential-jeton", &["docker"]), ("git-credential-jeton", &["git"])];

/// Those of them that stand in for a program of somebody else.
pub(super) const STAND_INS: &[&str] = &["az", "azd"];

/// The command line as it reads under the program's own name.
pub(super) fn command_line() -> Vec<OsString> {
    let argv: Vec<OsString> = std::env::args_os().collect();
    // (A process that renews is told the command, by whatever name it is started.)
    let words = argv.first().and_then(|name| words(name.as_ref())).filter(|_| !environment::is_renewal());
    let Some(words) = words else { return argv };
    let mut own = vec![OsString::from("jeton")];
    own.extend(words.iter().map(OsString::from));
    own.extend(argv.into_iter().skip(1));
    own
}

/// What a process that does the same is started with: a link's name gets lost on that way.
pub(super) fn arguments() -> Vec<OsString> {
    command_line().split_off(1)
}

fn words(program: &Path) -> Option<&'static [&'static str]> {
    let name = program.file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".EXE")).unwrap_or(name);
    PERSONALITIES.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_links_name_stands_for_a_command() {
        for (program, meant) in [
            ("az", Some("az")),
            ("/opt/x/azd", Some("azd")),
            ("az.exe", Some("az")),
            ("git-credential-jeton", Some("git")),
            ("docker-credential-jeton.exe", Some("docker")),
            ("jeton", None),
            ("/opt/az/jeton", None),
            ("az2", None),
            ("az.cmd", None),
            ("", None),
        ] {
            assert_eq!(words(program.as_ref()).map(|words| words[0]), meant, "{program}");
        }
    }

    #[test]
    fn every_stand_in_is_a_personality() {
        for name in STAND_INS {
            assert!(words(name.as_ref()).is_some(), "{name}");
        }
    }
}
