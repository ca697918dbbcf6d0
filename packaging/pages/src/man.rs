//! Manual pages: one of each command.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// What the exit codes mean: `jeton::error::Kind`. A test compares them.
const EXIT_CODES: &[(u8, &str)] = &[
    (0, "Done."),
    (1, "It failed, and nothing more exact fits."),
    (2, "The command line is wrong."),
    (3, "A person has to sign in; the command for it is printed."),
    (4, "A profile, a setting or a file is missing, unreadable or contradictory."),
    (5, "Network, service or time-out: the same call may work later."),
    (6, "The provider refused these credentials."),
    (7, "A token is expired, or is no token."),
];

const FILES: &[(&str, &str)] = &[
    ("~/.config/jeton/profiles.json", "Profiles (JETON_CONFIG_DIR is another folder for it)."),
    ("~/.cache/jeton/", "Cached tokens (JETON_CACHE_DIR)."),
    ("~/.local/share/jeton/", "Sealed secrets, and what was kept of changed configurations (JETON_DATA_DIR)."),
];

/// The names of the files and the pages.
pub(crate) fn pages(grammar: Command) -> io::Result<Vec<(String, String)>> {
    let mut grammar = grammar.disable_help_subcommand(true);
    grammar.build();
    let version = format!("jeton {}", grammar.get_version().unwrap_or_default());
    let mut pages = Vec::new();
    add(&mut pages, &grammar, &version)?;
    Ok(pages)
}

fn add(pages: &mut Vec<(String, String)>, command: &Command, version: &str) -> io::Result<()> {
    let man = Man::new(command.clone()).source(version).manual("jeton's manual");
    let mut page = Vec::new();
    man.render(&mut page)?;
    let is_first = pages.is_empty();
    if is_first { about_all() } else { see_also() }.to_writer(&mut page)?;
    pages.push((man.get_filename(), String::from_utf8(page).map_err(io::Error::other)?));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        add(pages, below, version)?;
    }
    Ok(())
}

fn about_all() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        roff.control("TP", []);
        roff.text([bold(code.to_string())]);
        roff.text([roman(*meaning)]);
    }
    roff.control("PP", []);
    roff.text([roman("Commands that answer a tool in its own protocol follow the rules of that protocol.")]);
    roff.control("SH", ["FILES"]);
    for (path, what) in FILES {
        roff.control("TP", []);
        roff.text([bold(*path)]);
        roff.text([roman(*what)]);
    }
    roff
}

fn see_also() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("jeton"), roman("(1), for exit codes and files")]);
    roff
}

#[cfg(test)]
mod tests {
    use jeton::error::Kind;

    use super::*;

    #[test]
    fn every_command_has_a_page_and_the_exit_codes_are_those_of_the_program() {
        let pages = pages(jeton::cli::grammar()).unwrap();
        for name in ["jeton.1", "jeton-token.1", "jeton-pat-create.1", "jeton-profile-list.1"] {
            assert!(pages.iter().any(|(known, _)| known == name), "{name}");
        }
        assert!(pages.iter().all(|(_, page)| page.contains("jeton 0.")));
        let kinds =
            [Kind::Failed, Kind::Usage, Kind::SignIn, Kind::Configuration, Kind::Network, Kind::Refused, Kind::Token];
        let codes: Vec<u8> = kinds.iter().map(|kind| kind.exit_code()).collect();
        assert_eq!(codes, EXIT_CODES.iter().skip(1).map(|(code, _)| *code).collect::<Vec<_>>());
    }
}
