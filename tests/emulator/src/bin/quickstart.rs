//! The quick start: builds jeton, starts the emulator, and shows what jeton does, in a home folder of its own.
//!
//! Nothing leaves this machine, and nothing of the user's is read or written.
#![allow(clippy::print_stdout, reason = "showing is what this program is for")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jeton_emulator::{AKS_AUDIENCE, CLIENT_ID, CLIENT_SECRET, Emulator, TENANT};

fn main() -> Result<(), Box<dyn Error>> {
    println!("Building jeton (a minute or two the first time) ...");
    let jeton = build()?;
    let home = std::env::temp_dir().join(format!("jeton-quickstart-{}", std::process::id()));
    std::fs::create_dir_all(&home)?;
    let emulator = Emulator::start();
    println!("Entra, AWS and a Kubernetes API, as far as jeton needs them, run at {} now.", emulator.url());
    let demo = Demo { jeton, home: home.clone(), ca: home.join("ca.pem"), emulator: &emulator };
    emulator.write_ca(&demo.ca)?;
    let outcome = demo.run();
    std::fs::remove_dir_all(&home)?;
    outcome
}

/// Builds the program as its users get it, so that the times are those of an optimised build.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = Command::new(cargo)
        .args(["build", "--release", "--package", "jeton", "--bin", "jeton", "--quiet"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err("jeton could not be built".into());
    }
    let text = String::from_utf8(built.stdout)?;
    let program = text.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    program.ok_or_else(|| "cargo did not say where jeton is".into())
}

struct Demo<'a> {
    jeton: PathBuf,
    home: PathBuf,
    ca: PathBuf,
    emulator: &'a Emulator,
}

impl Demo<'_> {
    fn run(&self) -> Result<(), Box<dyn Error>> {
        let (authority, sts) = (self.emulator.url(), format!("{}/sts", self.emulator.url()));

        println!("\n1. A profile. The secret stays where it is; the profile says where to read it.");
        let mut create = vec!["profile", "create", "demo", "--tenant", TENANT, "--client-id", CLIENT_ID];
        create.extend([
            "--client-secret-from",
            "env:DEMO_SECRET",
            "--authority-host",
            authority,
            "--scope",
            "databricks",
        ]);
        self.show(&create)?;

        println!("\n2. A token, cold: one request.");
        let cold = self.show(&["token", "-p", "demo"])?;

        println!("\n3. The same again, from the cache: no request.");
        let cached = self.show(&["token", "-p", "demo"])?;

        println!("\n4. What kubectl gets (exec plugin in a kubeconfig).");
        self.show(&["exec-credential", "-p", "demo", "--server-id", AKS_AUDIENCE])?;

        println!("\n5. What AWS SDKs get (credential_process in ~/.aws/config): keys of a role, for the Entra token.");
        let role = ["--aws-role-arn", "arn:aws:iam::123456789012:role/demo", "--aws-endpoint", &sts];
        self.show(&[&["credential-process", "-p", "demo"], &role[..]].concat())?;

        println!("\n6. Fifty processes at once, for a token that nobody has yet.");
        let before = self.emulator.token_count();
        let start = Instant::now();
        let spawn = || self.command(&["token", "-p", "demo", "--scope", "storage"]).stdout(Stdio::null()).spawn();
        let children: Vec<_> = (0..50).map(|_| spawn()).collect::<Result<_, _>>()?;
        for mut child in children {
            if !child.wait()?.success() {
                return Err("one of the fifty got no token".into());
            }
        }
        let requests = self.emulator.token_count() - before;
        println!("   50 tokens in {}, {requests} request", milliseconds(start.elapsed()));

        println!(
            "\nCold: {}. Cached: {}, most of it for starting a process.",
            milliseconds(cold),
            milliseconds(cached)
        );
        println!(
            "Install it with ./install.sh (on Linux as a static program, which starts twice as fast as this one)."
        );
        Ok(())
    }

    /// jeton with the demo's home and secret, and none of the user's settings.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.jeton);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["AZURE_", "ARM_", "AWS_", "JETON_", "KUBERNETES_"].iter().any(|family| text.starts_with(family)) {
                command.env_remove(&name);
            }
        }
        command.args(args).env("HOME", &self.home).env("DEMO_SECRET", CLIENT_SECRET).env("JETON_CA_FILE", &self.ca);
        command.env("JETON_CONFIG_DIR", self.home.join("config")).env("JETON_CACHE_DIR", self.home.join("cache"));
        command
    }

    /// Runs jeton, shows the command line and a shortened answer, and gives back the time it took.
    fn show(&self, args: &[&str]) -> Result<Duration, Box<dyn Error>> {
        println!("   $ jeton {}", args.join(" "));
        let start = Instant::now();
        let output = self.command(args).stderr(Stdio::inherit()).output()?;
        let took = start.elapsed();
        if !output.status.success() {
            return Err(format!("jeton {} failed ({})", args[0], output.status).into());
        }
        for line in String::from_utf8(output.stdout)?.lines() {
            println!("   {}", shortened(line));
        }
        println!("   ({})", milliseconds(took));
        Ok(took)
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// Long runs of a token's characters are cut: these tokens are worth nothing, but the habit is a good one.
fn shortened(line: &str) -> String {
    let mut shown = String::new();
    let mut run = 0;
    for c in line.chars() {
        run = if c.is_ascii_alphanumeric() || "-_.+/=".contains(c) { run + 1 } else { 0 };
        match run {
            0..=40 => shown.push(c),
            41 => shown.push('…'),
            _ => {}
        }
    }
    shown
}
