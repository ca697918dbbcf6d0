//! `auth env`, `auth profiles` and `auth describe`: which profiles there are, and what counts in the one that answers.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{MARGIN, call_args};
use crate::cli::args::CallArgs;
use crate::cli::profile::table;
use crate::cli::road::{Road, folders};
use crate::cli::stand_in::flags;
use crate::databricks::{Cloud, Host};
use crate::entra;
use crate::environment;
use crate::error::Result;
use crate::profile::{Answering, Field, FlowName, Origin, Settings, Store, Workspace};
use crate::protocol::databricks::{self, Call, Output, lines, object};
use crate::token::Token;

/// How long a look at one profile may take (`cmd/auth/profiles.go` gives each as long).
const LOOK: Duration = Duration::from_secs(5);

type Fields = Map<String, Value>;

fn put(fields: &mut Fields, name: &str, value: Value) {
    fields.insert(name.to_owned(), value);
}

/// What an SDK's environment has to say so that it asks jeton. No token is in it.
pub(super) fn env(call: &Call, settings: &Settings) -> Result<String> {
    let (account, host) = (settings.text(Field::DatabricksAccountId)?, host(settings)?);
    // (An SDK fails where its own file has no such profile.)
    let section = settings.profile().map(|profile| profile.name.clone());
    let section = section.filter(|name| Settings::has_databricks_section(name));
    let variables: Vec<(&str, &str)> = [
        ("DATABRICKS_ACCOUNT_ID", account.as_deref()),
        ("DATABRICKS_AUTH_TYPE", Some("databricks-cli")),
        ("DATABRICKS_CONFIG_PROFILE", section.as_deref()),
        ("DATABRICKS_HOST", host.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    let mut text = String::new();
    if call.output == Some(Output::Text) {
        for (name, value) in variables {
            text.extend([name, "=", value, "\n"]);
        }
    } else {
        let mut all = Fields::new();
        put(&mut all, "env", Value::Object(object(&variables)));
        text = lines(all);
    }
    Ok(text)
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

/// All profiles with a host, and whether each gives a token; and whether any of them is jeton's.
pub(super) fn list(call: &Call) -> Result<(String, bool)> {
    let store = folders()?.1;
    let names = Settings::names_for_databricks(&store)?;
    let default = Settings::load_workspace(&flags(), Workspace::default(), &store).ok().flatten();
    let default = default.as_ref().and_then(|found| found.settings.profile()).map(|profile| profile.name.as_str());
    let call_args = CallArgs { timeout: Some(LOOK), force_refresh: false, ..call_args(call)? };
    let mut rows = Vec::new();
    for (name, _) in &names {
        let mut row = object(&[("name", name)]);
        // (One that can't be used is listed, and not valid.)
        let is_valid = look(&mut row, name, &store, (!call.skip_validate).then_some(&call_args)).unwrap_or_default();
        put(&mut row, "valid", Value::Bool(is_valid));
        if default == Some(name) {
            put(&mut row, "default", Value::Bool(true));
        }
        rows.push(row);
    }
    let text = match form(call) {
        Output::Json => {
            let mut all = Fields::new();
            put(&mut all, "profiles", rows.into_iter().map(Value::Object).collect());
            lines(all) + "\n"
        }
        Output::Text => {
            let mut cells = vec![["Name", "Host", "Valid"].map(str::to_owned).to_vec()];
            for row in &rows {
                let cell = |name| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                let valid = if row["valid"] == true { "YES" } else { "NO" };
                let mark = if row.contains_key("default") { " (Default)" } else { "" };
                cells.push(vec![cell("name") + mark, cell("host"), valid.to_owned()]);
            }
            table(&cells)
        }
    };
    Ok((text, names.iter().any(|(_, is_own)| *is_own)))
}

/// Adds what there is to say of the profile, and says whether it gives a token, if that is to be tried.
fn look(row: &mut Fields, name: &str, store: &Store, call: Option<&CallArgs>) -> Result<bool> {
    let wanted = Workspace { profile: Some(name), ..Workspace::default() };
    let Some(Answering { settings, .. }) = Settings::load_workspace(&flags(), wanted, store)? else { return Ok(false) };
    let host = settings.databricks_host()?;
    let cloud = match host.as_ref().and_then(Host::cloud) {
        Some(Cloud::Azure(_)) => "azure",
        Some(Cloud::Gcp) => "gcp",
        _ => "aws",
    };
    let account = settings.text(Field::DatabricksAccountId)?.unwrap_or_default();
    let auth_type = settings.flow_name()?.auth_type();
    let host = host.as_ref().map(Host::origin).unwrap_or_default();
    row.extend(object(&[("host", host), ("account_id", &account), ("cloud", cloud), ("auth_type", auth_type)]));
    row.retain(|_, value| *value != "");
    Ok(call.is_some_and(|call| token(call, settings).is_ok()))
}

/// Who is signed in, and by which settings; and whether they are jeton's, or somebody is.
pub(super) fn describe(call: &Call, answering: Answering) -> Result<(String, bool)> {
    let Answering { settings, is_set_up } = answering;
    let flow = settings.flow_name()?;
    let auth_type = flow.auth_type();
    let host = host(&settings)?.unwrap_or_default();
    let account = settings.text(Field::DatabricksAccountId)?.unwrap_or_default();
    let client = client_id(&settings, flow)?.unwrap_or_default();
    let profile = settings.profile().map(|profile| profile.name.clone()).unwrap_or_default();
    let mut configuration = Vec::new();
    // (In the order of the SDK's attributes.)
    for (name, value, field) in [
        ("host", host.as_str(), Some(Field::DatabricksHost)),
        ("account_id", &account, Some(Field::DatabricksAccountId)),
        ("profile", &profile, None),
        ("client_id", &client, Some(Field::DatabricksClientId)),
        ("auth_type", auth_type, Some(Field::Flow)),
    ] {
        if !value.is_empty() {
            configuration.push((name, value, source(call, &settings, field)?));
        }
    }
    let found = token(&call_args(call)?, settings);
    let is_found = found.is_ok();
    let mut status = Fields::new();
    let head = match found {
        Ok(token) => {
            let user = entra::account_of(&token.value).or(token.account).unwrap_or_else(|| client.clone());
            status = object(&[("status", "success"), ("username", &user), ("account_id", &account)]);
            let mut head = String::new();
            let told =
                [("Host", host.as_str()), ("Account ID", &account), ("User", &user), ("Authenticated with", auth_type)];
            for (name, value) in told.into_iter().filter(|(_, value)| !value.is_empty()) {
                head.extend([name, ": ", value, "\n"]);
            }
            head
        }
        Err(error) => {
            let text = databricks::failure(&error);
            let text = text.strip_prefix("Error: ").unwrap_or(&text).trim_end();
            status.extend(object(&[("status", "error"), ("error", text)]));
            format!("Unable to authenticate: {text}\n")
        }
    };
    let text = match form(call) {
        Output::Json => {
            status.retain(|_, value| *value != "");
            let mut all = Fields::new();
            // (Go sorts a map's keys.)
            configuration.sort_by_key(|(name, ..)| *name);
            for (name, value, source) in configuration {
                let mut one = object(&[("value", value)]);
                put(&mut one, "source", Value::Object(source));
                put(&mut one, "auth_type_mismatch", Value::Bool(false));
                put(&mut all, name, Value::Object(one));
            }
            let mut details = object(&[("auth_type", auth_type), ("host", &host)]);
            put(&mut details, "configuration", Value::Object(all));
            put(&mut status, "details", Value::Object(details));
            lines(status)
        }
        Output::Text => {
            let mut text = head + "-----\nCurrent configuration:\n";
            for (name, value, source) in configuration {
                text.extend(["  ✓ ", name, ": ", value]);
                if let (Some(Value::String(name)), Some(Value::String(kind))) = (source.get("name"), source.get("type"))
                {
                    text.extend([" (from ", name, " ", kind, ")"]);
                }
                text.push('\n');
            }
            text
        }
    };
    Ok((text, is_found || is_set_up))
}

/// The app, where it has the token itself.
fn client_id(settings: &Settings, flow: FlowName) -> Result<Option<String>> {
    match flow.is_for_users() {
        true => Ok(None),
        false => settings.text(if flow.is_databricks() { Field::DatabricksClientId } else { Field::ClientId }),
    }
}

/// Where a setting comes from, in the SDK's words (databricks-sdk-go `config/attribute.go`); of no field, the profile.
fn source(call: &Call, settings: &Settings, field: Option<Field>) -> Result<Fields> {
    let origin = field.map(|field| settings.get(field)).transpose()?.flatten().map(|setting| setting.origin);
    // (Where a host was found by, and a profile has it as well, it is the profile's.)
    let own = settings.profile().filter(|profile| profile.fields.contains_key(Field::DatabricksHost.key()));
    let origin = match origin {
        Some(Origin::Caller(_)) if field == Some(Field::DatabricksHost) && own.is_some() => Some(Origin::Profile),
        origin => origin,
    };
    let file;
    let (kind, name) = match (field, origin) {
        (None, _) if call.profile.is_some() => ("flag", "--profile"),
        (Some(Field::DatabricksHost), Some(_)) if call.host.is_some() => ("flag", "--host"),
        (_, Some(Origin::Environment(name))) => ("environment variable", name),
        (_, Some(Origin::Profile)) => {
            let name = settings.profile().map(|profile| profile.name.clone()).unwrap_or_default();
            let store = folders()?.1;
            file = match store.look(&name)? {
                Some(_) => store.path().to_owned(),
                None => environment::databricks_config_file().unwrap_or_default(),
            };
            ("config file", file.to_str().unwrap_or_default())
        }
        _ => ("dynamic configuration", ""),
    };
    let mut source = object(&[("type", kind), ("name", name)]);
    source.retain(|_, value| *value != "");
    Ok(source)
}

/// The form: the command line's, DATABRICKS_OUTPUT_FORMAT, text.
fn form(call: &Call) -> Output {
    let set = || Output::parse(&environment::databricks_output()?);
    call.output.or_else(set).unwrap_or(Output::Text)
}
