//! Start, stop, names, and the program.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use jeton_emulator::Emulator;

use crate::client::client;

#[test]
fn only_loopback_is_listened_on() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Emulator::builder().listen(everywhere).start().err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn dropping_it_ends_its_connections() {
    let emulator = Emulator::start();
    assert_eq!(client(&emulator).token().expect("an answer").status, 200);
    let mut idle = TcpStream::connect(emulator.address()).expect("a connection");
    idle.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    drop(emulator);
    match idle.read(&mut [0]) {
        Ok(read) => assert_eq!(read, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

#[test]
fn plain_http_is_possible() {
    let emulator = Emulator::builder().http().start().expect("a start");
    assert!(emulator.url().starts_with("http://localhost:"));
    assert_eq!(client(&emulator).token().expect("an answer").status, 200);
}

#[test]
fn a_connection_is_kept_for_the_next_request() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    client.token().expect("an answer");
    client.token().expect("an answer");
    let requests = emulator.requests();
    assert_eq!(requests[0].peer, requests[1].peer);
}

#[test]
fn the_program_tells_where_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_jeton-emulator"))
        .args(["--until-stdin-closes", "--lifetime", "60", "--extra-name", "login.example.test", "--dir"])
        .arg(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let told: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(told["url"], std::fs::read_to_string(dir.path().join("url")).expect("a file"));
    assert_eq!(told["tenant"], jeton_emulator::TENANT);
    assert_eq!(told["public_client_id"], jeton_emulator::PUBLIC_CLIENT_ID);
    assert_eq!(told["web_secret"], jeton_emulator::WEB_SECRET);
    assert_eq!(
        (&told["user"], &told["password"]),
        (&jeton_emulator::USER.into(), &jeton_emulator::USER_PASSWORD.into())
    );
    let ca = std::fs::read_to_string(told["ca"].as_str().expect("a path")).expect("a file");
    assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
    drop(child.stdin.take());
    assert!(child.wait().expect("an end").success());
}
