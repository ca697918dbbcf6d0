//! Tokens of `az` and `azd`: scripts of these names stand on PATH, which note how they were called.
#![cfg(unix)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jeton_emulator::TENANT;

use crate::crowd::Crowd;
use crate::expect::{assert_about, assert_says, seconds_until};
use crate::support::Home;

/// What scripts print as a token: they are in an environment of their own, so any text will do.
const TOKEN: &str = "a-developers-token";

/// Writes a program into the folder `bin`, which comes first on PATH. It notes each call in `calls`.
pub(crate) fn program(home: &mut Home, name: &str, body: &str) {
    let bin = home.path("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let calls = home.path("calls");
    let script = format!("#!/bin/sh\necho \"{name} $*\" >> '{}'\n{body}\n", calls.display());
    // By a child: what this process has open for writing, a child that another test starts meanwhile has too for a
    // moment, and a program that is open for writing can't be run (ETXTBSY).
    let mut writer = Command::new("/bin/sh");
    writer.args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"]).arg(bin.join(name)).stdin(Stdio::piped());
    let mut writer = writer.spawn().expect("a shell");
    writer.stdin.take().expect("its input").write_all(script.as_bytes()).expect("a script");
    assert!(writer.wait().expect("its end").success());
    home.set("PATH", format!("{}:/usr/bin:/bin", bin.display()));
}

/// The calls so far, a line each.
pub(crate) fn calls(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.path("calls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// A script's body that prints a token as az does.
pub(crate) fn az_prints(token: &str, seconds: u64) -> String {
    let end = jeton::clock::now() + seconds;
    format!(
        r#"echo '{{"accessToken": "{token}", "expiresOn": "2001-01-01 00:00:00.000000", "expires_on": {end},
  "subscription": "00000000-0000-0000-0000-000000000001", "tenant": "{TENANT}", "tokenType": "Bearer"}}'"#
    )
}

fn home(flow: &str) -> Home {
    let mut home = Home::new();
    home.set("JETON_FLOW", flow);
    home
}

#[test]
fn az_is_run_as_the_sdks_run_it_and_its_token_is_kept() {
    let mut home = home("azure-cli");
    program(&mut home, "az", &az_prints(TOKEN, 3600));
    let told = home.token(&["--output", "json"]).run().quiet().json();
    assert_eq!((&told["accessToken"], &told["tenant"]), (&TOKEN.into(), &TENANT.into()));
    assert_about(seconds_until(&told["expiresOn"]), 3600);
    assert_eq!(home.token(&[]).run().quiet().line(), TOKEN);
    home.token(&["--tenant", "contoso.example"]).run().quiet();
    home.token(&["--subscription", "My Subscription"]).run().quiet();
    home.jeton(&["token", "--scope", "https://graph.microsoft.com/User.Read"]).run().quiet();
    const START: &str = "az account get-access-token --output json";
    let resource = "--resource 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";
    assert_eq!(
        calls(&home),
        [
            format!("{START} {resource}"),
            format!("{START} {resource} --tenant contoso.example"),
            format!("{START} {resource} --subscription My Subscription"),
            format!("{START} --scope https://graph.microsoft.com/User.Read"),
        ]
    );
}

#[test]
fn a_crowd_runs_az_once() {
    let mut home = home("azure-cli");
    let go = home.path("go");
    let body = format!("until test -e '{}'; do sleep 0.05; done\n{}", go.display(), az_prints(TOKEN, 3600));
    program(&mut home, "az", &body);
    let crowd = Crowd::start((0..10).map(|_| home.token(&[])));
    crowd.wait_for_waiting(9);
    std::fs::write(&go, "").expect("a file");
    assert_eq!(crowd.finish_alike().ok().line(), TOKEN);
    assert_eq!(calls(&home).len(), 1);
}

#[test]
fn whoever_signs_in_next_gets_a_token_of_their_own() {
    // Azure/kubelogin#137: after az logout and az login the token of the user before was handed out.
    let mut home = home("azure-cli");
    let profile = home.path(".azure/azureProfile.json");
    std::fs::create_dir_all(home.path(".azure")).expect("a folder");
    std::fs::write(&profile, "{\"user\": \"ada\"}").expect("a file");
    program(&mut home, "az", &az_prints("token-of-ada", 3600));
    assert_eq!(home.token(&[]).run().quiet().line(), "token-of-ada");
    std::fs::write(&profile, "{\"user\": \"grace\"}").expect("a file");
    program(&mut home, "az", &az_prints("token-of-grace", 3600));
    assert_eq!(home.token(&[]).run().quiet().line(), "token-of-grace");
    // Another folder of settings is another sign-in.
    program(&mut home, "az", &az_prints("token-of-edsger", 3600));
    let other = home.token(&[]).env("AZURE_CONFIG_DIR", home.path("other")).run();
    assert_eq!(other.quiet().line(), "token-of-edsger");
    assert_eq!(home.token(&[]).run().quiet().line(), "token-of-grace");
    assert_eq!(calls(&home).len(), 3);
}

#[test]
fn a_tool_that_is_not_there_or_not_signed_in_is_told() {
    let mut home = home("azure-cli");
    assert_says(&home.token(&[]).run().refusal(4), &["az) is not on PATH", "https://aka.ms/azure-cli"]);
    program(&mut home, "az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    let stderr = home.token(&["--tenant", "contoso.example"]).run().refusal(3);
    assert_says(&stderr, &["Please run 'az login'", "az login --tenant contoso.example --scope 2ff814a6"]);
    program(
        &mut home,
        "az",
        "echo 'ERROR: AADSTS50076: Due to a configuration change you must use multi-factor authentication.
Interactive authentication is needed. Please run:
az login --scope x' >&2; exit 1",
    );
    assert_says(&home.token(&[]).run().refusal(3), &["AADSTS50076", "next: sign in: az login"]);
    program(&mut home, "az", "echo 'ERROR: AADSTS500011: The resource principal was not found.' >&2; exit 1");
    assert_says(&home.token(&[]).run().refusal(6), &["AADSTS500011"]);
    program(&mut home, "az", "echo 'HTTPSConnectionPool(...): Max retries exceeded with url' >&2; exit 1");
    assert_says(&home.token(&[]).run().refusal(5), &["Max retries exceeded", "check the network"]);
    program(&mut home, "az", "echo nonsense");
    assert_says(&home.token(&[]).run().refusal(1), &["something else than a token"]);
    program(&mut home, "az", &az_prints(TOKEN, 0));
    assert_says(&home.token(&[]).run().refusal(5), &["has expired"]);
}

#[test]
fn a_tool_that_hangs_is_ended_in_time() {
    let mut home = home("azure-cli");
    program(&mut home, "az", "exec sleep 100");
    let start = Instant::now();
    let stderr = home.token(&[]).env("JETON_TIMEOUT", "1s").run().refusal(5);
    assert_says(&stderr, &["az took longer than", "JETON_TIMEOUT"]);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_stand_in_of_this_program_is_passed_over() {
    let mut home = home("azure-cli");
    program(&mut home, "az", &az_prints(TOKEN, 3600));
    let own = PathBuf::from(env!("CARGO_BIN_EXE_jeton"));
    for (name, linked) in [("by-symbolic-link", true), ("by-hard-link", false)] {
        let folder = home.path(name);
        std::fs::create_dir(&folder).expect("a folder");
        let az = folder.join("az");
        // (A hard link is not possible from one disk to another.)
        if linked || std::fs::hard_link(&own, &az).is_err() {
            std::os::unix::fs::symlink(&own, &az).expect("a link");
        }
        let path = format!("{}:{}:/usr/bin:/bin", folder.display(), home.path("bin").display());
        let output = home.token(&["--force-refresh"]).env("PATH", path).run();
        assert_eq!(output.quiet().line(), TOKEN, "{name}");
    }
}

#[test]
fn a_tool_that_asks_jeton_in_turn_does_not_go_round_in_circles() {
    let mut home = home("azure-cli");
    let own = env!("CARGO_BIN_EXE_jeton");
    program(&mut home, "az", &format!("exec '{own}' token --flow azure-cli --scope databricks"));
    let stderr = home.token(&[]).run().refusal(1);
    assert_says(&stderr, &["they would go round in circles"]);
    assert_eq!(calls(&home).len(), 1);
}

#[test]
fn nothing_odd_is_handed_to_another_program() {
    let mut home = home("azure-cli");
    program(&mut home, "az", &az_prints(TOKEN, 3600));
    for args in [
        &["--subscription", "a;touch x"][..],
        &["--subscription", "$(touch x)"],
        &["--subscription=--debug"],
        &["--tenant", "a&b"],
    ] {
        assert_says(&home.token(args).run().refusal(4), &["can't be handed to another program"]);
    }
    let stderr = home.token(&["--subscription", "s", "--tenant", "t"]).run().refusal(4);
    assert_says(&stderr, &["not both"]);
    // (The challenge is in base64, which begins as tokens do.)
    let stderr = home.token(&["--claims", r#"{"access_token":{}}"#]).run().fails(3).stderr;
    assert_says(&stderr, &["az login", "--claims-challenge eyJ"]);
    assert_eq!(calls(&home), [""; 0]);
}

#[test]
fn azd_is_run_as_the_sdks_run_it() {
    let mut home = home("azd");
    let end = jeton::clock::rfc3339(jeton::clock::now() + 3600);
    program(&mut home, "azd", &format!(r#"echo '{{"token": "{TOKEN}", "expiresOn": "{end}"}}'"#));
    let told = home.token(&["--output", "json"]).run().quiet().json();
    assert_about(seconds_until(&told["expiresOn"]), 3600);
    assert_eq!(home.token(&[]).run().quiet().line(), TOKEN);
    home.token(&["--tenant", "contoso.example", "--claims", r#"{"access_token":{}}"#]).run().quiet();
    let start = "azd auth token --output json --no-prompt --scope 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default";
    let calls = calls(&home);
    assert_eq!((calls.len(), calls[0].as_str()), (2, start));
    assert!(calls[1].starts_with(&format!("{start} --tenant-id contoso.example --claims ey")), "{}", calls[1]);
    std::fs::create_dir_all(home.path(".azd")).expect("a folder");
    std::fs::write(home.path(".azd/auth.json"), "{}").expect("a file");
    program(
        &mut home,
        "azd",
        r#"printf '%s\n' '{"type":"consoleMessage","data":{"message":"\nERROR: not logged in, run `azd auth login` to login\n"}}' >&2
exit 1"#,
    );
    let stderr = home.token(&[]).run().refusal(3);
    assert_says(&stderr, &["azd gave no token: not logged in", "next: sign in: azd auth login"]);
}
