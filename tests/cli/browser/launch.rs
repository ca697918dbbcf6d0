//! Starting a browser. The browsers are shell scripts that write down how they were called.
#![cfg(unix)]

use std::path::PathBuf;

use jeton_emulator::Emulator;

use super::{Asking, home};
use crate::expect::assert_says;
use crate::support::{Home, wait_until};

/// A browser that writes its arguments down, one a line, and then does `then`: the value for `BROWSER`, and the file.
pub(crate) fn browser(home: &Home, name: &str, then: &str) -> (String, PathBuf) {
    let (script, record) = (home.path(&format!("{name}.sh")), home.path(&format!("{name}.calls")));
    let text = format!("printf '%s\\n' \"$@\" >> '{0}.part' && mv '{0}.part' '{0}'\n{then}\n", record.display());
    std::fs::write(&script, text).expect("a script");
    (format!("sh '{}'", script.display()), record)
}

fn called(record: &PathBuf) -> String {
    wait_until("a browser that is started", || record.exists());
    std::fs::read_to_string(record).expect("a record")
}

#[test]
fn the_browser_gets_the_url_as_one_word_and_stdout_stays_clean() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let (command, record) = browser(&home, "chatty", "echo chatter; echo chatter >&2; cat");
    home.set("BROWSER", format!("{command} --new-window '--app=%s' last"));
    let asking = Asking::start(home.token(&["--domain-hint", "a b';$(touch x)&"]));
    assert_eq!(called(&record), format!("--new-window\n--app={}\nlast\n", asking.url));
    assert_eq!(asking.sign_in(&emulator).0, 200);
    let output = asking.finish().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert!(!output.stderr.contains("chatter"), "{}", output.stderr);
    assert_says(&output.stderr, &["sign in with the browser that opens now"]);
}

#[test]
fn the_next_browser_is_tried_and_a_failure_told() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let ((bad, tried), (good, record)) = (browser(&home, "bad", "exit 3"), browser(&home, "good", ""));
    home.set("BROWSER", format!("/none/such:{bad}:{good}"));
    let asking = Asking::start(home.token(&[]));
    assert_eq!(called(&tried), called(&record));
    assert_eq!(asking.sign_in(&emulator).0, 200);
    assert!(!asking.finish().ok().stderr.contains("could be started"));

    // None works: the URL does as well.
    home.set("BROWSER", format!("/none/such:{bad}"));
    let asking = Asking::start(home.token(&["--tenant", "contoso.example"]));
    asking.wait_for("no browser could be started");
    assert_eq!(asking.sign_in(&emulator).0, 200);
    let output = asking.finish().ok();
    assert_says(&output.stderr, &["no browser could be started", "/none/such", "sh failed (exit status: 3)"]);
    assert_eq!(output.stderr.matches("no browser could be started").count(), 1);
}

#[test]
fn a_browser_that_runs_on_is_not_waited_for() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    let (command, record) = browser(&home, "long", "echo $$ >> \"$0.pid\"; exec sleep 300");
    home.set("BROWSER", &command);
    let asking = Asking::start(home.token(&[]));
    called(&record);
    wait_until("a browser that runs", || {
        std::fs::read_to_string(home.path("long.sh.pid")).is_ok_and(|pid| pid.ends_with('\n'))
    });
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    let pid = std::fs::read_to_string(home.path("long.sh.pid")).expect("a browser that runs");
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    // It outlives its caller, in a process group of its own.
    assert_eq!(rustix::process::getpgid(Some(pid)), Ok(pid));
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn the_systems_own_browser_is_started_where_there_is_a_display() {
    use std::os::unix::fs::symlink;
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    // A link to a program that is there: one that is just being written can't be started.
    std::fs::create_dir(home.path("bin")).unwrap();
    symlink("/usr/bin/touch", home.path("bin/xdg-open")).unwrap();
    home.set("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
    let no_display = Asking::start(home.token(&["-v"]));
    assert_eq!(no_display.sign_in(&emulator).0, 200);
    let output = no_display.finish().ok();
    assert!(!output.stderr.contains("browser: started"), "{}", output.stderr);
    assert_says(&output.stderr, &["no display here", "ssh -L", "--flow device-code", "on this machine:\n  https://"]);

    home.set("DISPLAY", ":9");
    let args = ["-v", "--tenant", "contoso.example"];
    let asking = Asking::start(home.token(&args));
    asking.wait_for("browser: started xdg-open");
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();

    let (command, record) = browser(&home, "unwanted", "");
    home.set("BROWSER", command);
    let asking = Asking::start(home.token(&["--no-browser", "--tenant", "fabrikam.example", "-v"]));
    assert_eq!(asking.sign_in(&emulator).0, 200);
    assert!(!asking.finish().ok().stderr.contains("browser: started"));
    assert!(!record.exists());
}
