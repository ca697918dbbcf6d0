//! `jeton shim`: links under which jeton stands in for other programs. They are put where the user wants them, never over
//! anything that is not jeton's.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::output;
use super::personality::STAND_INS;
use super::profile::{NoteArgs, table};
use crate::error::{Error, Kind, Result};
use crate::{platform, process, program};

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct ShimArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put links (copies, where links can't be made) into a folder that is on PATH
    Install(InstallArgs),
    /// Show which program each name runs, and whether that is jeton
    List(ListArgs),
    /// Remove links that jeton made
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
struct InstallArgs {
    /// What to stand in for: az, azd, databricks
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    folder: FolderArgs,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    notes: NoteArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RemoveArgs {
    /// What to stand in for no more
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    folder: FolderArgs,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    notes: NoteArgs,
}

#[derive(Debug, Args)]
struct FolderArgs {
    /// The folder [default: .local/bin in the home folder]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl ShimArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Install(args) => args.run(),
            Command::List(args) => args.run(),
            Command::Remove(args) => args.run(),
        }
    }
}

impl FolderArgs {
    /// The folder, as an absolute path.
    fn path(&self) -> Result<PathBuf> {
        let folder = match &self.dir {
            Some(dir) => dir.clone(),
            None => dirs::home_dir().map(|home| home.join(".local").join("bin")).ok_or_else(|| {
                Error::configuration("there is no home folder").hint("name a folder on PATH with --dir")
            })?,
        };
        std::path::absolute(&folder).map_err(|error| failed(&format!("{} is no folder", folder.display()), &error))
    }
}

/// What stands at the path of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    /// This program.
    Own,
    /// Another jeton, such as an older copy, or a link to where one was.
    OtherJeton,
    Foreign,
}

impl There {
    fn at(path: &Path, own: &program::Own) -> Self {
        if path.symlink_metadata().is_err() {
            return Self::Nothing;
        }
        if own.is(path) {
            return Self::Own;
        }
        let leads_to_jeton = std::fs::read_link(path)
            .is_ok_and(|target| target.file_stem().is_some_and(|name| name.eq_ignore_ascii_case("jeton")));
        if leads_to_jeton || program::is_a_jeton(path) { Self::OtherJeton } else { Self::Foreign }
    }
}

impl InstallArgs {
    fn run(self) -> Result<()> {
        let (folder, own) = (self.folder.path()?, own()?);
        let links = links(&self.names, &folder)?;
        // All or nothing, as far as can be seen beforehand.
        for (name, link) in &links {
            if There::at(link, &own) == There::Foreign {
                return Err(Error::configuration(format!("{} is there already, and is not jeton's", link.display()))
                    .hint(format!(
                        "it was left as it is: choose another folder for {name} with --dir, or move it away"
                    )));
            }
        }
        for (_, link) in &links {
            self.install(link, &own)?;
        }
        for (name, link) in &links {
            self.look(name, link);
        }
        Ok(())
    }

    fn install(&self, link: &Path, own: &program::Own) -> Result<()> {
        let there = There::at(link, own);
        if there == There::Own {
            self.notes.note(&format!("{} is jeton already", link.display()));
            return Ok(());
        }
        if self.dry_run {
            self.notes.note(&format!("would link {} to {}", link.display(), own.path().display()));
            return Ok(());
        }
        let wrong = |error: &std::io::Error| failed(&format!("{} can't be made", link.display()), error);
        if let Some(folder) = link.parent() {
            std::fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
        }
        if there == There::OtherJeton {
            std::fs::remove_file(link).map_err(|error| wrong(&error))?;
        }
        let how = match platform::link_program(own.path(), link) {
            Ok(()) => "linked",
            // Where the file system or the system has no links for us.
            Err(_) => {
                std::fs::copy(own.path(), link).map_err(|error| wrong(&error))?;
                "copied"
            }
        };
        self.notes.note(&format!("{how} {} to {}", own.path().display(), link.display()));
        Ok(())
    }

    /// Says where something else would be run than the link.
    fn look(&self, name: &str, link: &Path) {
        let folder = link.parent().unwrap_or(link);
        let is_on_path = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|one| same_folder(&one, folder)));
        if !is_on_path {
            let shown = folder.display();
            self.notes.note(&format!("warning: {shown} is not on PATH; put it first: export PATH=\"{shown}:$PATH\""));
            return;
        }
        // (Before it is made, it can't be found.)
        let first = process::on_path(name)
            .into_iter()
            .next()
            .filter(|first| first.parent().is_some_and(|one| !same_folder(one, folder)));
        let first = first.filter(|first| position(first) < position(link));
        if let Some(first) = first {
            self.notes.note(&format!(
                "warning: {} comes first on PATH; put {} before it",
                first.display(),
                folder.display()
            ));
        }
    }
}

/// Where a program's folder stands in PATH.
fn position(program: &Path) -> Option<usize> {
    let path = std::env::var_os("PATH")?;
    let folder = program.parent()?;
    std::env::split_paths(&path).position(|one| same_folder(&one, folder))
}

fn same_folder(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl ListArgs {
    fn run(self) -> Result<()> {
        let own = own()?;
        let mut rows = Vec::new();
        for name in STAND_INS {
            for (at, path) in process::on_path(name).into_iter().enumerate() {
                let what = match There::at(&path, &own) {
                    There::Own => "jeton",
                    There::OtherJeton => "another jeton",
                    _ => "foreign",
                };
                rows.push((*name, path, what, at == 0));
            }
        }
        if self.json {
            let all = rows.iter().map(|(name, path, what, first)| {
                json!({"name": name, "path": path.display().to_string(), "program": what, "first": first})
            });
            return output::print(&output::json(&all.collect()));
        }
        if rows.is_empty() {
            output::note(&format!("there is no {} on PATH", STAND_INS.join(" and no ")));
            return Ok(());
        }
        let header = ["NAME", "RUNS", "PROGRAM", "PATH"].map(str::to_owned).to_vec();
        let rows = rows.iter().map(|(name, path, what, first)| {
            let runs = if *first { "yes" } else { "no" };
            vec![(*name).to_owned(), runs.to_owned(), (*what).to_owned(), path.display().to_string()]
        });
        output::print(&table(&std::iter::once(header).chain(rows).collect::<Vec<_>>()))
    }
}

impl RemoveArgs {
    fn run(self) -> Result<()> {
        let (folder, own) = (self.folder.path()?, own()?);
        let links = links(&self.names, &folder)?;
        for (_, link) in &links {
            let why = match There::at(link, &own) {
                There::Nothing => "is not there",
                There::Foreign => "is not jeton's, and is left as it is",
                There::Own | There::OtherJeton => continue,
            };
            return Err(Error::configuration(format!("{} {why}", link.display()))
                .hint("see what there is: jeton shim list; name another folder with --dir"));
        }
        for (_, link) in &links {
            if self.dry_run {
                self.notes.note(&format!("would remove {}", link.display()));
                continue;
            }
            std::fs::remove_file(link)
                .map_err(|error| failed(&format!("{} can't be removed", link.display()), &error))?;
            self.notes.note(&format!("removed {}", link.display()));
        }
        Ok(())
    }
}

/// The links of these names in `folder`.
fn links<'a>(names: &'a [String], folder: &Path) -> Result<Vec<(&'a str, PathBuf)>> {
    let link = |name: &'a String| {
        if !STAND_INS.contains(&name.as_str()) {
            return Err(Error::usage(format!("jeton does not stand in for {name:?}"))
                .hint(format!("use one of: {}", STAND_INS.join(", "))));
        }
        Ok((name.as_str(), folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))))
    };
    names.iter().map(link).collect()
}

fn own() -> Result<program::Own> {
    program::Own::find().ok_or_else(|| {
        Error::new(Kind::Failed, "the system does not tell where this program is").hint("make the links by hand: ln -s")
    })
}

fn failed(what: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Failed, format!("{what}: {error}"))
        .hint("check the folder and its permissions, or use another --dir")
}
