//! The terminal behind stderr, for what is drawn there besides lines of text.

use std::io::IsTerminal as _;

use crate::environment;
use crate::log::Log;
use crate::platform;

/// A terminal that a person sees and that can be drawn on.
#[derive(Debug, Clone, Copy)]
pub struct Terminal<'a> {
    log: &'a Log,
    /// Columns and rows, where the system tells.
    size: Option<(u16, u16)>,
}

impl<'a> Terminal<'a> {
    /// The terminal behind stderr; `None` where there is none, where nobody hears `log`, and where it is a dumb one.
    #[must_use]
    pub fn of(log: &'a Log) -> Option<Self> {
        let seen = log.is_heard() && std::io::stderr().is_terminal() && !environment::is_dumb_terminal();
        seen.then(|| Self { log, size: platform::terminal_size() })
    }

    /// Whether this many columns and rows are known to fit.
    #[must_use]
    pub fn has_room(self, columns: usize, rows: usize) -> bool {
        self.size.is_some_and(|(width, height)| columns <= usize::from(width) && rows <= usize::from(height))
    }

    /// How wide it is, where the system tells.
    #[must_use]
    pub fn columns(self) -> Option<usize> {
        self.size.map(|(width, _)| usize::from(width))
    }

    /// Draws this program's own characters.
    pub fn draw(self, text: &str) {
        self.log.draw(text);
    }
}
