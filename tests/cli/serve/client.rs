//! A server under test, and a client that sends exactly what it is told to.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Home, Output, Run, finish, wait_until};

/// A running `jeton serve`; it is ended when this is dropped.
pub(crate) struct Served {
    child: Option<Child>,
    /// What clients are told, block by block.
    pub(crate) blocks: Vec<HashMap<String, String>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Served {
    /// `jeton serve --listen 127.0.0.1:0` and these arguments, with its log in the home's file `log`.
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        let log = home.path("log").to_str().expect("UTF-8").to_owned();
        Self::of(home.jeton(&[&["serve", "--listen", "127.0.0.1:0", "--log", &log], args].concat()))
    }

    /// Starts it, and waits until it says where it listens.
    pub(crate) fn of(mut run: Run) -> Self {
        run.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.command.spawn().expect("jeton starts");
        let mut stdout = child.stdout.take().expect("a pipe");
        let mut text = vec![0; 64 << 10];
        let length = stdout.read(&mut text).expect("a pipe");
        text.truncate(length);
        if length == 0 {
            panic!("it ended: {:?}", finish(child));
        }
        child.stdout = Some(stdout);
        Self { child: Some(child), blocks: blocks(&String::from_utf8(text).expect("UTF-8")) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.id().try_into().expect("a pid")).expect("a pid"), signal).expect("a signal");
    }

    /// Has it end, and what it said since it began.
    pub(crate) fn end(mut self) -> Output {
        self.signal(Signal::TERM);
        finish(self.child.take().expect("it runs"))
    }

    /// The most memory that it ever had, in KiB (proc_pid_status(5)).
    pub(crate) fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The value of a variable, of the first block that has it.
    pub(crate) fn var(&self, name: &str) -> &str {
        self.blocks.iter().find_map(|block| block.get(name)).unwrap_or_else(|| panic!("{name}: {:?}", self.blocks))
    }

    /// What a Databricks SDK asks.
    pub(crate) fn databricks(&self) -> Reply {
        databricks(self.var("DATABRICKS_METADATA_SERVICE_URL"), self.var("DATABRICKS_HOST"))
    }

    /// What an Azure SDK asks.
    pub(crate) fn azure(&self, resource: &str) -> Reply {
        azure(self.var("IDENTITY_ENDPOINT"), self.var("IDENTITY_HEADER"), resource)
    }

    /// What an AWS SDK asks.
    pub(crate) fn aws(&self) -> Reply {
        let secret = self.var("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        get(self.var("AWS_CONTAINER_CREDENTIALS_FULL_URI"), &[("Authorization", secret)])
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The blocks of `export NAME=VALUE` in what a server prints.
pub(crate) fn blocks(text: &str) -> Vec<HashMap<String, String>> {
    let mut blocks = Vec::new();
    for line in text.lines() {
        if line.starts_with("# ") {
            blocks.push(HashMap::new());
        } else {
            let (name, value) = line.strip_prefix("export ").and_then(|line| line.split_once('=')).expect("a line");
            blocks.last_mut().expect("a title").insert(name.to_owned(), value.trim_matches('\'').to_owned());
        }
    }
    blocks
}

pub(crate) fn databricks(url: &str, host: &str) -> Reply {
    get(url, &[("X-Databricks-Metadata-Version", "1"), ("X-Databricks-Host", host)])
}

pub(crate) fn azure(endpoint: &str, secret: &str, resource: &str) -> Reply {
    get(&format!("{endpoint}?api-version=2019-08-01&resource={resource}"), &[("X-IDENTITY-HEADER", secret)])
}

/// Host and path of a URL.
pub(crate) fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").expect("plain HTTP");
    rest.split_at(rest.find('/').expect("a path"))
}

/// A GET as SDKs send it.
#[track_caller]
pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> Reply {
    let (host, path) = parts(url);
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n");
    headers.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
    send(host, format!("{request}\r\n").as_bytes()).expect("an answer")
}

/// Sends these bytes, and reads to the end; `None` where nothing comes back.
pub(crate) fn send(address: &str, bytes: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    // (It may have heard enough before all is sent.)
    let _ = stream.write_all(bytes);
    read(&mut stream)
}

/// Reads an answer to its end.
pub(crate) fn read(stream: &mut impl std::io::Read) -> Option<Reply> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).ok().filter(|count| *count > 2).is_some() {}
    let mut body = String::new();
    reader.read_to_string(&mut body).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { status, head, body })
}

impl Reply {
    /// The body as JSON; it is JSON whatever the status, and no page of another site may read it.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let head = self.head.to_ascii_lowercase();
        assert!(head.contains("content-type: application/json\r\n") && head.contains("cache-control: no-store\r\n"));
        assert!(!head.contains("access-control-"), "{head}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The token of an answer that has one.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()["access_token"].as_str().expect("a token").to_owned()
    }
}

/// The log's lines, once there are as many.
#[track_caller]
pub(crate) fn log(home: &Home, count: usize) -> Vec<String> {
    let lines = || -> Vec<String> {
        std::fs::read_to_string(home.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
    };
    wait_until("the lines of the log", || lines().len() >= count);
    lines()
}
