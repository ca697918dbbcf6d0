//! Names under which this program answers as another: a link to it is what some tools look for.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;

/// The name of the link, without a folder and without `.exe`, and the command that it stands for.
const PERSONALITIES: &[(&str, &[&str])] = &[
    ("bazel-credential-jeton", &["bazel"]),
    ("cargo-credential-jeton", &["cargo"]),
    ("keyring", &["keyring"]),
    ("terraform-credentials-jeton", &["terraform"]),
];

/// The arguments under the program's own name, where it was called by another one.
static ARGUMENTS: OnceLock<Vec<OsString>> = OnceLock::new();

/// The command line as it reads under the program's own name.
pub(super) fn command_line() -> Vec<OsString> {
    let argv: Vec<OsString> = std::env::args_os().collect();
    let Some(words) = argv.first().and_then(|name| words(name.as_ref())) else { return argv };
    let mut own = vec![OsString::from("jeton")];
    own.extend(words.iter().map(OsString::from));
    own.extend(argv.into_iter().skip(1));
    ARGUMENTS.get_or_init(|| own[1..].to_vec());
    own
}

/// What a process that does the same is started with: a link's name gets lost on that way.
pub(super) fn arguments() -> Option<&'static [OsString]> {
    ARGUMENTS.get().map(Vec::as_slice)
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
            ("keyring", Some("keyring")),
            ("/opt/x/keyring", Some("keyring")),
            ("keyring.exe", Some("keyring")),
            ("terraform-credentials-jeton", Some("terraform")),
            ("jeton", None),
            ("/opt/keyring/jeton", None),
            ("keyring2", None),
            ("", None),
        ] {
            assert_eq!(words(program.as_ref()).map(|words| words[0]), meant, "{program}");
        }
    }
}
