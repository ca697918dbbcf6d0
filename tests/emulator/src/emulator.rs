//! The handle on a running emulator.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;

use crate::builder::Builder;
use crate::capture::Request;
use crate::databricks::SiteListeners;
use crate::fault::Fault;
use crate::managed_identity::Listeners;
use crate::registry::App;
use crate::settings::{Settings, Shape};
use crate::state::{Grant, State};

/// A running emulator; it stops when this is dropped.
pub struct Emulator {
    pub(crate) state: Arc<State>,
    address: SocketAddr,
    ca_pem: String,
    thread: Option<JoinHandle<()>>,
    pub(crate) listeners: Listeners,
    pub(crate) site_listeners: SiteListeners,
}

impl Emulator {
    pub(crate) fn new(
        state: Arc<State>,
        address: SocketAddr,
        ca_pem: String,
        thread: JoinHandle<()>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let site_listeners = SiteListeners::new(tls);
        Self { state, address, ca_pem, thread: Some(thread), listeners: Listeners::default(), site_listeners }
    }

    /// HTTPS on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is no such port; use [`builder`](Self::builder) to handle that.
    pub fn start() -> Self {
        Self::builder().start().expect("a free port on 127.0.0.1")
    }

    /// Sets up an emulator with another address, plain HTTP, or more names.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// `https://localhost:PORT`, the authority to use.
    pub fn url(&self) -> &str {
        &self.state.url
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate authority to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Writes [`ca_pem`](Self::ca_pem) to a file.
    pub fn write_ca(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, &self.ca_pem)
    }

    // ---- apps and tenants

    /// Adds an app, or replaces the one of the same client id.
    pub fn add_app(&self, app: App) {
        self.state.lock().registry.add_app(app);
    }

    /// Adds a tenant that goes by its GUID and these domains, or replaces the one of the same GUID.
    pub fn add_tenant(&self, id: &str, domains: &[&str]) {
        self.state.lock().registry.add_tenant(id, domains);
    }

    // ---- settings

    /// The standing settings.
    pub fn settings(&self) -> Settings {
        self.state.lock().settings.clone()
    }

    /// Changes the standing settings.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state.lock().settings);
    }

    /// Seconds that tokens issued from now on live.
    pub fn set_lifetime(&self, seconds: u64) {
        self.change_settings(|settings| settings.lifetime = seconds);
    }

    /// `refresh_in` of success bodies, in seconds.
    pub fn set_refresh_in(&self, seconds: Option<u64>) {
        self.change_settings(|settings| settings.refresh_in = seconds);
    }

    /// How success bodies are bent.
    pub fn set_shape(&self, shape: Shape) {
        self.change_settings(|settings| settings.shape = shape);
    }

    /// Time before every answer.
    pub fn set_latency(&self, latency: Duration) {
        let latency = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.change_settings(|settings| settings.latency_ms = latency);
    }

    /// Seconds by which the emulator's clock is ahead of the true time (or, when negative, behind).
    pub fn set_clock_offset(&self, seconds: i64) {
        self.change_settings(|settings| settings.clock_offset = seconds);
    }

    // ---- faults and the gate

    /// Adds a fault for the next token request (or, with [`Fault::on`], for the next request to a path). Faults are
    /// used up in the order in which they were added.
    pub fn script(&self, fault: Fault) {
        self.state.lock().faults.push_back(fault);
    }

    /// Adds a fault for the next request whose path begins with `path_prefix`; `"/"` means exactly `/`.
    pub fn script_for(&self, path_prefix: &str, fault: Fault) {
        self.script(fault.on(path_prefix));
    }

    /// How many faults wait; one that happens several times counts once.
    pub fn scripted(&self) -> usize {
        self.state.lock().faults.len()
    }

    /// Holds back the answers to token requests until [`release`](Self::release).
    pub fn hold(&self) {
        self.state.set_held(true);
    }

    /// Lets the answers go.
    pub fn release(&self) {
        self.state.set_held(false);
    }

    /// Blocks until `count` token requests have arrived (answered or not); false when `timeout` passes first.
    pub fn wait_for_requests(&self, count: usize, timeout: Duration) -> bool {
        self.wait_for(timeout, |requests| requests.iter().filter(|request| request.is_token_request()).count() >= count)
    }

    /// Blocks until the requests so far satisfy `enough`; false when `timeout` passes first.
    pub fn wait_for(&self, timeout: Duration, enough: impl Fn(&[Request]) -> bool) -> bool {
        self.state.wait_for(timeout, enough)
    }

    // ---- captures

    /// All requests so far (control requests aside).
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().requests.clone()
    }

    /// The requests to token endpoints.
    pub fn token_requests(&self) -> Vec<Request> {
        self.state.lock().requests.iter().filter(|request| request.is_token_request()).cloned().collect()
    }

    /// How many requests there were to token endpoints.
    pub fn token_count(&self) -> usize {
        self.state.lock().requests.iter().filter(|request| request.is_token_request()).count()
    }

    /// How many requests there were in all; with one token request and nothing else, 1.
    pub fn count(&self) -> usize {
        self.state.lock().requests.len()
    }

    /// What a careful client would not have sent: `scope` to v1, doubled or unknown fields, a wrong content type, no
    /// `client-request-id`, an assertion used twice, a metadata request without its header or with a secret in its query;
    /// for Databricks: a token at a host that it was not made for, one
    /// without `lifetime_seconds`, `PUT` on permissions; for users: no `state`, no PKCE, reserved scopes left out, a secret in a URL, a code or a
    /// refused refresh token sent again, a device code polled too fast or after its end.
    pub fn violations(&self) -> Vec<String> {
        self.state.lock().violations.clone()
    }

    /// Forgets requests, violations and the lists of issued tokens; settings, faults and sign-ins stay.
    pub fn clear(&self) {
        let mut inner = self.state.lock();
        inner.requests.clear();
        inner.violations.clear();
        inner.issued.clear();
        inner.sign_ins.refresh_order.clear();
        inner.sign_ins.refresh_reuses = 0;
    }

    /// Everything as at the start; key, CA and address stay.
    pub fn reset(&self) {
        self.state.reset();
    }

    // ---- tokens

    /// The tokens issued so far, oldest first.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.state.lock().issued.clone()
    }

    /// A v2 token for `resource`, made without a request; `lifetime` in seconds, 0 for one that has expired.
    pub fn issue(&self, tenant: &str, client_id: &str, resource: &str, lifetime: u64) -> String {
        let grant = Grant {
            version: 2,
            tenant: tenant.into(),
            client_id: client_id.into(),
            resource: resource.into(),
            lifetime,
        };
        self.state.issue(&grant, 0)
    }

    /// Makes Kubernetes and STS refuse this token from now on.
    pub fn revoke(&self, token: &str) {
        self.state.revoke(token);
    }

    /// Whether this emulator issued the token, it lives, and it was not revoked.
    pub fn is_valid(&self, token: &str) -> bool {
        self.state.verify(token).is_ok()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.state.stop();
        // The listener waits for a connection; this one tells it to look around.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            // It panics for no reason of the test's.
            let _ = thread.join();
        }
    }
}
