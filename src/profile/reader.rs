//! How profiles.json is read: all of it, one field of every profile, or one profile; and no more is built than that.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::Field;
use super::document::{Document, VERSION};

/// Reads `text` as `seed` says.
///
/// # Errors
/// Malformed text or another version, with line and column.
pub(super) fn parse<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> serde_json::Result<S::Value> {
    // A byte order mark is what some Windows editors leave.
    let mut reader = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let value = seed.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// The file's version, which has to be the one that this program knows.
fn check_version<E: serde::de::Error>(version: Option<u64>) -> std::result::Result<(), E> {
    match version {
        Some(VERSION) => Ok(()),
        Some(other) => Err(E::custom(format!("version {other} is not known to this jeton (it knows {VERSION})"))),
        None => Err(E::missing_field("version")),
    }
}

/// Reads all of the file, and checks its version. Of the profiles only the field `by`, where one is named.
pub(super) struct Whole {
    pub(super) by: Option<Field>,
}

impl<'de> DeserializeSeed<'de> for Whole {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Document, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FRAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Document, A::Error> {
        let (mut version, mut root) = (None, Map::new());
        while let Some(key) = map.next_key::<String>()? {
            let value = match key.as_str() {
                "version" => {
                    let number = map.next_value::<u64>()?;
                    version = Some(number);
                    number.into()
                }
                "profiles" => map.next_value_seed(AllProfiles(self.by))?,
                _ => map.next_value()?,
            };
            root.insert(key, value);
        }
        check_version(version)?;
        Ok(Document { root })
    }
}

struct AllProfiles(Option<Field>);

impl<'de> DeserializeSeed<'de> for AllProfiles {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AllProfiles {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PROFILES)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            all.insert(name, map.next_value_seed(Fields(self.0))?);
        }
        Ok(Value::Object(all))
    }
}

struct Fields(Option<Field>);

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FIELDS_OF_ONE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key_seed(Name)? {
            if self.0.is_none_or(|by| by.key() == key) {
                fields.insert(key.into_owned(), map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(fields))
    }
}

/// A name in the file, which is not copied where it stands there as it is.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, name: &'de str) -> std::result::Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> std::result::Result<Self::Value, E> {
        Ok(name.to_owned().into())
    }
}

/// What the parts of the file are, for its errors.
const FRAME: &str = "an object with \"version\" and \"profiles\"";
const PROFILES: &str = "an object of profiles by name";
const FIELDS_OF_ONE: &str = "an object of fields";

/// Reads the file's frame, checks its version, and builds only the one profile that is wanted.
pub(super) struct OneProfile<'n>(pub(super) &'n str);

impl<'de> DeserializeSeed<'de> for OneProfile<'_> {
    type Value = Option<Map<String, Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneProfile<'_> {
    type Value = Option<Map<String, Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FRAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let (mut version, mut found) = (None, None);
        while let Some(key) = map.next_key_seed(Name)? {
            match &*key {
                "version" => version = Some(map.next_value::<u64>()?),
                "profiles" => found = map.next_value_seed(InProfiles(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        check_version(version)?;
        Ok(found)
    }
}

struct InProfiles<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for InProfiles<'_> {
    type Value = Option<Map<String, Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InProfiles<'_> {
    type Value = Option<Map<String, Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PROFILES)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key_seed(Name)? {
            if key == self.0 {
                found = Some(map.next_value::<Map<String, Value>>()?);
            } else {
                map.next_value::<AnyObject>()?;
            }
        }
        Ok(found)
    }
}

/// An object whose content does not matter.
struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Skip;
        impl<'de> Visitor<'de> for Skip {
            type Value = AnyObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(FIELDS_OF_ONE)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<AnyObject, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(AnyObject)
            }
        }
        deserializer.deserialize_map(Skip)
    }
}
