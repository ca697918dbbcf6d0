//! Files of other programs, changed entry by entry: whatever is not touched keeps every byte.
//!
//! Each format finds, sets and removes entries by a path, in the text itself. What it does not understand it refuses, so
//! that nothing is ever written on a guess.

mod bazelrc;
mod json;
mod kubeconfig;
mod sections;
mod toml;
mod whole;
mod yaml;

use serde::{Deserialize, Serialize};

use crate::error::Result;

pub(crate) use kubeconfig::{Kubeconfig, scalar as yaml_scalar};
pub(crate) use toml::strings as toml_strings;
pub(crate) use yaml::Node;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `[section]` and `key = value`, as Python's configparser and the AWS and Databricks SDKs read it.
    Ini,
    /// git's own (git-config(1)).
    Git,
    /// TOML, in tables.
    Toml,
    /// JSON.
    Json,
    /// kubeconfig, in YAML's block style.
    Kubeconfig,
    /// Bazel's lines of options.
    Bazelrc,
    /// Whatever a program of its own reads: all of it is ours.
    Whole,
}

/// A file's text, with its entries.
pub trait Document {
    /// The text of the entry at `path`, as it stands in the file; `None` where there is none.
    ///
    /// # Errors
    /// Configuration: the entry is written in a way that can't be changed safely.
    fn get(&self, path: &[&str]) -> Result<Option<String>>;

    /// Sets the entry at `path` to `text`, or removes it.
    ///
    /// # Errors
    /// Configuration: it can't be done safely.
    fn set(&mut self, path: &[&str], text: Option<&str>) -> Result<()>;

    /// Whether two texts of an entry at `path` mean the same.
    fn same(&self, path: &[&str], one: &str, other: &str) -> bool;

    /// The whole text.
    fn text(&self) -> String;
}

impl Format {
    /// Reads `text`, whose lines end in `\n` alone.
    ///
    /// # Errors
    /// Configuration: it is malformed, or written in a way that can't be changed safely; with the line, where that helps.
    pub fn parse(self, text: &str) -> Result<Box<dyn Document>> {
        Ok(match self {
            Self::Ini => Box::new(sections::Sections::parse(text, sections::Dialect::Ini)?),
            Self::Git => Box::new(sections::Sections::parse(text, sections::Dialect::Git)?),
            Self::Toml => Box::new(sections::Sections::parse(text, sections::Dialect::Toml)?),
            Self::Json => Box::new(json::Json::parse(text)?),
            Self::Kubeconfig => Box::new(Kubeconfig::parse(text)?),
            Self::Bazelrc => Box::new(bazelrc::Bazelrc::parse(text)),
            Self::Whole => Box::new(whole::Whole(text.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Path = &'static [&'static str];

    /// Each format with an entry to set, and what has to be there before.
    const FORMATS: [(Format, Path, &str, Path, &str); 6] = [
        (Format::Ini, &["s"], "", &["s", "key"], "key = value"),
        (Format::Git, &["s \"t\""], "", &["s \"t\"", "helper"], "\thelper =\n\thelper = value"),
        (Format::Toml, &["s.t"], "", &["s.t", "key"], "key = [\"value\"]"),
        (Format::Json, &["s"], "{}", &["s", "key"], "\"value\""),
        (Format::Kubeconfig, &["users"], "users:", &["users", "a"], "- name: a\n  user:\n    exec:\n      command: b"),
        (Format::Bazelrc, &["t"], "common --credential_helper=t=x", &["s"], "common --credential_helper=s=x"),
    ];

    /// Pieces of all the formats, in any order.
    const PIECES: &[&str] = &[
        "\n",
        "\n",
        "\n",
        " ",
        "  ",
        "\t",
        "[",
        "]",
        "[s]",
        "[s \"t\"]",
        "[s.t]",
        "[[s.t]]",
        "s",
        "t",
        "key",
        "helper",
        " = ",
        "=",
        "value",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "{",
        "}",
        ":",
        ": ",
        ",",
        "#",
        ";",
        "\\",
        "- ",
        "users:",
        "- name: a",
        "  user:",
        "  user: {}",
        "    token: x",
        "|",
        ">",
        "---",
        "&a",
        "é",
        "common --credential_helper=s=y",
        "{\"s\": {",
        "}}",
        "null",
    ];

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_understood_can_be_changed_and_read_again(text in text()) {
            for (format, place, empty, path, value) in FORMATS {
                let Ok(mut document) = format.parse(&text) else { continue };
                if !text.trim().is_empty() {
                    prop_assert_eq!(&document.text(), &text, "{:?}", format);
                }
                let Ok(known) = document.get(place) else { continue };
                if known.is_none() && document.set(place, Some(empty)).is_err() {
                    continue;
                }
                let Ok(before) = document.get(path) else { continue };
                if document.set(path, Some(value)).is_err() {
                    continue;
                }
                let after = document.text();
                let Ok(again) = format.parse(&after) else { return Err(TestCaseError::fail(format!("{format:?} {after:?}"))) };
                let now = again.get(path).ok().flatten();
                prop_assert!(now.as_ref().is_some_and(|now| document.same(path, now, value)), "{:?} {:?} {:?}", format, now, after);
                document.set(path, before.as_deref()).expect("it can be taken back");
                let back = document.get(path).expect("it can be read");
                prop_assert_eq!(back.as_deref().map(str::trim), before.as_deref().map(str::trim), "{:?}", format);
            }
        }
    }
}
