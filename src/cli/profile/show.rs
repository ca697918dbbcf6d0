//! `jeton profile show`: what counts, and where it comes from.

use clap::Args;
use serde_json::{Value, json};

use super::{output, store, table};
use crate::cli::args::{AwsArgs, SettingArgs};
use crate::environment;
use crate::error::Result;
use crate::profile::{FIELDS, Profile, Settings};
use crate::secret::SecretSource;
use crate::vault::Vault;

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The profile (or JETON_PROFILE; without one, what the environment says)
    name: Option<String>,
    /// The same as NAME
    #[arg(short, long, value_name = "NAME", conflicts_with = "name")]
    profile: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

/// One line of the answer.
struct Row {
    field: String,
    /// A secret's is its source.
    value: Option<String>,
    /// Whether the secret is there, where that can be seen without reading it.
    state: Option<&'static str>,
    origin: String,
    known: bool,
}

impl ShowArgs {
    pub(super) fn run(self) -> Result<()> {
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        let name = self.name.as_deref().or(self.profile.as_deref());
        let settings = Settings::load(flags, name, &store()?)?;
        let rows = rows(&settings)?;
        if self.json {
            let settings_json: Vec<Value> = rows.iter().map(Row::object).collect();
            let name = settings.profile().map(|profile| &profile.name);
            return output::print(&output::json(&json!({"profile": name, "settings": settings_json})));
        }
        let header = ["FIELD", "VALUE", "ORIGIN"].map(str::to_owned).to_vec();
        let cells: Vec<_> = std::iter::once(header).chain(rows.iter().map(Row::cells)).collect();
        output::print(&table(&cells))
    }
}

fn rows(settings: &Settings) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for spec in FIELDS {
        let Some(setting) = settings.get(spec.field)? else { continue };
        rows.push(Row {
            field: spec.key.to_owned(),
            value: Some(setting.shown(spec.field).to_owned()),
            state: if spec.field.is_source() { state(&setting.value) } else { None },
            origin: setting.origin.to_string(),
            known: true,
        });
    }
    let unknown = settings.profile().into_iter().flat_map(Profile::unknown);
    // Nobody knows whether it is a secret.
    rows.extend(unknown.map(|key| Row {
        field: key.to_owned(),
        value: None,
        state: None,
        origin: "profile".to_owned(),
        known: false,
    }));
    Ok(rows)
}

/// Whether the secret is there now. No command is run and nobody is asked.
fn state(source: &str) -> Option<&'static str> {
    Some(match source.parse().ok()? {
        SecretSource::Keyring(name) if Vault::from_environment().ok()?.contains(&name) => "kept",
        SecretSource::Keyring(_) => "missing",
        SecretSource::Env(name) if environment::var(&name).is_some() => "set",
        SecretSource::Env(_) => "not set",
        SecretSource::File(path) if path.exists() => "exists",
        SecretSource::File(_) => "missing",
        SecretSource::Databrickscfg { .. } | SecretSource::Command(_) | SecretSource::Prompt | SecretSource::Stdin => {
            return None;
        }
    })
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let value = match (&self.value, self.state) {
            (Some(value), Some(state)) => format!("{value} ({state})"),
            (Some(value), None) => value.clone(),
            (None, _) => "(not shown)".to_owned(),
        };
        let mark = if self.known { "" } else { " (not known to this version)" };
        vec![self.field.clone(), value, format!("{}{mark}", self.origin)]
    }

    fn object(&self) -> Value {
        let mut object = json!({"field": self.field, "value": self.value, "origin": self.origin});
        if let Some(state) = self.state {
            object["state"] = state.into();
        }
        if !self.known {
            object["known"] = false.into();
        }
        object
    }
}
