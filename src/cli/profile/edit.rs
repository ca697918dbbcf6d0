//! `jeton profile edit`.

use clap::Args;

use super::{FieldArgs, NameArgs, NoteArgs, ask, is_interactive, output, store};
use crate::error::{Error, Result};
use crate::profile::{FIELDS, Field, Profile};

#[derive(Debug, Args)]
pub(super) struct EditArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Remove a field, by its name in profiles.json, such as client_secret (repeatable)
    #[arg(long, value_name = "FIELD")]
    unset: Vec<String>,
    #[command(flatten)]
    notes: NoteArgs,
    // Last, because its headings would stand above what follows.
    #[command(flatten)]
    fields: FieldArgs,
}

impl EditArgs {
    pub(super) fn run(self) -> Result<()> {
        let store = store()?;
        let name = self.name.name();
        let document = store.load()?;
        let profile = document.get(name).ok_or_else(|| document.not_found(name, store.path()))?;
        let mut changes = self.fields.changes();
        for key in &self.unset {
            self.check_unset(key, &profile)?;
            if changes.iter().any(|(field, _)| field.key() == key) {
                return Err(Error::usage(format!("{key} can't be both set and unset")).hint("give one of the two"));
            }
        }
        if changes.is_empty() && self.unset.is_empty() {
            if !is_interactive() {
                return Err(Error::usage("there is nothing to change, and no terminal to ask on")
                    .hint(format!("jeton profile edit {name} --tenant TENANT ..., or --unset FIELD")));
            }
            changes = ask::edit(&profile, &mut std::io::stdin().lock(), &mut output::questions())?;
        }
        let changed = store.update(|document| {
            // What others changed since it was shown is kept.
            let Some(before) = document.get(name) else { return Err(document.not_found(name, store.path())) };
            let mut profile = before.clone();
            self.unset.iter().for_each(|key| drop(profile.fields.shift_remove(key)));
            changes.iter().for_each(|(field, value)| profile.set(*field, value));
            changes.iter().try_for_each(|(field, _)| profile.check_field(*field))?;
            let changed = profile != before;
            document.put(profile);
            Ok(changed)
        })?;
        let path = store.path().display();
        self.notes.note(&match changed {
            true => format!("wrote profile {name:?} to {path}"),
            false => format!("profile {name:?} in {path} is so already"),
        });
        Ok(())
    }

    /// A field that this version does not know can be removed where there is one: that is how a typing error goes.
    fn check_unset(&self, key: &str, profile: &Profile) -> Result<()> {
        if Field::of_key(key).is_some() || profile.fields.contains_key(key) {
            return Ok(());
        }
        let keys: Vec<_> = FIELDS.iter().map(|spec| spec.key).collect();
        Err(Error::usage(format!("there is no field {key:?}")).hint(format!("use one of: {}", keys.join(", "))))
    }
}
