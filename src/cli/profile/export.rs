//! `jeton profile export`.

use std::path::PathBuf;

use clap::Args;

use super::{NoteArgs, output, store};
use crate::atomic::{self, Durability};
use crate::error::{Error, Kind, Result};
use crate::profile::{Document, Field, Profile};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The profiles; all of them where none is named
    names: Vec<String>,
    /// The same as NAMES (repeatable)
    #[arg(short, long = "profile", value_name = "NAME")]
    profiles: Vec<String>,
    /// entratool's: refused, because secrets do not leave this machine.
    #[arg(long, hide = true)]
    include_secrets: bool,
    /// Write to this file (0600, replaced in one step) instead of stdout
    #[arg(short, long, visible_alias = "output", value_name = "FILE")]
    out_file: Option<PathBuf>,
    #[command(flatten)]
    notes: NoteArgs,
}

impl ExportArgs {
    pub(super) fn run(self) -> Result<()> {
        if self.include_secrets {
            return Err(Error::usage("an export holds no secrets, whatever it is encrypted with").hint(
                "export without --include-secrets, and keep the secret on the other machine: jeton secret set NAME",
            ));
        }
        let store = store()?;
        let document = store.load()?;
        let mut names = self.names.iter().chain(&self.profiles).peekable();
        let profiles: Vec<Profile> = if names.peek().is_none() {
            document.profiles().collect()
        } else {
            let find = |name: &String| document.get(name).ok_or_else(|| document.not_found(name, store.path()));
            names.map(find).collect::<Result<_>>()?
        };
        let mut exported = Document::default();
        for profile in profiles {
            refuse_secret(&profile)?;
            exported.put(profile);
        }
        let text = output::escape(&exported.to_text());
        let Some(file) = self.out_file.filter(|file| file.as_os_str() != "-") else {
            return output::print(&text);
        };
        atomic::write_private(&file, &[text.as_bytes()], Durability::Synced).map_err(|error| {
            Error::new(Kind::Failed, format!("{} can't be written: {error}", file.display()))
                .hint("check the folder and its permissions")
        })?;
        let count = exported.profiles().count();
        self.notes.note(&format!("wrote {} to {}", super::counted(count), file.display()));
        Ok(())
    }
}

/// Somebody may have put the secret itself in the place of its source.
fn refuse_secret(profile: &Profile) -> Result<()> {
    profile.check_field(Field::ClientSecret).map_err(|_| {
        let name = &profile.name;
        Error::configuration(format!(
            "the profile {name:?} has a client_secret that names no place to read a secret from"
        ))
        .hint(format!("name one first: jeton profile edit {name} --client-secret-from ..."))
    })
}
