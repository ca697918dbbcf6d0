//! What differs between operating systems: sockets in the file system, sockets that are handed over, and who is at the
//! other end of a connection.

#[cfg(not(target_os = "linux"))]
mod nobody;
#[cfg(not(unix))]
mod other;
#[cfg(target_os = "linux")]
mod proc;
#[cfg(unix)]
mod unix;

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) use nobody::of_socket;
#[cfg(not(target_os = "linux"))]
pub(super) use nobody::of_tcp;
#[cfg(not(unix))]
pub(super) use other::*;
#[cfg(target_os = "linux")]
pub(super) use proc::{of_socket, of_tcp};
#[cfg(unix)]
pub(super) use unix::*;

use std::fmt;
use std::net::SocketAddr;

/// Who is at the other end.
pub(super) struct Peer {
    /// How it came.
    remote: Option<(SocketAddr, SocketAddr)>,
    /// Its process, where the system tells, and the program's name.
    process: Option<(u32, String)>,
}

impl Peer {
    pub(super) fn of_tcp(remote: SocketAddr, local: SocketAddr) -> Self {
        Self { remote: Some((remote, local)), process: None }
    }

    #[allow(dead_code)]
    pub(super) fn of_process(process: Option<(u32, String)>) -> Self {
        Self { remote: None, process }
    }

    /// The same with its process looked up.
    pub(super) fn named(self) -> Self {
        let found = self.remote.and_then(|(remote, local)| of_tcp(remote, local));
        Self { process: self.process.or(found), ..self }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.remote {
            Some((remote, _)) => write!(f, "{remote}")?,
            None => f.write_str("unix")?,
        }
        match &self.process {
            Some((pid, program)) => write!(f, " pid {pid} ({program})"),
            None => f.write_str(" pid ?"),
        }
    }
}
