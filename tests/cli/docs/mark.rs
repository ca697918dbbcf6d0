//! What a comment before a block says of it: `<!-- test: exit 3 -->`.

use super::page::{Page, root};

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// Why the block is not run.
    NotRun(String),
    /// The check in tests/clients, or the test in a file of tests/, that runs it.
    Proven { client: String, check: String },
    /// The exit code of the block.
    Exit(i32),
    /// What the block's commands read, a line.
    Stdin(String),
    /// A variable of the block's environment.
    Env(String, String),
    /// Its last command runs until it is stopped.
    Stop,
    /// What is done before it, in a shell of its own.
    Before(String),
    /// A profile that is there from this block on, with the arguments of `jeton profile create`.
    Profile { name: String, arguments: String },
    /// The block is this file of the reader's.
    File(String),
    /// Whose environment the block runs in: `github`, `azure-pipelines`, `pod`.
    In(String),
    /// The reader begins anew.
    Fresh,
    /// In the same shell as the block before.
    GoesOn,
    /// The same for this block and all that come after it on the page.
    OneShell,
    /// The block runs on a terminal, and this is typed whenever something is asked.
    Typed(String),
}

impl Mark {
    /// Reads a statement; what is wrong with it otherwise.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        let wants = |form: &str| Err(format!("a mark {word:?} is written `{form}`"));
        match word {
            "not" => match rest.strip_prefix("run:").map(str::trim) {
                Some(reason) if reason.len() > 10 => Ok(Self::NotRun(reason.into())),
                _ => wants("not run: REASON"),
            },
            "proven" => match rest.strip_prefix("by ").and_then(|rest| rest.split_once(':')) {
                Some((client, check)) => Ok(Self::Proven { client: client.trim().into(), check: check.trim().into() }),
                None => wants("proven by CLIENT: CHECK"),
            },
            "exit" => rest.parse().map(Self::Exit).or_else(|_| wants("exit CODE")),
            "stdin" if !rest.is_empty() => Ok(Self::Stdin(rest.into())),
            "env" => match rest.split_once('=') {
                Some((name, value)) => Ok(Self::Env(name.into(), value.into())),
                None => wants("env NAME=VALUE"),
            },
            "profile" if !rest.is_empty() => {
                let (name, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
                Ok(Self::Profile { name: name.into(), arguments: arguments.trim().into() })
            }
            "file" if !rest.is_empty() => Ok(Self::File(rest.into())),
            "in" if matches!(rest, "github" | "azure-pipelines" | "pod") => Ok(Self::In(rest.into())),
            "before" if !rest.is_empty() => Ok(Self::Before(rest.into())),
            "typed" if !rest.is_empty() => Ok(Self::Typed(rest.into())),
            "one" if rest == "shell" => Ok(Self::OneShell),
            "stop" if rest.is_empty() => Ok(Self::Stop),
            "fresh" if rest.is_empty() => Ok(Self::Fresh),
            "goes" if rest == "on" => Ok(Self::GoesOn),
            _ => Err(format!("no such mark: {text:?}")),
        }
    }
}

/// Checks that a page names and that are not in tests/clients.
pub(super) fn unproven_in(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    for block in &page.blocks {
        for mark in &block.marks {
            let Mark::Proven { client, check } = mark else { continue };
            let (path, line) = if client.starts_with("tests/") {
                (client.clone(), format!("\nfn {check}("))
            } else {
                (format!("tests/clients/{client}/check.sh"), format!("check \"{check}\""))
            };
            let known = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
            if !known.contains(&line) {
                wrong.push(format!("{}: {path} has no check {check:?}", block.place));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read() {
        assert_eq!(Mark::parse("not run: it takes a cluster"), Ok(Mark::NotRun("it takes a cluster".into())));
        let proven = Mark::Proven { client: "git".into(), check: "clone, fetch".into() };
        assert_eq!(Mark::parse("proven by git: clone, fetch"), Ok(proven));
        assert_eq!(Mark::parse("env A=b=c"), Ok(Mark::Env("A".into(), "b=c".into())));
        let profile = Mark::Profile { name: "x".into(), arguments: "--flow auto".into() };
        assert_eq!(Mark::parse("profile x --flow auto"), Ok(profile));
        for wrong in
            ["not run", "not run: no", "skip", "exit", "exit x", "proven", "env A", "in space", "goes off", "file"]
        {
            assert!(Mark::parse(wrong).is_err(), "{wrong}");
        }
    }
}
