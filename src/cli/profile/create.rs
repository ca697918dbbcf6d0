//! `jeton profile create`.

use clap::Args;

use super::preset::Preset;
use super::{FieldArgs, NoteArgs, ask, exists, is_interactive, made, output, store};
use crate::error::{Error, Result};
use crate::profile::{Document, check_name};

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The new profile's name
    name: String,
    /// Write over a profile of this name; nothing of the old one is kept
    #[arg(long)]
    replace: bool,
    /// Add what all profiles of this service have in common
    #[arg(long, value_enum, value_name = "SERVICE")]
    preset: Option<Preset>,
    #[command(flatten)]
    notes: NoteArgs,
    // Last, because its headings would stand above what follows.
    #[command(flatten)]
    fields: FieldArgs,
}

impl CreateArgs {
    pub(super) fn run(self) -> Result<()> {
        check_name(&self.name)?;
        let store = store()?;
        let name = &self.name;
        let refuse_existing = |document: &Document| match document.get(name) {
            Some(_) if !self.replace => Err(exists(
                &store,
                name,
                format!("change it with jeton profile edit {name}, or write over it with --replace"),
            )),
            _ => Ok(()),
        };
        let mut changes = self.fields.changes();
        if changes.is_empty() {
            if !is_interactive() {
                return Err(Error::usage("there is nothing to write, and no terminal to ask on").hint(format!(
                    "jeton profile create {name} --tenant TENANT --client-id ID --client-secret-from env:NAME --scope SCOPE"
                )));
            }
            // Before the questions: answers that come to nothing are a nuisance.
            refuse_existing(&store.load()?)?;
            changes = ask::create(name, &mut std::io::stdin().lock(), &mut output::questions())?;
        }
        let told = self.preset.map(|preset| preset.complete(name, &mut changes)).transpose()?.flatten();
        let profile = made(name, &changes);
        profile.check()?;
        store.update(|document| {
            refuse_existing(document)?;
            document.put(profile);
            Ok(())
        })?;
        self.notes.note(&format!("wrote profile {name:?} to {}", store.path().display()));
        if let Some(told) = told {
            self.notes.note(told);
        }
        Ok(())
    }
}
