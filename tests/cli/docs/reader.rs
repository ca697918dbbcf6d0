//! A reader who types what a page says, from its top to its end, in a home of their own.
//!
//! Entra, Databricks and the others are the emulator: see [`world`]. Other programs are stand-ins: see [`programs`].

mod programs;
mod shell;
mod world;

use std::ffi::OsString;
use std::path::Path;

use jeton_emulator::Emulator;

use self::shell::{Ended, Shell};
use super::command;
use super::config;
use super::mark::Mark;
use super::page::{Block, Page};

/// What a page's blocks did that they should not.
pub(super) fn wrong_in(page: &Page) -> Vec<String> {
    if !page.blocks.iter().any(is_run) {
        return Vec::new();
    }
    let emulator = world::emulator();
    let mut wrong = world::with_person(&emulator, |browser| {
        let mut reader = Reader::new(&emulator, browser);
        page.blocks.iter().flat_map(|block| reader.read(block)).collect::<Vec<_>>()
    });
    wrong.extend(emulator.violations().iter().map(|violation| format!("{}: {violation}", page.name)));
    wrong
}

/// Whether the reader types it.
fn is_run(block: &Block) -> bool {
    !block.is_excused() && (block.is_shell() || !steps(block).is_empty())
}

/// The steps of a CI system that call jeton.
fn steps(block: &Block) -> Vec<(String, Vec<(String, String)>)> {
    let steps = match config::read(block) {
        Some(Ok(value)) if matches!(block.language.as_str(), "yaml" | "yml") => config::steps(&value),
        _ => Vec::new(),
    };
    steps.into_iter().filter(|(script, _)| !command::lines(script).is_empty()).collect()
}

struct Reader<'a> {
    emulator: &'a Emulator,
    /// Where the browser's addresses are written.
    browser: &'a Path,
    home: tempfile::TempDir,
    /// Whether blocks share a shell from here on.
    one_shell: bool,
}

impl<'a> Reader<'a> {
    fn new(emulator: &'a Emulator, browser: &'a Path) -> Self {
        Self { emulator, browser, home: programs::home(emulator), one_shell: false }
    }

    /// Does what a block says; what went wrong.
    fn read(&mut self, block: &Block) -> Vec<String> {
        let (mut wrong, mut one_shell) = (Vec::new(), self.one_shell);
        for mark in &block.marks {
            match mark {
                Mark::Fresh => *self = Self::new(self.emulator, self.browser),
                Mark::OneShell => one_shell = true,
                Mark::Profile { name, arguments } => wrong.extend(self.create(block, name, arguments)),
                Mark::Before(script) => wrong.extend(self.prepare(block, script.clone())),
                Mark::File(path) => self.write(path, &block.text),
                _ => {}
            }
        }
        if !is_run(block) {
            return wrong;
        }
        if block.is_shell() {
            wrong.extend(self.run(block, &block.script(), &[]));
        }
        for (script, env) in steps(block) {
            wrong.extend(self.run(block, &script, &env));
        }
        self.one_shell = one_shell;
        wrong
    }

    /// Makes a profile that the page takes for granted.
    fn create(&self, block: &Block, name: &str, arguments: &str) -> Option<String> {
        let arguments = match arguments {
            "" => world::APP,
            "databricks" => world::DATABRICKS,
            "user" => world::USER_PROFILE,
            arguments => arguments,
        };
        self.prepare(block, format!("jeton profile create {name} {arguments}"))
    }

    /// Does what is not on the page, in the shell that goes on.
    fn prepare(&self, block: &Block, text: String) -> Option<String> {
        let places = block.marks.iter().filter(|mark| matches!(mark, Mark::In(_))).cloned();
        let marks = std::iter::once(Mark::GoesOn).chain(places).collect();
        let block = Block { marks, place: block.place.clone(), language: "sh".into(), text };
        self.run(&block, &block.text, &[])
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join(path.trim_start_matches("~/"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, self.meant(text)).expect("a file");
    }

    fn meant(&self, text: &str) -> String {
        world::meant(self.emulator, self.home.path(), text)
    }

    /// Types a script, and says what is wrong with how it ended.
    fn run(&self, block: &Block, script: &str, step: &[(String, String)]) -> Option<String> {
        let expected = command::lines(script).iter().filter(|line| !line.quoted).count();
        let kept = self.home.path().join(programs::KEPT);
        let goes_on = self.one_shell || block.marks.contains(&Mark::GoesOn);
        let before = if goes_on { format!("source '{}'\n", kept.display()) } else { String::new() };
        let script = format!("{before}trap 'export -p > \"{}\"' EXIT\n{}", kept.display(), self.meant(script));
        let line = |text: &String| format!("{}\n", self.meant(text));
        let stdin =
            block.marks.iter().find_map(|mark| if let Mark::Stdin(text) = mark { Some(line(text)) } else { None });
        let typed =
            block.marks.iter().find_map(|mark| if let Mark::Typed(text) = mark { Some(line(text)) } else { None });
        let ended = Shell {
            home: self.home.path(),
            script: &script,
            env: self.env(block, step),
            stdin: stdin.unwrap_or_default(),
            typed: typed.map(|line| line.repeat(expected)),
            expected,
            stop: block.marks.contains(&Mark::Stop),
        };
        judge(block, &ended.run(), expected)
    }

    fn env(&self, block: &Block, step: &[(String, String)]) -> Vec<(OsString, OsString)> {
        let home = self.home.path();
        let mut env: Vec<(OsString, OsString)> = Vec::new();
        let mut add = |name: &str, value: OsString| env.push((name.into(), value));
        for (name, value) in world::variables(self.emulator, home) {
            add(name, value);
        }
        add("BROWSER", home.join("stand-ins/browser").into());
        add("JETON_TEST_BROWSER", self.browser.into());
        for mark in &block.marks {
            match mark {
                Mark::In(place) => {
                    for (name, value) in world::variables_in(self.emulator, home, place) {
                        add(name, value);
                    }
                }
                Mark::Env(name, value) => add(name, self.meant(value).into()),
                _ => {}
            }
        }
        for (name, value) in step {
            // What only the CI system can fill in, the mark `in` has.
            if !value.contains("${{") && !value.contains("$(") {
                let pair = self.meant(&format!("{name}={value}"));
                add(name, pair[name.len() + 1..].into());
            }
        }
        env
    }
}

/// What is wrong with how a block ended, all of it with what it said.
fn judge(block: &Block, ended: &Ended, expected: usize) -> Option<String> {
    let wanted = block.marks.iter().find_map(|mark| if let Mark::Exit(code) = mark { Some(*code) } else { None });
    let mut wrong = Vec::new();
    let stopped = block.marks.contains(&Mark::Stop);
    match ended.status {
        _ if stopped => {}
        None => wrong.push("it does not end".to_owned()),
        Some(status) if status != wanted.unwrap_or(0) => wrong.push(format!("exit code {status}")),
        Some(_) => {}
    }
    for (code, call) in ended.ends() {
        if code != 0 && Some(code) != wanted {
            wrong.push(format!("`jeton {call}` ended with {code}"));
        }
    }
    if ended.started() < expected {
        wrong.push(format!("{} of {expected} command lines ran", ended.started()));
    }
    if ended.said.contains("panicked") {
        wrong.push("a panic".to_owned());
    }
    (!wrong.is_empty()).then(|| {
        let said = ended.said.trim().replace('\n', "\n    | ");
        format!("{}: {}\n    | {said}", block.place, wrong.join("; "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a page of these blocks.
    fn wrong(text: &str) -> Vec<String> {
        let page = Page::parse("x.md".into(), text);
        assert_eq!(page.wrong, [""; 0]);
        wrong_in(&page)
    }

    #[test]
    fn what_fails_is_told_wherever_it_stands() {
        for (script, why) in [
            ("jeton token --scope arm", "`jeton token --scope arm` ended with 4"),
            ("echo \"$(jeton token --scope arm)\"", "ended with 4"),
            ("jeton token --scope arm | cat", "exit code 4"),
            ("no-such-program", "exit code 127"),
            ("exit 0\njeton --version", "0 of 1 command lines ran"),
            ("curl -K /dev/null https://example.com", "exit code 1"),
        ] {
            let wrong = wrong(&format!("```sh\n{script}\n```\n"));
            assert!(matches!(&wrong[..], [told] if told.contains(why)), "{script}: {wrong:?}");
        }
        let step = "```yaml\nsteps:\n  - run: jeton token --scope arm\n```\n";
        assert_eq!(wrong(step).len(), 1);
    }

    #[test]
    fn marks_give_a_block_what_it_needs() {
        let page = "<!-- test:\nprofile dev\nbefore export FORM=json\ngoes on\n-->\n```sh\n\
                    jeton token -p dev --output $FORM | grep -q accessToken\nexport NEXT=yes\n```\n\n\
                    <!-- test: goes on -->\n```sh\n[ $NEXT = yes ]\n```\n\n\
                    <!-- test:\nexit 4\nfresh\n-->\n```sh\njeton token -p dev\n```\n\n\
                    <!-- test: not run: there is no such thing -->\n```sh\nno-such-program\n```\n\n\
                    <!-- test: in github -->\n```yaml\nenv:\n  AZURE_CLIENT_ID: 00000000-0000-0000-0000-000000000000\n\
                    steps:\n  - run: jeton token --flow github-oidc --scope arm\n    env:\n      AZURE_TENANT_ID: ...\n```\n";
        assert_eq!(wrong(page), [""; 0]);
    }
}
