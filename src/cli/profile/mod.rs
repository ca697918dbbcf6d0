//! `jeton profile`: make, list, show, change, delete, rename, export and import profiles.

mod ask;
mod create;
mod delete;
mod edit;
mod export;
mod import;
mod list;
mod preset;
mod rename;
mod show;

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use clap::{Args, Subcommand};

use super::args::{AwsArgs, SettingArgs};
use super::output;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, Profile, Store};

pub(super) use ask::confirm;

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct ProfileArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a profile: from flags, or by questions on a terminal
    Create(create::CreateArgs),
    /// List the profiles
    List(list::ListArgs),
    /// Show each setting that counts, and where it comes from
    Show(show::ShowArgs),
    /// Change a profile: by flags, or by questions on a terminal
    Edit(edit::EditArgs),
    /// Give a profile another name
    Rename(rename::RenameArgs),
    /// Delete a profile
    Delete(delete::DeleteArgs),
    /// Print profiles as JSON; there are no secrets in it
    Export(export::ExportArgs),
    /// Read profiles that jeton exported, those of entratool (entra-auth-cli), or .databrickscfg
    Import(import::ImportArgs),
}

impl ProfileArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Create(args) => args.run(),
            Command::List(args) => args.run(),
            Command::Show(args) => args.run(),
            Command::Edit(args) => args.run(),
            Command::Rename(args) => args.run(),
            Command::Delete(args) => args.run(),
            Command::Export(args) => args.run(),
            Command::Import(args) => args.run(),
        }
    }
}

/// What `create` and `edit` write into a profile.
#[derive(Debug, Args)]
struct FieldArgs {
    /// Whether due tokens are renewed beside the caller: true or false
    #[arg(long, help_heading = "Settings (also in a profile)", value_name = "BOOL", value_parser = ["true", "false"], hide_possible_values = true)]
    background: Option<String>,
    /// Host that this profile's token may be handed to, such as dev.azure.com/contoso or *.visualstudio.com (repeatable)
    #[arg(long = "host", help_heading = "Settings (also in a profile)", value_name = "HOST")]
    hosts: Vec<String>,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

impl FieldArgs {
    /// What was given.
    fn changes(&self) -> Vec<Change> {
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        flags.set(Field::Background, self.background.as_deref());
        flags.set(Field::Hosts, Some(&self.hosts.join(" ")));
        flags.given().map(|(field, value)| (field, value.to_owned())).collect()
    }
}

/// A field's new value; an empty one removes the field.
type Change = (Field, String);

/// Which profile: by position, or as entratool names it.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct NameArgs {
    /// The profile's name
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The same as NAME
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
}

impl NameArgs {
    fn name(&self) -> &str {
        // One of the two is there: the parser sees to that.
        self.name.as_deref().or(self.profile.as_deref()).unwrap_or_default()
    }
}

/// How much is said.
#[derive(Debug, Args)]
pub(super) struct NoteArgs {
    /// Nothing on stderr on success
    #[arg(long)]
    pub(super) silent: bool,
}

impl NoteArgs {
    pub(super) fn note(&self, line: &str) {
        if !self.silent {
            output::note(line);
        }
    }
}

/// A profile of these values.
fn made(name: &str, changes: &[Change]) -> Profile {
    let mut profile = Profile { name: name.to_owned(), ..Profile::default() };
    changes.iter().for_each(|(field, value)| profile.set(*field, value));
    profile
}

fn store() -> Result<Store> {
    Ok(Store::new(&environment::config_dir()?, &environment::cache_dir()?))
}

/// Whether there is a person to ask: one who sees the questions and can type the answers.
pub(super) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The error for a name that is taken.
fn exists(store: &Store, name: &str, hint: impl Into<String>) -> Error {
    Error::configuration(format!("there is a profile {name:?} in {} already", store.path().display())).hint(hint)
}

/// `1 profile`, `2 profiles`.
fn counted(profiles: usize) -> String {
    if profiles == 1 { "1 profile".to_owned() } else { format!("{profiles} profiles") }
}

/// Lines up columns. Whoever wrote the cells, they can't move the cursor or add lines.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    painted(rows, |_, _, padded| padded)
}

/// The same, where `paint` may put marks of this program's own around a cell: it is given the column, the cell, and the
/// cell as wide as its column.
pub(super) fn painted(rows: &[Vec<String>], paint: impl Fn(usize, &str, String) -> String) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| crate::error::clean(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = write!(line, "{}  ", paint(column, cell, format!("{cell:width$}")));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lined_up_and_cells_are_plain() {
        let rows =
            [vec!["A".into(), "LONG".into()], vec!["\u{1b}[2Jé\n".into(), "x".into()], vec!["b".into(), String::new()]];
        assert_eq!(table(&rows), "A     LONG\n[2Jé  x\nb\n");
        assert_eq!(table(&[]), "");
    }
}
