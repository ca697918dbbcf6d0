//! `jeton profile list`.

use clap::Args;
use serde_json::{Value, json};

use super::{NoteArgs, output, store, table};
use crate::error::{Result, clean};
use crate::profile::{Field, Profile, Settings};

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    /// Print the names alone, one a line
    #[arg(long, conflicts_with = "json")]
    names: bool,
    #[command(flatten)]
    notes: NoteArgs,
}

impl ListArgs {
    pub(super) fn run(self) -> Result<()> {
        let store = store()?;
        let document = store.load()?;
        let profiles: Vec<Profile> = document.profiles().collect();
        if profiles.is_empty() {
            self.notes.note(&format!(
                "there are no profiles in {}; make one: jeton profile create NAME",
                store.path().display()
            ));
        }
        if self.json {
            // An empty array, too: who reads JSON expects some.
            return output::print(&output::json(&profiles.iter().map(object).collect()));
        }
        if profiles.is_empty() {
            return Ok(());
        }
        if self.names {
            return output::print(&profiles.iter().map(|profile| clean(&profile.name) + "\n").collect::<String>());
        }
        let header = ["NAME", "FLOW", "TENANT", "CLIENT", "FOR"].map(str::to_owned).to_vec();
        let rows: Vec<_> = std::iter::once(header).chain(profiles.iter().map(row)).collect();
        output::print(&table(&rows))
    }
}

/// A field's text; a value that could not be used is shown as it stands in the file.
fn text(profile: &Profile, field: Field) -> Option<String> {
    match profile.get(field) {
        Ok(text) => text,
        Err(_) => profile.fields.get(field.key()).map(Value::to_string),
    }
}

fn flow(profile: &Profile) -> String {
    // Where the profile names none, the one that its credential means.
    let meant = || Settings::of(profile.clone()).text(Field::Flow).ok().flatten();
    text(profile, Field::Flow).or_else(meant).unwrap_or_default()
}

fn row(profile: &Profile) -> Vec<String> {
    let shown = |field| text(profile, field).unwrap_or_else(|| "-".to_owned());
    let audience: Vec<String> =
        [Field::Scopes, Field::Resource].iter().filter_map(|field| text(profile, *field)).collect();
    let audience = if audience.is_empty() { "-".to_owned() } else { audience.join(" ") };
    vec![profile.name.clone(), flow(profile), shown(Field::Tenant), shown(Field::ClientId), audience]
}

fn object(profile: &Profile) -> Value {
    let scopes = text(profile, Field::Scopes).unwrap_or_default();
    json!({
        "name": profile.name,
        "flow": flow(profile),
        "tenant": text(profile, Field::Tenant),
        "client_id": text(profile, Field::ClientId),
        "scopes": crate::entra::Audience::new([scopes.as_str()], None).scopes,
        "resource": text(profile, Field::Resource),
    })
}
