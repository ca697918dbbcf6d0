//! Accepts connections, a thread for each, and answers their requests one after another.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::capture::Request;
use crate::fault::{Fault, Kind};
use crate::source::{self, Door};
use crate::state::State;
use crate::wire::{self, Incoming, Response};
use crate::{acr, control, databricks, entra, feeds, git, google, kubernetes, managed_identity, oidc, sts};

/// Connections that may wait to be accepted. std asks for 128; 200 clients that start at once would then wait for a
/// second, because the kernel drops and repeats what does not fit.
const BACKLOG: i32 = 4096;

/// Enough for TLS and JSON in a debug build; hundreds of threads stay cheap.
const STACK: usize = 512 * 1024;

pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let text = format!("the emulator listens on loopback addresses only, not on {}", address.ip());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let listener = TcpListener::bind(address)?;
    socket2::SockRef::from(&listener).listen(BACKLOG)?;
    Ok(listener)
}

/// Starts the thread that accepts; it ends at the first connection after [`State::stop`].
pub(crate) fn spawn(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    door: Door,
    state: Arc<State>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("emulator".into()).spawn(move || {
        while !state.is_stopping() {
            match listener.accept() {
                Ok((socket, peer)) => connection(socket, (peer, door), tls.clone(), Arc::clone(&state)),
                // Out of file descriptors, most likely: let others finish.
                Err(_) => state.pause(Duration::from_millis(10)),
            }
        }
    })
}

fn connection(socket: TcpStream, peer: (SocketAddr, Door), tls: Option<Arc<ServerConfig>>, state: Arc<State>) {
    let socket = Arc::new(socket);
    let Some(id) = state.open(Arc::clone(&socket)) else { return };
    let worker_state = Arc::clone(&state);
    let worker = thread::Builder::new().name(format!("connection {id}")).stack_size(STACK).spawn(move || {
        // What goes wrong here is the client's choice (a closed connection, no trust in the CA); it will say so.
        let _ = talk(&socket, peer, tls, &worker_state);
        // Before the books are closed, so that the last owner is gone when `stop` returns.
        drop(socket);
        worker_state.close(id);
    });
    if worker.is_err() {
        state.close(id);
    }
}

fn talk(
    socket: &Arc<TcpStream>,
    peer: (SocketAddr, Door),
    tls: Option<Arc<ServerConfig>>,
    state: &State,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let plain = Shared(Arc::clone(socket));
    let Some(tls) = tls else { return serve(plain, socket, peer, state).map(|_| ()) };
    let session = ServerConnection::new(tls).map_err(io::Error::other)?;
    if let Some(mut stream) = serve(StreamOwned::new(session, plain), socket, peer, state)? {
        stream.conn.send_close_notify();
        stream.flush()?;
    }
    Ok(())
}

/// The socket, readable and writable while others hold it too (to shut it down).
struct Shared(Arc<TcpStream>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

/// Answers until the client or a fault ends the connection. Gives the stream back for a polite end.
fn serve<S: Read + Write>(
    mut stream: S,
    socket: &TcpStream,
    peer: (SocketAddr, Door),
    state: &State,
) -> io::Result<Option<S>> {
    let mut buffer = Vec::new();
    while let Some(incoming) = wire::read_request(&mut stream, &mut buffer)? {
        let (keep_alive, with_body) = (incoming.keep_alive, incoming.method != "HEAD");
        let answer = answer(state, to_request(incoming, peer));
        match answer.end {
            End::Whole => {
                stream.write_all(&answer.response.to_bytes(&answer.date, !keep_alive, with_body))?;
                stream.flush()?;
                if !keep_alive {
                    return Ok(Some(stream));
                }
            }
            End::Cut => {
                let bytes = answer.response.to_bytes(&answer.date, !keep_alive, true);
                stream.write_all(&bytes[..bytes.len() - answer.response.body.len().div_ceil(2)])?;
                stream.flush()?;
                socket.shutdown(Shutdown::Write)?;
                return Ok(None);
            }
            End::Reset => {
                // Closing with no time to linger sends RST, not FIN.
                socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
                return Ok(None);
            }
            End::Hang => {
                let mut ignored = [0; 1024];
                let mut socket = socket;
                while socket.read(&mut ignored)? > 0 {}
                return Ok(None);
            }
        }
    }
    Ok(Some(stream))
}

fn to_request(incoming: Incoming, (peer, door): (SocketAddr, Door)) -> Request {
    let (path, query) = incoming.target.split_once('?').unwrap_or((&incoming.target, ""));
    let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect::<Vec<_>>();
    let mut request = Request {
        number: 0,
        at: Duration::ZERO,
        method: incoming.method,
        path: path.to_owned(),
        query: pairs(query.as_bytes()),
        headers: incoming.headers,
        body: incoming.body,
        form: Vec::new(),
        peer,
        door,
    };
    if request.is_form() {
        request.form = pairs(&request.body);
    }
    request
}

/// How much of an answer is sent.
enum End {
    Whole,
    Cut,
    Reset,
    Hang,
}

struct Answer {
    response: Response,
    date: String,
    end: End,
}

fn answer(state: &State, request: Request) -> Answer {
    if control::is_control(&request) {
        let response = control::answer(state, &request);
        return Answer { response, date: httpdate::fmt_http_date(state.now()), end: End::Whole };
    }
    let (request, fault) = state.record(request);
    let fault = fault.unwrap_or_default();
    entra::check_user_side(state, &request);
    databricks::check(state, &request);
    if request.is_token_request() {
        if !databricks::is_databricks(&request) {
            entra::check(state, &request);
        }
        state.pass_gate();
    } else if let Some(source) = request.source() {
        source::check(state, &request, source);
        state.pass_gate();
    }
    let latency = state.lock().settings.latency_ms;
    state.pause(Duration::from_millis(latency.saturating_add(fault.delay_ms)));

    let mut response = respond(state, &request, &fault);
    if let Some(value) = &fault.retry_after {
        response = response.header("Retry-After", value);
    }
    for (name, value) in &fault.headers {
        response = response.header(name, value);
    }
    let end = match fault.kind {
        Kind::Reset | Kind::ResetAfter => End::Reset,
        Kind::Hang | Kind::Lost => End::Hang,
        Kind::TruncatedBody => End::Cut,
        _ => End::Whole,
    };
    if fault.kind == Kind::TruncatedJson {
        response.body.truncate(response.body.len() / 2);
    }
    let date = fault.date.unwrap_or_else(|| httpdate::fmt_http_date(state.now()));
    Answer { response, date, end }
}

/// The answer to a request that came without a connection.
pub(crate) fn visit(state: &State, request: Request) -> Response {
    answer(state, request).response
}

fn respond(state: &State, request: &Request, fault: &Fault) -> Response {
    let status = |or| fault.status.unwrap_or(or);
    match fault.kind {
        Kind::Pass
        | Kind::Shape
        | Kind::SignIn
        | Kind::TruncatedBody
        | Kind::TruncatedJson
        | Kind::Lost
        | Kind::ResetAfter => route(state, request, fault),
        // Nothing of it will be sent.
        Kind::Reset | Kind::Hang => Response::new(500, "text/plain", ""),
        Kind::Respond => {
            let content_type = fault.content_type.as_deref().unwrap_or("application/json; charset=utf-8");
            Response::new(status(500), content_type, fault.body.clone().unwrap_or_default())
        }
        Kind::Redirect => Response::new(status(302), "text/html", "")
            .header("Location", fault.location.as_deref().unwrap_or("https://redirect.example/")),
        Kind::Error if sts::is_sts(request) => {
            let code = fault.error.as_deref().unwrap_or("InternalFailure");
            sts::error(request, status(400), code, fault.text.as_deref().unwrap_or("a scripted error"))
        }
        Kind::Error if databricks::is_databricks(request) => databricks::scripted_error(request, fault),
        Kind::Error => match request.source() {
            Some(source) => managed_identity::scripted_error(fault, source),
            None => entra::scripted_error(state, request, fault),
        },
    }
}

fn route(state: &State, request: &Request, fault: &Fault) -> Response {
    let shape = fault.shape.unwrap_or(state.lock().settings.shape);
    if let Some(source) = request.source() {
        oidc::answer(state, request, source)
            .or_else(|| managed_identity::answer(state, request, source, shape))
            .unwrap_or_else(|| Response::new(404, "text/plain", ""))
    } else if databricks::is_databricks(request) {
        databricks::answer(state, request, fault, shape)
    } else if request.door != Door::Main {
        Response::new(404, "text/plain", "the emulator has nothing here\n")
    } else if sts::is_sts(request) {
        sts::answer(state, request)
    } else if kubernetes::is_kubernetes(request) {
        kubernetes::answer(state, request)
    } else if feeds::is_feed(request) {
        feeds::answer(state, request)
    } else if google::is_google(request) {
        google::answer(state, request)
    } else if git::is_git(request) {
        git::answer(state, request)
    } else if acr::is_registry(request) {
        acr::answer(state, request)
    } else {
        entra::answer(state, request, fault, shape)
    }
}
