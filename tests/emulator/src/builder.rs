//! How an emulator is set up before it starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::emulator::Emulator;
use crate::source::Door;
use crate::state::State;
use crate::{server, tls};

/// Made by [`Emulator::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    address: SocketAddr,
    https: bool,
    names: Vec<String>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { address: (Ipv4Addr::LOCALHOST, 0).into(), https: true, names: Vec::new() }
    }

    /// The address to listen on; port 0 is any free one. Without it, `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Plain HTTP in place of HTTPS.
    pub fn http(mut self) -> Self {
        self.https = false;
        self
    }

    /// One more DNS name (or IP address) that the certificate is good for.
    pub fn extra_name(mut self, name: &str) -> Self {
        self.names.push(name.into());
        self
    }

    /// Starts to listen. An address that is not loopback is an error of kind `InvalidInput`.
    pub fn start(self) -> io::Result<Emulator> {
        let listener = server::bind(self.address)?;
        let address = listener.local_addr()?;
        let scheme = if self.https { "https" } else { "http" };
        let (ca_pem, tls) = tls::make(&self.names)?;
        let state = Arc::new(State::new(format!("{scheme}://localhost:{}", address.port())));
        let tls = self.https.then_some(tls);
        let thread = server::spawn(listener, tls.clone(), Door::Main, Arc::clone(&state))?;
        Ok(Emulator::new(state, address, ca_pem, thread, tls))
    }
}
