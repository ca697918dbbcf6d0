//! Command lines of jeton in text for a shell, and whether the program's grammar takes them.

use clap::error::{ContextKind, ErrorKind};

use super::config;
use super::page::{Block, Page};

/// Words that may stand before a command.
const BEFORE: &[&str] = &[
    "if", "then", "else", "elif", "do", "while", "until", "!", "exec", "time", "sudo", "env", "command", "eval",
    "nohup", "{",
];

/// A command line of jeton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The program's name and its arguments.
    pub(super) argv: Vec<String>,
    /// Whether it stands in a text that another program gets, such as the value of a setting of git's.
    pub(super) quoted: bool,
}

/// The command lines of jeton in `script`, in their order.
pub(super) fn lines(script: &str) -> Vec<Line> {
    let mut lexer =
        Lexer { chars: script.chars().collect(), at: 0, heredocs: Vec::new(), found: Vec::new(), quoted: false };
    while lexer.at < lexer.chars.len() {
        lexer.script();
        lexer.at += 1;
    }
    lexer.found
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    heredocs: Vec<String>,
    found: Vec<Line>,
    quoted: bool,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Reads commands up to the end, or a closing bracket that nothing in it opened.
    fn script(&mut self) {
        let mut words = Vec::new();
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' if self.peek(1) == '\n' => self.at += 2,
                ' ' | '\t' => self.at += 1,
                '#' => self.skip_line(),
                '\n' => {
                    self.end(&mut words);
                    self.at += 1;
                    self.skip_heredocs();
                }
                ')' => break,
                '(' => {
                    self.end(&mut words);
                    self.inside();
                }
                '&' if self.peek(1) == '>' => self.redirect(),
                '|' | '&' | ';' => {
                    self.end(&mut words);
                    self.at += 1;
                }
                '<' | '>' if self.peek(1) == '(' => {
                    self.at += 1;
                    self.inside();
                    words.push("/dev/fd/63".to_owned());
                }
                '<' | '>' => {
                    // `2>&1`: the number belongs to the redirection.
                    if words.last().is_some_and(|word| matches!(word.as_str(), "1" | "2"))
                        && self.chars[self.at - 1].is_ascii_digit()
                    {
                        words.pop();
                    }
                    self.redirect();
                }
                _ => {
                    let word = self.word();
                    words.push(word);
                }
            }
        }
        self.end(&mut words);
    }

    fn skip_line(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            self.at += 1;
        }
    }

    /// From an opening bracket to behind the closing one.
    fn inside(&mut self) {
        self.at += 1;
        self.script();
        self.at += 1;
    }

    fn redirect(&mut self) {
        let heredoc = self.peek(0) == '<' && self.peek(1) == '<' && self.peek(2) != '<';
        while matches!(self.peek(0), '<' | '>' | '&' | '|' | '-') {
            self.at += 1;
        }
        while self.peek(0) == ' ' {
            self.at += 1;
        }
        let target = self.word();
        if heredoc {
            self.heredocs.push(target);
        }
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.chars.len() {
                let start = self.at;
                self.skip_line();
                let line: String = self.chars[start..self.at].iter().collect();
                self.at += 1;
                if line.trim() == end {
                    break;
                }
            }
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while self.at < self.chars.len() {
            match self.peek(0) {
                ' ' | '\t' | '\n' | '|' | '&' | ';' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    while self.at < self.chars.len() && self.peek(0) != '\'' {
                        word.push(self.peek(0));
                        self.at += 1;
                    }
                    self.at += 1;
                }
                '"' => {
                    self.at += 1;
                    while self.at < self.chars.len() && self.peek(0) != '"' {
                        self.expanded(&mut word);
                    }
                    self.at += 1;
                }
                _ => self.expanded(&mut word),
            }
        }
        word
    }

    /// One character, an escaped one, or what a `$` begins.
    fn expanded(&mut self, word: &mut String) {
        match (self.peek(0), self.peek(1)) {
            ('\\', '\n') => self.at += 2,
            ('\\', next) => {
                word.push(next);
                self.at += 2;
            }
            ('$', '(') => {
                self.at += 1;
                self.inside();
                word.push_str("$(...)");
            }
            (c, _) => {
                word.push(c);
                self.at += 1;
            }
        }
    }

    /// The end of a simple command.
    fn end(&mut self, words: &mut Vec<String>) {
        let all = std::mem::take(words);
        for word in &all {
            self.quoted_in(word);
        }
        let mut words = all.as_slice();
        while let Some((first, rest)) = words.split_first()
            && (BEFORE.contains(&first.as_str()) || is_assignment(first))
        {
            words = rest;
        }
        self.command(words);
    }

    fn command(&mut self, words: &[String]) {
        let Some(first) = words.first() else { return };
        if first.rsplit('/').next() != Some("jeton") {
            return;
        }
        self.found.push(Line { argv: words.to_vec(), quoted: self.quoted });
        // `jeton run -- jeton run -- COMMAND`
        if let Some(at) = words.iter().position(|word| word == "--") {
            self.command(&words[at + 1..]);
        }
    }

    /// A command line in a text: `'!jeton git'`, `GOAUTH='jeton goauth'`, `sh -c 'jeton token'`.
    fn quoted_in(&mut self, word: &str) {
        let value = if is_assignment(word) { word.split_once('=').map_or(word, |(_, value)| value) } else { word };
        let value = value.trim_start_matches('!');
        if value.starts_with("jeton ") || (value.contains("jeton ") && value.contains(['\n', ';'])) {
            self.found.extend(lines(value).into_iter().map(|line| Line { quoted: true, ..line }));
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Why the grammar does not take a command line. One that is only `named` (`jeton pat`, in prose or as the value of a
/// setting that a tool puts more behind) need not be whole, and may name what is to be put in (`NAME`, `[--json]`).
fn refused(argv: &[String], named: bool) -> Option<String> {
    let mut argv = argv.to_vec();
    argv[0] = "jeton".into();
    if named {
        argv = argv.iter().map(|word| word.trim_matches(['[', ']']).to_owned()).collect();
    }
    // `...` is a value, or stands for the rest of the line.
    let whole = why(&argv, named)?;
    let rest: Vec<_> = argv.iter().filter(|word| !matches!(word.as_str(), "..." | "…")).cloned().collect();
    let why = if rest == argv { whole } else { why(&rest, named)? };
    Some(format!("`{}`: {why}", argv.join(" ")))
}

fn why(argv: &[String], named: bool) -> Option<String> {
    let Err(error) = jeton::cli::grammar().try_get_matches_from(argv) else { return None };
    let to_be_put_in = |kind| {
        error.get(kind).is_some_and(|word| {
            let word = word.to_string();
            word.starts_with('$') || !word.chars().any(|c| c.is_ascii_lowercase())
        })
    };
    let fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::MissingSubcommand
        | ErrorKind::MissingRequiredArgument
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => named,
        ErrorKind::InvalidSubcommand => named && to_be_put_in(ContextKind::InvalidSubcommand),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => named && to_be_put_in(ContextKind::InvalidValue),
        _ => false,
    };
    (!fine).then(|| error.to_string().lines().next().unwrap_or_default().to_owned())
}

/// The command lines of a block, whatever it is written in.
pub(super) fn lines_of(block: &Block) -> Vec<Line> {
    if block.is_shell() {
        return lines(&block.script());
    }
    if block.is_other_shell() {
        // Their grammars differ, but not for a plain command on a line of its own.
        let plain = block.text.lines().map(|line| line.trim().trim_start_matches("PS> "));
        return plain.filter(|line| line.starts_with("jeton ")).flat_map(lines).collect();
    }
    config::lines_of(block)
}

/// The command lines in `script` that the program would refuse, and why.
pub(super) fn refused_in(script: &str) -> Vec<String> {
    lines(script).iter().filter_map(|line| refused(&line.argv, line.quoted)).collect()
}

/// Command lines of a page that the program would refuse.
pub(super) fn wrong_in(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    for block in &page.blocks {
        for line in lines_of(block) {
            wrong.extend(refused(&line.argv, line.quoted).map(|why| format!("{}: {why}", block.place)));
        }
    }
    for (number, span) in page.spans() {
        for line in lines(&span) {
            wrong.extend(refused(&line.argv, true).map(|why| format!("{}:{number}: {why}", page.name)));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(script: &str) -> Vec<String> {
        let show = |line: &Line| format!("{}{}", if line.quoted { "~" } else { "" }, line.argv[1..].join(" "));
        lines(script).iter().map(show).collect()
    }

    #[test]
    fn command_lines_are_found_wherever_a_shell_finds_them() {
        for (script, expected) in [
            ("jeton a -b 'c d'  # jeton no", vec!["a -b c d"]),
            ("A=1 jeton a \\\n  --b\necho jeton c", vec!["a --b"]),
            ("x=$(jeton a) y=\"$(jeton b \"$(jeton c)\")\"", vec!["a", "c", "b $(...)"]),
            ("curl -K <(jeton a --b curl) https://x; ! jeton c", vec!["a --b curl", "c"]),
            ("echo x | jeton a >f 2>&1 && if jeton b; then\n jeton c &\nfi", vec!["a", "b", "c"]),
            ("git config x '!jeton git -p y'; go env -w GOAUTH='jeton goauth'", vec!["~git -p y", "~goauth"]),
            (
                "jeton run -- jeton run --as x -- sh -c 'jeton z; true'",
                vec!["~z", "run -- jeton run --as x -- sh -c jeton z; true", "run --as x -- sh -c jeton z; true"],
            ),
            ("cat <<EOF\njeton no\nEOF\n/opt/jeton yes", vec!["yes"]),
            ("(cd x && jeton a)\neval \"$(jeton b)\"", vec!["a", "b"]),
            ("docker-credential-jeton get; echo 'jeton'", vec![]),
        ] {
            assert_eq!(found(script), expected, "{script:?}");
        }
    }

    #[test]
    fn the_grammar_is_the_programs_own() {
        let refused = |line: &str, named| refused(&lines(line)[0].argv, named);
        assert_eq!(refused("jeton token --scope arm --min-ttl 15m", false), None);
        assert_eq!(refused("jeton pat", true), None);
        assert_eq!(refused("jeton profile edit NAME --host ...", true), None);
        for (line, named) in [("jeton token --no-such", true), ("jeton nothing", true), ("jeton pat", false)] {
            assert!(refused(line, named).is_some(), "{line}");
        }
    }
}
