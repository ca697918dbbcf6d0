//! `jeton run` with an endpoint of its own: the command is told of it, and it ends with the command.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, Stdio};

use jeton_emulator::{Emulator, Fault};
use rustix::process::{Pid, Signal, kill_process};

use super::client::{azure, databricks, get, parts};
use crate::databricks as dbx;
use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, Output, finish};

/// A command that told its environment and waits.
struct Running {
    child: Child,
    stdin: ChildStdin,
    env: HashMap<String, String>,
}

impl Running {
    /// `jeton run ARGS -- env`, held open.
    fn start(home: &Home, args: &[&str]) -> Self {
        let mut run = home.jeton(&[&["run"], args, &["--", "sh", "-c", "env; echo; read end; exit 7"]].concat());
        run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.command.spawn().expect("jeton starts");
        let (mut env, mut text) = (HashMap::new(), String::new());
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        while stdout.read_line(&mut text).expect("UTF-8") > 1 {
            if let Some((name, value)) = text.trim_end().split_once('=') {
                env.insert(name.to_owned(), value.to_owned());
            }
            text.clear();
        }
        child.stdout = Some(stdout.into_inner());
        let stdin = child.stdin.take().expect("a pipe");
        assert!(!env.is_empty(), "{:?}", finish(child));
        Self { child, stdin, env }
    }

    fn var(&self, name: &str) -> &str {
        self.env.get(name).unwrap_or_else(|| panic!("{name}: {:?}", self.env.keys()))
    }

    fn has(&self, name: &str) -> bool {
        self.env.contains_key(name)
    }

    fn end(mut self) -> Output {
        self.stdin.write_all(b"end\n").expect("it reads");
        drop(self.stdin);
        finish(self.child)
    }
}

#[test]
fn databricks_tools_ask_for_as_long_as_they_run() {
    let emulator = Emulator::start();
    let mut home = dbx::home(&emulator);
    home.set("DATABRICKS_TOKEN", "dapi-old");
    home.unset("DATABRICKS_TOKEN");
    home.set("http_proxy", "http://proxy.example:3128");
    home.set("NO_PROXY", ".internal,localhost");
    let running = Running::start(&home, &["--as", "databricks"]);
    assert_eq!(running.var("DATABRICKS_HOST"), emulator.workspace());
    assert_eq!(running.var("DATABRICKS_AUTH_TYPE"), "metadata-service");
    // What would contradict it is gone, and no token stands in the environment.
    for name in ["DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"] {
        assert!(!running.has(name), "{name}");
    }
    assert!(running.env.values().all(|value| !value.contains("eyJ")));
    // Nobody asks a proxy for this machine's own address.
    assert_eq!(running.var("no_proxy"), ".internal,localhost,127.0.0.1");
    let url = running.var("DATABRICKS_METADATA_SERVICE_URL").to_owned();
    let ask = || databricks(&url, &emulator.workspace());
    let first = ask().token();
    // It was got before the command was started, and is in everybody's cache.
    assert_eq!((emulator.token_requests().len(), home.jeton(&["token"]).run().quiet().line()), (1, first.as_str()));
    home.jeton(&["logout"]).run().ok();
    assert_ne!(ask().token(), first);
    let output = running.end();
    assert_eq!((output.code, output.stderr.as_str()), (7, ""));
    // The endpoint ended with it.
    assert!(TcpStream::connect(parts(&url).0).is_err());
}

#[test]
fn azure_and_aws_tools_ask_the_same_way() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Reader");
    home.set("AWS_ENDPOINT_URL_STS", format!("{}/sts", emulator.url()));
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "MSI_ENDPOINT", "IDENTITY_SERVER_THUMBPRINT"] {
        home.set(name, "old");
    }
    let running = Running::start(&home, &["-s", "api://aws", "--as", "azure,aws", "-v"]);
    for name in [
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_ROLE_ARN",
        "MSI_ENDPOINT",
        "IDENTITY_SERVER_THUMBPRINT",
        "AZURE_CLIENT_SECRET",
    ] {
        assert!(!running.has(name), "{name}");
    }
    let reply = azure(running.var("IDENTITY_ENDPOINT"), running.var("IDENTITY_HEADER"), "https://graph.microsoft.com");
    assert!(emulator.is_valid(&reply.token()));
    let secret = running.var("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    let keys = get(running.var("AWS_CONTAINER_CREDENTIALS_FULL_URI"), &[("Authorization", secret)]);
    assert_eq!(keys.status, 200, "{}", keys.body);
    // One secret for the whole command, another one for the next.
    assert_eq!(secret, running.var("IDENTITY_HEADER"));
    let next = Running::start(&home, &["-s", "api://aws", "--as", "aws"]);
    assert_ne!(next.var("AWS_CONTAINER_AUTHORIZATION_TOKEN"), secret);
    assert_eq!(next.end().code, 7);
    // With -v the log of who asked stands on stderr; without it, stderr is the command's alone.
    let (secret, stderr) = (secret.to_owned(), running.end().stderr);
    assert_says(&stderr, &["azure - 200", "aws - 200"]);
    assert!(!stderr.contains(&secret));
    assert_no_secret(&stderr);
}

#[test]
fn what_can_ask_and_what_reads_once_go_together() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("DATABRICKS_HOST", emulator.workspace());
    let running = Running::start(&home, &["--as", "databricks,psql", "--env", "MINE"]);
    assert!(running.has("PGPASSWORD") && running.has("DATABRICKS_METADATA_SERVICE_URL"));
    assert_eq!(running.var("MINE"), running.var("PGPASSWORD"));
    let token = databricks(running.var("DATABRICKS_METADATA_SERVICE_URL"), &emulator.workspace()).token();
    assert_ne!(token, running.var("PGPASSWORD"));
    assert_eq!(running.end().code, 7);
}

#[test]
fn tools_that_know_no_endpoint_get_the_plain_variables() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("DATABRICKS_HOST", "adb-1.2.azuredatabricks.net");
    let dbt = home.path("dbt");
    std::fs::write(&dbt, "#!/bin/sh\necho \"$DATABRICKS_AUTH_TYPE${DATABRICKS_TOKEN:+ token}\"\n").expect("a script");
    std::fs::set_permissions(&dbt, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let dbt = dbt.to_str().expect("UTF-8");
    let run = |args: &[&str]| home.jeton(&[&["run", "--as", "databricks"], args, &["--", dbt]].concat()).run();
    assert_eq!(run(&[]).quiet().line(), "pat token");
    assert_eq!(run(&["--live"]).quiet().line(), "metadata-service");
    // AWS' SDKs ask an endpoint only where the default profile has no credentials of its own.
    home.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Reader");
    home.set("AWS_ENDPOINT_URL_STS", format!("{}/sts", emulator.url()));
    let aws = |args: &[&str]| {
        let script = "echo \"${AWS_ACCESS_KEY_ID:+keys}${AWS_CONTAINER_CREDENTIALS_FULL_URI:+endpoint}\"";
        home.jeton(&[&["run", "-s", "api://aws", "--as", "aws"], args, &["--", "sh", "-c", script]].concat()).run()
    };
    assert_eq!(aws(&[]).quiet().line(), "endpoint");
    assert_eq!(aws(&["--static"]).quiet().line(), "keys");
    std::fs::create_dir(home.path(".aws")).expect("a folder");
    for (file, text) in [
        ("credentials", "[default]\naws_access_key_id = AKIA\naws_secret_access_key = s\n"),
        ("config", "[profile default]\nregion = eu-central-1\ncredential_process = other\n"),
    ] {
        let path = home.path(".aws").join(file);
        std::fs::write(&path, text).expect("a file");
        assert_eq!(aws(&[]).quiet().line(), "keys");
        assert_says(&aws(&["--live"]).refusal(4), &[file, "default", "--static"]);
        std::fs::write(&path, text.replace("default", "other")).expect("a file");
        assert_eq!(aws(&[]).quiet().line(), "endpoint");
    }
}

#[test]
fn what_fails_does_so_before_the_command_is_started() {
    let emulator = Emulator::start();
    let home = dbx::home(&emulator);
    emulator.script(Fault::databricks(dbx::TOKEN_PATH, 401, "invalid_client", "Client authentication failed"));
    home.jeton(&["run", "--as", "databricks", "--", "echo", "started"]).run().refusal(6);
    let run = |command: &str| home.jeton(&["run", "--as", "databricks", "--live", "--", command]).run();
    assert_says(&run("no-such-command").refusal(127), &["no-such-command: not found"]);
    // Settings that are missing are told in the words of the plain variables.
    let home = Home::at(&emulator);
    assert_says(&home.jeton(&["run", "--as", "databricks", "--", "true"]).run().refusal(4), &["DATABRICKS_HOST"]);
    assert_says(&home.jeton(&["run", "--as", "aws", "--live", "--", "true"]).run().refusal(4), &["no AWS role"]);
}

#[test]
fn signals_are_handed_on_and_the_end_is_the_commands_own() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let run = |script: &str| {
        let mut run = home.jeton(&["run", "--as", "azure", "--", "sh", "-c", script]);
        run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = run.command.spawn().expect("jeton starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        child
    };
    let send = |child: &Child, signal| {
        kill_process(Pid::from_raw(child.id().try_into().expect("a pid")).expect("a pid"), signal).expect("a signal");
    };
    let trap = |signal: &str| format!("trap 'exit 9' {signal}; echo ready; while :; do sleep 0.05; done");
    for (signal, script, code, by) in [
        (Signal::TERM, trap("TERM"), Some(9), None),
        (Signal::HUP, trap("HUP"), Some(9), None),
        (Signal::USR1, trap("USR1"), Some(9), None),
        (Signal::TERM, "echo ready; exec sleep 100".to_owned(), None, Some(15)),
        (Signal::INT, "echo ready; exec sleep 100".to_owned(), None, Some(2)),
    ] {
        let mut child = run(&script);
        send(&child, signal);
        let status = child.wait().expect("an end");
        assert_eq!((status.code(), status.signal()), (code, by), "{signal:?} {script}");
    }
    let killed = run("echo ready; kill -9 $$").wait().expect("an end");
    assert_eq!((killed.code(), killed.signal()), (None, Some(9)));
    assert_eq!(run("echo ready; exit 255").wait().expect("an end").code(), Some(255));
    // nohup: who started it wants the signal ignored, by the command as well.
    let ignoring = format!(
        "trap '' HUP; exec '{}' run --as azure -- sh -c 'kill -HUP $PPID; kill -HUP $$; echo still here'",
        env!("CARGO_BIN_EXE_jeton")
    );
    let mut shell = home.jeton(&["token"]);
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", &ignoring]).env_clear();
    command.envs(shell.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.command = command;
    assert_eq!(shell.run().quiet().line(), "still here");
}
