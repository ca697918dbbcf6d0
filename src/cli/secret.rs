//! `jeton secret`: keep secrets under names that profiles refer to as `keyring:NAME`.

use std::io::IsTerminal as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output;
use super::profile::{NoteArgs, table};
use crate::clock::{Deadline, rfc3339};
use crate::environment;
use crate::error::{Error, Result};
use crate::log::Log;
use crate::secret::SecretSource;
use crate::vault::{Label, SecretName, StoreKind, Vault};

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct SecretArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Keep a secret under a name, for "keyring:NAME" in a profile; typed without echo, or from stdin
    Set(SetArgs),
    /// List what is kept: names and what they are, never a secret
    List(ListArgs),
    /// Remove a secret
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
struct SetArgs {
    /// Its name: lower-case letters, digits, - and _
    name: String,
    /// Where it is read from: env:NAME, file:PATH, command:COMMAND LINE, keyring:NAME, prompt or stdin [default: prompt
    /// on a terminal, else stdin]
    #[arg(long, value_name = "SOURCE")]
    from: Option<String>,
    #[command(flatten)]
    notes: NoteArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    notes: NoteArgs,
}

#[derive(Debug, Args)]
struct RemoveArgs {
    /// Its name, as `list` shows it
    name: String,
    #[command(flatten)]
    notes: NoteArgs,
}

impl SecretArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Set(args) => args.run(),
            Command::List(args) => args.run(),
            Command::Remove(args) => args.run(),
        }
    }
}

impl SetArgs {
    fn run(self) -> Result<()> {
        let name: SecretName = self.name.parse()?;
        let source: SecretSource = match &self.from {
            Some(from) => from.parse()?,
            None if std::io::stdin().is_terminal() => SecretSource::Prompt,
            None => SecretSource::Stdin,
        };
        let vault = Vault::from_environment()?;
        let secret = source.read(Deadline::after(environment::timeout()?))?;
        let label = Label { what: "secret".to_owned(), ..Label::default() };
        let kind = vault.store(&name, &label, &secret, &Log::new(!self.notes.silent, false))?;
        self.notes.note(&format!("kept {name} ({}); a profile names it keyring:{name}", place(kind)));
        Ok(())
    }
}

impl ListArgs {
    fn run(self) -> Result<()> {
        let vault = Vault::from_environment()?;
        let secrets = vault.list(&Log::new(!self.notes.silent, false))?;
        if self.json {
            return output::print(&output::json(&secrets.iter().map(object).collect()));
        }
        if secrets.is_empty() {
            self.notes.note(&format!("there are no secrets in {}", vault.folder().display()));
            return Ok(());
        }
        let header =
            ["NAME", "WHAT", "ACCOUNT", "TENANT", "PROFILES", "KEPT IN", "UPDATED"].map(str::to_owned).to_vec();
        let rows: Vec<_> = std::iter::once(header).chain(secrets.iter().map(row)).collect();
        output::print(&table(&rows))
    }
}

impl RemoveArgs {
    fn run(self) -> Result<()> {
        let vault = Vault::from_environment()?;
        // By any name that `list` shows.
        let name = SecretName::new(&self.name)?;
        if !vault.remove(&name)? {
            return Err(Error::configuration(format!("there is no secret {name} in {}", vault.folder().display()))
                .hint("see what there is: jeton secret list"));
        }
        self.notes.note(&format!("removed {name} from {}", vault.folder().display()));
        Ok(())
    }
}

fn place(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Keyring => "sealed, its key in the keyring",
        StoreKind::File => "in a file that only you can read",
        StoreKind::Kernel => "sealed, its key in the kernel until the next restart",
    }
}

fn row((name, label, kind): &(SecretName, Label, StoreKind)) -> Vec<String> {
    let shown = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    vec![
        name.to_string(),
        shown(&label.what),
        shown(&label.account),
        shown(&label.tenant),
        shown(&label.profiles.join(" ")),
        kind.to_string(),
        rfc3339(label.updated_at),
    ]
}

fn object((name, label, kind): &(SecretName, Label, StoreKind)) -> Value {
    json!({
        "name": name.as_str(),
        "store": kind.name(),
        "what": label.what,
        "provider": label.provider,
        "account": label.account,
        "tenant": label.tenant,
        "client": label.client,
        "authority": label.authority,
        "profiles": label.profiles,
        "created_at": rfc3339(label.created_at),
        "updated_at": rfc3339(label.updated_at),
    })
}
