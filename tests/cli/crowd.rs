//! Many runs at once, and which of them wait for another.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crate::support::{Output, Run, wait_until};

/// Runs that were started together, each with `-v`.
pub(crate) struct Crowd {
    members: Vec<JoinHandle<Member>>,
    waiting: Arc<AtomicUsize>,
}

/// One run of a crowd, at its end.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its output without the steps of `-v`.
    pub(crate) output: Output,
    /// The steps.
    pub(crate) steps: String,
}

impl Crowd {
    /// Starts them all.
    pub(crate) fn start(runs: impl IntoIterator<Item = Run>) -> Self {
        let waiting = Arc::new(AtomicUsize::new(0));
        let watch = |mut run: Run| {
            run.command.arg("-v");
            let (child, waiting) = (run.spawn(), Arc::clone(&waiting));
            std::thread::spawn(move || watch(child, &waiting))
        };
        let members = runs.into_iter().map(watch).collect();
        Self { members, waiting }
    }

    /// Waits until this many of them wait for the lock of their token.
    #[track_caller]
    pub(crate) fn wait_for_waiting(&self, count: usize) {
        // A few at a time: on a busy machine it takes long to start hundreds.
        for count in (20..count).step_by(20).chain([count]) {
            wait_until("processes that wait for the lock", || self.waiting.load(Ordering::Acquire) >= count);
        }
    }

    /// Whether all have ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.members.iter().all(JoinHandle::is_finished)
    }

    /// Waits for their ends.
    pub(crate) fn finish(self) -> Vec<Member> {
        self.members.into_iter().map(|member| member.join().expect("a run that is read to its end")).collect()
    }

    /// Waits for their ends; all have to say the same.
    #[track_caller]
    pub(crate) fn finish_alike(self) -> Output {
        let mut outputs = self.finish().into_iter().map(|member| member.output);
        let first = outputs.next().expect("a crowd has a member");
        outputs.for_each(|output| assert_eq!(output, first));
        first
    }
}

fn watch(mut child: Child, waiting: &AtomicUsize) -> Member {
    let (mut steps, mut told) = (String::new(), String::new());
    for line in BufReader::new(child.stderr.take().expect("a pipe")).lines() {
        let line = line.expect("UTF-8 on stderr") + "\n";
        if line.contains("] lock: waiting for ") {
            waiting.fetch_add(1, Ordering::Release);
        }
        let text = if line.starts_with("jeton: [") { &mut steps } else { &mut told };
        text.push_str(&line);
    }
    let mut stdout = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("UTF-8 on stdout");
    let code = child.wait().expect("jeton ends").code().unwrap_or(-1);
    Member { output: Output { code, stdout, stderr: told }, steps }
}
