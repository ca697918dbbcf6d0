//! The shell that a block is typed into: bash, without a user's own settings, as strict as a script in CI.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::programs;
use crate::support::wait_until;

/// No block has reason to take longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is about to be typed.
pub(super) struct Shell<'a> {
    pub(super) home: &'a Path,
    pub(super) script: &'a str,
    pub(super) env: Vec<(OsString, OsString)>,
    /// Standard input, where it is no terminal.
    pub(super) stdin: String,
    /// What is typed on the terminal, line for line; without it there is none.
    pub(super) typed: Option<String>,
    /// Command lines of jeton in it; those in the background are waited for.
    pub(super) expected: usize,
    /// Whether its last command is stopped once it runs.
    pub(super) stop: bool,
}

/// How it ended.
pub(super) struct Ended {
    /// The exit code; `None` where it did not end.
    pub(super) status: Option<i32>,
    /// The log of jeton's runs.
    pub(super) runs: String,
    /// What came to stderr.
    pub(super) said: String,
}

impl Ended {
    /// How often jeton was started.
    pub(super) fn started(&self) -> usize {
        started(&self.runs)
    }

    /// The exit codes of jeton's runs, and what they were asked.
    pub(super) fn ends(&self) -> impl Iterator<Item = (i32, &str)> {
        let ends = self.runs.lines().filter_map(|line| line.strip_prefix("end ")?.split_once(' '));
        ends.map(|(code, call)| (code.parse().unwrap_or(-1), call))
    }
}

fn started(runs: &str) -> usize {
    runs.lines().filter(|line| line.starts_with("start ")).count()
}

impl Shell<'_> {
    /// Types it, and waits for the end.
    pub(super) fn run(self) -> Ended {
        let log = self.home.join(programs::LOG);
        std::fs::write(&log, "").expect("a log");
        let mut bash = Command::new("/bin/bash");
        bash.args(["--noprofile", "--norc", "-eu", "-o", "pipefail", "-c", self.script]);
        bash.current_dir(self.home).env_clear().envs(self.env).stdout(Stdio::null()).process_group(0);
        let terminal = self.typed.map(|typed| on_terminal(&mut bash, &typed));
        let said = self.home.join(programs::SAID);
        if terminal.is_none() {
            let stdin = self.home.join(programs::STDIN);
            std::fs::write(&stdin, self.stdin).expect("a file");
            bash.stdin(File::open(stdin).expect("a file")).stderr(File::create(&said).expect("a file"));
        }
        let mut child = bash.spawn().expect("bash");
        // (It holds the terminal open.)
        drop(bash);
        let (group, start) = (Pid::from_child(&child), Instant::now());
        let runs = || std::fs::read_to_string(&log).unwrap_or_default();
        if self.stop {
            wait_until("the last command", || started(&runs()) >= self.expected);
            kill_process_group(group, Signal::TERM).expect("a group of ours");
        }
        let status = loop {
            match child.try_wait().expect("a child") {
                Some(status) => break Some(status.code().unwrap_or(-1)),
                None if start.elapsed() > PATIENCE => break None,
                None => std::thread::sleep(Duration::from_millis(3)),
            }
        };
        if status == Some(0) && self.script.contains("&\n") {
            wait_until("commands in the background", || started(&runs()) >= self.expected);
        }
        // (It fails where nothing of it is left.)
        let _ = kill_process_group(group, Signal::KILL);
        let said = match terminal {
            Some(reader) => reader.join().expect("a terminal that is read to its end"),
            None => std::fs::read_to_string(said).expect("what was said"),
        };
        Ended { status, runs: runs(), said }
    }
}

/// Gives it a terminal for input and errors, on which `typed` waits to be read. What is shown there comes from the thread.
fn on_terminal(bash: &mut Command, typed: &str) -> std::thread::JoinHandle<String> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).expect("a terminal of ours");
    unlockpt(&ours).expect("a terminal of ours");
    let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("a path");
    let theirs = File::options().read(true).write(true).open(name).expect("the other end");
    bash.stdin(theirs.try_clone().expect("its end again")).stderr(theirs);
    let mut ours = File::from(ours);
    ours.write_all(typed.as_bytes()).expect("a keyboard");
    std::thread::spawn(move || {
        let mut shown = Vec::new();
        let mut buffer = [0; 4096];
        // The end is an error here: nobody has the other end open any more.
        while let Ok(count @ 1..) = ours.read(&mut buffer) {
            shown.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    })
}
