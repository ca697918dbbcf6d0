//! Profiles from elsewhere: jeton's own file, and those of entratool (entra-auth-cli) in both of its shapes.
//!
//! entratool's program writes a bare array of objects (`name`, `tenantId`, `clientId`, `scopes`, `resource`, `authMethod`,
//! `redirectUri`, `certificatePath`, `defaultFlow`, ...: its `Profile.cs`); its older documentation has an object
//! `{"profiles": [...]}` with `scope`, `flow` and `authority`. Which one a text is, is told by its content.
//!
//! Secrets are never taken over: entratool keeps them in a store of its own, and a secret that somebody wrote into the
//! file is left out like any other field that has no place here.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::Document;
use super::flow::FlowName;
use super::{Field, Profile, check_name};
use crate::entra::{Authority, fold};
use crate::error::{Error, Result};

/// A profile that was read from a foreign file, and what its owner has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The profile.
    pub profile: Profile,
    /// The name in the file, where it can't be one here.
    pub renamed_from: Option<String>,
    /// What has no place in a profile of this version, by its name in the file. Values are not repeated, but for names.
    pub left_out: Vec<String>,
    /// What will be refused on use until it is changed, in words.
    pub problems: Vec<String>,
    /// Whether the profile had a secret, which did not come along.
    pub lacks_secret: bool,
}

/// Reads a whole file of profiles, in their order.
///
/// # Errors
/// Malformed text, with line and column; an encrypted export; a value in jeton's own shape that would be refused on use.
pub fn read(text: &str) -> Result<Vec<Imported>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_encrypted(text) {
        return Err(Error::configuration("this is an encrypted export of entratool, which jeton can't open").hint(
            "import its profiles.json (~/.config/entra-auth-cli, or %APPDATA%\\entra-auth-cli), then name each secret",
        ));
    }
    let malformed = |error: serde_json::Error| {
        Error::configuration(format!("the profiles are malformed: {error}"))
            .hint("give a file that jeton exported, or entratool's profiles.json; nothing was imported")
    };
    let shape: Value = serde_json::from_str(text).map_err(malformed)?;
    let imported = if shape.is_array() {
        let entries: Vec<Entry> = serde_json::from_str(text).map_err(malformed)?;
        entries.into_iter().map(Entry::into_imported).collect()
    } else if shape.get("profiles").is_some_and(Value::is_array) {
        let Old { profiles } = serde_json::from_str(text).map_err(malformed)?;
        profiles.into_iter().map(Entry::into_imported).collect()
    } else {
        own(&Document::parse(text).map_err(malformed)?)?
    };
    refuse_twins(&imported)?;
    Ok(imported)
}

/// Base64 of salt, initialization vector and at least one block: no JSON text looks like that.
fn is_encrypted(text: &str) -> bool {
    let base64 =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') || byte.is_ascii_whitespace();
    text.trim().len() >= 80 && text.bytes().all(base64)
}

/// jeton's own file is taken as it stands, so it has to be right.
fn own(document: &Document) -> Result<Vec<Imported>> {
    document
        .profiles()
        .map(|profile| {
            profile.check().map_err(|error| Error {
                kind: crate::error::Kind::Configuration,
                message: crate::error::clean(&format!("profile {:?}: {}", profile.name, error.message)),
                ..error
            })?;
            Ok(Imported {
                profile,
                renamed_from: None,
                left_out: Vec::new(),
                problems: Vec::new(),
                lacks_secret: false,
            })
        })
        .collect()
}

fn refuse_twins(imported: &[Imported]) -> Result<()> {
    let mut names = std::collections::HashSet::new();
    match imported.iter().find(|one| !names.insert(one.profile.name.as_str())) {
        Some(twin) => Err(Error::configuration(format!("two profiles have the name {:?}", twin.profile.name))
            .hint("give one of them another name in the file")),
        None => Ok(()),
    }
}

/// The older shape. What stands beside the profiles has no meaning here.
#[derive(Deserialize)]
struct Old {
    profiles: Vec<Entry>,
}

/// One of entratool's profiles. Names of fields are taken in any case, with or without underscores.
#[derive(Default)]
struct Entry {
    name: String,
    tenant: Option<String>,
    client_id: Option<String>,
    scopes: Vec<String>,
    resource: Option<String>,
    authority: Option<String>,
    /// Its name in the file, and the flow's.
    flow: Option<(String, Value)>,
    method: Option<(String, Value)>,
    others: Vec<(String, Value)>,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        // By hand, because derived code that keeps unknown fields forgets lines and columns.
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a profile's fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Entry, A::Error> {
                use serde::de::Error as _;
                let mut entry = Entry::default();
                let mut name = None;
                while let Some(key) = map.next_key::<String>()? {
                    match fold(&key).as_str() {
                        "name" => name = Some(map.next_value::<String>()?),
                        "tenantid" | "tenant" => entry.tenant = map.next_value()?,
                        "clientid" => entry.client_id = map.next_value()?,
                        "scopes" | "scope" => entry.scopes.extend(map.next_value::<Texts>()?.0),
                        "resource" => entry.resource = map.next_value()?,
                        "authority" => entry.authority = map.next_value()?,
                        "defaultflow" | "flow" => entry.flow = Some((key, map.next_value()?)),
                        "authmethod" => entry.method = Some((key, map.next_value()?)),
                        // The other program's own book-keeping.
                        "createdat" | "updatedat" => drop(map.next_value::<IgnoredAny>()?),
                        _ => entry.others.push((key, map.next_value()?)),
                    }
                }
                entry.name = name.ok_or_else(|| A::Error::missing_field("name"))?;
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A text, a list of texts, or nothing.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_unit<E>(self) -> std::result::Result<Texts, E> {
                Ok(Texts(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Entry {
    fn into_imported(self) -> Imported {
        let name = usable_name(&self.name);
        let renamed_from = (name != self.name).then_some(self.name);
        let mut profile = Profile { name, ..Profile::default() };
        let mut left_out = Vec::new();
        for (field, value) in [
            (Field::Tenant, self.tenant),
            (Field::ClientId, self.client_id),
            (Field::Scopes, Some(self.scopes.join(" "))),
            (Field::Resource, self.resource),
        ] {
            profile.set(field, value.unwrap_or_default().trim());
        }
        if let Some((key, flow)) = self.flow.filter(|(_, flow)| !is_nothing(flow)) {
            match flow.as_str().map(FlowName::parse) {
                Some(Ok(known)) => profile.set(Field::Flow, known.as_str()),
                _ => left_out.push(with_name(&key, &flow)),
            }
        }
        if let Some(authority) = self.authority.filter(|authority| !authority.is_empty()) {
            match authority_host(&authority) {
                Some(host) => profile.set(Field::AuthorityHost, &host),
                None => left_out.push("authority".to_owned()),
            }
        }
        let mut lacks_secret = false;
        if let Some((key, method)) = self.method.filter(|(_, method)| !is_nothing(method)) {
            match method.as_str().map(fold).as_deref() {
                Some("clientsecret") => lacks_secret = true,
                // The file's path says so too; its password is asked for on use.
                Some("certificate" | "passwordlesscertificate") => {}
                _ => left_out.push(with_name(&key, &method)),
            }
        }
        for (key, value) in self.others.into_iter().filter(|(_, value)| !is_nothing(value)) {
            let folded = fold(&key);
            if folded == "useclientsecret" {
                lacks_secret = true;
            } else if folded == "usecertificate" || folded == "cachecertificatepassword" {
                // What is used, the path says; passwords are not kept here.
            } else if folded == "certificatepath" && take_over(&mut profile, "certificate", &value) {
            } else if !take_over(&mut profile, &key, &value) {
                left_out.push(key);
            }
        }
        let problems = super::FIELDS.iter().filter_map(|spec| profile.check_field(spec.field).err());
        let problems =
            problems.map(|error| error.message).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        Imported { profile, renamed_from, left_out, problems, lacks_secret }
    }
}

/// What stands for "not set" in entratool's files.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// `defaultFlow DeviceCode`: the value is shown where it can only be a name.
fn with_name(key: &str, value: &Value) -> String {
    match value.as_str().filter(|name| name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-')) {
        Some(name) => format!("{key} {name}"),
        None => key.to_owned(),
    }
}

/// Keeps a field under its own name in snake case, where this version has a setting of that name and the value fits.
fn take_over(profile: &mut Profile, key: &str, value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        _ => return false,
    };
    // A secret's field takes a source, and what a foreign file calls so is the secret itself.
    let Some(field) = Field::of_key(&snake(key)).filter(|field| !field.is_source()) else { return false };
    let before = profile.fields.clone();
    profile.set(field, &text);
    let fits = profile.check_field(field).is_ok();
    if !fits {
        profile.fields = before;
    }
    fits
}

/// `redirectUri` → `redirect_uri`.
fn snake(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        name.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    name
}

/// `https://login.microsoftonline.us/contoso` → `https://login.microsoftonline.us`.
fn authority_host(authority: &str) -> Option<String> {
    let (scheme, rest) = authority.trim().split_once("://").unwrap_or(("https", authority.trim()));
    let host = rest.split('/').next().unwrap_or_default();
    Some(Authority::new(&format!("{scheme}://{host}"), "common").ok()?.base().to_owned())
}

/// The name itself, or the nearest one that can be given on a command line.
fn usable_name(name: &str) -> String {
    if check_name(name).is_ok() {
        return name.to_owned();
    }
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '\\' | '\'' | '"');
    let mut usable = String::new();
    for c in name.trim().chars().map(|c| if plain(c) { c } else { '-' }) {
        if usable.len() + c.len_utf8() <= 100 && !(c == '-' && (usable.is_empty() || usable.ends_with('-'))) {
            usable.push(c);
        }
    }
    let usable = usable.trim_end_matches('-');
    if usable.is_empty() { "imported".to_owned() } else { usable.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ARRAY: &str = r#"[
      {"name": "my app", "tenantId": "t1", "clientId": "c1", "scopes": ["https://graph.microsoft.com/.default"],
       "authMethod": "ClientSecret", "cacheCertificatePassword": false, "defaultFlow": "ClientCredentials",
       "createdAt": "2024-01-01T00:00:00Z", "updatedAt": null},
      {"name": "user", "tenantId": "t2", "clientId": "c2", "scopes": ["User.Read,Mail.Read", "openid"], "resource": null,
       "authMethod": "Certificate", "certificatePath": "/k.pfx", "redirectUri": "http://localhost:8080",
       "defaultFlow": "InteractiveBrowser"}
    ]"#;

    #[test]
    fn the_array_of_the_program_is_read() {
        let [app, user] = <[Imported; 2]>::try_from(read(ARRAY).unwrap()).unwrap();
        assert_eq!((app.profile.name.as_str(), app.renamed_from.as_deref()), ("my-app", Some("my app")));
        assert_eq!(
            Value::Object(app.profile.fields),
            json!({"tenant": "t1", "client_id": "c1", "scopes": ["https://graph.microsoft.com/.default"],
                   "flow": "client-credentials"})
        );
        assert!(app.lacks_secret && app.left_out.is_empty() && app.problems.is_empty());
        assert_eq!(user.profile.fields["scopes"], json!(["User.Read", "Mail.Read", "openid"]));
        assert_eq!(user.profile.fields["flow"], "interactive-browser");
        assert_eq!(user.profile.fields["certificate"], "/k.pfx");
        assert_eq!(user.profile.fields["redirect_uri"], "http://localhost:8080");
        assert!(!user.lacks_secret && user.left_out.is_empty() && user.problems.is_empty(), "{user:?}");
    }

    #[test]
    fn the_object_of_the_documentation_is_read() {
        let text = json!({"profiles": [{"name": "a", "clientId": "c", "tenantId": "t", "scope": "graph", "cloud": "usgov",
            "flow": "client-credentials", "useClientSecret": true, "clientSecret": "hunter2", "endpoint": "v9",
            "authority": "https://Login.MicrosoftOnline.us/t"}]});
        let read = read(&text.to_string()).unwrap();
        assert_eq!(
            Value::Object(read[0].profile.fields.clone()),
            json!({"tenant": "t", "client_id": "c", "scopes": ["graph"], "flow": "client-credentials",
                   "authority_host": "https://login.microsoftonline.us", "cloud": "usgov"})
        );
        assert_eq!(read[0].left_out, ["clientSecret", "endpoint"]);
        assert!(read[0].lacks_secret && !format!("{read:?}").contains("hunter2"));
    }

    #[test]
    fn jetons_own_shape_is_taken_as_it_stands_or_refused() {
        let good = r#"{"version":1,"profiles":{"a":{"later":[1],"tenant":"t"}}}"#;
        assert_eq!(Value::Object(read(good).unwrap()[0].profile.fields.clone()), json!({"later": [1], "tenant": "t"}));
        let error = read(r#"{"version":1,"profiles":{"a":{"scopes":["arm","graph"]}}}"#).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Configuration);
        assert!(error.message.contains("\"a\""), "{error}");
    }

    #[test]
    fn what_is_malformed_is_told_with_its_place() {
        for (text, place) in [
            ("", "line 1 column 0"),
            ("[{]", "line 1 column 3"),
            ("[\n{\"name\": \"a\", \"tenantId\": 5}]", "line 2 column 27"),
            ("[\n{\"name\": \"a\"},\n{\"tenantId\": \"t\"}]", "line 3 column 17"),
            ("{\"profiles\": [\n7]}", "line 2 column 1"),
            ("[{\"name\": \"a\", \"scopes\": [\n1]}]", "line 2 column 1"),
            ("{\"profiles\": {}}", "`version` at line 1"),
            ("5", "line 1"),
            ("[{\"name\":\"a b\"},{\"name\":\"a-b\"}]", "two profiles"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(place), "{text}: {error}");
        }
    }

    #[test]
    fn an_encrypted_export_is_told_from_json() {
        let error = read(&format!("{}\n", "aB3+/Q==".repeat(20))).unwrap_err();
        assert!(error.message.contains("encrypted") && error.hint.unwrap().contains("profiles.json"));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&format!("[{{\"name\":\"a\",\"x\":{}", "{\"a\":".repeat(100_000))).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|number| json!(number)),
            ".{0,20}".prop_map(Value::String),
        ];
        let key = prop_oneof![
            ".{0,8}",
            Just("name".to_owned()),
            Just("profiles".to_owned()),
            Just("version".to_owned()),
            Just("scopes".to_owned()),
            Just("authority".to_owned()),
            Just("awsDuration".to_owned()),
            Just("defaultFlow".to_owned()),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn any_json_is_read_without_a_panic(value in any_json()) {
            let _ = read(&value.to_string());
        }

        #[test]
        fn any_name_and_value_give_a_usable_profile(name in ".{0,150}", tenant in ".*", scope in ".*", authority in ".*") {
            let text = json!([{"name": name, "tenantId": tenant, "scope": scope, "authority": authority}]).to_string();
            let imported = read(&text).unwrap();
            prop_assert!(check_name(&imported[0].profile.name).is_ok());
        }
    }
}
