//! Command lines as the programs read them that are written in Go with cobra: options before, between and behind the words
//! (github.com/spf13/pflag, `flag.go`).

/// An option: its name, the letter for it, and whether it takes a value.
pub(super) type Flag = (&'static str, Option<char>, bool);

/// A command line that was taken apart.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// What is no option.
    pub(super) words: Vec<&'a str>,
    /// The options in their order, each with its value; a switch has `true`.
    pub(super) flags: Vec<(&'static str, &'a str)>,
    /// What pflag says of the first option that is not known.
    pub(super) unknown: Option<String>,
}

impl<'a> Line<'a> {
    /// Takes `texts` apart.
    ///
    /// # Errors
    /// What pflag says of an option without its value.
    pub(super) fn read(texts: &[&'a str], known: &[Flag]) -> Result<Self, String> {
        let mut line = Self::default();
        let mut rest = texts.iter().copied();
        while let Some(text) = rest.next() {
            if text == "--" {
                line.words.extend(rest.by_ref());
                break;
            }
            let Some((name, takes, joined)) = flag(text, known) else {
                if text.starts_with('-') && text.len() > 1 {
                    line.unknown.get_or_insert_with(|| unknown(text));
                } else {
                    line.words.push(text);
                }
                continue;
            };
            let value = match (takes, joined) {
                (true, Some(value)) => value,
                (true, None) => rest.next().ok_or_else(|| needs_an_argument(text))?,
                (false, joined) => joined.unwrap_or("true"),
            };
            line.flags.push((name, value));
        }
        Ok(line)
    }
}

/// What pflag says of a flag that is the last word and takes one.
fn needs_an_argument(flag: &str) -> String {
    match flag.strip_prefix('-') {
        Some(letter) if !letter.starts_with('-') => format!("flag needs an argument: '{letter}' in {flag}"),
        _ => format!("flag needs an argument: {flag}"),
    }
}

fn unknown(text: &str) -> String {
    let name = text.split('=').next().unwrap_or(text);
    match name.strip_prefix("--") {
        Some(_) => format!("unknown flag: {name}"),
        None => format!("unknown shorthand flag: '{}' in {name}", name.chars().nth(1).unwrap_or('-')),
    }
}

/// The option that `text` is: its name, whether it takes a value, and a value that is joined to it.
fn flag<'a>(text: &'a str, known: &[Flag]) -> Option<(&'static str, bool, Option<&'a str>)> {
    if let Some(long) = text.strip_prefix("--") {
        let (name, joined) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let (name, _, takes) = known.iter().find(|(known, _, _)| *known == name)?;
        return Some((name, *takes, joined));
    }
    let mut letters = text.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    let (name, _, takes) = known.iter().find(|(_, short, _)| *short == Some(letter))?;
    let joined = letters.as_str();
    if !takes && !joined.is_empty() {
        return None;
    }
    Some((name, *takes, Some(joined.strip_prefix('=').unwrap_or(joined)).filter(|value| !value.is_empty())))
}

/// A switch's value (Go's `strconv.ParseBool`).
pub(super) fn is_on(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
