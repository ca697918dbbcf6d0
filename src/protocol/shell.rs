//! Assignments for a shell to evaluate: what `jeton env` prints.
//!
//! Sources: POSIX.1-2024, "Shell Command Language", 2.2.2 (single quotes); fish, "Quotes"; PowerShell, about_Quoting_Rules
//! and its tokenizer (`tokenizer.cs`, which takes four more characters for a single quote).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// A shell, as far as its words differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Any other shell with POSIX's words.
    Posix,
    /// Fish.
    Fish,
    /// PowerShell, of Windows as well.
    PowerShell,
    /// Nushell, which evaluates nothing and reads JSON.
    Nushell,
}

/// One variable of the shell: what it is set to, or `None` where it is taken out. The name is letters, digits and
/// underscores.
pub type Assignment = (String, Option<Secret>);

impl Shell {
    /// The names that are taken, the first one of each shell is shown.
    const NAMES: &'static [(&'static str, Self)] = &[
        ("bash", Self::Bash),
        ("zsh", Self::Zsh),
        ("fish", Self::Fish),
        ("powershell", Self::PowerShell),
        ("pwsh", Self::PowerShell),
        ("nushell", Self::Nushell),
        ("nu", Self::Nushell),
        ("sh", Self::Posix),
    ];

    /// The shell of that name.
    ///
    /// # Errors
    /// Another name, as a sentence that lists those there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, shell)| *shell);
        found.ok_or_else(|| "use bash, zsh, fish, powershell, nushell or sh".to_owned())
    }

    /// What sets and takes out variables when it is evaluated (Nushell: a JSON object, null for those taken out).
    #[must_use]
    pub fn assignments(self, changes: &[Assignment]) -> Zeroizing<String> {
        if self == Self::Nushell {
            let value = |value: &Option<Secret>| match value {
                Some(value) => Value::String(value.expose().to_owned()),
                None => Value::Null,
            };
            let object: Map<_, _> = changes.iter().map(|(name, secret)| (name.clone(), value(secret))).collect();
            return Zeroizing::new(format!("{}\n", Value::Object(object)));
        }
        // Room for the worst, so that no piece of a secret is left behind where the text would have to grow.
        let room = changes.iter().map(|(name, value)| {
            name.len() + 4 * value.as_ref().map_or(0, |value| value.expose().len()) + "export =''\n ".len() + 8
        });
        let mut text = Zeroizing::new(String::with_capacity(room.sum()));
        for (name, value) in changes {
            let (before, after) = match (self, value.is_some()) {
                (Self::Fish, true) => ("set -gx ", " "),
                (Self::Fish, false) => ("set -e ", ""),
                (Self::PowerShell, true) => ("$env:", " = "),
                (Self::PowerShell, false) => ("$env:", " = $null"),
                (_, true) => ("export ", "="),
                (_, false) => ("unset -v ", ""),
            };
            for part in [before, name, after] {
                text.push_str(part);
            }
            if let Some(value) = value {
                self.quote(value.expose(), &mut text);
            }
            text.push('\n');
        }
        text
    }

    /// Adds `text` as one word that means nothing but itself.
    fn quote(self, text: &str, to: &mut String) {
        to.push('\'');
        // (Tokens have nothing that means something: they are not taken letter by letter.)
        let is_plain = !text.bytes().any(|byte| matches!(byte, b'\'' | b'\\' | 0x80..));
        if is_plain {
            to.push_str(text);
        }
        for c in text.chars().take_while(|_| !is_plain) {
            match (self, c) {
                (Self::Fish, '\'' | '\\') => to.extend(['\\', c]),
                (Self::Fish, _) => to.push(c),
                // Typographic quotes end a word as well.
                (Self::PowerShell, '\'' | '\u{2018}'..='\u{201b}') => to.extend([c, c]),
                (Self::PowerShell, _) => to.push(c),
                (_, '\'') => to.push_str("'\\''"),
                _ => to.push(c),
            }
        }
        to.push('\'');
    }

    /// What fails when it is evaluated: a shell takes no notice of how a command ended whose output it evaluates.
    #[must_use]
    pub fn failure(self, code: u8) -> String {
        match self {
            Self::Fish => "false\n".to_owned(),
            Self::PowerShell => format!("throw 'jeton ended with exit code {code}'\n"),
            // (No JSON: reading it fails.)
            Self::Nushell => String::new(),
            _ => format!("(exit {code})\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(shell: Shell, value: &str) -> String {
        shell.assignments(&[("N".to_owned(), Some(Secret::from(value)))]).to_string()
    }

    #[test]
    fn each_shell_has_its_words() {
        let changes = [("A".to_owned(), None), ("B".to_owned(), Some(Secret::from("it's \\ ’")))];
        for (shell, text) in [
            (Shell::Bash, "unset -v A\nexport B='it'\\''s \\ ’'\n"),
            (Shell::Fish, "set -e A\nset -gx B 'it\\'s \\\\ ’'\n"),
            (Shell::PowerShell, "$env:A = $null\n$env:B = 'it''s \\ ’’'\n"),
            (Shell::Nushell, "{\"A\":null,\"B\":\"it's \\\\ ’\"}\n"),
        ] {
            assert_eq!(*shell.assignments(&changes), text);
        }
        assert_eq!(Shell::Zsh.failure(3), "(exit 3)\n");
    }

    /// What PowerShell reads of a word in single quotes (`ScanStringLiteral` of its `tokenizer.cs`), and what is left.
    fn powershell_reads(word: &str) -> (String, String) {
        let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
        let mut rest = word.chars().peekable();
        assert!(rest.next().is_some_and(is_quote));
        let mut read = String::new();
        while let Some(mut c) = rest.next() {
            if is_quote(c) {
                match rest.next_if(|next| is_quote(*next)) {
                    Some(second) => c = second,
                    None => break,
                }
            }
            read.push(c);
        }
        (read, rest.collect())
    }

    proptest! {
        #[test]
        fn powershell_reads_what_was_quoted(value in "[a-z'‘’‚‛$`\";\\\\ \n(){}é]{0,40}") {
            let text = set(Shell::PowerShell, &value);
            let word = text.strip_prefix("$env:N = ").unwrap();
            prop_assert_eq!(powershell_reads(word), (value, "\n".to_owned()));
        }
    }
}
