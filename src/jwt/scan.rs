//! A token in running text: in a header line, a table, a panel with borders, wrapped over lines.

use super::{Defect, Found, Jwt};

/// A token cut into lines may have this many bytes before its first dot. (A header with a chain of certificates is the
/// largest that is seen.)
const LONGEST_HEADER: usize = 32 << 10;

/// So many bytes are put together in all, so that a text full of beginnings does not take an age.
const MOST_JOINED: usize = 1 << 20;

/// The borders between cells: ASCII, light, heavy and double.
const BARS: [char; 5] = ['|', '¦', '│', '┃', '║'];

/// The first token in `text`: one that can be read, or else what comes nearest to it.
pub(super) fn scan(text: &str) -> Found {
    let rows: Vec<Vec<&str>> = text.lines().filter(|line| !is_border(line)).map(cells).collect();
    let mut best = Found::Nothing;
    let mut budget = MOST_JOINED;
    for (number, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let mut rest = *cell;
            while let Some((run, after)) = next_run(rest) {
                let found = if is_pat(run) {
                    Found::Pat
                } else if begins_object(run) {
                    let wrapped = after.split_whitespace().chain(below(&rows[number + 1..], row.len(), column));
                    let at_end = after.is_empty() || after.starts_with(char::is_whitespace);
                    join(run, wrapped.take_while(|_| at_end), &mut budget)
                } else {
                    Found::Nothing
                };
                if matches!(found, Found::Jwt(_)) {
                    return found;
                }
                best = best.or(found);
                rest = after;
            }
        }
    }
    best
}

/// Puts a token together from its first part and what follows it, and stops as soon as header and claims are there: the
/// rest is signature.
fn join<'a>(first: &str, mut wrapped: impl Iterator<Item = &'a str>, budget: &mut usize) -> Found {
    let mut token = zeroize::Zeroizing::new(first.to_owned());
    let (mut dots, mut seen) = (0, 0);
    loop {
        let before = dots;
        dots += token[seen..].matches('.').count();
        seen = token.len();
        if before == 0 && dots > 0 && token.split('.').next().and_then(super::object).is_none() {
            return Found::Nothing;
        }
        if dots >= 2 {
            return read(&token);
        }
        // The next word, up to where it has other characters; a word that begins with those is no part of a token.
        let part =
            wrapped.next().and_then(|word| next_run(word).map(|(run, _)| run).filter(|run| word.starts_with(run)));
        match part {
            Some(run) if (dots > 0 || token.len() < LONGEST_HEADER) && run.len() < *budget => {
                token.push_str(run);
                *budget -= run.len();
            }
            _ => return if dots > 0 { Found::Damaged } else { Found::Nothing },
        }
    }
}

/// Reads a token with two dots at least. After one in a sentence there may be full stops.
fn read(token: &str) -> Found {
    let trimmed = token.trim_end_matches('.');
    let whole = if trimmed.matches('.').count() < 2 { token } else { trimmed };
    match Jwt::parse(whole) {
        Ok(jwt) => Found::Jwt(jwt),
        Err(Defect::Encrypted) => Found::Encrypted,
        Err(Defect::Damaged | Defect::NotJwt) => Found::Damaged,
    }
}

/// The words below a cell, down its column. One empty line may be between them.
fn below<'a>(rows: &'a [Vec<&'a str>], columns: usize, column: usize) -> impl Iterator<Item = &'a str> {
    let mut empty = 0;
    rows.iter()
        .map_while(move |row| match row[..] {
            [only] => Some(only),
            _ if row.len() == columns => Some(row[column]),
            _ => None,
        })
        .take_while(move |cell| {
            empty = if cell.is_empty() { empty + 1 } else { 0 };
            empty < 2
        })
        .flat_map(str::split_whitespace)
}

/// The cells of a line: what stands between bars, without blanks, quotes and a shell's sign that the line goes on.
fn cells(line: &str) -> Vec<&str> {
    let around = |c: char| c.is_whitespace() || is_box(c) || matches!(c, '\\' | '`' | '"' | '\'');
    line.split(BARS).map(|cell| cell.trim_matches(around)).collect()
}

/// Lines above, below and inside tables. A few dashes alone can be a piece of a token.
fn is_border(line: &str) -> bool {
    const DASHES: usize = 8;
    let drawn = |c: char| is_box(c) || "+=*~:".contains(c);
    let dash = |c: char| matches!(c, '-' | '_');
    let mut characters = line.chars().filter(|c| !c.is_whitespace() && !BARS.contains(c));
    let is_drawn = characters.clone().any(drawn) || characters.clone().nth(DASHES - 1).is_some();
    is_drawn && characters.all(|c| drawn(c) || dash(c))
}

/// Box drawing and block elements.
fn is_box(c: char) -> bool {
    ('\u{2500}'..='\u{259f}').contains(&c)
}

/// The next stretch of characters that tokens are made of, and what is behind it.
fn next_run(text: &str) -> Option<(&str, &str)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text = &text[text.find(inside)?..];
    Some(text.split_at(text.find(|c| !inside(c)).unwrap_or(text.len())))
}

/// Whether base64 of an object begins so: a brace, and a quote or white space behind it.
fn begins_object(run: &str) -> bool {
    run.starts_with("ey") || run.starts_with("ew")
}

/// A Databricks personal access token: `dapi`, 32 hexadecimal digits, and on some clouds a number.
pub(super) fn is_pat(run: &str) -> bool {
    let Some(rest) = run.trim_end_matches('.').strip_prefix("dapi") else { return false };
    let (hex, number) = rest.split_once('-').unwrap_or((rest, "0"));
    hex.len() >= 32
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}
