//! From the start to the end of a server: reload, renewal, and a clean stop.

use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use jeton_emulator::{CLIENT_ID, Emulator, Fault};
use rustix::process::Signal;

use super::client::{Served, log, parts, read};
use crate::age;
use crate::databricks;
use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, wait_until};

const GRAPH: &str = "https://graph.microsoft.com";

#[test]
fn a_changed_profile_counts_at_once() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_ID");
    let profile = |client: &str, host: &str| {
        home.profiles(&format!(
            r#"{{"version":1,"profiles":{{"p":{{"client_id":"{client}","databricks_host":"{host}"}}}}}}"#
        ));
    };
    let (one, other) = (emulator.workspace(), emulator.other_workspace());
    profile(CLIENT_ID, &one);
    let served = Served::start(&home, &["-p", "p", "--managed-identity", "--databricks"]);
    assert_eq!((served.azure(GRAPH).status, served.databricks().status), (200, 200));
    profile("00000000-0000-0000-0000-000000000000", &one);
    assert_eq!(served.azure(GRAPH).status, 403, "that app is not known");
    // A path stays with its workspace: who asks there is told of no other one.
    profile(CLIENT_ID, &other);
    let reply = served.databricks();
    assert_eq!(reply.status, 400);
    assert_says(reply.json()["message"].as_str().expect("a text"), &["by now", "start jeton anew"]);
    home.profiles(r#"{"version":1,"profiles":{}}"#);
    assert_says(&served.azure(GRAPH).body, &["there is no profile"]);
    home.profiles("{");
    assert_says(&served.azure(GRAPH).body, &["malformed"]);
    profile(CLIENT_ID, &one);
    assert_eq!((served.azure(GRAPH).status, served.databricks().status), (200, 200));
}

#[test]
fn a_due_token_is_renewed_by_the_server_itself_without_making_its_caller_wait() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let old = served.azure(GRAPH).token();
    age::leave(&home, 1700);
    emulator.hold();
    assert_eq!(served.azure(GRAPH).token(), old, "it is handed out at once");
    assert!(emulator.wait_for_requests(2, Duration::from_secs(20)), "nobody renews");
    // No process was started for it.
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", served.id())).unwrap_or_default();
    assert_eq!(children, "");
    for _ in 0..5 {
        assert_eq!(served.azure(GRAPH).token(), old);
    }
    emulator.release();
    wait_until("the new token", || served.azure(GRAPH).token() != old);
    assert_eq!(emulator.count(), 2);
}

#[test]
fn tokens_of_a_short_life_are_renewed_and_no_call_fails() {
    let emulator = Emulator::start();
    let home = databricks::home(&emulator);
    emulator.change_settings(|settings| settings.databricks.token_lifetime = 3);
    let served = Served::start(&home, &["--databricks"]);
    let mut tokens = std::collections::HashSet::new();
    let start = std::time::Instant::now();
    while tokens.len() < 4 {
        let token = served.databricks().token();
        assert!(emulator.is_valid(&token), "an old token was handed out");
        tokens.insert(token);
        // In the middle of it all the service is not there for a moment.
        if tokens.len() == 2 && emulator.scripted() == 0 {
            emulator.script(Fault::empty(503).times(1));
        }
        assert!(start.elapsed() < Duration::from_secs(40), "tokens are not renewed: {}", tokens.len());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(log(&home, 1).iter().all(|line| line.contains(" 200 ")));
}

#[test]
fn a_signal_ends_it_after_the_request_under_way() {
    for signal in [Signal::TERM, Signal::INT] {
        let emulator = Emulator::start();
        let home = Home::at(&emulator);
        let served = Served::start(&home, &["--managed-identity"]);
        let (address, path) = parts(served.var("IDENTITY_ENDPOINT"));
        let _idle = TcpStream::connect(address).expect("it listens");
        emulator.hold();
        let mut stream = TcpStream::connect(address).expect("it listens");
        let request = format!(
            "GET {path}?api-version=2019-08-01&resource={GRAPH} HTTP/1.1\r\nHost: {address}\r\nX-IDENTITY-HEADER: {}\r\n\r\n",
            served.var("IDENTITY_HEADER")
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        assert!(emulator.wait_for_requests(1, Duration::from_secs(20)));
        served.signal(signal);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| read(&mut stream).expect("an answer").status);
            emulator.release();
            assert_eq!(reader.join().expect("a status"), 200);
        });
        let output = served.end();
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    }
}

#[test]
fn the_clients_secret_is_kept_for_the_next_start_and_for_its_owner_alone() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    let args = ["--managed-identity"];
    let first = Served::start(&home, &args);
    let secret = first.var("IDENTITY_HEADER").to_owned();
    assert_eq!(secret.len(), 43);
    drop(first);
    assert_eq!(Served::start(&home, &args).var("IDENTITY_HEADER"), secret);
    let file = home.data_dir().join("serve-secret");
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let all = ["serve", "--listen", "127.0.0.1:0", "--managed-identity"];
    assert_says(&home.jeton(&all).run().refusal(4), &["open to other users", "chmod 600"]);
    // One that is given, long enough and of characters that may stand in a URL.
    home.set("OUR_SECRET", "0123456789abcdef0123456789ABCDEF");
    let from = [&args[..], &["--secret-from", "env:OUR_SECRET"]].concat();
    assert_eq!(Served::start(&home, &from).var("IDENTITY_HEADER"), "0123456789abcdef0123456789ABCDEF");
    for bad in ["short", "0123456789abcdef0123456789ABCD/F0"] {
        home.set("OUR_SECRET", bad);
        let stderr = home.jeton(&[&all[..], &["--secret-from", "env:OUR_SECRET"]].concat()).run().refusal(4);
        assert!(!stderr.contains(bad) || bad == "short", "{stderr}");
        assert_says(&stderr, &["32 characters", "openssl rand -hex 32"]);
    }
}

#[test]
fn a_port_that_is_taken_and_one_that_others_reach_are_told() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let (address, _) = parts(served.var("IDENTITY_ENDPOINT"));
    let stderr = home.jeton(&["serve", "--managed-identity", "--listen", address]).run().refusal(4);
    assert_says(&stderr, &[address, "another --listen"]);
    let open = Served::of(home.jeton(&["serve", "--managed-identity", "--listen", "0.0.0.0:0"]));
    let port = parts(open.var("IDENTITY_ENDPOINT")).0.rsplit(':').next().expect("a port").to_owned();
    let reply = super::client::azure(&format!("http://127.0.0.1:{port}/azure/-"), open.var("IDENTITY_HEADER"), GRAPH);
    assert_eq!(reply.status, 200);
    let stderr = open.end().stderr;
    assert_says(&stderr, &["warning", "0.0.0.0:", "other machines"]);
    // Without --log the access log stands there.
    assert_says(&stderr, &["azure - 200"]);
    assert_no_secret(&stderr);
}
