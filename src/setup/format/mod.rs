//! Files of other programs, changed entry by entry: whatever is not touched keeps every byte.
//!
//! Each format finds, sets and removes entries by a path, in the text itself. What it does not understand it refuses, so
//! that nothing is ever written on a guess.

mod bazelrc;
mod json;
mod kubeconfig;
mod sections;
mod toml;
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
        })
    }
}
