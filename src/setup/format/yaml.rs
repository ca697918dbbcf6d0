//! As much of YAML 1.2 as kubeconfigs are written in: block style, flow collections, quoted texts and block scalars, each
//! known with the lines that it stands on. Anchors, aliases, tags, tabs and several documents are refused.

use std::ops::Range;

use crate::error::{Error, Result};

/// Deeper nesting is no kubeconfig.
const DEEPEST: usize = 32;

/// A value and the lines it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    /// Whether it is written in braces or brackets.
    pub(crate) flow: bool,
}

/// What a node is. All scalars are texts: nothing here depends on their types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Scalar(String),
    Map(Vec<Entry>),
    Seq(Vec<Item>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) node: Node,
    /// From its key to its value's end.
    pub(crate) lines: Range<usize>,
    /// The column of its key.
    pub(crate) indent: usize,
}

/// A member of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) node: Node,
    pub(crate) lines: Range<usize>,
    /// The column of its dash.
    pub(crate) indent: usize,
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Item] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        Some(&self.entry(key)?.node)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing in it: null, or an empty collection.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Map(entries) => entries.is_empty(),
            Value::Seq(items) => items.is_empty(),
            Value::Scalar(_) => false,
        }
    }

    /// What it means, however it is written (the order of keys does not matter to it); what kubectl adds when it rewrites
    /// a file means nothing.
    pub(crate) fn meaning(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Scalar(text) => text.as_str().into(),
            Value::Seq(items) => items.iter().map(|item| item.node.meaning()).collect(),
            Value::Map(entries) => {
                let adds_nothing =
                    |entry: &Entry| entry.key == "provideClusterInfo" && entry.node.text() == Some("false");
                let says = |entry: &&Entry| !entry.node.is_empty() && !adds_nothing(entry);
                let pairs = entries.iter().filter(says).map(|entry| (entry.key.clone(), entry.node.meaning()));
                serde_json::Value::Object(pairs.collect())
            }
        }
    }
}

#[derive(Debug)]
enum Kind {
    Dash,
    Key(String),
    Bare,
}

/// One dash, key or scalar, with what stands behind it and goes on below.
#[derive(Debug)]
struct Row {
    kind: Kind,
    indent: usize,
    value: String,
    lines: Range<usize>,
}

/// Reads a document. Its lines are counted from 0 in nodes, from 1 in errors.
///
/// # Errors
/// Configuration: what is malformed, and what is not understood.
pub(crate) fn parse(lines: &[&str]) -> Result<Node> {
    let rows = rows(lines)?;
    let mut at = 0;
    let node = node(&rows, &mut at, 0)?;
    match rows.get(at) {
        None => Ok(node),
        Some(row) => Err(puzzle(row.lines.start)),
    }
}

fn puzzle(line: usize) -> Error {
    Error::configuration(format!("line {} is not understood, so the file is left alone", line + 1))
}

fn refuse(line: usize, what: &str) -> Error {
    Error::configuration(format!("line {} has {what}, which jeton does not change files with", line + 1))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_blank(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

fn rows(lines: &[&str]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if is_blank(line) {
            at += 1;
            continue;
        }
        if line.trim_end() == "---" && rows.is_empty() {
            at += 1;
            continue;
        }
        if line.starts_with("---") || line.starts_with("...") || line.starts_with('%') {
            return Err(refuse(at, "a further document or a directive"));
        }
        let mut indent = indent_of(line);
        let mut text = line[indent..].trim_end();
        if text.starts_with('\t') {
            return Err(refuse(at, "a tab for an indentation"));
        }
        // Below which column a scalar goes on.
        let mut base = indent.checked_sub(1);
        while let Some(rest) = text.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
            rows.push(Row { kind: Kind::Dash, indent, value: String::new(), lines: at..at + 1 });
            base = Some(indent);
            let inner = rest.trim_start_matches(' ');
            indent += 1 + rest.len() - inner.len();
            text = inner;
        }
        if text.is_empty() || text.starts_with('#') {
            at += 1;
            continue;
        }
        let (kind, value) = match key(text).ok_or_else(|| puzzle(at))? {
            Some((key, _)) if key == "<<" => return Err(refuse(at, "a merge key")),
            Some((key, value)) => {
                base = Some(indent);
                (Kind::Key(key), value)
            }
            None => (Kind::Bare, text),
        };
        if value.starts_with(['&', '*', '!']) {
            return Err(refuse(at, "an anchor, an alias or a tag"));
        }
        if value.starts_with(['@', '`', '%']) || value.starts_with("? ") || value.starts_with('\t') {
            return Err(puzzle(at));
        }
        let mut row = Row { kind, indent, value: without_comment(value).to_owned(), lines: at..at + 1 };
        at += 1;
        if row.value.is_empty() {
            rows.push(row);
            continue;
        }
        let literal = row.value.starts_with(['|', '>']);
        let mut end = at;
        while let Some(line) = lines.get(at) {
            let deeper = base.is_none_or(|base| indent_of(line) > base);
            if !(line.trim().is_empty() || (deeper && (literal || !is_blank(line)))) {
                break;
            }
            at += 1;
            if !line.trim().is_empty() {
                end = at;
            }
        }
        at = end;
        for line in &lines[row.lines.end..end] {
            row.value.push(if literal { '\n' } else { ' ' });
            row.value.push_str(line.trim());
        }
        row.lines.end = end;
        rows.push(row);
    }
    Ok(rows)
}

/// `key: value` at the start of a text: `Ok(None)` where it is no key, `None` where it is broken.
#[allow(clippy::option_option)]
fn key(text: &str) -> Option<Option<(String, &str)>> {
    if text.starts_with(['"', '\'']) {
        let end = quoted_end(text);
        let Some(rest) = end.and_then(|end| text[end..].trim_start().strip_prefix(':')) else { return Some(None) };
        let key = unquote(&text[..end?])?;
        return (rest.is_empty() || rest.starts_with(' ')).then(|| Some((key, rest.trim_start())));
    }
    if text.starts_with(['{', '[', '|', '>']) {
        return Some(None);
    }
    let plain = without_comment(text);
    let at = match plain.find(": ") {
        Some(at) => at,
        None if plain.ends_with(':') => plain.len() - 1,
        None => return Some(None),
    };
    Some(Some((text[..at].trim_end().to_owned(), text[at + 1..].trim_start())))
}

/// A text without the comment behind it. In quotes there is none.
fn without_comment(text: &str) -> &str {
    let from = if text.starts_with(['"', '\'']) { quoted_end(text).unwrap_or(text.len()) } else { 0 };
    if text.starts_with('#') {
        return "";
    }
    match text[from..].find(" #") {
        Some(at) => text[..from + at].trim_end(),
        None => text.trim_end(),
    }
}

/// The end of a quoted text, behind its last quote.
fn quoted_end(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if quote == '"' && c == '\\' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

fn unquote(text: &str) -> Option<String> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    if text.starts_with('\'') {
        return Some(inner.replace("''", "'"));
    }
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = match chars.next()? {
            'n' => {
                out.push('\n');
                continue;
            }
            't' => {
                out.push('\t');
                continue;
            }
            'r' => {
                out.push('\r');
                continue;
            }
            '0' => {
                out.push('\0');
                continue;
            }
            c @ ('"' | '\\' | '/' | ' ') => {
                out.push(c);
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        let code: String = chars.by_ref().take(digits).collect();
        out.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
    }
    Some(out)
}

fn node(rows: &[Row], at: &mut usize, depth: usize) -> Result<Node> {
    let Some(first) = rows.get(*at) else { return Ok(Node { value: Value::Null, flow: false }) };
    if depth > DEEPEST {
        return Err(puzzle(first.lines.start));
    }
    let indent = first.indent;
    let (start, value) = match &first.kind {
        Kind::Bare => {
            *at += 1;
            return scalar(first);
        }
        Kind::Dash => {
            let mut items = Vec::new();
            while let Some(row) = rows.get(*at).filter(|row| matches!(row.kind, Kind::Dash) && row.indent == indent) {
                let line = row.lines.start;
                *at += 1;
                let node = match rows.get(*at).filter(|next| next.indent > indent) {
                    Some(_) => node(rows, at, depth + 1)?,
                    None => Node { value: Value::Null, flow: false },
                };
                items.push(Item { node, lines: line..rows[*at - 1].lines.end, indent });
            }
            (first.lines.start, Value::Seq(items))
        }
        Kind::Key(_) => {
            let mut entries: Vec<Entry> = Vec::new();
            while let Some(row) = rows.get(*at).filter(|row| row.indent == indent) {
                let Kind::Key(key) = &row.kind else { break };
                if entries.iter().any(|entry| entry.key == *key) {
                    return Err(refuse(row.lines.start, "a key that stands there already"));
                }
                let line = row.lines.start;
                *at += 1;
                let below =
                    |next: &&Row| next.indent > indent || (next.indent == indent && matches!(next.kind, Kind::Dash));
                let node = match rows.get(*at).filter(below) {
                    _ if !row.value.is_empty() => scalar(row)?,
                    Some(_) => node(rows, at, depth + 1)?,
                    None => Node { value: Value::Null, flow: false },
                };
                entries.push(Entry { key: key.clone(), node, lines: line..rows[*at - 1].lines.end, indent });
            }
            (first.lines.start, Value::Map(entries))
        }
    };
    match rows.get(*at).filter(|next| next.indent > indent) {
        Some(row) => Err(puzzle(row.lines.start.max(start))),
        None => Ok(Node { value, flow: false }),
    }
}

fn scalar(row: &Row) -> Result<Node> {
    let text = row.value.as_str();
    let broken = || puzzle(row.lines.start);
    if let Some(block) = text.strip_prefix(['|', '>']) {
        let (_, lines) = block.split_once('\n').unwrap_or_default();
        return Ok(Node { value: Value::Scalar(lines.to_owned()), flow: false });
    }
    let (node, rest) = flow(text, false, 0).ok_or_else(broken)?;
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with('#')).then_some(node).ok_or_else(broken)
}

/// A scalar or a flow collection at the start of `text`, and the rest. `within`: inside of a collection.
fn flow(text: &str, within: bool, depth: usize) -> Option<(Node, &str)> {
    if depth > DEEPEST || text.starts_with(['&', '*', '!', '`', '@']) {
        return None;
    }
    let made = |value, flow| Node { value, flow };
    if text.starts_with(['"', '\'']) {
        let end = quoted_end(text)?;
        return Some((made(Value::Scalar(unquote(&text[..end])?), false), &text[end..]));
    }
    let item = |node| Item { node, lines: 0..0, indent: 0 };
    if let Some(mut rest) = text.strip_prefix('[') {
        let mut items = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix(']') {
                return Some((made(Value::Seq(items), true), rest));
            }
            let (node, behind) = flow(rest, true, depth + 1)?;
            items.push(item(node));
            rest = next(behind, ']')?;
        }
    }
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix('}') {
                return Some((made(Value::Map(entries), true), rest));
            }
            let (key, behind) = flow(rest, true, depth + 1)?;
            let key = key.text()?.to_owned();
            if entries.iter().any(|entry| entry.key == key) {
                return None;
            }
            let (node, behind) = flow(behind.trim_start().strip_prefix(':')?.trim_start(), true, depth + 1)?;
            entries.push(Entry { key, node, lines: 0..0, indent: 0 });
            rest = next(behind, '}')?;
        }
    }
    let ends = |(at, c): (usize, char)| {
        let last = text[at + c.len_utf8()..].chars().next();
        (within && matches!(c, ',' | ']' | '}' | '{' | '['))
            || (c == ':' && within && last.is_none_or(|c| matches!(c, ' ' | ',' | '}' | ']')))
            || (c == '#' && text[..at].ends_with(' '))
    };
    let end = text.char_indices().find(|found| ends(*found)).map_or(text.len(), |(at, _)| at);
    let plain = text[..end].trim();
    let value = match plain {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        // That would be a key.
        plain if !within && (plain.contains(": ") || plain.ends_with(':')) => return None,
        plain => Value::Scalar(plain.to_owned()),
    };
    Some((made(value, false), &text[end..]))
}

/// Behind a member: a comma, or the end, which stays.
fn next(rest: &str, close: char) -> Option<&str> {
    let rest = rest.trim_start();
    match rest.strip_prefix(',') {
        Some(more) => Some(more),
        None => rest.starts_with(close).then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Node> {
        parse(&text.lines().collect::<Vec<_>>())
    }

    #[test]
    fn the_styles_of_kubeconfigs_are_read() {
        let block = "a:\n- x: 1 # c\n  y:\n    z: 'it''s'\n- x: \"a\\u0041: b\"\nb: long\n  and more\nc: |\n  # text\n\n  end\nd: [e, \"f, g\", {h: i}]\n";
        let node = read(block).unwrap();
        let expected = serde_json::json!({
            "a": [{"x": "1", "y": {"z": "it's"}}, {"x": "aA: b"}],
            "b": "long and more", "c": "# text\n\nend", "d": ["e", "f, g", {"h": "i"}],
        });
        assert_eq!(node.meaning(), expected);
        assert_eq!(node.entry("a").unwrap().lines, 0..5);
        assert_eq!(node.get("a").unwrap().items()[0].lines, 1..4);
        assert_eq!(node.entry("c").unwrap().lines, 7..11);
    }

    #[test]
    fn one_text_in_two_styles_means_the_same() {
        let one = read("a: {b: [c, 'd'], e: null}\n").unwrap();
        assert_eq!(one.meaning(), read("a:\n    b:\n    - \"c\"\n    - d\n").unwrap().meaning());
        assert_ne!(one.meaning(), read("a: {b: [c]}\n").unwrap().meaning());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "a: &x b\n",
            "a: *x\n",
            "a: !!str b\n",
            "\ta: b\n",
            "a: b\n---\nc: d\n",
            "a: {b: c\n",
            "a: 'b\n",
            "a: b\n c: d\n",
            "<<: x\n",
            "a: b\na: c\n",
            "a:\n  b: c\n d: e\n",
            "? a\n: b\n",
            "%YAML 1.2\n",
            "a: [b]]\n",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[-a: \n'\"{}\\[\\],|>#&\\\\~\t]{0,80}") {
            let _ = read(&text).map(|node| node.meaning());
        }
    }
}
