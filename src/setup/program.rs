//! This program, as a tool is to call it: by its name where PATH leads to it, by its path where not.

use std::path::{Path, PathBuf};

use super::Plan;
use crate::error::{Error, Kind, Result};
use crate::platform;
use crate::process::on_path;
use crate::program::Own;

/// What this program goes by on PATH: by itself, and as a plugin of kubectl that krew installed, whose place changes with
/// every version.
pub(super) const NAMES: &[&str] = &["jeton", "kubectl-jeton"];

/// Where this program is.
pub(crate) struct Program {
    /// What a tool is to be told: `jeton`, or a path.
    pub(crate) command: String,
    /// The file, by the name under which it was found.
    path: PathBuf,
    /// The folder on PATH that it was found in.
    folder: Option<PathBuf>,
    file: Own,
}

impl Program {
    /// Looks for this program on PATH.
    ///
    /// # Errors
    /// The system does not say which program this is, or the path is no Unicode.
    pub(crate) fn find() -> Result<Self> {
        let unknown = |why: String| {
            Error::new(Kind::Failed, format!("the system does not say where this program is: {why}"))
                .hint("call it by its full path")
        };
        let own = std::env::current_exe().map_err(|error| unknown(error.to_string()))?;
        let file = Own::find().ok_or_else(|| unknown("its file is gone".to_owned()))?;
        // Another jeton that comes first would be the one which the tool runs.
        let first = |name: &'static str| Some((name, on_path(name).into_iter().next().filter(|path| file.is(path))?));
        let (name, found) = NAMES.iter().copied().find_map(first).unzip();
        let text = own.to_str().ok_or_else(|| unknown("its path is no Unicode".to_owned()))?;
        Ok(Self {
            command: name.unwrap_or(text).to_owned(),
            folder: found.as_deref().and_then(Path::parent).map(Path::to_owned),
            path: found.unwrap_or(own),
            file,
        })
    }

    /// The file, for what looks on no PATH.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether `path` leads to this program.
    pub(crate) fn is(&self, path: &Path) -> bool {
        self.file.is(path)
    }

    /// The command and its arguments, as a shell and Python's shlex split them.
    pub(crate) fn line(&self, args: &[&str]) -> String {
        let words: Vec<String> =
            std::iter::once(self.command.as_str()).chain(args.iter().copied()).map(platform::quote).collect();
        words.join(" ")
    }

    /// Has `name`, by which a tool looks for its helper, lead to this program: by a link beside it, where PATH has no such
    /// program.
    pub(crate) fn need(&self, name: &str, plan: &mut Plan) {
        match (on_path(name).into_iter().next(), &self.folder) {
            (Some(known), _) if self.is(&known) => {}
            (Some(other), _) => plan.notes.push(format!(
                "{} comes first on PATH and is another program: put a link to jeton before it ({})",
                other.display(),
                link_command(&self.path, &Path::new("FOLDER").join(name))
            )),
            (None, Some(folder)) => {
                let file = platform::program_files(name).into_iter().next_back().unwrap_or_else(|| name.to_owned());
                plan.links.push((folder.join(file), self.path.clone()));
            }
            (None, None) => plan.notes.push(format!(
                "the tool looks for {name} on PATH, and jeton is not there: put a link into a folder that is ({})",
                link_command(&self.path, &Path::new("FOLDER").join(name))
            )),
        }
    }

    /// Has `link` lead to this program.
    pub(crate) fn link(&self, link: &Path, plan: &mut Plan) {
        if !self.is(link) {
            plan.links.push((link.to_owned(), self.path.clone()));
        }
    }
}

/// The command that makes a link by hand.
pub(crate) fn link_command(target: &Path, link: &Path) -> String {
    format!("ln -s {} {}", platform::quote(&target.display().to_string()), platform::quote(&link.display().to_string()))
}
