//! The listeners of their own that managed identity endpoints have, started when they are first asked for.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;

use super::ServiceFabric;
use crate::source::{Door, Source};
use crate::state::State;
use crate::{server, tls};

#[derive(Default)]
pub(crate) struct Listeners {
    plain: OnceLock<Listener>,
    service_fabric: OnceLock<(Listener, String)>,
}

impl Listeners {
    pub(super) fn plain(&self, state: &Arc<State>) -> String {
        let listener = self.plain.get_or_init(|| Listener::start(None, Door::ManagedIdentity, state));
        format!("http://{}", listener.address)
    }

    pub(super) fn service_fabric(&self, state: &Arc<State>) -> ServiceFabric {
        let (listener, thumbprint) = self.service_fabric.get_or_init(|| {
            let (tls, thumbprint) = tls::self_signed().expect("a certificate");
            (Listener::start(Some(tls), Door::ServiceFabric, state), thumbprint)
        });
        ServiceFabric {
            url: format!("https://{}{}", listener.address, Source::ServiceFabric.path()),
            thumbprint: thumbprint.clone(),
        }
    }
}

/// A listener of its own, which ends after the emulator does.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn start(tls: Option<Arc<ServerConfig>>, door: Door, state: &Arc<State>) -> Self {
        let listener = server::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("a bound listener has an address");
        let thread = server::spawn(listener, tls, door, Arc::clone(state)).expect("a thread");
        Self { address, thread: Some(thread) }
    }
}

/// Runs after [`State::stop`], because the emulator's own `drop` comes before that of its fields.
impl Drop for Listener {
    fn drop(&mut self) {
        // The listener waits for a connection; this one tells it to look around.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            // It panics for no reason of the test's.
            let _ = thread.join();
        }
    }
}
