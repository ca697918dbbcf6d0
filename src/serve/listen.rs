//! Where the server listens: an address of this machine, a socket in the file system, or what the system has opened for
//! it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::str::FromStr;

use super::platform::{self, Peer, UnixSocket};
use crate::error::{Error, Kind, Result};
use crate::inbound::Connection;

/// What `--listen` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An address and a port; 0 is any free one.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// A socket that is listened on.
#[derive(Debug)]
pub enum Listener {
    /// See [`Address::Tcp`].
    Tcp(TcpListener),
    /// See [`Address::Unix`].
    Unix(UnixSocket),
}

impl Address {
    /// Where the server is unless something else is said.
    pub const USUAL: &'static str = "127.0.0.1:8790";

    /// Any free port of this machine's own address.
    pub const ANY: Self = Self::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));

    /// Whether nothing but this machine can come there.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        const FORM: &str = "give an address and a port, such as 127.0.0.1:8790, or unix:PATH";
        match text.strip_prefix("unix:") {
            Some("") => Err(FORM.to_owned()),
            Some(_) if !platform::HAS_UNIX_SOCKETS => Err("this system has no such sockets".to_owned()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.replacen("localhost", "127.0.0.1", 1).parse().map(Self::Tcp).map_err(|_| FORM.to_owned()),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Listener {
    /// Listens at `address`.
    ///
    /// # Errors
    /// Configuration: it is taken or forbidden.
    pub fn bind(address: &Address) -> Result<Self> {
        let bound = match address {
            Address::Tcp(address) => TcpListener::bind(address).map(Self::Tcp),
            Address::Unix(path) => UnixSocket::bind(path).map(Self::Unix),
        };
        bound.map_err(|error| {
            let next = match error.kind() {
                io::ErrorKind::AddrInUse => "end what listens there (another jeton serve?), or give another --listen",
                _ => "give another --listen",
            };
            Error::configuration(format!("nothing can listen at {address}: {error}")).hint(next)
        })
    }

    /// The sockets that systemd opened for this process (sd_listen_fds(3)); none where it did not.
    ///
    /// # Errors
    /// Configuration: it was handed what is no listening socket.
    pub fn inherited() -> Result<Vec<Self>> {
        platform::inherited().map_err(|error| {
            Error::configuration(format!("a socket in LISTEN_FDS can't be used: {error}"))
                .hint("its unit needs ListenStream= with an address or a path, and Accept=no")
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> Result<Address> {
        let told = match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(socket) => socket.path().map(Address::Unix),
        };
        told.map_err(|error| {
            Error::new(Kind::Failed, format!("the system does not say where it listens: {error}")).hint("try again")
        })
    }

    /// The file that is to be removed at the end.
    pub(super) fn made(&self) -> Option<PathBuf> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(socket) => socket.made(),
        }
    }

    /// The next connection, whose it is, and the address by which it came (none of a socket in the file system).
    pub(super) fn accept(&self) -> io::Result<(Box<dyn Connection>, Peer, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, remote) = listener.accept()?;
                let local = stream.local_addr()?;
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Peer::of_tcp(remote, local), Some(local.ip())))
            }
            Self::Unix(socket) => {
                let (stream, peer) = socket.accept()?;
                Ok((stream, peer, None))
            }
        }
    }
}
