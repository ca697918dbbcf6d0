//! Profiles: what a user configured once, by name, and how it is joined with flags and environment.

mod account;
mod check;
mod databricks;
pub mod databrickscfg;
mod document;
pub mod entratool;
mod field;
mod flow;
mod host;
mod place;
mod reader;
mod resolve;
mod service;
mod snapshot;
mod store;
mod table;
mod workspace;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

pub use account::{Account, Named};
pub use document::Document;
pub use field::Field;
pub(crate) use flow::FlowName;
pub use host::{HostPattern, Place};
pub use resolve::{Flags, Origin, Setting, Settings};
pub use service::Service;
pub use store::Store;
pub use table::{FIELDS, Group, Shape, Spec};
pub use workspace::{Answering, Workspace};

/// One profile: its fields as they stand in profiles.json, unknown ones included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The name it is called by; case matters.
    pub name: String,
    /// The fields.
    pub fields: Map<String, Value>,
}

impl Profile {
    /// A field's value as text; lists are joined by blanks.
    ///
    /// # Errors
    /// A value of a wrong type.
    pub fn get(&self, field: Field) -> Result<Option<String>> {
        let key = field.key();
        // (To go through a dozen is faster than to hash one.)
        let found = self.fields.iter().find(|(known, _)| *known == key).map(|(_, value)| value);
        match found {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Bool(flag)) if field.is_switch() => Ok(Some(flag.to_string())),
            Some(Value::Array(items)) if field.is_list() && items.iter().all(Value::is_string) => {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                Ok(Some(items.join(" ")).filter(|text| !text.is_empty()))
            }
            Some(_) => Err(Error::configuration(format!("the profile {:?} has a {key} of a wrong type", self.name))
                .hint(format!("{key} is {}", field.form()))),
        }
    }

    /// How exactly the profile's `hosts` mean `place`; `None` if they do not.
    ///
    /// # Errors
    /// A value of a wrong type.
    pub fn fits(&self, place: &Place) -> Result<Option<usize>> {
        Ok(self.hosts()?.iter().filter_map(|host| host.fits(place)).max())
    }

    /// Sets a field from text, or removes it where the text is empty or an empty list.
    pub fn set(&mut self, field: Field, text: &str) {
        let items = crate::entra::Audience::new([text], None).scopes;
        let empty = if field.is_list() { items.is_empty() } else { text.is_empty() };
        let value = if field.is_list() {
            Value::Array(items.into_iter().map(Value::String).collect())
        } else if field.is_switch() {
            Value::Bool(text == "true")
        } else {
            Value::String(text.to_owned())
        };
        if empty {
            // Not swap_remove: the others keep their order.
            self.fields.shift_remove(field.key());
        } else {
            self.fields.insert(field.key().to_owned(), value);
        }
    }

    /// The hosts that the token may be handed to. A pattern that is none was told when it was written.
    ///
    /// # Errors
    /// A value of a wrong type.
    pub fn hosts(&self) -> Result<Vec<HostPattern>> {
        let hosts = self.get(Field::Hosts)?.unwrap_or_default();
        Ok(hosts.split(' ').filter_map(|host| host.parse().ok()).collect())
    }

    /// The names of fields that this version does not know.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str).filter(|key| Field::of_key(key).is_none())
    }
}

/// Whether `name` can be a profile's: no blanks or control characters at all, no dash at its start, 100 bytes at most.
///
/// # Errors
/// Any other name.
pub fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '\\' | '\'' | '"');
    if name.is_empty() || name.len() > 100 || name.starts_with('-') || !name.chars().all(plain) {
        return Err(Error::usage(format!("{name:?} can't be a profile's name"))
            .hint("use letters, digits, dots, dashes and underscores"));
    }
    Ok(())
}
