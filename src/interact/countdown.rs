//! Waiting for a person: on a terminal, one line says how long that may take yet.

use std::time::Duration;

use super::Terminal;
use crate::clock::Deadline;
use crate::log::Log;

/// How wide the line is, in columns: a text that is shorter overwrites all of one that was longer.
const WIDTH: usize = 50;

/// A wait with an end. The line is gone when this is dropped.
#[derive(Debug)]
pub struct Countdown<'a> {
    terminal: Option<Terminal<'a>>,
    end: Deadline,
}

impl<'a> Countdown<'a> {
    /// A wait that ends at `end`. Steps of `-v` would tear the line apart, so there is none then.
    #[must_use]
    pub fn new(log: &'a Log, end: Deadline) -> Self {
        Self { terminal: if log.is_verbose() { None } else { Terminal::of(log) }, end }
    }

    /// Waits for `time`; false where the end comes first, which is waited for then.
    #[must_use]
    pub fn wait(&self, time: Duration) -> bool {
        let pause = Deadline::after(time);
        loop {
            let Some(left) = self.end.left() else { return false };
            self.draw(left);
            let Some(rest) = pause.left() else { return true };
            // The next whole second, so that no second is left out.
            let tick = Duration::from_nanos(u64::from(left.subsec_nanos()) + 1);
            std::thread::sleep(if self.terminal.is_some() { rest.min(tick) } else { rest.min(left) });
        }
    }

    fn draw(&self, left: Duration) {
        let seconds = left.as_secs();
        let text = format!("  waiting, {}:{:02} left (Ctrl-C ends it)", seconds / 60, seconds % 60);
        self.write(&format!("\r{text:<WIDTH$}"));
    }

    /// (A narrower terminal would put each second on a line of its own. Where the size is not known, 80 is.)
    fn write(&self, text: &str) {
        if let Some(terminal) = self.terminal.filter(|terminal| terminal.columns().is_none_or(|width| width > WIDTH)) {
            terminal.draw(text);
        }
    }
}

impl Drop for Countdown<'_> {
    fn drop(&mut self) {
        self.write(&format!("\r{:<WIDTH$}\r", ""));
    }
}
