//! What a cache hit costs, as whole processes, beside `cat` of the same file, `/bin/true` and a Python that does nothing;
//! instructions where valgrind is there; peak memory; a miss; the crowd on a cold key; and that neither the number of
//! tokens nor of profiles matters.
//!
//!     cargo bench                          builds the program as install.sh does and measures it
//!     cargo bench -- --program PATH        measures that program
//!     cargo bench -- --check               fails where a bound of the README's section "Speed" is not kept
//!     cargo bench -- --layout              lays the code of a hit together anew (link/first.ld), before it is measured
#![allow(clippy::print_stdout, clippy::exit, clippy::expect_used, reason = "a benchmark is a script")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "speed/layout.rs"]
mod layout;

use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, TENANT};

const ROUNDS: usize = 400;

/// What is measured of a hit: how each protocol is asked for one token.
const HITS: [(&str, &[&str]); 7] = [
    ("jeton token", &["token", "-p", "p0"]),
    ("jeton token, no profile", &["token", "--scope", "databricks"]),
    ("jeton exec-credential", &["exec-credential", "-p", "p0"]),
    ("jeton credential-process", &["credential-process", "-p", "p0"]),
    ("jeton az", &["az", "account", "get-access-token", "-o", "json", "--resource", "api://az"]),
    ("jeton azd", &["azd", "auth", "token", "-o", "json", "--scope", "api://azd/.default"]),
    ("jeton databricks", &["databricks", "auth", "token", "-p", "p0"]),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments.iter().any(|argument| argument == "--check");
    let given = arguments.iter().skip_while(|argument| *argument != "--program").nth(1);
    if arguments.iter().any(|argument| argument == "--layout") {
        let bench = Bench::new(layout::build(root(), &target()));
        assert!(bench.jeton(&["token", "-p", "p0"]).status().expect("a run").success());
        layout::write(root(), HITS.iter().map(|(_, args)| bench.jeton(args)).collect());
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
    let start = Instant::now();
    assert!(bench.jeton(&["token", "-p", "p0"]).status().expect("a run").success());
    println!("  {:.1} ms, {} request", start.elapsed().as_secs_f64() * 1e3, bench.emulator.count());
    if let Some(count) = instructions(&bench.jeton(&["token", "-p", "p0", "--force-refresh"])) {
        // Most of it is reading some 150 root certificates; 20 million are about 5 ms of a slow machine.
        bound("instructions of a miss, millions", count / 1e6, 20.0);
    }

    println!("\ncache hit, whole processes, medians of {ROUNDS} taken in turns");
    let entry = bench.entry();
    let mut commands: Vec<(String, Command)> = vec![("cat FILE".into(), Command::new("/bin/cat"))];
    commands[0].1.arg(&entry);
    commands.push(("/bin/true".into(), Command::new("/bin/true")));
    commands.extend(HITS.iter().map(|(name, args)| ((*name).to_owned(), bench.jeton(args))));
    let medians = race(&mut commands, ROUNDS);
    let cat = medians["cat FILE"];
    let mut python = [("python3 -c pass".to_owned(), Command::new("python3"))];
    python[0].1.args(["-c", "pass"]);
    let python = race(&mut python, 20);
    for (name, median) in medians.iter().chain(&python) {
        println!("  {name:<26} {:>8.0} us {:>6.2} x cat", median.as_secs_f64() * 1e6, ratio(*median, cat));
    }
    for (name, _) in &HITS {
        bound(&format!("{name}, times cat"), ratio(medians[*name], cat), 0.7);
    }

    println!("\ninstructions in user mode (valgrind), an environment of 10 variables");
    let mut small = 0.0;
    for (name, args) in &HITS {
        let Some(count) = instructions(&bench.jeton(args)) else {
            println!("  valgrind is not there");
            break;
        };
        small = count;
        bound(&format!("{name}, thousands"), count / 1e3, 250.0);
    }

    println!("\npeak memory and size");
    match peak_memory(&bench.jeton(&["token", "-p", "p0"])) {
        // (With the pages of the program itself, which all its processes share: 64 KiB around each that is touched.)
        Some(kibibytes) => bound("a hit, MiB", kibibytes / 1024.0, 3.0),
        None => println!("  /usr/bin/time is not there"),
    }
    bound("the program, MiB", fs::metadata(&bench.program).expect("a file").len() as f64 / 1048576.0, 5.0);

    println!("\n10,000 tokens and 10,000 profiles");
    bench.crowd_the_folders();
    assert!(bench.jeton(&["credential-process", "-p", "p0"]).status().expect("a run").success());
    let args = ["credential-process", "-p", "p0"];
    if small > 0.0 {
        let large = instructions(&bench.jeton(&args)).expect("valgrind");
        bound("instructions, times those with few", large / small, 1.1);
    }
    let mut few_and_many = [("cat".to_owned(), Command::new("/bin/cat")), ("many".into(), bench.jeton(&args))];
    few_and_many[0].1.arg(&entry);
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
        let one = |n: usize| {
            format!(r#""p{n}":{{"tenant":"{TENANT}","client_id":"{CLIENT_ID}","client_secret":"env:BENCH_SECRET","#)
                + &format!(r#""authority_host":"{}","scopes":["databricks"]}}"#, self.emulator.url())
        };
        // The one that is asked for stands last: a reader that goes through the file goes through all of it.
        let all: Vec<String> = (0..count).rev().map(one).collect();
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
        if !args.contains(&"-p") {
            command.env("AZURE_AUTHORITY_HOST", self.emulator.url()).env("AZURE_TENANT_ID", TENANT);
            command.env("AZURE_CLIENT_ID", CLIENT_ID).env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
            // Its token is another one; it is stored before anything is measured.
            assert!(command.status().expect("a run").success());
        } else if args[0] == "exec-credential" {
            assert!(command.status().expect("a run").success());
        }
        command
    }
}

/// Runs the commands in turns, so that whatever else the machine does meets all of them; the median of each.
fn race(commands: &mut [(String, Command)], rounds: usize) -> BTreeMap<String, Duration> {
    let mut times = vec![Vec::with_capacity(rounds); commands.len()];
    for round in 0..rounds + 10 {
        for (at, (name, command)) in commands.iter_mut().enumerate() {
            let start = Instant::now();
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            if !status.is_ok_and(|status| status.success()) {
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
    commands.iter().zip(times).map(|((name, _), times)| (name.clone(), median(times))).collect()
}

fn ratio(time: Duration, of: Duration) -> f64 {
    time.as_secs_f64() / of.as_secs_f64().max(1e-9)
}

/// Instructions of one run, counted by valgrind.
fn instructions(command: &Command) -> Option<f64> {
    let text = under("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"], command)?;
    text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

/// Peak memory of one run in KiB, by GNU time: what the system counts for a child of this process includes this one.
fn peak_memory(command: &Command) -> Option<f64> {
    under("/usr/bin/time", &["-f", "peak %M"], command)?
        .lines()
        .find_map(|line| line.strip_prefix("peak ")?.parse().ok())
}

/// Runs a command under another program, and gives what that one said on stderr.
fn under(program: &str, options: &[&str], command: &Command) -> Option<String> {
    let mut outer = Command::new(program);
    outer.args(options).arg(command.get_program()).args(command.get_args());
    outer.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = outer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
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
