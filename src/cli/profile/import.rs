//! `jeton profile import`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{NoteArgs, counted, store};
use crate::environment;
use crate::error::{Error, Result, clean};
use crate::log::Log;
use crate::platform;
use crate::profile::databrickscfg;
use crate::profile::entratool::{self, Imported};
use crate::profile::{Document, Field, Store, check_name};
use crate::secret::SecretSource;

/// A file larger than this, in bytes, is no file of profiles.
const LARGEST: u64 = 16 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// What `jeton profile export` printed, or entratool's profiles.json; - reads standard input
    #[arg(required_unless_present_any = ["input", "databrickscfg"])]
    file: Option<PathBuf>,
    /// The same as FILE
    #[arg(short, long, value_name = "FILE", conflicts_with = "file")]
    input: Option<PathBuf>,
    /// The profiles of Databricks' CLI and SDKs: ~/.databrickscfg (or DATABRICKS_CONFIG_FILE), or this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["file", "input"])]
    databrickscfg: Option<Option<PathBuf>>,
    /// Another name for the file's only profile
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Write over profiles of the same names
    #[arg(long)]
    replace: bool,
    /// Say what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    notes: NoteArgs,
}

impl ImportArgs {
    pub(super) fn run(self) -> Result<()> {
        let (mut imported, shown) = match &self.databrickscfg {
            Some(file) => databrickscfg_profiles(file.as_deref())?,
            None => {
                // One of the two is there: the parser sees to that.
                let file = self.file.as_deref().or(self.input.as_deref()).unwrap_or(Path::new("-"));
                let shown = if is_stdin(file) { "standard input".to_owned() } else { file.display().to_string() };
                let text = read(file, &shown)?;
                let imported = entratool::read(&text)
                    .map_err(|error| Error { message: clean(&format!("{shown}: {}", error.message)), ..error })?;
                (imported, shown)
            }
        };
        self.rename(&mut imported, &shown)?;
        let store = store()?;
        if self.dry_run {
            self.put(&mut store.load()?, &store, &imported)?;
        } else {
            store.update(|document| self.put(document, &store, &imported))?;
        }
        self.tell(&imported, &store, &shown);
        Ok(())
    }

    /// Gives the profile its new name, and checks all names.
    fn rename(&self, imported: &mut [Imported], shown: &str) -> Result<()> {
        match (&self.name, &mut *imported) {
            (Some(name), [one]) => {
                one.profile.name.clone_from(name);
                one.renamed_from = None;
            }
            (Some(_), many) => {
                let count = counted(many.len());
                return Err(Error::usage(format!("--name is for a file of one profile, and {shown} holds {count}"))
                    .hint("leave --name out"));
            }
            (None, _) => {}
        }
        imported.iter().try_for_each(|one| check_name(&one.profile.name))
    }

    /// All of them or none.
    fn put(&self, document: &mut Document, store: &Store, imported: &[Imported]) -> Result<()> {
        let taken: Vec<&str> =
            imported.iter().map(|one| one.profile.name.as_str()).filter(|name| document.get(name).is_some()).collect();
        if !taken.is_empty() && !self.replace {
            return Err(Error::configuration(format!(
                "nothing was imported, because {} has profiles of these names already: {}",
                store.path().display(),
                taken.join(", ")
            ))
            .hint("write over them with --replace, or give a single one another name with --name"));
        }
        imported.iter().for_each(|one| document.put(one.profile.clone()));
        Ok(())
    }

    fn tell(&self, imported: &[Imported], store: &Store, shown: &str) {
        let log = Log::new(!self.notes.silent, false);
        for one in imported {
            let name = &one.profile.name;
            if let Some(before) = &one.renamed_from {
                log.warn(format!("{before:?} can't be a profile's name, so it is {name:?}"));
            }
            if !one.left_out.is_empty() {
                let left_out = one.left_out.join(", ");
                log.warn(format!(
                    "profile {name:?}: left out what this version of jeton has no setting for: {left_out}"
                ));
            }
            for problem in &one.problems {
                log.warn(format!("profile {name:?} will not work before it is changed: {problem}"));
            }
            if let Ok(Some(source)) = one.profile.get(Field::ClientSecret)
                && let Ok(SecretSource::Command(line)) = source.parse()
            {
                log.warn(format!("profile {name:?} runs a command for its secret, so check it: {line}"));
            }
            if one.lacks_secret {
                self.notes.note(&format!(
                    "the secret of {name:?} did not come along; add it: jeton profile edit {name} --client-secret-from ..."
                ));
            }
        }
        let did = if self.dry_run { "would import" } else { "imported" };
        let names: Vec<&str> = imported.iter().map(|one| one.profile.name.as_str()).take(20).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        let (count, path) = (counted(imported.len()), store.path().display());
        self.notes.note(&format!("{did} {count} from {shown} into {path}{names}"));
    }
}

/// The profiles of a .databrickscfg (the usual one, if none is named), and its path.
fn databrickscfg_profiles(file: Option<&Path>) -> Result<(Vec<Imported>, String)> {
    let usual = || {
        environment::databricks_config_file().ok_or_else(|| {
            Error::configuration("there is no home folder with a .databrickscfg")
                .hint("name the file: jeton profile import --databrickscfg FILE")
        })
    };
    let path = file.map_or_else(usual, |file| Ok(file.to_owned()))?;
    Ok((databrickscfg::import(&path)?, path.display().to_string()))
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn read(file: &Path, shown: &str) -> Result<String> {
    let failed = |error: std::io::Error| {
        Error::configuration(format!("{shown} can't be read: {error}")).hint("check the path and its permissions")
    };
    let mut text = String::new();
    let length = if is_stdin(file) {
        std::io::stdin().lock().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        platform::open_regular(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
    };
    if length.map_err(failed)? as u64 > LARGEST {
        return Err(Error::configuration(format!("{shown} is too large for a file of profiles"))
            .hint(format!("give one of {} MiB at most", LARGEST >> 20)));
    }
    Ok(text)
}
