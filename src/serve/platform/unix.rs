//! Linux, macOS and the BSDs.

use std::io;
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use listenfd::ListenFd;

use super::{Peer, of_socket};
use crate::inbound::Connection;
use crate::serve::Listener;

pub(in super::super) const HAS_UNIX_SOCKETS: bool = true;

/// A socket in the file system, for its owner alone.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    /// Where it was made; nothing where it was handed over.
    made: Option<PathBuf>,
}

impl UnixSocket {
    /// Makes it. One that a killed server left is replaced; one that is answered is not.
    pub(in super::super) fn bind(path: &Path) -> io::Result<Self> {
        if path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_socket()) {
            if UnixStream::connect(path).is_ok() {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, made: Some(path.to_owned()) })
    }

    pub(in super::super) fn path(&self) -> io::Result<PathBuf> {
        Ok(self.listener.local_addr()?.as_pathname().unwrap_or(Path::new("?")).to_owned())
    }

    /// What is to be removed at the end.
    pub(in super::super) fn made(&self) -> Option<PathBuf> {
        self.made.clone()
    }

    pub(in super::super) fn accept(&self) -> io::Result<(Box<dyn Connection>, Peer)> {
        let (stream, _) = self.listener.accept()?;
        let peer = Peer::of_process(of_socket(&stream));
        Ok((Box::new(stream), peer))
    }
}

impl Connection for UnixStream {
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

/// The sockets of `LISTEN_FDS`, which is taken out of the environment.
pub(in super::super) fn inherited() -> io::Result<Vec<Listener>> {
    let mut given = ListenFd::from_env();
    let mut listeners = Vec::new();
    for at in 0..given.len() {
        let listener = match given.take_tcp_listener(at) {
            Ok(listener) => listener.map(Listener::Tcp),
            Err(_) => given.take_unix_listener(at)?.map(|listener| Listener::Unix(UnixSocket { listener, made: None })),
        };
        listeners.extend(listener);
    }
    Ok(listeners)
}
