//! What the last list showed, for a shell's completion: ids, names and comments, never values. It is thrown away after
//! a day like all that was learned.

use crate::databricks::learned;

const ABOUT: &str = "the last list of tokens";

/// A token that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id at Databricks.
    pub id: String,
    /// The name that it is kept under here, if it is.
    pub name: Option<String>,
    /// Its comment.
    pub comment: String,
}

/// Keeps what was listed, in place of the list before. That it can't be kept only costs completions.
pub fn remember(listed: &[Listed]) {
    let mut text = String::new();
    for Listed { id, name, comment } in listed {
        // (No control character is left in what Databricks said, so neither a tab nor a line end.)
        for part in [id, "\t", name.as_deref().unwrap_or_default(), "\t", comment, "\n"] {
            text.push_str(part);
        }
    }
    learned::store(ABOUT, &text);
}

/// What was listed last.
#[must_use]
pub fn remembered() -> Vec<Listed> {
    let text: String = learned::load(ABOUT).unwrap_or_default();
    text.lines().filter_map(read).collect()
}

fn read(line: &str) -> Option<Listed> {
    let (id, rest) = line.split_once('\t')?;
    let (name, comment) = rest.split_once('\t')?;
    let name = (!name.is_empty()).then(|| name.to_owned());
    Some(Listed { id: id.to_owned(), name, comment: comment.to_owned() })
}
