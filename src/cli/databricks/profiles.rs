//! `auth env`, `auth profiles` and `auth describe`: which profiles there are, and what counts in the one that answers.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{MARGIN, answering, call_args, flags};
use crate::cli::args::CallArgs;
use crate::cli::output;
use crate::cli::profile::table;
use crate::cli::road::{Road, folders};
use crate::cli::stand_in::{Answered, Refusal};
use crate::entra;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Answering, Field, FlowName, Origin, Settings, Workspace};
use crate::protocol::databricks::{self, Call, Output, lines};
use crate::token::Token;

/// How long a look at one profile may take (`cmd/auth/profiles.go` gives each as long).
const LOOK: Duration = Duration::from_secs(5);

/// What an SDK's environment has to say so that it asks jeton. No token is in it.
pub(super) fn env(call: &Call) -> Answered<()> {
    let Answering { settings, .. } = answering(call)?;
    let mut variables = Map::new();
    let mut set = |name: &str, value: Option<String>| {
        variables.extend(value.map(|value| (name.to_owned(), Value::String(value))));
    };
    set("DATABRICKS_ACCOUNT_ID", settings.text(Field::DatabricksAccountId)?);
    set("DATABRICKS_AUTH_TYPE", Some("databricks-cli".to_owned()));
    // (An SDK fails where its own file has no such profile.)
    let section = settings.profile().map(|profile| profile.name.clone());
    set("DATABRICKS_CONFIG_PROFILE", section.filter(|name| Settings::has_databricks_section(name)));
    set("DATABRICKS_HOST", host(&settings)?);
    if call.output != Some(Output::Text) {
        return Ok(output::print(lines(&json!({ "env": variables })).trim_end())?);
    }
    let text = variables.iter().map(|(name, value)| format!("{name}={}\n", value.as_str().unwrap_or_default()));
    Ok(output::print(&text.collect::<String>())?)
}

fn host(settings: &Settings) -> Result<Option<String>> {
    Ok(settings.databricks_host()?.map(|host| host.origin().to_owned()))
}

/// A token of these settings, from the cache or fresh.
fn token(call: &CallArgs, settings: Settings) -> Result<Token> {
    let road = Road::with(call, settings)?;
    let request = road.wanted(MARGIN)?;
    road.get(&request)
}

/// All profiles with a host, and whether each gives a token.
pub(super) fn list(call: &Call) -> Answered<()> {
    let store = folders()?.1;
    let names = Settings::names_for_databricks(&store)?;
    let default = Settings::load_workspace(&flags(), Workspace::default(), &store).ok().flatten();
    let default = default.and_then(|found| Some(found.settings.profile()?.name.clone()));
    let call_args = CallArgs { timeout: Some(LOOK), force_refresh: false, ..call_args(call)? };
    let look = |name: &str| {
        let wanted = Workspace { profile: Some(name), ..Workspace::default() };
        let found = Settings::load_workspace(&flags(), wanted, &folders()?.1)?;
        let settings = found.ok_or_else(|| Error::configuration("it has no host"))?.settings;
        let mut row = Map::from_iter([("name".to_owned(), name.into())]);
        let host = settings.databricks_host()?;
        let cloud = match host.as_ref().and_then(crate::databricks::Host::cloud) {
            Some(crate::databricks::Cloud::Azure(_)) => "azure",
            Some(crate::databricks::Cloud::Gcp) => "gcp",
            _ => "aws",
        };
        row.extend(host.map(|host| ("host".to_owned(), host.origin().into())));
        row.extend(settings.text(Field::DatabricksAccountId)?.map(|id| ("account_id".to_owned(), id.into())));
        row.insert("cloud".to_owned(), cloud.into());
        row.insert("auth_type".to_owned(), settings.flow_name()?.auth_type().into());
        row.insert("valid".to_owned(), (!call.skip_validate && token(&call_args, settings).is_ok()).into());
        Ok::<_, Error>(row)
    };
    let rows: Vec<Map<String, Value>> = std::thread::scope(|scope| {
        let looks: Vec<_> = names.iter().map(|(name, _)| scope.spawn(|| look(name))).collect();
        let found = looks.into_iter().zip(&names).map(|(look, (name, _))| {
            let row = look.join().ok().and_then(Result::ok);
            let mut row = row.unwrap_or_else(|| {
                Map::from_iter([("name".to_owned(), name.as_str().into()), ("valid".to_owned(), false.into())])
            });
            if default.as_ref() == Some(name) {
                row.insert("default".to_owned(), true.into());
            }
            row
        });
        found.collect()
    });
    let text = match form(call) {
        Output::Json => lines(&json!({ "profiles": rows })),
        Output::Text => {
            let cell =
                |row: &Map<String, Value>, key| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut cells = vec![["Name", "Host", "Valid"].map(str::to_owned).to_vec()];
            cells.extend(rows.iter().map(|row| {
                let valid = if row["valid"] == true { "YES" } else { "NO" };
                vec![cell(row, "name"), cell(row, "host"), valid.to_owned()]
            }));
            table(&cells)
        }
    };
    // Where nothing is jeton's, the CLI knows better.
    match names.iter().any(|(_, is_own)| *is_own) {
        true => Ok(output::print(&text)?),
        false => Err(Refusal::HandOnOr(text)),
    }
}

/// Who is signed in, and by which settings. The CLI ends with 0 here, whoever is.
pub(super) fn describe(call: &Call) -> Answered<()> {
    let Answering { settings, is_set_up } = answering(call)?;
    let flow = settings.flow_name()?;
    let auth_type = flow.auth_type();
    let host = host(&settings)?.unwrap_or_default();
    let account = settings.text(Field::DatabricksAccountId)?;
    let mut configuration = vec![("host", host.clone(), source(call, &settings, Field::DatabricksHost)?)];
    if let Some(account) = &account {
        let source = source(call, &settings, Field::DatabricksAccountId)?;
        configuration.push(("account_id", account.clone(), source));
    }
    if let Some(client) = client_id(&settings, flow)? {
        configuration.push(("client_id", client, source(call, &settings, Field::DatabricksClientId)?));
    }
    if let Some(profile) = settings.profile() {
        let source = match &call.profile {
            Some(_) => json!({"type": "flag", "name": "--profile"}),
            None => json!({"type": "dynamic configuration"}),
        };
        configuration.push(("profile", profile.name.clone(), source));
    }
    configuration.push(("auth_type", auth_type.to_owned(), source(call, &settings, Field::Flow)?));
    let client = client_id(&settings, flow)?;
    let found = token(&call_args(call)?, settings);
    let is_found = found.is_ok();
    let (head, status) = match found {
        Ok(token) => {
            let user = entra::account_of(&token.value).or(token.account).or(client).unwrap_or_default();
            let mut head = format!("Host: {host}\n");
            for (name, value) in [("Account ID", account.as_deref().unwrap_or_default()), ("User", &user)] {
                if !value.is_empty() {
                    head.push_str(&format!("{name}: {value}\n"));
                }
            }
            head.push_str(&format!("Authenticated with: {auth_type}\n"));
            (head, json!({"status": "success", "username": user, "account_id": account}))
        }
        Err(error) => {
            let text = databricks::failure(&error);
            let text = text.strip_prefix("Error: ").unwrap_or(&text).trim_end();
            (format!("Unable to authenticate: {text}\n"), json!({"status": "error", "error": text}))
        }
    };
    let text = match form(call) {
        Output::Json => {
            let details = configuration.into_iter().map(|(name, value, source)| {
                (name.to_owned(), json!({"value": value, "source": source, "auth_type_mismatch": false}))
            });
            let details = json!({"auth_type": auth_type, "host": host, "configuration": Map::from_iter(details)});
            let mut status = status;
            if let Value::Object(fields) = &mut status {
                fields.retain(|_, value| !value.is_null() && *value != "");
                fields.insert("details".to_owned(), details);
            }
            lines(&status).trim_end().to_owned()
        }
        Output::Text => {
            let shown = configuration.iter().map(|(name, value, source)| {
                let from = [&source["name"], &source["type"]].into_iter().filter_map(Value::as_str);
                format!("  ✓ {name}: {value} (from {})\n", from.collect::<Vec<_>>().join(" "))
            });
            format!("{head}-----\nCurrent configuration:\n{}", shown.collect::<String>())
        }
    };
    match is_found || is_set_up {
        true => Ok(output::print(&text)?),
        false => Err(Refusal::HandOnOr(text)),
    }
}

/// The app, where it has the token itself.
fn client_id(settings: &Settings, flow: FlowName) -> Result<Option<String>> {
    match flow.is_for_users() {
        true => Ok(None),
        false => settings.text(if flow.is_databricks() { Field::DatabricksClientId } else { Field::ClientId }),
    }
}

/// Where a setting comes from, in the SDK's words (databricks-sdk-go `config/attribute.go`).
fn source(call: &Call, settings: &Settings, field: Field) -> Result<Value> {
    let origin = settings.get(field)?.map(|setting| setting.origin);
    Ok(match origin {
        Some(Origin::Environment(name)) => json!({"type": "environment variable", "name": name}),
        Some(Origin::Profile) => {
            let name = settings.profile().map(|profile| profile.name.clone()).unwrap_or_default();
            let own = folders()?.1;
            let file = match own.look(&name)? {
                Some(_) => Some(own.path().to_owned()),
                None => environment::databricks_config_file(),
            };
            json!({"type": "config file", "name": file.unwrap_or_default().display().to_string()})
        }
        Some(Origin::Flag(_) | Origin::Caller(_)) if field == Field::DatabricksHost && call.host.is_some() => {
            json!({"type": "flag", "name": "--host"})
        }
        _ => json!({"type": "dynamic configuration"}),
    })
}

/// The form: the command line's, DATABRICKS_OUTPUT_FORMAT, text.
fn form(call: &Call) -> Output {
    let set = || Output::parse(&environment::databricks_output()?);
    call.output.or_else(set).unwrap_or(Output::Text)
}
