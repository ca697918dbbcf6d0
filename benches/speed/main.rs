//! What a cache hit costs in every protocol, as whole processes, beside `cat` of the same file, `/bin/true` and a Python
//! that does nothing, and what it costs to say that a host is none of ours; instructions where valgrind is there; peak
//! memory; a miss; the crowd on a cold key; and that neither the number of tokens nor of profiles matters.
//!
//!     cargo bench                          builds the program as install.sh does and measures it
//!     cargo bench -- --program PATH        measures that program
//!     cargo bench -- --check               fails where a bound of the README's section "Speed" is not kept
//!     cargo bench -- --layout              lays the code of a hit together anew (link/first.ld), before it is measured
#![allow(clippy::print_stdout, clippy::exit, clippy::expect_used, reason = "a benchmark is a script")]

mod calls;
mod layout;
#[cfg(target_os = "linux")]
mod serve;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use calls::Call;
use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, TENANT};

const ROUNDS: usize = 400;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments.iter().any(|argument| argument == "--check");
    let given = arguments.iter().skip_while(|argument| *argument != "--program").nth(1);
    if arguments.iter().any(|argument| argument == "--layout") {
        let bench = Bench::new(layout::build(root(), &target()));
        let hits: Vec<Run> = calls::hits(&bench.registry()).iter().map(|call| bench.run(call)).collect();
        layout::write(root(), &hits);
    }
    let bench = Bench::new(given.map_or_else(build, PathBuf::from));
    println!("program: {}", describe(&bench.program));
    let mut failures = Vec::new();
    let mut bound = |what: &str, value: f64, limit: f64| {
        let kept = value <= limit;
        println!("  {} {what}: {value:.2} (bound {limit:.2})", if kept { "ok " } else { "NOT" });
        if !kept {
            failures.push(what.to_owned());
        }
    };

    println!("\nmiss: a fetch over TLS from the emulator, on this machine");
    let token = Run::new(bench.jeton(&["token", "-p", "p0"]));
    let start = Instant::now();
    assert!(token.is_right(), "the emulator gives no token");
    println!("  {:.1} ms, {} request", start.elapsed().as_secs_f64() * 1e3, bench.emulator.count());
    if let Some(count) = Run::new(bench.jeton(&["token", "-p", "p0", "--force-refresh"])).instructions() {
        // Most of it is reading some 150 root certificates; 20 million are about 5 ms of a slow machine.
        bound("instructions of a miss, millions", count / 1e6, 20.0);
    }

    println!("\nwhole processes, medians of {ROUNDS} taken in turns");
    let entry = bench.entry();
    let hits = calls::hits(&bench.registry());
    let foreign = calls::foreign();
    let mut runs =
        vec![("cat FILE", Run::new(Command::new("/bin/cat"))), ("/bin/true", Run::new(Command::new("/bin/true")))];
    runs[0].1.command.arg(&entry);
    for call in hits.iter().chain(&foreign) {
        let run = bench.run(call);
        // What is asked for the first time is another token; it is stored before anything is measured.
        assert!(run.is_right(), "jeton {} does not end with {}", call.name, call.code);
        runs.push((call.name, run));
    }
    let medians = race(&mut runs, ROUNDS);
    let cat = medians["cat FILE"];
    let mut python = [("python3 -c pass", Run::new(Command::new("python3")))];
    python[0].1.command.args(["-c", "pass"]);
    let python = race(&mut python, 20);
    for (name, median) in medians.iter().chain(&python) {
        println!("  {name:<26} {:>8.0} us {:>6.2} x cat", median.as_secs_f64() * 1e6, ratio(*median, cat));
    }
    for call in hits.iter().chain(&foreign) {
        bound(&format!("{}, times cat", call.name), ratio(medians[call.name], cat), 0.7);
    }

    println!("\ninstructions in user mode (valgrind), an environment of about 10 variables");
    let mut small = 0.0;
    for (calls, limit) in [(&hits, 250.0), (&foreign, 150.0)] {
        for call in calls {
            let Some(count) = bench.run(call).instructions() else {
                println!("  valgrind is not there");
                break;
            };
            if call.name == "credential-process" {
                small = count;
            }
            bound(&format!("{}, thousands", call.name), count / 1e3, limit);
        }
    }

    println!("\npeak memory and size");
    match token.peak_memory() {
        // (With the pages of the program itself, which all its processes share: 64 KiB around each that is touched.)
        Some(kibibytes) => bound("a hit, MiB", kibibytes / 1024.0, 3.0),
        None => println!("  /usr/bin/time is not there"),
    }
    bound("the program, MiB", fs::metadata(&bench.program).expect("a file").len() as f64 / 1048576.0, 5.0);

    #[cfg(target_os = "linux")]
    {
        println!("\njeton serve, a connection for each request");
        let log = bench.home.path().join("log").display().to_string();
        let args = ["serve", "-p", "p0", "--managed-identity", "--listen", "127.0.0.1:0", "--log", &log];
        let served = serve::Served::start(bench.jeton(&args));
        let rate = served.rate();
        println!("  {rate:.0} requests a second, with an access log");
        bound("milliseconds of two cores for a request from the cache", 1000.0 / rate, 1.0);
        let (each, peak) = served.beside_held();
        bound("milliseconds for one beside 200 held connections", each.as_secs_f64() * 1e3, 10.0);
        bound("memory with 200 held connections, MiB", peak, 10.0);
        bound("memory once all 200 asked at once, MiB", served.peak(), 15.0);
    }

    println!("\n10,000 tokens and 10,000 profiles");
    bench.crowd_the_folders();
    let most = |name| hits.iter().find(|call| call.name == name).map(|call| bench.run(call)).expect("a call");
    let many = most("credential-process");
    assert!(many.is_right(), "the profile is not found");
    if small > 0.0 {
        bound("instructions, times those with few", many.instructions().expect("valgrind") / small, 1.1);
    }
    // The profile has to be found first, by the host or because there is one for the tool.
    for name in ["git get", "docker get", "keyring, JSON", "az"] {
        let run = most(name);
        assert!(run.is_right(), "{name}: the profile is not found");
        if let Some(count) = run.instructions() {
            bound(&format!("{name}, thousands"), count / 1e3, 250.0);
        }
    }
    let mut few_and_many = [("cat", Run::new(Command::new("/bin/cat"))), ("many", many)];
    few_and_many[0].1.command.arg(&entry);
    let medians = race(&mut few_and_many, ROUNDS);
    bound("a hit, times cat", ratio(medians["many"], medians["cat"]), 0.75);

    println!("\n200 processes on a cold key");
    bench.emulator.clear();
    bench.emulator.set_latency(Duration::from_millis(200));
    let start = Instant::now();
    let children: Vec<_> =
        (0..200).map(|_| bench.jeton(&["token", "-p", "p0", "--scope", "storage"]).spawn().expect("a run")).collect();
    let failed =
        children.into_iter().filter_map(|mut child| child.wait().ok()).filter(|status| !status.success()).count();
    bound("requests", bench.emulator.count() as f64, 1.0);
    bound("processes without a token", failed as f64, 0.0);
    bound("seconds beyond the request", start.elapsed().as_secs_f64() - 0.2, 1.0);

    if check && !failures.is_empty() {
        println!("\nnot kept: {}", failures.join("; "));
        std::process::exit(1);
    }
}

/// The program, a home for it, and the emulator it is signed in at.
struct Bench {
    program: PathBuf,
    home: tempfile::TempDir,
    emulator: Emulator,
}

impl Bench {
    fn new(program: PathBuf) -> Self {
        let bench = Self { program, home: tempfile::tempdir().expect("a folder"), emulator: Emulator::start() };
        bench.emulator.write_ca(&bench.home.path().join("ca.pem")).expect("a CA file");
        bench.profiles(1);
        bench
    }

    fn profiles(&self, count: usize) {
        let one = |name: &str, more: &str| {
            format!(r#""{name}":{{"tenant":"{TENANT}","client_id":"{CLIENT_ID}","client_secret":"env:BENCH_SECRET","#)
                + &format!(r#""authority_host":"{}",{more}}}"#, self.emulator.url())
        };
        let mut all: Vec<String> = (1..count).map(|n| one(&format!("p{n}"), r#""scopes":["databricks"]"#)).collect();
        all.push(one("registry", &format!(r#""hosts":["{}"]"#, self.registry())));
        // The one that is asked for stands last: a reader that goes through the file goes through all of it.
        all.push(one("p0", &format!(r#""scopes":["databricks"],"hosts":["{}"]"#, calls::HOST)));
        let config = self.home.path().join("config");
        fs::create_dir_all(&config).expect("a folder");
        let path = config.join("profiles.json");
        fs::write(&path, format!(r#"{{"version":1,"profiles":{{{}}}}}"#, all.join(",\n"))).expect("profiles.json");
        let settled = std::time::SystemTime::now() - Duration::from_secs(60);
        fs::File::options().append(true).open(&path).and_then(|file| file.set_modified(settled)).expect("a time");
    }

    fn crowd_the_folders(&self) {
        let entry = fs::read(self.entry()).expect("a token");
        for n in 0..10_000 {
            fs::write(self.home.path().join(format!("cache/{n:064x}.token")), &entry).expect("a file");
        }
        self.profiles(10_000);
    }

    /// The file of the token that the hits read: the first one stored.
    fn entry(&self) -> PathBuf {
        let files = fs::read_dir(self.home.path().join("cache")).expect("a folder").flatten();
        let mut tokens: Vec<PathBuf> =
            files.map(|file| file.path()).filter(|path| path.extension() == Some("token".as_ref())).collect();
        tokens.sort_by_key(|path| fs::metadata(path).and_then(|meta| meta.modified()).expect("a time"));
        tokens.swap_remove(0)
    }

    fn jeton(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let home = self.home.path();
        command.args(args).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("HOME", home).env("PATH", "/usr/bin:/bin").env("BENCH_SECRET", CLIENT_SECRET);
        command.env("JETON_CONFIG_DIR", home.join("config")).env("JETON_CACHE_DIR", home.join("cache"));
        command.env("JETON_CA_FILE", home.join("ca.pem"));
        command
    }

    fn run(&self, call: &Call) -> Run {
        let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
        let mut command = self.jeton(&args);
        command.envs(call.env.iter().copied());
        if call.by_environment {
            command.env("AZURE_AUTHORITY_HOST", self.emulator.url()).env("AZURE_TENANT_ID", TENANT);
            command.env("AZURE_CLIENT_ID", CLIENT_ID).env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
        }
        let input = call.input.as_ref().map(|text| {
            let path = self.home.path().join(call.name.replace(' ', "-"));
            fs::write(&path, text).expect("a file");
            path
        });
        Run { command, input, code: call.code }
    }

    /// Where a registry exchanges tokens: `HOST:PORT`.
    fn registry(&self) -> String {
        self.emulator.url().trim_start_matches("https://").to_owned()
    }
}

/// A process that is measured.
struct Run {
    command: Command,
    /// What stands on standard input.
    input: Option<PathBuf>,
    /// How it ends.
    code: i32,
}

impl Run {
    fn new(command: Command) -> Self {
        Self { command, input: None, code: 0 }
    }

    fn stdin(&self) -> Stdio {
        self.input.as_ref().map_or_else(Stdio::null, |path| File::open(path).expect("a file").into())
    }

    fn is_right(&self) -> bool {
        let mut command = self.under(None);
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.code() == Some(self.code))
    }

    /// Instructions of one run, counted by valgrind.
    fn instructions(&self) -> Option<f64> {
        let text = self.told_by("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"])?;
        text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
    }

    /// Peak memory of one run in KiB, by GNU time: what the system counts for a child of this process includes this one.
    fn peak_memory(&self) -> Option<f64> {
        self.told_by("/usr/bin/time", &["-f", "peak %M"])?
            .lines()
            .find_map(|line| line.strip_prefix("peak ")?.parse().ok())
    }

    /// What another program says on stderr that runs it.
    fn told_by(&self, program: &str, options: &[&str]) -> Option<String> {
        let output = self.under(Some((program, options))).stderr(Stdio::piped()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn under(&self, outer: Option<(&str, &[&str])>) -> Command {
        let mut command = match outer {
            Some((program, options)) => {
                let mut outer = Command::new(program);
                outer.args(options).arg(self.command.get_program());
                outer
            }
            None => Command::new(self.command.get_program()),
        };
        command.args(self.command.get_args()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(self.stdin()).stdout(Stdio::null());
        command
    }
}

/// Runs them in turns, so that whatever else the machine does meets all of them; the median of each.
fn race<'n>(runs: &mut [(&'n str, Run)], rounds: usize) -> BTreeMap<&'n str, Duration> {
    let mut times = vec![Vec::with_capacity(rounds); runs.len()];
    for round in 0..rounds + 10 {
        for (at, (name, run)) in runs.iter_mut().enumerate() {
            let stdin = run.stdin();
            let command = run.command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status();
            if !status.is_ok_and(|status| status.code() == Some(run.code)) {
                println!("  {name} does not run here");
            } else if round >= 10 {
                times[at].push(start.elapsed());
            }
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    runs.iter().zip(times).map(|((name, _), times)| (*name, median(times))).collect()
}

fn ratio(time: Duration, of: Duration) -> f64 {
    time.as_secs_f64() / of.as_secs_f64().max(1e-9)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The program that install.sh makes, in a folder of the benchmark's.
fn build() -> PathBuf {
    let prefix = target().join("measured");
    let installed = Command::new("sh").arg(root().join("install.sh")).arg("--prefix").arg(&prefix).status();
    assert!(installed.expect("a shell").success(), "jeton can't be built");
    prefix.join("bin").join("jeton")
}

fn describe(program: &Path) -> String {
    let version = Command::new(program).arg("--version").output().expect("a program").stdout;
    format!("{} ({})", program.display(), String::from_utf8_lossy(&version).trim())
}
