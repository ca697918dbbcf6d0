//! The one HTTP client: roots, proxies, time-outs and repeats, the same for every flow.
//!
//! [`Http::send`] gives back every status as an [`Answer`], because OAuth tells its errors in the bodies of 4xx answers;
//! an error means that there was no complete answer. Building an [`Http`] costs nothing: environment and roots are read
//! at the first call that needs them, never for a token from the cache.
//!
//! Bodies are wiped from memory here. Headers, and the copies in the buffers of the HTTP and TLS libraries, are not.

mod call;
mod fault;
mod form;
mod ids;
mod pinned;
mod proxy;
mod retry;
mod target;
mod trust;

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, HeaderValue, Request};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody};
use zeroize::Zeroizing;

pub use call::{Answer, Body, Call, Method, Repeat, Retry, Via};
pub use form::with_query;
pub(crate) use form::{decode, encode, path_segment};
pub(crate) use ids::random_bytes;
pub use ids::uuid_v4;
pub use pinned::Thumbprint;

use self::fault::{Fault, Reached};
use self::proxy::{ProxySettings, Route};
use self::target::Target;
use self::trust::{Trust, TrustSettings};
use crate::clock::{self, Deadline};
use crate::error::{Error, Result};
use crate::log::Log;
use crate::secret::Secret;

/// What every call says of itself.
const USER_AGENT: &str = concat!("jeton/", env!("CARGO_PKG_VERSION"));

/// The longest body that is read: 1 MiB. Token answers have a few KiB.
const LONGEST_BODY: usize = 1 << 20;

/// What can be set about the client.
#[derive(Debug, Clone, Copy)]
pub struct HttpOptions {
    /// The bound for resolving a name, and for making a connection (with TLS) after it.
    pub connect_timeout: Duration,
}

impl Default for HttpOptions {
    /// 10 s.
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(10) }
    }
}

/// What the environment says, read at the first call.
#[derive(Debug, Default)]
struct Settings {
    proxy: ProxySettings,
    trust: Trust,
}

/// The HTTP client.
#[derive(Debug)]
pub struct Http {
    options: HttpOptions,
    settings: OnceLock<Settings>,
}

/// A call in the form of the HTTP library, ready to be sent more than once.
struct Prepared {
    method: Method,
    target: Target,
    route: Route,
    headers: HeaderMap,
    body: Option<Zeroizing<String>>,
    request_id: String,
    /// The bound for resolving a name, and for making a connection after it.
    connect: Duration,
    pin: Option<Thumbprint>,
    deadline: Deadline,
    start: Instant,
}

impl Http {
    /// A client. Nothing is read or opened before the first call.
    #[must_use]
    pub fn new(options: HttpOptions) -> Self {
        Self { options, settings: OnceLock::new() }
    }

    /// Makes the call, again where that is harmless and useful, and gives the last answer, whatever its status.
    ///
    /// How often and after what is told by [`Retry`]; after a request that the server may have got, only if
    /// [`Call::repeat`] allows it. In between it waits as long as the server asks (`Retry-After`), or about 0.5, 1 and 2 s
    /// (longer for [`Retry::Metadata`]). A wait that would not end before the deadline is not begun.
    ///
    /// # Errors
    /// Network: no complete answer. Configuration: a URL that secrets must not go to, a proxy or CA file that is wrong.
    pub fn send(&self, call: &Call<'_>, log: &Log) -> Result<Answer> {
        let prepared = self.prepare(call)?;
        let mut done = 0;
        loop {
            if call.deadline.left().is_none() {
                return Err(Error::network(format!("no time is left to call {}", prepared.target.host))
                    .hint("allow more time with JETON_TIMEOUT"));
            }
            let outcome = self.attempt(&prepared, log);
            let (again, status, asked) = match &outcome {
                Ok(answer) => {
                    let asked = answer.retry_after.map(Duration::from_secs);
                    (call.retry.after_status(answer.status), answer.status, asked)
                }
                Err(fault) => (call.retry.after_fault(fault.again), 0, None),
            };
            let finished = || outcome_of(outcome, &prepared);
            let most = call.retry.most(status);
            if done >= most || !again.allows(call.repeat) {
                return finished();
            }
            let wait = asked.map_or_else(|| call.retry.delay(done, status), Ok)?;
            if call.deadline.left().is_none_or(|left| left <= wait) {
                log.step(|| format!("not tried again: waiting {:.1} s would take too long", wait.as_secs_f64()));
                return finished();
            }
            done += 1;
            log.step(|| format!("trying again in {:.1} s ({done} of {most})", wait.as_secs_f64()));
            std::thread::sleep(wait);
        }
    }

    /// The proxy that the environment names: the variable, and its value without a password.
    ///
    /// # Errors
    /// A value that is no address of an HTTP proxy.
    pub fn proxy(&self) -> Result<Option<(&'static str, String)>> {
        self.settings().proxy.named()
    }

    /// By which way a call to `url` goes, in words.
    ///
    /// # Errors
    /// A URL that secrets must not go to, a proxy that is wrong.
    pub fn way_to(&self, url: &str) -> Result<String> {
        let route = self.settings().proxy.route(&Target::new(url, Via::Environment)?)?;
        Ok(match route {
            Route::Local => "on this machine".to_owned(),
            Route::Open => "without a proxy".to_owned(),
            Route::Exempt(variable) => format!("without the proxy in {variable}, as NO_PROXY says"),
            Route::Proxy { shown, variable, .. } => format!("by the proxy {shown} ({variable})"),
        })
    }

    /// The files and folders that variables name for root certificates, by variable, with how many certificates are in
    /// each, or why there are none.
    #[must_use]
    pub fn root_files(&self) -> Vec<(&'static str, PathBuf, std::result::Result<usize, String>)> {
        self.settings().trust.named()
    }

    fn settings(&self) -> &Settings {
        self.settings.get_or_init(|| Settings {
            proxy: ProxySettings::read(|name| std::env::var_os(name)),
            trust: Trust::new(TrustSettings::read(|name| std::env::var_os(name))),
        })
    }

    fn prepare(&self, call: &Call<'_>) -> Result<Prepared> {
        let target = Target { hides_path: call.hides_path, ..Target::new(call.url, call.via)? };
        let route = match call.via {
            Via::Direct => Route::Local,
            Via::Environment => self.settings().proxy.route(&target)?,
        };
        let mut headers = HeaderMap::new();
        set_header(&mut headers, "accept", "application/json", false)?;
        let (body, content_type) = match &call.body {
            Body::None if matches!(call.method, Method::Get | Method::Delete) => (None, None),
            Body::None => (Some(Zeroizing::default()), None),
            Body::Form(pairs) => (Some(form::encode(pairs)), Some("application/x-www-form-urlencoded")),
            Body::Json(text) => (Some(Zeroizing::new((*text).to_owned())), Some("application/json")),
        };
        if let Some(content_type) = content_type {
            set_header(&mut headers, "content-type", content_type, false)?;
        }
        if call.client_request_id {
            set_header(&mut headers, "client-request-id", &uuid_v4()?, false)?;
            set_header(&mut headers, "return-client-request-id", "true", false)?;
        }
        for (name, value) in &call.headers {
            set_header(&mut headers, name, value, false)?;
        }
        for (name, value) in &call.secret_headers {
            set_header(&mut headers, name, value.expose(), true)?;
        }
        // (Ours, or the caller's.)
        let request_id =
            headers.get("client-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Prepared {
            method: call.method,
            target,
            route,
            headers,
            body,
            request_id,
            connect: call.retry.connect_timeout(self.options.connect_timeout),
            pin: call.pin,
            deadline: call.deadline,
            start: Instant::now(),
        })
    }

    /// One attempt, and a step in the log about it.
    fn attempt(&self, prepared: &Prepared, log: &Log) -> std::result::Result<Answer, Fault> {
        let begun = Instant::now();
        let outcome = self.exchange_verified(prepared, log);
        log.step(|| {
            let end = match &outcome {
                Ok(answer) => format!("status {}", answer.status),
                Err(fault) => fault.error.message.clone(),
            };
            let by = match &prepared.route {
                Route::Proxy { shown, variable, .. } => format!(" by the proxy {shown} ({variable})"),
                _ => String::new(),
            };
            let id = match prepared.request_id.as_str() {
                "" => String::new(),
                id => format!(", client-request-id {id}"),
            };
            let passed = begun.elapsed().as_millis();
            format!("{} {}{by}: {end} in {passed} ms{id}", prepared.method.as_str(), prepared.target.shown())
        });
        outcome
    }

    /// One attempt, with one set of roots after the other: a server that one set does not verify has been sent nothing.
    fn exchange_verified(&self, prepared: &Prepared, log: &Log) -> std::result::Result<Answer, Fault> {
        if !prepared.target.https || prepared.pin.is_some() {
            return exchange(&agent(prepared, None), prepared);
        }
        let mut unverified: Option<Fault> = None;
        for number in 0..trust::SETS {
            let Some(roots) = self.settings().trust.set(number, log)? else { continue };
            match exchange(&agent(prepared, Some(roots)), prepared) {
                Err(fault) if fault.reached == Reached::Unverified => {
                    unverified = Some(match unverified {
                        Some(earlier) => earlier.or_more_telling(fault),
                        None => fault,
                    });
                }
                outcome => return outcome,
            }
        }
        Err(unverified.unwrap_or_else(|| Error::configuration("there are no root certificates").into()))
    }
}

/// The library's client for one attempt. (Building it takes microseconds; the roots are shared.)
fn agent(prepared: &Prepared, roots: Option<&RootCerts>) -> Agent {
    // Zero would mean "no bound".
    let left = prepared.deadline.left().unwrap_or_default().max(Duration::from_millis(1));
    let connect = prepared.connect.clamp(Duration::from_millis(1), left);
    let proxy = match &prepared.route {
        Route::Proxy { proxy, .. } => Some(proxy.clone()),
        Route::Local | Route::Open | Route::Exempt(_) => None,
    };
    let tls = TlsConfig::builder().root_certs(roots.cloned().unwrap_or(RootCerts::WebPki)).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .https_only(prepared.target.https)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(USER_AGENT)
        .timeout_global(Some(left))
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .build();
    match prepared.pin {
        Some(pin) => pinned::agent(config, pin),
        None => config.new_agent(),
    }
}

/// Sends the request and reads the whole answer.
fn exchange(agent: &Agent, prepared: &Prepared) -> std::result::Result<Answer, Fault> {
    let sent = match &prepared.body {
        Some(body) => run(agent, prepared, body.as_bytes()),
        None => run(agent, prepared, ()),
    };
    let read = sent.and_then(|response| {
        let (parts, mut body) = response.into_parts();
        let text = read_body(&mut body)?;
        Ok((parts, text))
    });
    let fail = |error| fault::explain(error, &prepared.target, &prepared.route, prepared.start.elapsed());
    let (parts, body) = read.map_err(fail)?;
    let Some(body) = body else {
        let host = &prepared.target.host;
        return Err(Error::network(format!("{host} answers with more than {LONGEST_BODY} bytes"))
            .hint("see whether a proxy or a sign-in page of this network answers in place of the host")
            .into());
    };
    Ok(answer(parts.status.as_u16(), parts.headers, body, prepared.request_id.clone()))
}

fn run(
    agent: &Agent,
    prepared: &Prepared,
    body: impl AsSendBody,
) -> std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let mut request =
        Request::builder().method(prepared.method.as_str()).uri(prepared.target.uri.clone()).body(body)?;
    *request.headers_mut() = prepared.headers.clone();
    agent.run(request)
}

/// The whole body, or `None` if it is longer than [`LONGEST_BODY`]. The buffer grows by hand, so that what it outgrows is
/// wiped. A body that is shorter than its `Content-Length` is an error of the library's reader.
fn read_body(body: &mut ureq::Body) -> std::result::Result<Option<Secret>, ureq::Error> {
    const FIRST: usize = 16 * 1024;
    let expected = body.content_length().and_then(|length| usize::try_from(length).ok());
    if expected.is_some_and(|length| length > LONGEST_BODY) {
        return Ok(None);
    }
    let mut reader = body.as_reader();
    // One byte more than is expected, so that the end is found without growing.
    let mut bytes = Zeroizing::new(vec![0; expected.map_or(FIRST, |length| length + 1)]);
    let mut filled = 0;
    loop {
        if filled == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; 2 * filled]);
            larger[..filled].copy_from_slice(&bytes);
            bytes = larger;
        }
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        if filled > LONGEST_BODY {
            return Ok(None);
        }
    }
    bytes.truncate(filled);
    let text = String::from_utf8(std::mem::take(&mut *bytes)).unwrap_or_else(|error| {
        let bytes = Zeroizing::new(error.into_bytes());
        String::from_utf8_lossy(&bytes).into_owned()
    });
    Ok(Some(Secret::new(text)))
}

fn answer(status: u16, headers: HeaderMap, body: Secret, request_id: String) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let server_request_id = ["x-ms-request-id", "x-amzn-requestid", "x-request-id"].into_iter().find_map(text);
    let now = clock::now();
    let date = text("date").and_then(|value| retry::http_date(&value));
    let retry_after = text("retry-after").and_then(|value| retry::retry_after(&value, date, now));
    Answer {
        status,
        body,
        request_id,
        server_request_id,
        content_type: text("content-type"),
        retry_at: retry_after.map(|seconds| now.saturating_add(seconds)),
        date,
        retry_after,
        headers,
    }
}

/// An answer as it is; an error with the id that support may ask for, if the server may have seen it.
fn outcome_of(outcome: std::result::Result<Answer, Fault>, prepared: &Prepared) -> Result<Answer> {
    outcome.map_err(|fault| match fault.reached {
        Reached::Server => fault.error.detail("correlation id", &prepared.request_id),
        Reached::Nobody | Reached::Unverified => fault.error,
    })
}

fn set_header(headers: &mut HeaderMap, name: &str, value: &str, secret: bool) -> Result<()> {
    // The value is not shown: it may be secret.
    let illegal =
        || Error::configuration(format!("the value of the HTTP header {name} has characters it must not have"));
    let name: ureq::http::HeaderName = name.parse().map_err(|_| illegal())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| illegal())?;
    value.set_sensitive(secret);
    headers.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests;
