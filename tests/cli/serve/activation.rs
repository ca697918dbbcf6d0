//! Sockets in the file system, and sockets that a service manager opens.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};

use jeton_emulator::Emulator;

use super::client::{Reply, Served, azure, log, parts, read};
use crate::expect::assert_says;
use crate::support::{Home, Run, wait_until};

const GRAPH: &str = "https://graph.microsoft.com";

fn ask(served: &Served, stream: &mut (impl std::io::Read + std::io::Write)) -> Reply {
    let (host, path) = parts(served.var("IDENTITY_ENDPOINT"));
    let request = format!(
        "GET {path}?api-version=2019-08-01&resource={GRAPH} HTTP/1.1\r\nHost: {host}\r\nX-IDENTITY-HEADER: {}\r\n\r\n",
        served.var("IDENTITY_HEADER")
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    read(stream).expect("an answer")
}

#[test]
fn a_socket_in_the_file_system_is_its_owners_alone() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let path = home.path("s");
    let listen = format!("unix:{}", path.display());
    let log_file = home.path("log").display().to_string();
    let args = ["serve", "--managed-identity", "--log", &log_file, "--listen", &listen];
    let served = Served::of(home.jeton(&args));
    assert_eq!(std::fs::metadata(&path).expect("a socket").permissions().mode() & 0o777, 0o600);
    assert_eq!(ask(&served, &mut UnixStream::connect(&path).expect("it listens")).status, 200);
    // The system says whose connection it is.
    assert_says(&log(&home, 1)[0], &[&format!("unix pid {} (", std::process::id())]);
    // Another server does not take it away; what a killed one left is replaced; the end removes it.
    assert_says(&home.jeton(&args).run().refusal(4), &["in use", "another jeton serve?"]);
    served.signal(rustix::process::Signal::KILL);
    drop(served);
    assert!(path.exists());
    let served = Served::of(home.jeton(&args));
    assert_eq!(ask(&served, &mut UnixStream::connect(&path).expect("it listens")).status, 200);
    assert_eq!(served.end().code, 0);
    assert!(!path.exists());
    // What is no socket is left alone.
    std::fs::write(&path, "mine").expect("a file");
    home.jeton(&args).run().refusal(4);
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "mine");
}

#[test]
fn a_tunnel_from_a_port_to_the_socket_is_as_good_as_the_server_itself() {
    // As ssh -R and socat make it: other addresses at the client's end.
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let path = home.path("s");
    let listen = format!("unix:{}", path.display());
    let log_file = home.path("log").display().to_string();
    let served = Served::of(home.jeton(&["serve", "--managed-identity", "--log", &log_file, "--listen", &listen]));
    let tunnel = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = tunnel.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for client in tunnel.incoming() {
            let mut client = client.expect("a connection");
            let mut server = UnixStream::connect(&path).expect("it listens");
            let (mut from, mut to) = (client.try_clone().expect("a copy"), server.try_clone().expect("a copy"));
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            std::io::copy(&mut server, &mut client).expect("an answer");
            let _ = client.shutdown(std::net::Shutdown::Both);
        }
    });
    let (_, path) = parts(served.var("IDENTITY_ENDPOINT"));
    let reply = azure(&format!("http://{address}{path}"), served.var("IDENTITY_HEADER"), GRAPH);
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// `jeton serve` with `socket` as its descriptor 3, as systemd hands it over (sd_listen_fds(3)).
fn activated(home: &Home, socket: OwnedFd, pid: &str) -> Run {
    let mut run = home.jeton(&["serve"]);
    let mut shell = Command::new("/bin/sh");
    let script = format!(
        "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID={pid} exec '{}' serve --managed-identity --listen 127.0.0.1:0 --log '{}'",
        env!("CARGO_BIN_EXE_jeton"),
        home.path("log").display()
    );
    shell.args(["-c", &script]).env_clear().stdin(Stdio::from(socket));
    shell.envs(run.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run.command = shell;
    run
}

#[test]
fn sockets_that_systemd_opened_are_taken_over() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let served = Served::of(activated(&home, listener.into(), "$$"));
    assert_eq!(parts(served.var("IDENTITY_ENDPOINT")).0, address);
    assert_eq!(served.azure(GRAPH).status, 200);
    assert_eq!(served.end().code, 0);

    let path = home.path("s");
    let served = Served::of(activated(&home, UnixListener::bind(&path).expect("a socket").into(), "$$"));
    assert_eq!(ask(&served, &mut UnixStream::connect(&path).expect("it listens")).status, 200);
    assert_eq!(served.end().code, 0);
    // It is systemd's own.
    assert!(path.exists());
    wait_until("the log", || log(&home, 2).len() == 2);
}

#[test]
fn a_socket_for_another_process_is_not_taken() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let served = Served::of(activated(&home, listener.into(), "1"));
    assert_ne!(parts(served.var("IDENTITY_ENDPOINT")).0, address);
    drop(served);
    let file = std::fs::File::open("/dev/null").expect("a file");
    assert_says(&activated(&home, file.into(), "$$").run().refusal(4), &["LISTEN_FDS", "ListenStream="]);
}
