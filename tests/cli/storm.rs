//! Many processes that need the same sign-in, as kubectl starts them: one browser, as many answers.

use std::path::Path;
use std::process::Stdio;

use jeton_emulator::{Emulator, Fault};

use crate::browser::{self, parameter};
use crate::crowd::Crowd;
use crate::expect::assert_says;
use crate::support::{Home, Run, wait_until};

const MANY: usize = 10;

/// A home whose browser writes down each URL that it is to open: that file.
fn home(emulator: &Emulator) -> (Home, std::path::PathBuf) {
    let mut home = browser::home(emulator);
    let (script, opened) = (home.path("browser.sh"), home.path("opened"));
    std::fs::write(&script, format!("printf '%s\\n' \"$1\" >> '{}'\n", opened.display())).expect("a script");
    home.set("BROWSER", format!("sh '{}'", script.display()));
    (home, opened)
}

fn opened(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // (A line without its end is being written.)
    text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
}

#[track_caller]
fn wait_for_browser(file: &Path) -> String {
    wait_until("a browser that is started", || !opened(file).is_empty());
    opened(file).remove(0)
}

/// `jeton exec-credential`, called as kubectl calls it.
fn kubectl(home: &Home, args: &[&str]) -> Run {
    let info =
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}"#;
    home.jeton(&[&["exec-credential"], args].concat()).env("KUBERNETES_EXEC_INFO", info)
}

#[test]
fn ten_kubectl_with_the_same_sign_in_open_one_browser_and_get_ten_answers() {
    let emulator = Emulator::start();
    let (home, file) = home(&emulator);
    let crowd = Crowd::start((0..MANY).map(|_| kubectl(&home, &[])));
    let url = wait_for_browser(&file);
    crowd.wait_for_waiting(MANY - 1);
    assert!(!crowd.has_ended());
    assert_eq!(emulator.visit(&url).go_back().unwrap().0, 200);
    let members = crowd.finish();
    let mut waited = 0;
    for member in &members {
        let token = member.output.clone().ok().json()["status"]["token"].as_str().unwrap().to_owned();
        assert_eq!(emulator.issued_tokens(), [token]);
        waited += usize::from(member.output.stderr.contains("asks somebody to sign in in a browser"));
    }
    // Those that wait say for what.
    assert_eq!(waited, MANY - 1);
    assert_eq!((opened(&file).len(), emulator.token_count()), (1, 1));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn ten_with_different_scopes_open_one_browser_too() {
    let emulator = Emulator::start();
    let (home, file) = home(&emulator);
    let ids: Vec<_> = (0..MANY).map(|at| format!("api://cluster-{at}")).collect();
    let crowd = Crowd::start(ids.iter().map(|id| kubectl(&home, &["--server-id", id])));
    let url = wait_for_browser(&file);
    assert_eq!(emulator.visit(&url).go_back().unwrap().0, 200);
    let tokens: Vec<_> =
        crowd.finish().into_iter().map(|member| member.output.ok().json()["status"]["token"].clone()).collect();
    assert_eq!((opened(&file).len(), emulator.authorize_requests().len()), (1, 1));
    // One by the code, the others by its refresh token; each has its own.
    assert_eq!(emulator.token_count(), MANY);
    assert!((1..MANY).all(|at| !tokens[at..].contains(&tokens[at - 1])));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn one_refusal_is_every_ones_and_opens_no_further_browser() {
    for args in [&[][..], &["--server-id", "api://other"]] {
        let emulator = Emulator::start();
        let (home, file) = home(&emulator);
        emulator.script(Fault::sign_in_error("access_denied", 65004));
        // Half of them for the same token, half for another of the same user.
        let runs = (0..MANY).map(|at| kubectl(&home, if at % 2 == 0 { &[] } else { args }));
        let crowd = Crowd::start(runs);
        let url = wait_for_browser(&file);
        assert_eq!(emulator.visit(&url).go_back().unwrap().0, 400);
        for member in crowd.finish() {
            assert!([3, 6].contains(&member.output.code), "{:?}", member.output);
            assert_says(&member.output.stderr, &["AADSTS65004", "next: "]);
            assert_eq!(member.output.stdout, "");
        }
        // kubectl tries again, and again.
        for _ in 0..5 {
            assert_says(&kubectl(&home, &[]).run().refusal(3), &["is not asked again for", "run: jeton login"]);
        }
        assert_eq!((opened(&file).len(), emulator.token_count()), (1, 0));
    }
}

#[test]
fn who_is_killed_while_it_asks_leaves_nothing_that_stands_in_the_way() {
    let emulator = Emulator::start();
    let (home, file) = home(&emulator);
    let mut run = kubectl(&home, &[]);
    run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = run.command.spawn().unwrap();
    let url = wait_for_browser(&file);
    first.kill().unwrap();
    first.wait().unwrap();
    // Its listener is gone, and the next one asks anew.
    assert!(emulator.visit(&url).go_back().is_err());
    let second = kubectl(&home, &[]).spawn();
    wait_until("a second browser", || opened(&file).len() == 2);
    let url = opened(&file).remove(1);
    assert_ne!(parameter(&url, "state"), None);
    assert_eq!(emulator.visit(&url).go_back().unwrap().0, 200);
    crate::support::finish(second).ok();
}
