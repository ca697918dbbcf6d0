//! JSON, changed member by member in its own text. A path is the keys from the root; an entry's text is its value.

use std::ops::Range;

use super::Document;
use crate::error::{Error, Result};

/// A text that is known to be a JSON object.
#[derive(Debug)]
pub(super) struct Json {
    text: String,
}

/// One member of an object.
#[derive(Debug)]
struct Member {
    key: String,
    /// From its key's first quote to the end of its value.
    whole: Range<usize>,
    value: Range<usize>,
}

impl Json {
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self { text: "{}\n".to_owned() });
        }
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(serde_json::Value::Object(_)) => Ok(Self { text: text.to_owned() }),
            Ok(_) => {
                Err(Error::configuration("the file is no JSON object").hint("see what it is; it was left as it is"))
            }
            // The parser's own words may repeat a value.
            Err(error) => Err(Error::configuration(format!(
                "the file is malformed at line {}, column {}",
                error.line(),
                error.column()
            ))
            .hint("mend it at that place; it was left as it is")),
        }
    }

    /// The braces of the object at `path`, with what is between them; `None` where there is no object.
    fn object(&self, path: &[&str]) -> Result<Option<Range<usize>>> {
        let start = self.text.find('{').unwrap_or(0);
        let mut range = start..value_end(&self.text, start);
        for key in path {
            let Some(member) = self.member(&range, key)? else { return Ok(None) };
            range = member.value;
            if !self.text[range.clone()].starts_with('{') {
                return Err(
                    Error::configuration(format!("{key:?} is no object")).hint("mend the file; it was left as it is")
                );
            }
        }
        Ok(Some(range))
    }

    fn member(&self, object: &Range<usize>, key: &str) -> Result<Option<Member>> {
        let mut found: Vec<Member> = self.members(object).into_iter().filter(|member| member.key == key).collect();
        if found.len() > 1 {
            return Err(
                Error::configuration(format!("{key:?} stands there more than once")).hint("take one of them out")
            );
        }
        Ok(found.pop())
    }

    fn members(&self, object: &Range<usize>) -> Vec<Member> {
        let text = &self.text;
        let mut members = Vec::new();
        let mut at = blanks(text, object.start + 1);
        while at < object.end && text.as_bytes()[at] == b'"' {
            let key_end = value_end(text, at);
            let value = blanks(text, blanks(text, key_end) + 1);
            let end = value_end(text, value);
            let key = serde_json::from_str(&text[at..key_end]).unwrap_or_default();
            members.push(Member { key, whole: at..end, value: value..end });
            let next = blanks(text, end);
            at = if text.as_bytes().get(next) == Some(&b',') { blanks(text, next + 1) } else { object.end };
        }
        members
    }

    /// What stands before a member of the root, as the file has it: a line end and blanks, or nothing.
    fn unit(&self) -> Option<&str> {
        let root = self.object(&[]).ok()??;
        let first = self.members(&root).into_iter().next();
        match first {
            Some(member) => Some(&self.text[root.start + 1..member.whole.start]).filter(|unit| unit.starts_with('\n')),
            // Nothing to go by: as Docker writes it.
            None => Some("\n\t"),
        }
    }

    fn insert(&mut self, path: &[&str], object: &Range<usize>, key: &str, value: &str) {
        let members = self.members(object);
        let key = serde_json::Value::from(key).to_string();
        match members.last() {
            Some(last) => {
                let first = &members[0];
                let before = if members.len() > 1 {
                    // What is between the two last ones, behind the comma.
                    let between = &self.text[members[members.len() - 2].whole.end..last.whole.start];
                    between.split_once(',').map_or("", |(_, blanks)| blanks).to_owned()
                } else {
                    self.text[object.start + 1..first.whole.start].to_owned()
                };
                let shown = &self.text[last.whole.start..last.value.start];
                let colon = shown.rfind(':').map_or(": ", |at| &shown[at..]).to_owned();
                let at = last.whole.end;
                self.text.insert_str(at, &format!(",{before}{key}{colon}{value}"));
            }
            None => {
                let depth = path.len();
                let inner = match self.unit() {
                    Some(unit) => {
                        let step = unit[1..].to_owned();
                        format!("\n{}{key}: {value}\n{}", step.repeat(depth + 1), step.repeat(depth))
                    }
                    None => format!("{key}: {value}"),
                };
                self.text.replace_range(object.start + 1..object.end - 1, &inner);
            }
        }
    }

    fn remove(&mut self, object: &Range<usize>, key: &str) {
        let members = self.members(object);
        let Some(at) = members.iter().position(|member| member.key == key) else { return };
        let gone = match (at, members.get(at + 1)) {
            (0, None) => object.start + 1..object.end - 1,
            (0, Some(next)) => members[0].whole.start..next.whole.start,
            (at, _) => members[at - 1].whole.end..members[at].whole.end,
        };
        self.text.replace_range(gone, "");
    }
}

fn blanks(text: &str, from: usize) -> usize {
    text[from..].find(|c: char| !matches!(c, ' ' | '\t' | '\r' | '\n')).map_or(text.len(), |at| from + at)
}

/// The end of the value that begins at `start`, in a text that is JSON.
fn value_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut quoted) = (start, 0_usize, false);
    while let Some(byte) = bytes.get(at) {
        match (quoted, byte) {
            (true, b'\\') => at += 1,
            (_, b'"') => quoted = !quoted,
            (true, _) => {}
            (false, b'{' | b'[') => depth += 1,
            // The end of what is around a number or a word.
            (false, b'}' | b']') if depth == 0 => return at,
            (false, b'}' | b']') => depth -= 1,
            (false, b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') if depth == 0 => return at,
            _ => {}
        }
        at += 1;
        let closed = matches!(byte, b'"' | b'}' | b']');
        if depth == 0 && !quoted && closed {
            return at;
        }
    }
    text.len()
}

impl Document for Json {
    fn get(&self, path: &[&str]) -> Result<Option<String>> {
        let Some((key, above)) = path.split_last() else { return Ok(None) };
        let Some(object) = self.object(above)? else { return Ok(None) };
        Ok(self.member(&object, key)?.map(|member| self.text[member.value].to_owned()))
    }

    fn set(&mut self, path: &[&str], text: Option<&str>) -> Result<()> {
        let Some((key, above)) = path.split_last() else { return Ok(()) };
        let Some(object) = self.object(above)? else {
            return Err(Error::configuration(format!("there is no {:?}", above.join("."))));
        };
        match (self.member(&object, key)?, text) {
            (Some(member), Some(text)) => self.text.replace_range(member.value, text),
            (Some(_), None) => self.remove(&object, key),
            (None, Some(text)) => self.insert(above, &object, key, text),
            (None, None) => {}
        }
        Ok(())
    }

    fn same(&self, _path: &[&str], one: &str, other: &str) -> bool {
        let value = |text| serde_json::from_str::<serde_json::Value>(text).ok();
        value(one) == value(other)
    }

    fn text(&self) -> String {
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const PATH: &[&str] = &["credHelpers", "r.example"];

    fn add(text: &str) -> String {
        let mut json = Json::parse(text).unwrap();
        if json.get(&["credHelpers"]).unwrap().is_none() {
            json.set(&["credHelpers"], Some("{}")).unwrap();
        }
        json.set(PATH, Some("\"jeton\"")).unwrap();
        json.text()
    }

    #[test]
    fn a_member_is_added_in_the_file_s_own_style() {
        assert_eq!(add(""), "{\n\t\"credHelpers\": {\n\t\t\"r.example\": \"jeton\"\n\t}\n}\n");
        assert_eq!(
            add("{\n    \"auths\": { \"x\": {} }\n}\n"),
            "{\n    \"auths\": { \"x\": {} },\n    \"credHelpers\": {\n        \"r.example\": \"jeton\"\n    }\n}\n"
        );
        assert_eq!(add(r#"{"a":1}"#), r#"{"a":1,"credHelpers":{"r.example": "jeton"}}"#);
        assert_eq!(
            add("{\"credHelpers\": {\n  \"a\" : \"b\"\n  }\n}"),
            "{\"credHelpers\": {\n  \"a\" : \"b\",\n  \"r.example\": \"jeton\"\n  }\n}"
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in ["[]", "{", "{\"a\": tru}", "1"] {
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
        assert!(Json::parse(r#"{"credHelpers": 1}"#).unwrap().get(PATH).is_err());
        assert!(Json::parse(r#"{"a": 1, "a": 2}"#).unwrap().get(&["a"]).is_err());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[a-z\"\\\\{},:\\[\\] é]{0,8}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-z\"{}:,]{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_else_changes_and_taking_back_gives_the_same_text(
            members in prop::collection::hash_map("[a-z\"{}\\\\]{0,5}", value(), 0..5), pretty: bool
        ) {
            let before = Value::Object(members.into_iter().collect());
            let text = if pretty { serde_json::to_string_pretty(&before) } else { serde_json::to_string(&before) }.unwrap();
            let mut json = Json::parse(&text).unwrap();
            json.set(&["credHelpers"], Some("{}")).unwrap();
            json.set(PATH, Some("\"jeton\"")).unwrap();
            let mut after: Value = serde_json::from_str(&json.text()).unwrap();
            prop_assert_eq!(after.as_object_mut().unwrap().shift_remove("credHelpers"), Some(json!({"r.example": "jeton"})));
            prop_assert_eq!(&after, &before);
            json.set(PATH, None).unwrap();
            let left = json.get(&["credHelpers"]).unwrap();
            prop_assert_eq!(left.as_deref(), Some("{}"));
            json.set(&["credHelpers"], None).unwrap();
            prop_assert_eq!(json.text(), text);
        }
    }
}
