//! Killed after each write to the disk: a making and a rotation, each in a process of its own, which is this test program
//! run again. (`tests/cli/pat/kills.rs` kills the real program at each request.)

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jeton_emulator::{DATABRICKS_CLIENT_ID, Emulator, Site};

use super::{Keep, Lifetime, Rotated, Wish, make, project, rotate};
use crate::clock::Deadline;
use crate::databricks::Host;
use crate::databricks::api::Api;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::request::CacheKey;
use crate::secret::Secret;
use crate::vault::{SecretName, StoreKind, Vault};

/// What the process that is to be killed does: `make` or `rotate`.
const WORK: &str = "JETON_KILLS_WORK";
/// After which write, counted from 1, it stands still.
const STAND_AT: &str = "JETON_KILLS_STAND_AT";
/// The host.
const HOST: &str = "JETON_KILLS_HOST";
/// The token that it asks with.
const TOKEN: &str = "JETON_KILLS_TOKEN";

static WRITES: AtomicUsize = AtomicUsize::new(0);

/// A write is on the disk. The process that is to be killed after it waits for that here.
pub(super) fn written() {
    let count = WRITES.fetch_add(1, Ordering::SeqCst) + 1;
    if std::env::var(STAND_AT).is_ok_and(|at| at == count.to_string()) {
        std::fs::write(data_dir().join("stands"), "").expect("it works");
        loop {
            std::thread::park();
        }
    }
}

fn data_dir() -> PathBuf {
    crate::environment::data_dir().expect("a folder")
}

/// Not a test of its own: what the processes run that the tests below start.
#[test]
fn in_a_process_of_its_own() {
    let Ok(work) = std::env::var(WORK) else { return };
    let (host, token) = (std::env::var(HOST).expect("set"), std::env::var(TOKEN).expect("set"));
    let (host, token) = (Host::parse(&host).expect("a host"), Secret::new(token));
    let (http, log) = (Http::new(HttpOptions::default()), Log::silent());
    let deadline = Deadline::after(Duration::from_secs(60));
    let api = Api { host: &host, token: &token, azure: None, http: &http, deadline, log: &log };
    let vault = Vault::from_environment().expect("a vault");
    let name = SecretName::new("ci").expect("a name");
    let keep = Keep { vault: &vault, log: &log };
    let mut record = keep.open(&Keep::key_of(&name).expect("a key"), deadline).expect("a record");
    let by = CacheKey::of(b"the test");
    let wish = Wish { comment: "ci".into(), lifetime: Lifetime::USUAL, application_id: None };
    let outcome = if work == "rotate" {
        match rotate(&mut record, &api, &wish, 0, &by).expect("it rotates") {
            Rotated::Done => "done",
            Rotated::Resumed => "resumed",
        }
    } else {
        record.state.name = Some(name.to_string());
        if record.state.current.is_none() {
            make(&mut record, &api, &wish, &by).expect("it is made");
        }
        project(&mut record).expect("it is kept");
        "made"
    };
    let count = WRITES.load(Ordering::SeqCst);
    std::fs::write(data_dir().join("outcome"), format!("{outcome} {count}")).expect("it works");
}

/// A workspace, and a folder in which tokens of it are kept.
struct Bench {
    emulator: Emulator,
    dir: tempfile::TempDir,
    token: String,
}

impl Bench {
    fn new() -> Self {
        let emulator = Emulator::builder().http().start().expect("an emulator");
        let token = emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "to ask with", 3600).value;
        Self { emulator, dir: tempfile::tempdir().expect("a folder"), token }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("data").join(name)
    }

    fn start(&self, work: &str, stand_at: Option<usize>) -> Child {
        let name = concat!(module_path!(), "::in_a_process_of_its_own").split_once("::").expect("a path").1;
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", name, "--nocapture"]).stdout(Stdio::null());
        command.env("JETON_DATA_DIR", self.dir.path().join("data")).env("JETON_SECRET_STORE", "file");
        command.env(WORK, work).env(HOST, self.emulator.workspace()).env(TOKEN, &self.token);
        if let Some(at) = stand_at {
            command.env(STAND_AT, at.to_string());
        }
        command.spawn().expect("it starts")
    }

    /// Does it to its end: what came of it, and how many writes there were.
    #[track_caller]
    fn done(&self, work: &str) -> (String, usize) {
        assert!(self.start(work, None).wait().expect("it ends").success(), "{work}");
        let outcome = std::fs::read_to_string(self.path("outcome")).expect("an outcome");
        let (what, count) = outcome.split_once(' ').expect("two words");
        (what.to_owned(), count.parse().expect("a number"))
    }

    /// Does it, and kills it after that write.
    #[track_caller]
    fn killed(&self, work: &str, after: usize) {
        let mut child = self.start(work, Some(after));
        wait_for(&self.path("stands"));
        child.kill().expect("it is killed");
        assert!(!child.wait().expect("it ends").success());
        std::fs::remove_file(self.path("stands")).expect("it works");
    }

    /// What stands under the name, as a profile reads it.
    fn kept(&self) -> Option<String> {
        let vault = Vault::open(self.dir.path().join("data"), Some(StoreKind::File));
        let found = vault.load(&SecretName::new("ci").expect("a name"), &Log::silent()).expect("it can be read");
        found.map(|(_, value)| value.expose().to_owned())
    }

    /// The tokens that are good, without the one to ask with.
    fn values(&self) -> Vec<String> {
        self.emulator.pats().into_iter().map(|pat| pat.value).filter(|value| *value != self.token).collect()
    }

    fn created(&self) -> usize {
        self.emulator.requests().iter().filter(|request| request.path == "/api/2.0/token/create").count()
    }
}

#[track_caller]
fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited too long for {}", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_making_that_is_killed_after_any_write_makes_one_token() {
    let (_, writes) = Bench::new().done("make");
    assert!(writes >= 5, "{writes}");
    for after in 1..=writes {
        let bench = Bench::new();
        bench.killed("make", after);
        bench.done("make");
        assert_eq!(bench.values(), bench.kept().into_iter().collect::<Vec<_>>(), "{after}: one, and it is kept");
        assert_eq!(bench.created(), 1, "{after}");
    }
}

#[test]
fn a_rotation_that_is_killed_after_any_write_is_ended_by_the_next_one() {
    let bench = Bench::new();
    bench.done("make");
    let (outcome, writes) = bench.done("rotate");
    assert_eq!(outcome, "done");
    // Begun, being made, made, swapped, under its name, known to be there, the old one revoked, over.
    assert_eq!(writes, 8);
    for after in 1..=writes {
        let bench = Bench::new();
        bench.done("make");
        let old = bench.kept().expect("a token");
        bench.killed("rotate", after);
        let now = bench.kept().expect("a token");
        assert!(bench.values().contains(&now), "{after}: what is in use is good");
        // (After the last write it is over.)
        let (outcome, _) = if after < writes { bench.done("rotate") } else { ("resumed".into(), 0) };
        assert_eq!(outcome, "resumed", "{after}");
        assert_eq!(bench.values(), [bench.kept().expect("a token")], "{after}: one, the one in use");
        assert_ne!(bench.kept().as_deref(), Some(&*old), "{after}");
        assert_eq!(bench.created(), 2, "{after}: it was not replaced once more");
        assert_eq!(bench.done("rotate").0, "done", "{after}");
        assert_eq!(bench.values(), [bench.kept().expect("a token")], "{after}");
    }
}
