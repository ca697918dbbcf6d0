//! A terminal of a set size, for what is drawn on one.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Output, Run, wait_until};

/// A run whose stderr is a terminal.
pub(crate) struct OnTerminal {
    /// What is written here is typed, where the run reads from the terminal.
    pub(crate) keyboard: File,
    child: std::process::Child,
    shown: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl OnTerminal {
    /// Starts the run with a terminal of this many columns and rows as its stderr; stdout is kept apart.
    pub(crate) fn start(run: Run, columns: u16, rows: u16) -> Self {
        Self::with(run, columns, rows, [false, false])
    }

    /// The same with the terminal as its stdout, too.
    pub(crate) fn start_whole(run: Run, columns: u16, rows: u16) -> Self {
        Self::with(run, columns, rows, [false, true])
    }

    /// The same with the terminal as its standard input, too.
    pub(crate) fn typed(run: Run, columns: u16, rows: u16) -> Self {
        Self::with(run, columns, rows, [true, false])
    }

    fn with(mut run: Run, columns: u16, rows: u16, [typed, whole]: [bool; 2]) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("a terminal of ours");
        unlockpt(&ours).expect("a terminal of ours");
        let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("a path");
        tcsetwinsize(&ours, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
        let theirs = File::options().read(true).write(true).open(name).expect("the other end");
        let again = |other: Stdio, wanted| {
            if wanted { Stdio::from(theirs.try_clone().expect("its end again")) } else { other }
        };
        run.command.stdin(again(Stdio::null(), typed)).stdout(again(Stdio::piped(), whole));
        run.command.stderr(Stdio::from(theirs));
        let child = run.command.spawn().expect("jeton starts");
        // (The command holds the other end open as well.)
        drop(run);
        let shown = Arc::new(Mutex::new(String::new()));
        let ours = File::from(ours);
        let keyboard = ours.try_clone().expect("a copy");
        let reader = std::thread::spawn({
            let (shown, mut ours) = (Arc::clone(&shown), ours);
            move || {
                let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
                // The end is an error here: nobody has the other end open any more.
                while let Ok(count @ 1..) = ours.read(&mut buffer) {
                    all.extend_from_slice(&buffer[..count]);
                    *shown.lock().expect("no panic") = String::from_utf8_lossy(&all).into_owned();
                }
            }
        });
        Self { keyboard, child, shown, reader }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the terminal got so far, as it came.
    pub(crate) fn shown(&self) -> String {
        self.shown.lock().expect("no panic").clone()
    }

    /// Waits until the terminal got this text.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        wait_until(&format!("{text:?} on the terminal"), || self.shown().contains(text));
    }

    /// Waits for its end. The code is -1 where a signal ended it.
    pub(crate) fn finish(self) -> Output {
        let output = self.child.wait_with_output().expect("jeton ends");
        self.reader.join().expect("a terminal that is read to its end");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8 on stdout");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout,
            stderr: self.shown.lock().expect("no panic").clone(),
        }
    }
}
