//! A command that this process stays beside, on Unix: it gets the signals that were meant for it, and its end is ours.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// Signals that are handed on.
const HANDED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Runs `command` to its end, and ends by the signal that it ended by.
pub(crate) fn run_beside(command: &mut Command) -> io::Result<ExitCode> {
    let (ours, theirs) = UnixStream::pair()?;
    let ignored = ignored();
    let mut arrived = Vec::new();
    for signal in HANDED_ON.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0) {
        let flag = Arc::new(AtomicBool::new(false));
        // In this order: who is woken finds the flag set.
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
        signal_hook::low_level::pipe::register(signal, theirs.try_clone()?)?;
        arrived.push((signal, flag));
    }
    let mut child = command.spawn()?;
    let pid = Pid::from_child(&child);
    std::thread::spawn(move || hand_on(ours, &arrived, pid));
    let status = child.wait()?;
    if let Some(signal) = status.signal() {
        // (It comes back where there is no such default.)
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        return Ok(ExitCode::from(u8::try_from(128 + signal).unwrap_or(255)));
    }
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

fn hand_on(mut woken: UnixStream, arrived: &[(i32, Arc<AtomicBool>)], pid: Pid) {
    let mut byte = [0];
    loop {
        match woken.read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(1) => {}
            _ => return,
        }
        for (signal, flag) in arrived {
            let from_terminal = matches!(*signal, SIGINT | SIGQUIT) && is_in_foreground();
            if flag.swap(false, Ordering::AcqRel)
                && !from_terminal
                && let Some(signal) = Signal::from_named_raw(*signal)
            {
                let _ = kill_process(pid, signal);
            }
        }
    }
}

/// Whether the terminal's keys reach this process and the command alike: a second signal would say something else.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|terminal| {
        rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == rustix::process::getpgrp())
    })
}

/// The signals that whoever started this wants ignored (nohup), as far as the system tells (proc_pid_status(5)): the
/// command inherits that.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
