//! A connection that takes no longer than it may.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long the other side may take to go, once it has its answer.
const LEAVING: Duration = Duration::from_secs(1);
/// What it may still send in that time, in bytes.
const LEFTOVERS: u64 = 1 << 20;

/// A connection of any kind.
pub trait Connection: Read + Write + Send {
    /// See [`TcpStream::set_read_timeout`].
    ///
    /// # Errors
    /// What the system says.
    fn set_read_timeout(&self, limit: Duration) -> io::Result<()>;

    /// See [`TcpStream::set_write_timeout`].
    ///
    /// # Errors
    /// What the system says.
    fn set_write_timeout(&self, limit: Duration) -> io::Result<()>;

    /// Says that nothing more is written.
    ///
    /// # Errors
    /// What the system says.
    fn end_writing(&self) -> io::Result<()>;
}

impl Connection for TcpStream {
    fn set_read_timeout(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }

    fn set_write_timeout(&self, limit: Duration) -> io::Result<()> {
        self.set_write_timeout(Some(limit))
    }

    fn end_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

/// A connection that has to be read by a time.
pub struct Timed<'a> {
    connection: &'a mut dyn Connection,
    end: Instant,
    /// What is left from the first byte on, where that begins a time of its own.
    then: Option<Duration>,
}

impl<'a> Timed<'a> {
    /// All reads together take `limit` at most.
    pub fn new(connection: &'a mut dyn Connection, limit: Duration) -> Self {
        Self { connection, end: Instant::now() + limit, then: None }
    }

    /// The first byte may take as long as `idle`; the rest has to come within `limit` from there.
    pub fn idle(connection: &'a mut dyn Connection, idle: Duration, limit: Duration) -> Self {
        Self { then: Some(limit), ..Self::new(connection, idle) }
    }

    /// Whether nothing has come yet.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.then.is_some()
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.connection.set_read_timeout(left)?;
        let count = self.connection.read(buffer)?;
        if count > 0
            && let Some(limit) = self.then.take()
        {
            self.end = Instant::now() + limit;
        }
        Ok(count)
    }
}

/// Sends the last bytes of a connection, and reads what is still on its way: unread input would make the system reset
/// it, and the other side would never see them.
pub fn send_last(connection: &mut dyn Connection, bytes: &[u8]) {
    if connection.write_all(bytes).and_then(|()| connection.end_writing()).is_ok() {
        let rest = Timed::new(connection, LEAVING);
        let _ = io::copy(&mut rest.take(LEFTOVERS), &mut io::sink());
    }
}
