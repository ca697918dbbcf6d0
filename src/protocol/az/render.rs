//! The formats of az, to the byte: knack's `output.py` over Python's json, PyYAML and tabulate. Nothing is coloured.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::Data;
use super::scalar::scalar;

/// A format: `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON; `jsonc` without its colours.
    Json,
    /// YAML; `yamlc` without its colours.
    Yaml,
    /// Columns with a header.
    Table,
    /// Values, separated by tabs.
    Tsv,
    /// Nothing.
    None,
}

impl Form {
    /// By name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "json" | "jsonc" => Self::Json,
            "yaml" | "yamlc" => Self::Yaml,
            "table" => Self::Table,
            "tsv" => Self::Tsv,
            "none" => Self::None,
            _ => return None,
        })
    }
}

/// The text of `data` in this form; nothing at all where a query found nothing. `queried`: whether a query made it.
#[must_use]
pub fn render(data: &Data, form: Form, queried: bool) -> String {
    // One allocation that all fits in: one that grows leaves its old copies behind. No more than that: it will be wiped.
    let mut text = String::with_capacity(if form == Form::Table { 3 * room(data) } else { room(data) });
    match (form, data) {
        (_, Data::Null) | (Form::None, _) => {}
        (Form::Json, _) => {
            json(data, 0, &mut text);
            text.push('\n');
        }
        (Form::Yaml, Data::List(items)) if !items.is_empty() => yaml_list(items, 0, &mut text),
        (Form::Yaml, Data::Object(fields) | Data::Ordered(fields)) if !fields.is_empty() => {
            yaml_object(fields, 0, false, &mut text);
        }
        (Form::Yaml, Data::List(_) | Data::Object(_) | Data::Ordered(_)) => {
            yaml_scalar(data, &mut text);
            text.push('\n');
        }
        (Form::Yaml, _) => {
            yaml_scalar(data, &mut text);
            // A document of a plain text alone is ended, one of a quoted text is not.
            text.push_str(if text.starts_with(['\'', '"']) { "\n" } else { "\n...\n" });
        }
        (Form::Tsv, Data::List(rows)) => rows.iter().for_each(|row| tsv_row(row, &mut text)),
        (Form::Tsv, row) => tsv_row(row, &mut text),
        (Form::Table, Data::List(rows)) => table(&rows.iter().collect::<Vec<_>>(), queried, &mut text),
        (Form::Table, row) => table(&[row], queried, &mut text),
    }
    text
}

/// Bytes that suffice for a text without escapes.
fn room(data: &Data) -> usize {
    // A field's indentation and punctuation.
    const AROUND: usize = 16;
    AROUND
        + match data {
            Data::Null | Data::Bool(_) | Data::Number(_) => 24,
            Data::Text(text) => text.len(),
            Data::List(items) => items.iter().map(room).sum(),
            Data::Object(fields) | Data::Ordered(fields) => {
                fields.iter().map(|(name, value)| name.len() + AROUND + room(value)).sum()
            }
        }
}

/// Adds the text in quotes.
fn quote(value: &str, text: &mut String) {
    if value.bytes().all(|b| (b' '..0x7f).contains(&b) && b != b'"' && b != b'\\') {
        text.extend(["\"", value, "\""]);
    } else {
        text.push_str(&serde_json::to_string(value).unwrap_or_default());
    }
}

/// `json.dumps(ensure_ascii=False, indent=2, sort_keys=True)`
fn json(data: &Data, depth: usize, text: &mut String) {
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match data {
        Data::Null => text.push_str("null"),
        Data::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Data::Number(value) => {
            let _ = write!(text, "{value}");
        }
        Data::Text(value) => quote(value, text),
        Data::List(items) if items.is_empty() => text.push_str("[]"),
        Data::List(items) => {
            for (at, item) in items.iter().enumerate() {
                text.push(if at == 0 { '[' } else { ',' });
                line(text, depth + 1);
                json(item, depth + 1, text);
            }
            line(text, depth);
            text.push(']');
        }
        Data::Object(fields) | Data::Ordered(fields) if fields.is_empty() => text.push_str("{}"),
        Data::Object(fields) | Data::Ordered(fields) => {
            for (at, (name, value)) in Data::sorted(fields).into_iter().enumerate() {
                text.push(if at == 0 { '{' } else { ',' });
                line(text, depth + 1);
                quote(name, text);
                text.push_str(": ");
                json(value, depth + 1, text);
            }
            line(text, depth);
            text.push('}');
        }
    }
}

/// What stands on one line.
fn yaml_scalar(data: &Data, text: &mut String) {
    match data {
        Data::Text(value) => text.push_str(&Zeroizing::new(scalar(value))),
        other => json(other, 0, text),
    }
}

fn yaml_list(items: &[Data], depth: usize, text: &mut String) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.extend(std::iter::repeat_n("  ", depth));
        }
        text.push_str("- ");
        match item {
            Data::List(inner) if !inner.is_empty() => yaml_list(inner, depth + 1, text),
            Data::Object(fields) | Data::Ordered(fields) if !fields.is_empty() => {
                yaml_object(fields, depth + 1, true, text);
            }
            other => {
                yaml_scalar(other, text);
                text.push('\n');
            }
        }
    }
}

/// `begun`: the first line stands behind a list's dash already.
fn yaml_object(fields: &[(String, Data)], depth: usize, begun: bool, text: &mut String) {
    for (at, (name, value)) in Data::sorted(fields).into_iter().enumerate() {
        if at > 0 || !begun {
            text.extend(std::iter::repeat_n("  ", depth));
        }
        text.push_str(&scalar(name));
        text.push(':');
        match value {
            Data::List(items) if !items.is_empty() => {
                text.push('\n');
                text.extend(std::iter::repeat_n("  ", depth));
                yaml_list(items, depth, text);
            }
            Data::Object(inner) | Data::Ordered(inner) if !inner.is_empty() => {
                text.push('\n');
                yaml_object(inner, depth + 1, false, text);
            }
            other => {
                text.push(' ');
                yaml_scalar(other, text);
                text.push('\n');
            }
        }
    }
}

/// A value as Python's `str` writes it; of a list its length, of an object nothing.
fn cell(data: &Data) -> Zeroizing<String> {
    Zeroizing::new(match data {
        Data::Null => "None".to_owned(),
        Data::Bool(true) => "True".to_owned(),
        Data::Bool(false) => "False".to_owned(),
        Data::Number(number) => number.to_string(),
        Data::Text(text) => return text.clone(),
        Data::List(items) => items.len().to_string(),
        Data::Object(_) | Data::Ordered(_) => String::new(),
    })
}

fn tsv_row(row: &Data, text: &mut String) {
    let sorted;
    let values: Vec<&Data> = match row {
        Data::List(items) => items.iter().collect(),
        Data::Ordered(fields) => fields.iter().map(|(_, value)| value).collect(),
        Data::Object(fields) => {
            sorted = Data::sorted(fields);
            sorted.iter().map(|(_, value)| value).collect()
        }
        Data::Bool(value) => {
            text.push_str(if *value { "true\n" } else { "false\n" });
            return;
        }
        other => vec![other],
    };
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            text.push('\t');
        }
        text.push_str(&cell(value));
    }
    text.push('\n');
}

/// Columns that az leaves out of a table.
const SKIPPED: [&str; 3] = ["id", "type", "etag"];

/// One row, by column: without what is nothing, a list or an object.
fn table_row(row: &Data, queried: bool) -> Vec<(String, Zeroizing<String>)> {
    let (fields, items) = match row {
        Data::Object(fields) | Data::Ordered(fields) => (fields.as_slice(), [].as_slice()),
        Data::List(items) => ([].as_slice(), items.as_slice()),
        // tabulate leaves a cell without a value empty.
        Data::Null => return vec![("Result".to_owned(), Zeroizing::default())],
        other => return vec![("Result".to_owned(), cell(other))],
    };
    let named = items.iter().enumerate().map(|(at, item)| (format!("Column{}", at + 1), item));
    let named = named.map(|(name, item)| (name, if *item == Data::Null { Zeroizing::default() } else { cell(item) }));
    let fields = if queried { fields.iter().collect() } else { Data::sorted(fields) };
    let shown = fields.into_iter().filter(|(name, value)| {
        !SKIPPED.contains(&name.as_str())
            && !matches!(value, Data::Null | Data::List(_) | Data::Object(_) | Data::Ordered(_))
    });
    let shown = shown.map(|(name, value)| {
        let mut letters = name.chars();
        let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        (capital + letters.as_str(), cell(value))
    });
    named.chain(shown).collect()
}

/// tabulate's `simple`.
fn table(rows: &[&Data], queried: bool, text: &mut String) {
    let rows: Vec<_> = rows.iter().map(|row| table_row(row, queried)).collect();
    let mut columns: Vec<(&str, usize)> = Vec::new();
    for (name, value) in rows.iter().flatten() {
        // A header has two more of its own.
        let width = value.chars().count().max(name.chars().count() + 2);
        match columns.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = width.max(*known),
            None => columns.push((name, width)),
        }
    }
    if columns.is_empty() {
        text.push('\n');
        return;
    }
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let start = text.len();
        for (at, (cell, (_, width))) in cells.zip(&columns).enumerate() {
            text.push_str(if at > 0 { "  " } else { "" });
            let _ = write!(text, "{cell:<width$}");
        }
        let end = start + text[start..].trim_end().len();
        text.truncate(end);
        text.push('\n');
    };
    line(&mut columns.iter().map(|(name, _)| *name));
    let dashes: Vec<_> = columns.iter().map(|(_, width)| "-".repeat(*width)).collect();
    line(&mut dashes.iter().map(String::as_str));
    for row in &rows {
        let value = |name: &str| row.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        line(&mut columns.iter().map(|(name, _)| value(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Query, Shown, TENANT_LEVEL, account, token};
    use super::*;
    use crate::cache::tests::token as sample;

    /// What knack 0.13 (azure-cli 2.91.0) prints for the same results and queries.
    const KNACK: &str = include_str!("testdata/knack.json");

    #[test]
    fn every_format_is_that_of_az_to_the_byte() {
        const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        let mut token =
            token(&sample("eyJ0.eyJ1.c2ln", 1_795_309_104, 3600), TENANT, Some("00000000-aaaa-bbbb-cccc-000000000001"));
        // (The zone of whoever runs this does not matter.)
        if let Data::Object(fields) = &mut token {
            fields[3].1 = Data::text("2026-11-22 01:58:24.000000");
        }
        let account = account(&Shown {
            cloud: "AzureCloud",
            id: "i-1",
            name: TENANT_LEVEL,
            tenant: "t-1",
            kind: "user",
            user: "ada@contoso.example",
            managed_identity: None,
        });
        let expected: Vec<(String, Option<String>, String, String)> = serde_json::from_str(KNACK).unwrap();
        assert!(expected.len() > 70);
        for (kind, query, form, text) in expected {
            let data = if kind == "token" { &token } else { &account };
            let found =
                query.as_deref().map_or_else(|| data.clone(), |query| Query::parse(query).unwrap().search(data));
            let made = render(&found, Form::parse(&form).unwrap(), query.is_some());
            assert_eq!(made, text, "{kind} {query:?} {form}");
        }
    }

    #[test]
    fn the_format_none_is_nothing_and_a_quoted_text_ends_a_document() {
        assert_eq!(render(&Data::text("x"), Form::None, false), "");
        assert_eq!(render(&Data::text("2026-11-22"), Form::Yaml, true), "'2026-11-22'\n");
        assert_eq!(Form::parse("JSON"), Some(Form::Json));
        assert_eq!(Form::parse("xml"), None);
    }
}
