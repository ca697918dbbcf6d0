//! `jeton profile delete`.

use clap::Args;

use super::{NameArgs, NoteArgs, ask, is_interactive, output, store};
use crate::error::{Error, Kind, Result};

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Do not ask
    #[arg(short, long, alias = "force")]
    yes: bool,
    #[command(flatten)]
    notes: NoteArgs,
}

impl DeleteArgs {
    pub(super) fn run(self) -> Result<()> {
        let store = store()?;
        let name = self.name.name();
        let document = store.load()?;
        if document.get(name).is_none() {
            return Err(document.not_found(name, store.path()));
        }
        if !self.yes {
            if !is_interactive() {
                return Err(Error::usage(format!("the profile {name:?} is not deleted unasked"))
                    .hint(format!("jeton profile delete {name} --yes")));
            }
            let question = format!("Delete the profile {name:?} from {}?", store.path().display());
            if !ask::confirm(&question, &mut std::io::stdin().lock(), &mut output::questions())? {
                return Err(Error::new(Kind::Failed, "nothing was deleted"));
            }
        }
        store.update(|document| match document.remove(name) {
            true => Ok(()),
            false => Err(document.not_found(name, store.path())),
        })?;
        self.notes.note(&format!("deleted profile {name:?} from {}", store.path().display()));
        Ok(())
    }
}
