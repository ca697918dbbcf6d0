//! An isolated home to run the real binary in, and what it left there.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, TENANT};

/// The scope that most tests ask for.
pub(crate) const SCOPE: &str = "databricks";

/// A home folder of its own; gone when dropped.
pub(crate) struct Home {
    dir: tempfile::TempDir,
    env: Vec<(OsString, OsString)>,
}

/// What a run said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Asserts success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stderr: {}", self.stderr);
        self
    }

    /// Asserts a failure with this exit code, nothing on stdout, and a line that says what to do next.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {} stderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// The one line on stdout, without its end.
    #[track_caller]
    pub(crate) fn line(&self) -> &str {
        let line = self.stdout.strip_suffix('\n').expect("a line end");
        assert!(!line.contains('\n'), "one line: {line:?}");
        line
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {:?}", self.stdout))
    }
}

impl Home {
    /// An empty home.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Self { dir, env: Vec::new() }
    }

    /// A home whose environment signs in at `emulator`: tenant, client, secret, authority and CA, no profile.
    pub(crate) fn at(emulator: &Emulator) -> Self {
        let mut home = Self::new();
        let ca = home.path("ca.pem");
        emulator.write_ca(&ca).expect("a CA file");
        home.set("JETON_CA_FILE", ca);
        home.set("AZURE_AUTHORITY_HOST", emulator.url());
        home.set("AZURE_TENANT_ID", TENANT);
        home.set("AZURE_CLIENT_ID", CLIENT_ID);
        home.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
        home
    }

    /// Sets a variable for every run.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.unset(name);
        self.env.push((name.into(), value.as_ref().to_owned()));
    }

    /// Takes a variable out.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.retain(|(known, _)| known != name);
    }

    /// A path in this home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn config_dir(&self) -> PathBuf {
        self.path("config")
    }

    pub(crate) fn cache_dir(&self) -> PathBuf {
        self.path("cache")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes profiles.json.
    pub(crate) fn profiles(&self, text: &str) {
        std::fs::create_dir_all(self.config_dir()).expect("a config folder");
        std::fs::write(self.config_dir().join("profiles.json"), text).expect("profiles.json");
    }

    /// The files in the cache folder whose names end in `end`.
    pub(crate) fn cached(&self, end: &str) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = match std::fs::read_dir(self.cache_dir()) {
            Ok(files) => files.map(|file| file.expect("a file").path()).collect(),
            Err(_) => Vec::new(),
        };
        found.retain(|path| path.to_string_lossy().ends_with(end));
        found.sort();
        found
    }

    /// The only cached token's file.
    #[track_caller]
    pub(crate) fn token_file(&self) -> PathBuf {
        let mut files = self.cached(".token");
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    /// A run of the program with these arguments.
    pub(crate) fn jeton<I: AsRef<OsStr>>(&self, args: &[I]) -> Run {
        self.run_as(Path::new(env!("CARGO_BIN_EXE_jeton")), args)
    }

    /// The program under another name, in this home.
    pub(crate) fn link(&self, name: &str) -> PathBuf {
        let path = self.path(&format!("{name}{}", std::env::consts::EXE_SUFFIX));
        // (A hard link needs the same disk.)
        let program = env!("CARGO_BIN_EXE_jeton");
        std::fs::hard_link(program, &path).or_else(|_| std::fs::copy(program, &path).map(drop)).expect("a link");
        path
    }

    /// A run of the program by that name.
    pub(crate) fn run_as<I: AsRef<OsStr>>(&self, program: &Path, args: &[I]) -> Run {
        let mut command = Command::new(program);
        command.args(args).env_clear().current_dir(self.dir.path());
        command.env("HOME", self.dir.path()).env("JETON_CONFIG_DIR", self.config_dir());
        command.env("JETON_CACHE_DIR", self.cache_dir()).env("JETON_DATA_DIR", self.data_dir());
        // Without it, the session bus of who runs the tests would be found, and a keyring on it.
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.path("no-bus").display()));
        command.env("PATH", "/usr/bin:/bin");
        #[cfg(windows)]
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        Run { command, stdin: None }
    }

    /// `jeton token --scope databricks` and these arguments.
    pub(crate) fn token(&self, args: &[&str]) -> Run {
        let mut all = vec!["token", "--scope", SCOPE];
        all.extend(args);
        self.jeton(&all)
    }
}

/// A run that is being prepared.
pub(crate) struct Run {
    pub(crate) command: Command,
    stdin: Option<String>,
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Starts it, its outputs kept for [`finish`].
    pub(crate) fn spawn(mut self) -> Child {
        self.command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("jeton starts");
        if let (Some(text), Some(mut stdin)) = (self.stdin, child.stdin.take()) {
            // A program that does not read is no failure here.
            let _ = stdin.write_all(text.as_bytes());
        }
        child
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Output {
        finish(self.spawn())
    }
}

/// Waits for a child and takes what it said.
pub(crate) fn finish(child: Child) -> Output {
    let output = child.wait_with_output().expect("jeton ends");
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

/// Looks at a condition until it holds; fails after a generous bound.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Rewrites the header line of a cached token (and its check): the way to move a token in time.
pub(crate) fn rewrite_token(path: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let text = std::fs::read_to_string(path).expect("a cached token");
    let mut lines = text.lines();
    let mut header: serde_json::Value = serde_json::from_str(lines.next().expect("a header")).expect("JSON");
    let token = lines.next().expect("a token");
    change(&mut header);
    let (header, token) = (format!("{header}\n"), format!("{token}\n"));
    let check = check_of([&header, &token]);
    std::fs::write(path, format!("{header}{token}{check:016x}\n")).expect("a writable token file");
}

/// The check of a cache entry: FNV-1a over words of eight bytes and the length, of both lines.
fn check_of(lines: [&str; 2]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for line in lines {
        let mut bytes = line.as_bytes().to_vec();
        bytes.resize(line.len() / 8 * 8 + 8, 0);
        bytes.extend((line.len() as u64).to_le_bytes());
        for word in bytes.chunks(8) {
            let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
            hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// Makes a cached token look as if it had been issued `seconds` earlier.
pub(crate) fn age_token(path: &Path, seconds: u64) {
    rewrite_token(path, |header| {
        for name in ["issued_at", "expires_at", "refresh_at"] {
            if let Some(at) = header.get(name).and_then(serde_json::Value::as_u64) {
                header[name] = (at - seconds).into();
            }
        }
        let stored = header["stored_ms"].as_u64().expect("stored_ms");
        header["stored_ms"] = (stored - seconds * 1000).into();
    });
}
