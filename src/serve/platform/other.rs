//! Windows, and what else is not Unix.

use std::io;
use std::path::{Path, PathBuf};

use super::Peer;
use crate::inbound::Connection;
use crate::serve::Listener;

pub(in super::super) const HAS_UNIX_SOCKETS: bool = false;

/// There is none.
#[derive(Debug)]
pub enum UnixSocket {}

impl UnixSocket {
    pub(in super::super) fn bind(_path: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn path(&self) -> io::Result<PathBuf> {
        match *self {}
    }

    pub(in super::super) fn made(&self) -> Option<PathBuf> {
        match *self {}
    }

    pub(in super::super) fn accept(&self) -> io::Result<(Box<dyn Connection>, Peer)> {
        match *self {}
    }
}

/// Nothing hands any over.
pub(in super::super) fn inherited() -> io::Result<Vec<Listener>> {
    Ok(Vec::new())
}
