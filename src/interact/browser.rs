//! Starting a browser on this machine.
//!
//! No shell reads the command, and the URL goes in only after the command was taken apart, so nothing in it can become a
//! word or an option of its own. (RUSTSEC-2026-0257 is that mistake with `BROWSER`.) The browser's outputs go nowhere:
//! standard output is for the token alone.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::environment;
use crate::log::Log;
use crate::platform;

/// A command that fails within this time has not opened anything. One that ends later was a browser, closed by its user.
const EARLY: Duration = Duration::from_secs(5);

/// The environment's own placeholder for the URL.
const PLACEHOLDER: &str = "%s";

/// A browser that is being started: the first of several commands that does not fail.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    log: &'a Log,
    url: &'a str,
    next: VecDeque<Vec<String>>,
    running: Option<(String, Child, Instant)>,
    failures: Vec<String>,
}

/// The commands that may open a page here: those of `BROWSER`, else the system's own. None without a display.
#[must_use]
pub(super) fn commands(display: bool) -> Vec<Vec<String>> {
    match environment::browser() {
        Some(list) => named(&list),
        None if display => {
            platform::browsers().iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect()
        }
        None => Vec::new(),
    }
}

/// The commands in a value of `BROWSER`: separated like the folders in `PATH`, each with words that may be quoted.
/// What ends in `&` is meant to run beside its caller, as all do here.
fn named(list: &str) -> Vec<Vec<String>> {
    // (Not by std's split_paths, which takes the quotes away on Windows.)
    list.split(platform::LIST_SEPARATOR)
        .filter_map(|command| {
            let text = command.trim();
            // A path with blanks that nobody quoted.
            let mut words = if Path::new(command).is_file() { vec![text.to_owned()] } else { words(text) };
            if words.last().is_some_and(|last| last == "&") {
                words.pop();
            }
            // (The URL is no program.)
            words.first().is_some_and(|program| !program.contains(PLACEHOLDER)).then_some(words)
        })
        .collect()
}

/// Takes a command apart at blanks outside of quotes. Nothing else has a meaning.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The words with the URL where they want it, or behind them.
fn with_url(command: &[String], url: &str) -> Vec<String> {
    let mut words: Vec<_> = command.iter().map(|word| word.replace(PLACEHOLDER, url)).collect();
    if !command.iter().any(|word| word.contains(PLACEHOLDER)) {
        words.push(url.to_owned());
    }
    words
}

impl<'a> Launch<'a> {
    /// Will start the first of `commands` that works. `url` begins with its scheme and is in visible ASCII.
    #[must_use]
    pub(super) fn new(commands: Vec<Vec<String>>, url: &'a str, log: &'a Log) -> Self {
        Self { log, url, next: commands.into(), running: None, failures: Vec::new() }
    }

    /// Goes on with starting it, without waiting for it: to be called again and again.
    pub(super) fn poll(&mut self) {
        loop {
            if let Some((name, child, since)) = &mut self.running {
                match child.try_wait() {
                    Ok(None) => return,
                    Ok(Some(status)) if !status.success() && since.elapsed() < EARLY => {
                        self.failures.push(format!("{name} failed ({status})"));
                    }
                    Ok(Some(_)) | Err(_) => {
                        self.log.step(|| format!("browser: {name} has done its work"));
                        self.next.clear();
                        self.failures.clear();
                    }
                }
                self.running = None;
            }
            let Some(command) = self.next.pop_front() else { return self.give_up() };
            let name = command[0].clone();
            match start(&with_url(&command, self.url)) {
                Ok(child) => {
                    self.log.step(|| format!("browser: started {name}"));
                    self.running = Some((name, child, Instant::now()));
                }
                Err(error) => self.failures.push(format!("{name}: {error}")),
            }
        }
    }

    /// Says once why no browser opens. The URL was printed before.
    fn give_up(&mut self) {
        if !self.failures.is_empty() {
            let why = std::mem::take(&mut self.failures).join("; ");
            self.log.tell(format!("no browser could be started ({why}); open the page above in one yourself"));
        }
    }
}

fn start(words: &[String]) -> std::io::Result<Child> {
    let (program, arguments) = words.split_first().ok_or(std::io::ErrorKind::NotFound)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C in this terminal is not meant for it.
    platform::detach(&mut command);
    command.spawn()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const URL: &str = "https://login.example/authorize?a=b&c=%20";

    #[test]
    fn a_command_is_taken_apart_before_the_url_goes_in() {
        for (command, expected) in [
            ("firefox", vec!["firefox", URL]),
            (" firefox  --new-window %s ", vec!["firefox", "--new-window", URL]),
            (
                "'/opt/my browser/run' --app=%s",
                vec!["/opt/my browser/run", "--app=https://login.example/authorize?a=b&c=%20"],
            ),
            ("firefox \"\" &", vec!["firefox", "", URL]),
            ("sh -c 'echo $(id) %s'", vec!["sh", "-c", "echo $(id) https://login.example/authorize?a=b&c=%20"]),
        ] {
            let commands = named(command);
            assert_eq!(with_url(&commands[0], URL), expected, "{command}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn several_commands_stand_one_behind_the_other() {
        assert_eq!(named("a %s:b::%s c:'d e'"), [vec!["a", "%s"], vec!["b"], vec!["d e"]]);
    }

    #[test]
    fn a_path_with_blanks_may_stand_without_quotes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my browser");
        std::fs::write(&path, "").unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(named(path), [vec![path]]);
    }

    proptest! {
        #[test]
        fn the_url_is_never_more_nor_less_than_a_part_of_one_word(command in "[ a-z%s\"':&-]{0,30}") {
            for words in named(&command) {
                let filled = with_url(&words, URL);
                prop_assert!(!filled[0].contains(URL));
                let places = words.iter().filter(|word| word.contains(PLACEHOLDER)).count().max(1);
                prop_assert_eq!(filled.iter().filter(|word| word.contains(URL)).count(), places);
            }
        }
    }
}
