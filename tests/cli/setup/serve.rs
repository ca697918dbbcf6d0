//! The units of `jeton serve`.

use super::{home, read, setup, there_and_back};
use crate::expect::assert_says;

const SERVICE: &str = ".config/systemd/user/jeton-serve.service";
const SOCKET: &str = ".config/systemd/user/jeton-serve.socket";

#[test]
fn systemd_gets_a_socket_and_the_service_that_it_starts() {
    let home = home();
    let program = home.path("bin/jeton").display().to_string();
    let head = "# Made by jeton setup serve; taken back by jeton setup serve --undo.\n[Unit]\n\
                Description=Tokens for tools that ask over HTTP (jeton serve)\n\n";
    let service = |arguments: &str| {
        format!(
            "{head}[Service]\nExecStart={program} serve {arguments}\nStandardOutput=null\nRestart=on-failure\n\
             RestartSec=5\nNoNewPrivileges=true\n"
        )
    };
    let line = "serve -p dbx --databricks --managed-identity";
    there_and_back(&home, line, SERVICE, None, &service("--profile dbx --databricks --managed-identity"));
    let socket = format!("{head}[Socket]\nListenStream=127.0.0.1:8790\n\n[Install]\nWantedBy=sockets.target\n");
    there_and_back(&home, line, SOCKET, None, &socket);
    let line = "serve -p dbx --databricks --listen unix:/run/user/1000/jeton.sock --yes";
    let said = setup(&home, line).run().ok().stderr;
    assert_says(&said, &["systemctl --user enable --now jeton-serve.socket"]);
    assert_says(&said, &["jeton serve --profile dbx --listen unix:/run/user/1000/jeton.sock --databricks --show"]);
    assert_says(&read(&home, SOCKET), &["ListenStream=/run/user/1000/jeton.sock\nSocketMode=0600\n"]);
    // Others' changes to a unit stay, and are told.
    std::fs::write(home.path(SERVICE), "mine\n").expect("a file");
    let said = setup(&home, "serve --undo --yes").run().ok().stderr;
    assert_says(&said, &["jeton-serve.service", "was changed since"]);
    assert_eq!((read(&home, SERVICE).as_str(), home.path(SOCKET).exists()), ("mine\n", false));
}

#[test]
fn what_would_not_start_is_told_and_nothing_is_written() {
    let home = home();
    for (line, code, said) in [
        ("serve -p dbx --yes", 2, "--databricks, --managed-identity and --aws"),
        ("serve -p nobody --aws --yes", 4, "nobody"),
        ("serve -p dbx --aws --yes", 4, "no AWS role"),
        ("serve -p dbx --databricks --listen unix:here --yes", 2, "absolute path"),
        ("serve -p dbx --databricks", 2, "--yes"),
    ] {
        assert_says(&setup(&home, line).run().fails(code).stderr, &[said]);
    }
    assert!(!home.path(SERVICE).exists() && !home.path(SOCKET).exists());
}
