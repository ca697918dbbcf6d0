//! What all connections share: settings, scripted faults, captures, the gate.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::capture::Request;
use crate::databricks::{Data, Sites};
use crate::entra::Credentials;
use crate::fault::Fault;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::sign_in::SignIns;
use crate::sts::AwsSession;
use crate::token::{Refusal, Signer, random_bytes, uuid};

pub(crate) struct State {
    pub(crate) url: String,
    pub(crate) signer: Signer,
    pub(crate) sites: Sites,
    started: Instant,
    inner: Mutex<Inner>,
    changed: Condvar,
}

/// Behind the one lock; nobody holds it while signing, sleeping or writing.
#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) registry: Registry,
    pub(crate) credentials: Credentials,
    /// The `jti`s of client assertions that were taken.
    pub(crate) assertions: HashSet<String>,
    pub(crate) requests: Vec<Request>,
    pub(crate) violations: Vec<String>,
    pub(crate) faults: VecDeque<Fault>,
    pub(crate) issued: Vec<String>,
    pub(crate) aws_sessions: HashMap<String, AwsSession>,
    pub(crate) sign_ins: SignIns,
    pub(crate) databricks: Data,
    revoked: HashSet<String>,
    held: bool,
    stopping: bool,
    connections: HashMap<u64, Arc<TcpStream>>,
    next_connection: u64,
}

impl State {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            signer: Signer::new(),
            sites: Sites::default(),
            started: Instant::now(),
            inner: Mutex::new(Inner::default()),
            changed: Condvar::new(),
        }
    }

    /// The shared data. A panic elsewhere (a failed assertion of a test) does not make it unusable.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The emulator's clock: the true time plus the clock offset.
    pub(crate) fn now(&self) -> SystemTime {
        let offset = self.lock().settings.clock_offset;
        let distance = Duration::from_secs(offset.unsigned_abs());
        if offset < 0 { SystemTime::now() - distance } else { SystemTime::now() + distance }
    }

    /// [`now`](Self::now) in epoch seconds.
    pub(crate) fn epoch(&self) -> u64 {
        self.now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    /// Keeps the request, takes the fault that is meant for it, and tells those who wait for requests.
    pub(crate) fn record(&self, mut request: Request) -> (Request, Option<Fault>) {
        let mut inner = self.lock();
        request.number = inner.requests.len() + 1;
        request.at = self.started.elapsed();
        inner.requests.push(request.clone());
        let fault = inner.take_fault(&request);
        drop(inner);
        self.changed.notify_all();
        (request, fault)
    }

    pub(crate) fn violation(&self, request: &Request, what: &str) {
        let text = format!("request {} ({} {}): {what}", request.number, request.method, request.path);
        self.lock().violations.push(text);
    }

    pub(crate) fn set_held(&self, held: bool) {
        self.lock().held = held;
        self.changed.notify_all();
    }

    /// Waits until the gate is open or the emulator stops.
    pub(crate) fn pass_gate(&self) {
        let held = |inner: &mut Inner| inner.held && !inner.stopping;
        drop(self.changed.wait_while(self.lock(), held).unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits this long, or until the emulator stops.
    pub(crate) fn pause(&self, time: Duration) {
        if !time.is_zero() {
            drop(self.changed.wait_timeout_while(self.lock(), time, |inner| !inner.stopping));
        }
    }

    /// Waits until the requests so far satisfy `enough`; false when `timeout` passes first.
    pub(crate) fn wait_for(&self, timeout: Duration, enough: impl Fn(&[Request]) -> bool) -> bool {
        let waiting = |inner: &mut Inner| !enough(&inner.requests);
        let (_inner, result) =
            self.changed.wait_timeout_while(self.lock(), timeout, waiting).unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    /// Waits until `look` finds something; `None` when `timeout` passes first.
    pub(crate) fn wait_until<T>(&self, timeout: Duration, mut look: impl FnMut(&mut Inner) -> Option<T>) -> Option<T> {
        let mut found = None;
        let waiting = |inner: &mut Inner| {
            found = look(inner);
            found.is_none()
        };
        drop(self.changed.wait_timeout_while(self.lock(), timeout, waiting).unwrap_or_else(PoisonError::into_inner));
        found
    }

    /// Tells those who wait that something has changed.
    pub(crate) fn tell(&self) {
        self.changed.notify_all();
    }

    /// Everything as it was at the start, except for signing key and open connections.
    pub(crate) fn reset(&self) {
        let mut inner = self.lock();
        let connections = std::mem::take(&mut inner.connections);
        *inner =
            Inner { connections, next_connection: inner.next_connection, stopping: inner.stopping, ..Inner::default() };
        drop(inner);
        self.changed.notify_all();
    }

    /// A token for `resource`. `version` 1 or 2 decides about issuer and claim names; `pad` bytes are added.
    pub(crate) fn issue(&self, grant: &Grant, pad: usize) -> String {
        let (tenant, now) = (&grant.tenant, self.epoch());
        // Entra dates its tokens five minutes back, for clocks that are behind.
        let from = now - 300;
        let mut claims = json!({
            "aud": grant.resource, "iat": from, "nbf": from, "exp": now + grant.lifetime,
            "idtyp": "app", "tid": tenant, "oid": object_id(&grant.client_id), "sub": object_id(&grant.client_id),
            "jti": uuid(), "uti": uuid(),
        });
        if grant.version == 1 {
            claims["iss"] = json!(format!("{}/{tenant}/", self.url));
            claims["ver"] = json!("1.0");
            claims["appid"] = json!(grant.client_id);
            claims["appidacr"] = json!("1");
        } else {
            claims["iss"] = json!(format!("{}/{tenant}/v2.0", self.url));
            claims["ver"] = json!("2.0");
            claims["azp"] = json!(grant.client_id);
            claims["azpacr"] = json!("1");
        }
        self.seal(claims, pad)
    }

    /// Signs an access token of these claims and takes it into the books; `pad` bytes are added.
    pub(crate) fn seal(&self, mut claims: Value, pad: usize) -> String {
        if pad > 0 {
            // Random, so that nothing can compress it away.
            let text: String =
                (0..pad.div_ceil(32)).flat_map(|_| random_bytes::<16>()).map(|byte| format!("{byte:02x}")).collect();
            claims["pad"] = json!(text[..pad]);
        }
        let token = self.signer.sign(&claims);
        self.lock().issued.push(token.clone());
        token
    }

    /// The claims of a token that this emulator issued, that lives and that was not revoked.
    pub(crate) fn verify(&self, token: &str) -> Result<Value, Refusal> {
        let claims = self.signer.verify(token, self.epoch())?;
        if self.lock().revoked.contains(token) { Err(Refusal::Foreign) } else { Ok(claims) }
    }

    pub(crate) fn revoke(&self, token: &str) {
        self.lock().revoked.insert(token.into());
    }

    /// Takes a new connection into the books; `None` when the emulator stops.
    pub(crate) fn open(&self, socket: Arc<TcpStream>) -> Option<u64> {
        let mut inner = self.lock();
        if inner.stopping {
            return None;
        }
        inner.next_connection += 1;
        let id = inner.next_connection;
        inner.connections.insert(id, socket);
        Some(id)
    }

    pub(crate) fn close(&self, id: u64) {
        self.lock().connections.remove(&id);
        self.changed.notify_all();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Wakes all who wait, ends all connections, and waits (10 s at most) until their threads are done.
    pub(crate) fn stop(&self) {
        let mut inner = self.lock();
        inner.stopping = true;
        for socket in inner.connections.values() {
            // An error means that the other side was faster.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
        drop(self.changed.wait_timeout_while(inner, Duration::from_secs(10), |inner| !inner.connections.is_empty()));
    }
}

/// What a token is issued for.
pub(crate) struct Grant {
    pub(crate) version: u8,
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) resource: String,
    pub(crate) lifetime: u64,
}

impl Inner {
    fn take_fault(&mut self, request: &Request) -> Option<Fault> {
        let index = self.faults.iter().position(|fault| fault.matches(request))?;
        match self.faults[index].times {
            Some(times) if times > 1 => {
                self.faults[index].times = Some(times - 1);
                Some(self.faults[index].clone())
            }
            _ => self.faults.remove(index),
        }
    }
}

/// The object id of an app's service principal: always the same for one app, different from its client id.
pub(crate) fn object_id(client_id: &str) -> String {
    client_id.chars().map(|c| c.to_digit(16).and_then(|digit| char::from_digit(digit ^ 0xf, 16)).unwrap_or(c)).collect()
}
