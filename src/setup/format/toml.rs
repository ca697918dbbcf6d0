//! As much of TOML 1.0 as it takes to tell tables, keys and the ends of values.

/// A value that goes on over lines: open brackets, or a text in triple quotes.
#[derive(Debug, Default)]
pub(super) struct Open {
    brackets: usize,
    /// The quotes that end a text over lines.
    quotes: Option<&'static str>,
}

impl Open {
    pub(super) fn is_open(&self) -> bool {
        self.brackets > 0 || self.quotes.is_some()
    }

    /// Reads a line of a value; whether it can be one.
    pub(super) fn feed(&mut self, line: &str) -> bool {
        let mut rest = line;
        loop {
            if let Some(quotes) = self.quotes {
                let Some(end) = end_of_text(rest, quotes) else { return true };
                rest = &rest[end..];
                self.quotes = None;
            }
            let Some(at) = rest.find(['"', '\'', '#', '[', ']', '{', '}']) else { return true };
            let from = &rest[at..];
            match from.as_bytes()[0] {
                b'#' => return true,
                b'[' | b'{' => {
                    self.brackets += 1;
                    rest = &from[1..];
                }
                b']' | b'}' => {
                    let Some(left) = self.brackets.checked_sub(1) else { return false };
                    self.brackets = left;
                    rest = &from[1..];
                }
                quote => {
                    let (triple, single) = if quote == b'"' { ("\"\"\"", "\"") } else { ("'''", "'") };
                    if let Some(text) = from.strip_prefix(triple) {
                        self.quotes = Some(triple);
                        rest = text;
                    } else {
                        let Some(end) = end_of_text(&from[1..], single) else { return false };
                        rest = &from[1 + end..];
                    }
                }
            }
        }
    }
}

/// Where the text ends that `quotes` close, behind them.
fn end_of_text(text: &str, quotes: &str) -> Option<usize> {
    let escapes = quotes.starts_with('"');
    let mut at = 0;
    while at < text.len() {
        if escapes && text[at..].starts_with('\\') {
            at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
        } else if text[at..].starts_with(quotes) {
            // Up to two quotes more belong to the text before the three that end it.
            let one = &quotes[..1];
            let mut end = at + quotes.len();
            while quotes.len() == 3 && end < at + 5 && text[end..].starts_with(one) {
                end += 1;
            }
            return Some(end);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// `a.b."c d" = value`: the key's parts, and what stands behind the sign.
pub(super) fn split(line: &str) -> Option<(Vec<String>, &str)> {
    let (key, rest) = key(line)?;
    Some((key, rest.trim_start().strip_prefix('=')?))
}

/// `[a.b]` or `[[a.b]]`: the name's parts, and what stands behind the brackets.
pub(super) fn header(line: &str) -> Option<(Vec<String>, &str)> {
    let (open, close) = if line.starts_with("[[") { ("[[", "]]") } else { ("[", "]") };
    let (name, rest) = key(line.strip_prefix(open)?)?;
    Some((name, rest.trim_start().strip_prefix(close)?))
}

/// The parts of a whole key.
pub(super) fn segments(text: &str) -> Option<Vec<String>> {
    let (key, rest) = key(text)?;
    rest.trim().is_empty().then_some(key)
}

/// A dotted key at the start of `text`, and the rest.
fn key(text: &str) -> Option<(Vec<String>, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let (part, behind) = match rest.chars().next()? {
            quote @ ('"' | '\'') => {
                let end = end_of_text(&rest[1..], if quote == '"' { "\"" } else { "'" })?;
                let inner = &rest[1..end];
                if quote == '"' && inner.contains('\\') {
                    // An escape in a key: it could be any key.
                    return None;
                }
                (inner, &rest[1 + end..])
            }
            _ => {
                let end = rest.find(|c: char| !is_bare(c)).unwrap_or(rest.len());
                (&rest[..end], &rest[end..])
            }
        };
        if part.is_empty() && !matches!(rest.as_bytes()[0], b'"' | b'\'') {
            return None;
        }
        parts.push(part.to_owned());
        match behind.trim_start().strip_prefix('.') {
            Some(more) => rest = more,
            None => return Some((parts, behind)),
        }
    }
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// A key of these parts, quoted where need be.
pub(super) fn join(parts: &[String]) -> String {
    let quoted: Vec<String> = parts
        .iter()
        .map(|part| {
            if !part.is_empty() && part.chars().all(is_bare) {
                part.clone()
            } else if part.contains('"') {
                format!("'{part}'")
            } else {
                format!("\"{part}\"")
            }
        })
        .collect();
    quoted.join(".")
}

/// The texts of an array in one line, such as `["a", "b"]`; `None` for anything else.
pub(crate) fn strings(value: &str) -> Option<Vec<String>> {
    let mut rest = value.trim().strip_prefix('[')?.trim_start();
    let mut found = Vec::new();
    loop {
        if let Some(behind) = rest.strip_prefix(']') {
            let behind = behind.trim_start();
            return (behind.is_empty() || behind.starts_with('#')).then_some(found);
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let end = end_of_text(&rest[1..], if quote == '"' { "\"" } else { "'" })?;
        let inner = &rest[1..end];
        if quote == '"' && inner.contains('\\') {
            return None;
        }
        found.push(inner.to_owned());
        rest = rest[1 + end..].trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.starts_with(']') => rest,
            None => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_values() {
        let (key, value) = split(r#"a."b.c" . 'd' = "x" # y"#).unwrap();
        assert_eq!((key.join("|"), value), ("a|b.c|d".to_owned(), r#" "x" # y"#));
        assert_eq!(header("[[a.b]] # c").unwrap().0, ["a", "b"]);
        for bad in ["= 1", "a", "a b = 1", "\"a\\u0041\" = 1", "a. = 1"] {
            assert!(split(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        let feed = |lines: &[&str]| {
            let mut open = Open::default();
            lines.iter().map(|line| (open.feed(line), open.is_open())).collect::<Vec<_>>()
        };
        assert_eq!(feed(&["[ # ]", "\"]\",", "]"]), [(true, true), (true, true), (true, false)]);
        assert_eq!(feed(&["\"\"\"a", "b\"\"\"\""]), [(true, true), (true, false)]);
        assert_eq!(feed(&["\"a"]), [(false, false)]);
        assert_eq!(feed(&["]"]), [(false, false)]);
    }

    #[test]
    fn an_array_of_texts_is_read_in_one_line_alone() {
        assert_eq!(strings(r#" ["a", 'b',] # c"#).unwrap(), ["a", "b"]);
        assert_eq!(strings("[]").unwrap(), Vec::<String>::new());
        for bad in ["[1]", "\"a\"", "[\"a\"", "[\"a\" \"b\"]", r#"["\n"]"#] {
            assert!(strings(bad).is_none(), "{bad}");
        }
    }
}
