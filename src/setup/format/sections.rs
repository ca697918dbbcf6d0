//! Files of sections with entries below them: INI, git's configuration, TOML's tables.
//!
//! A path is a section's name, as it stands between its brackets, and an entry's key. An entry's text is all lines that
//! set the key in that section (git takes several), with those that continue them. A section's own text names the keys
//! in it, so that one which we added is removed only once it is empty.

use super::Document;
use super::toml;
use crate::error::{Error, Result};

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Ini,
    Git,
    Toml,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Nothing, or a comment.
    Blank,
    Header(String),
    Entry(String),
    /// Goes on with the entry above.
    More,
}

#[derive(Debug, Clone)]
struct Line {
    text: String,
    kind: Kind,
}

/// The lines of a file, each known for what it is.
#[derive(Debug)]
pub(super) struct Sections {
    dialect: Dialect,
    lines: Vec<Line>,
    /// Whether the last line has an end.
    ended: bool,
}

impl Sections {
    pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Self> {
        let mut parsed = Self { dialect, lines: Vec::new(), ended: text.is_empty() || text.ends_with('\n') };
        let mut open = toml::Open::default();
        if text.is_empty() {
            return Ok(parsed);
        }
        for (at, text) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
            let kind = parsed.kind_of(text, &mut open).ok_or_else(|| {
                Error::configuration(format!("line {} is not understood, so the file is left alone", at + 1))
            })?;
            parsed.lines.push(Line { text: text.to_owned(), kind });
        }
        match open.is_open() {
            true => Err(Error::configuration("the file's last value has no end, so it is left alone")),
            false => Ok(parsed),
        }
    }

    fn kind_of(&self, text: &str, open: &mut toml::Open) -> Option<Kind> {
        let last = self.lines.iter().rev().find(|line| line.kind != Kind::Blank);
        // configparser: what is indented more than its key goes on with its value.
        let deeper = matches!(last, Some(Line { kind: Kind::Entry(_) | Kind::More, .. }))
            && self
                .lines
                .iter()
                .rev()
                .find(|line| matches!(line.kind, Kind::Entry(_)))
                .is_some_and(|entry| indent(text) > indent(&entry.text));
        if self.dialect == Dialect::Toml && open.is_open() {
            return open.feed(text).then_some(Kind::More);
        }
        if self.dialect == Dialect::Git && self.lines.last().is_some_and(goes_on) {
            return Some(Kind::More);
        }
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') || (trimmed.starts_with(';') && self.dialect != Dialect::Toml)
        {
            return Some(Kind::Blank);
        }
        if self.dialect == Dialect::Ini && deeper {
            return Some(Kind::More);
        }
        if trimmed.starts_with('[') {
            return self.header(trimmed).map(Kind::Header);
        }
        match self.dialect {
            Dialect::Ini => {
                let (key, _) = trimmed.split_once(['=', ':'])?;
                Some(Kind::Entry(key.trim().to_lowercase())).filter(|_| !key.trim().is_empty())
            }
            Dialect::Git => {
                let key = trimmed.split(['=', '#', ';']).next()?.trim().to_ascii_lowercase();
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
                (key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(plain))
                    .then_some(Kind::Entry(key))
            }
            Dialect::Toml => {
                let (key, value) = toml::split(trimmed)?;
                open.feed(value).then(|| Kind::Entry(toml::join(&key)))
            }
        }
    }

    /// The section's name as this program writes it.
    fn header(&self, line: &str) -> Option<String> {
        match self.dialect {
            Dialect::Ini => {
                let (name, rest) = line.strip_prefix('[')?.rsplit_once(']')?;
                let rest = rest.trim_start();
                if !(rest.is_empty() || rest.starts_with(['#', ';'])) {
                    return None;
                }
                let words: Vec<&str> = name.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
                Some(words.join(" ")).filter(|name| !name.is_empty())
            }
            Dialect::Git => git_header(line),
            Dialect::Toml => {
                let tables = line.starts_with("[[");
                let (name, rest) = toml::header(line)?;
                let rest = rest.trim_start();
                let name = toml::join(&name);
                (rest.is_empty() || rest.starts_with('#')).then(|| if tables { format!("[{name}]") } else { name })
            }
        }
    }

    /// The lines of the section `name`, as ranges (it may stand there more than once), without their headers.
    fn bodies(&self, name: &str) -> Vec<std::ops::Range<usize>> {
        let headers: Vec<usize> =
            (0..self.lines.len()).filter(|at| matches!(self.lines[*at].kind, Kind::Header(_))).collect();
        let ends = headers.iter().skip(1).copied().chain([self.lines.len()]);
        let all = headers.iter().copied().zip(ends);
        all.filter(|(at, _)| matches!(&self.lines[*at].kind, Kind::Header(known) if known == name))
            .map(|(at, end)| at + 1..end)
            .collect()
    }

    /// The lines that set `key` in the section, entry by entry.
    fn entries(&self, section: &str, key: &str) -> Vec<std::ops::Range<usize>> {
        let mut found = Vec::new();
        for body in self.bodies(section) {
            for at in body.clone() {
                if !matches!(&self.lines[at].kind, Kind::Entry(known) if known == key) {
                    continue;
                }
                let rest = at + 1..body.end;
                // Comments may stand between a value's lines, so the last of these counts.
                let more = rest.clone().take_while(|at| matches!(self.lines[*at].kind, Kind::More | Kind::Blank));
                let end = more.filter(|at| self.lines[*at].kind == Kind::More).last().map_or(at + 1, |last| last + 1);
                found.push(at..end);
            }
        }
        found
    }

    /// TOML can write one value in several ways, and a file with two of them is none.
    fn refuse_other_forms(&self, section: &str, key: Option<&str>) -> Result<()> {
        if self.dialect != Dialect::Toml {
            return Ok(());
        }
        let table = toml::segments(section).unwrap_or_default();
        let wanted: Vec<String> = table.iter().cloned().chain(key.map(str::to_owned)).collect();
        let mut within: Vec<String> = Vec::new();
        for line in &self.lines {
            let full: Vec<String> = match &line.kind {
                Kind::Header(name) if name.starts_with('[') => {
                    within = toml::segments(name.trim_matches(['[', ']'])).unwrap_or_default();
                    within.clone()
                }
                Kind::Header(name) => {
                    within = toml::segments(name).unwrap_or_default();
                    continue;
                }
                Kind::Entry(name) => within.iter().cloned().chain(toml::segments(name).unwrap_or_default()).collect(),
                _ => continue,
            };
            // Everything in a table of just this name is in its place.
            let in_place = within == table && full.len() == table.len() + 1;
            if !in_place && (full.starts_with(&table) || wanted.starts_with(&full)) {
                return Err(Error::configuration(format!(
                    "{} is set there as {:?}",
                    wanted.join("."),
                    line.text.trim()
                ))
                .hint(format!("write it as a table of its own, [{section}], or change it by hand")));
            }
        }
        Ok(())
    }

    fn add_section(&mut self, name: &str) {
        if self.lines.last().is_some_and(|line| !line.text.trim().is_empty()) {
            self.lines.push(Line { text: String::new(), kind: Kind::Blank });
        }
        self.lines.push(Line { text: format!("[{name}]"), kind: Kind::Header(name.to_owned()) });
        self.ended = true;
    }

    fn remove_section(&mut self, name: &str) {
        let Some(body) = self.bodies(name).last().cloned() else { return };
        let header = body.start - 1;
        self.lines.remove(header);
        // (The one that was put before it.)
        if header > 0 && header == self.lines.len() && self.lines[header - 1].text.is_empty() {
            self.lines.remove(header - 1);
        } else if header > 0
            && self.lines[header - 1].text.is_empty()
            && self.lines.get(header).is_some_and(|line| line.text.is_empty())
        {
            self.lines.remove(header);
        }
    }

    fn set_entry(&mut self, section: &str, key: &str, text: Option<&str>) -> Result<()> {
        let known = self.entries(section, key);
        let before = known.first().map(|range| range.start);
        let body = self
            .bodies(section)
            .last()
            .cloned()
            .ok_or_else(|| Error::configuration(format!("there is no section [{section}]")))?;
        let last = body.clone().rev().find(|at| self.lines[*at].kind != Kind::Blank);
        let model = before.or_else(|| body.clone().rev().find(|at| matches!(self.lines[*at].kind, Kind::Entry(_))));
        let indent: String = match model {
            Some(at) => self.lines[at].text.chars().take_while(|c| matches!(c, ' ' | '\t')).collect(),
            None if self.dialect == Dialect::Git => "\t".to_owned(),
            None => String::new(),
        };
        let mut at = before.unwrap_or_else(|| last.map_or(body.start, |last| last + 1));
        for range in known.into_iter().rev() {
            self.lines.drain(range);
        }
        for text in text.into_iter().flat_map(|text| text.split('\n')) {
            let text = if text.starts_with([' ', '\t']) { text.to_owned() } else { format!("{indent}{text}") };
            // What a value's further lines are, they were when they were read.
            let opens = at > 0
                && before != Some(at)
                && self.lines.get(at - 1).is_some_and(goes_on)
                && self.dialect == Dialect::Git;
            let names_key = self.names(&text).as_deref() == Some(key) && !opens;
            let kind = if names_key { Kind::Entry(key.to_owned()) } else { Kind::More };
            self.lines.insert(at, Line { text, kind });
            at += 1;
            self.ended |= at == self.lines.len();
        }
        Ok(())
    }

    /// The key that a line sets, if it sets one.
    fn names(&self, text: &str) -> Option<String> {
        let text = text.trim();
        match self.dialect {
            Dialect::Ini => Some(text.split_once(['=', ':'])?.0.trim().to_lowercase()),
            Dialect::Git => Some(text.split('=').next()?.trim().to_ascii_lowercase()),
            Dialect::Toml => Some(toml::join(&toml::split(text)?.0)),
        }
    }
}

fn indent(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Whether git reads the next line as part of this one: an odd number of backslashes at its end.
fn goes_on(line: &Line) -> bool {
    matches!(line.kind, Kind::Entry(_) | Kind::More)
        && line.text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// `[section]`, `[section "subsection"]` and `[section.subsection]` (git-config(1)), with nothing but a comment behind.
fn git_header(line: &str) -> Option<String> {
    let inner = line.strip_prefix('[')?;
    let name_end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))?;
    let name = inner[..name_end].to_ascii_lowercase();
    let rest = inner[name_end..].trim_start();
    let (canonical, rest) = if let Some(quoted) = rest.strip_prefix('"') {
        let mut sub = String::new();
        let mut chars = quoted.char_indices();
        let end = loop {
            match chars.next()? {
                (_, '\\') => sub.push(chars.next()?.1),
                (at, '"') => break at,
                (_, c) => sub.push(c),
            }
        };
        (git_section(&name, &sub), quoted[end + 1..].trim_start())
    } else if let Some((section, sub)) = name.split_once('.') {
        (git_section(section, sub), rest)
    } else {
        (name, rest)
    };
    let rest = rest.strip_prefix(']')?.trim_start();
    (rest.is_empty() || rest.starts_with(['#', ';'])).then_some(canonical)
}

fn git_section(section: &str, sub: &str) -> String {
    format!("{section} \"{}\"", sub.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Document for Sections {
    fn get(&self, path: &[&str]) -> Result<Option<String>> {
        match *path {
            [section] => {
                self.refuse_other_forms(section, None)?;
                let bodies = self.bodies(section);
                let keys = bodies.iter().cloned().flatten().filter_map(|at| match &self.lines[at].kind {
                    Kind::Entry(key) => Some(key.as_str()),
                    // A comment is somebody's: the section stays for it.
                    Kind::Blank if !self.lines[at].text.trim().is_empty() => Some("#"),
                    _ => None,
                });
                let keys: Vec<&str> = keys.collect();
                Ok((!bodies.is_empty()).then(|| keys.join("\n")))
            }
            [section, key] => {
                self.refuse_other_forms(section, Some(key))?;
                let entries = self.entries(section, key);
                let lines: Vec<&str> =
                    entries.iter().cloned().flatten().map(|at| self.lines[at].text.as_str()).collect();
                Ok((!entries.is_empty()).then(|| lines.join("\n")))
            }
            _ => Ok(None),
        }
    }

    fn set(&mut self, path: &[&str], text: Option<&str>) -> Result<()> {
        match (path, text) {
            ([section], Some(_)) => {
                if self.bodies(section).is_empty() {
                    self.add_section(section);
                }
                Ok(())
            }
            ([section], None) => {
                self.remove_section(section);
                Ok(())
            }
            ([section, key], text) => self.set_entry(section, key, text),
            _ => Ok(()),
        }
    }

    fn same(&self, _path: &[&str], one: &str, other: &str) -> bool {
        let meaning = |text: &str| -> Vec<String> {
            text.split('\n')
                .filter(|line| !line.trim().is_empty())
                .map(|line| {
                    let (key, value) = line.split_once('=').unwrap_or((line, ""));
                    format!("{}={}", key.trim(), value.trim())
                })
                .collect()
        };
        meaning(one) == meaning(other)
    }

    fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        let mut text = lines.join("\n");
        if self.ended && !self.lines.is_empty() {
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests;
