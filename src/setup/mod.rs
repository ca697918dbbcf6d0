//! `jeton setup`: the configuration of the tools that ask jeton, changed for them.
//!
//! A tool's file says what is to be there, as a `Plan`; nothing is written before its owner saw the difference. Every
//! change is kept as entries with what stood there before (`receipt`), so that it can be taken back, also where others
//! changed the file since. Files are changed in their own text (`format`): comments, order and style stay.

pub(crate) mod aws;
pub(crate) mod bazel;
pub(crate) mod cargo;
pub(crate) mod databricks;
pub mod diff;
pub(crate) mod docker;
mod file;
pub mod format;
pub(crate) mod git;
mod hosts;
pub(crate) mod kubectl;
mod kubelogin;
pub(crate) mod pip;
pub(crate) mod place;
mod program;
mod receipt;
pub(crate) mod serve;
pub(crate) mod terraform;

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::platform;

pub(crate) use file::Draft;
pub(crate) use program::Program;
use receipt::Receipt;

/// What is to be changed for a tool.
#[derive(Default)]
pub(crate) struct Plan {
    drafts: Vec<Draft>,
    /// Links to this program that are to be made: where, and what they name.
    links: Vec<(PathBuf, PathBuf)>,
    /// What its owner has to know or do besides.
    pub(crate) notes: Vec<String>,
    /// What may not be shown.
    secrets: Vec<String>,
}

/// What is to be taken back.
pub(crate) struct Undoing {
    plan: Plan,
    links: Vec<PathBuf>,
    receipt: Receipt,
}

impl Plan {
    /// What would change, as `diff -u` shows it, and links as lines below; empty where nothing would.
    pub(crate) fn diff(&self) -> String {
        let mut text = String::new();
        for draft in &self.drafts {
            let name = draft.path.display().to_string();
            text += &diff::unified(&name, draft.original.as_deref(), draft.text().as_deref(), &self.secrets);
        }
        for (link, target) in &self.links {
            text += &format!("+++ {} -> {}\n", link.display(), target.display());
        }
        text
    }

    /// The files that would change.
    pub(crate) fn files(&self) -> Vec<String> {
        let changed =
            self.drafts.iter().filter(|draft| draft.is_changed()).map(|draft| draft.path.display().to_string());
        changed.chain(self.links.iter().map(|(link, _)| link.display().to_string())).collect()
    }

    /// Writes it. What is to be taken back later is kept first, so that nothing is changed which can't be.
    ///
    /// # Errors
    /// Configuration: a file was changed meanwhile, or the disk can't be written. What was done until then can be undone.
    pub(crate) fn apply(&self, tool: &str) -> Result<()> {
        for draft in self.drafts.iter().filter(|draft| draft.is_changed()) {
            let before = Receipt::load(tool)?;
            let mut receipt = before.clone();
            receipt.add(draft)?;
            receipt.save(tool)?;
            if let Err(error) = draft.write() {
                before.save(tool)?;
                return Err(error);
            }
        }
        for (link, target) in &self.links {
            let mut receipt = Receipt::load(tool)?;
            receipt.links.push(link.clone());
            let folder = link.parent().map_or(Ok(()), platform::create_private_dir);
            folder.and_then(|()| platform::link_program(target, link)).map_err(|error| {
                Error::configuration(format!("{} can't be made: {error}", link.display()))
                    .hint(format!("make it by hand: {}", program::link_command(target, link)))
            })?;
            receipt.save(tool)?;
        }
        Ok(())
    }
}

impl Undoing {
    /// What the receipt of `tool` says.
    ///
    /// # Errors
    /// Configuration: there is none, or a file can't be changed safely.
    pub(crate) fn of(tool: &str) -> Result<Self> {
        let receipt = Receipt::load(tool)?;
        if receipt.files.is_empty() && receipt.links.is_empty() {
            return Err(Error::configuration(format!("there is nothing to undo: no setup of {tool} is known"))
                .hint("what was changed by hand is taken back by hand; --undo is for what jeton setup wrote"));
        }
        let mut plan = Plan::default();
        for changed in &receipt.files {
            let Some(undo) = changed.undo()? else {
                plan.notes.push(format!("{} is gone already", changed.path.display()));
                continue;
            };
            for entry in &undo.kept {
                plan.notes.push(format!(
                    "{}: {} was changed since, and stays as it is",
                    changed.path.display(),
                    entry.path.join(" / ")
                ));
            }
            plan.drafts.push(undo.draft);
        }
        let own = Program::find()?;
        let (links, others): (Vec<_>, Vec<_>) = receipt.links.iter().cloned().partition(|link| own.is(link));
        for link in others.iter().filter(|link| link.symlink_metadata().is_ok()) {
            plan.notes.push(format!("{} is no longer a link to jeton, and stays", link.display()));
        }
        Ok(Self { plan, links, receipt })
    }

    /// What would change; links that would go as lines below.
    pub(crate) fn diff(&self) -> String {
        let mut text = self.plan.diff();
        for link in &self.links {
            text += &format!("--- {}\n", link.display());
        }
        text
    }

    pub(crate) fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    /// The files that would change.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = self.plan.files();
        files.extend(self.links.iter().map(|link| link.display().to_string()));
        files
    }

    /// Takes it back, and forgets it.
    ///
    /// # Errors
    /// Configuration: a file was changed meanwhile, or the disk can't be written.
    pub(crate) fn apply(mut self, tool: &str) -> Result<()> {
        for draft in self.plan.drafts.iter().filter(|draft| draft.is_changed()) {
            draft.write()?;
        }
        for link in &self.links {
            std::fs::remove_file(link).map_err(|error| {
                Error::configuration(format!("{} can't be removed: {error}", link.display()))
                    .hint("remove it by hand, and run the same command again")
            })?;
        }
        for changed in std::mem::take(&mut self.receipt.files) {
            changed.discard_backup();
        }
        self.receipt.links.clear();
        self.receipt.save(tool)
    }
}
