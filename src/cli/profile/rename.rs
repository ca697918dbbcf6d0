//! `jeton profile rename`.

use clap::Args;

use super::{NoteArgs, exists, store};
use crate::error::Result;
use crate::profile::check_name;

#[derive(Debug, Args)]
pub(super) struct RenameArgs {
    /// The profile's name
    old: String,
    /// Its new name
    new: String,
    #[command(flatten)]
    notes: NoteArgs,
}

impl RenameArgs {
    pub(super) fn run(self) -> Result<()> {
        check_name(&self.new)?;
        let store = store()?;
        let Self { old, new, .. } = &self;
        store.update(|document| {
            if document.get(old).is_none() {
                return Err(document.not_found(old, store.path()));
            }
            if old != new && document.get(new).is_some() {
                return Err(exists(&store, new, format!("choose another name, or: jeton profile delete {new}")));
            }
            document.rename(old, new);
            Ok(())
        })?;
        self.notes.note(&format!("renamed profile {old:?} to {new:?} in {}", store.path().display()));
        Ok(())
    }
}
