//! The flow device-code: what is shown, how it is polled, and how it ends.

use std::time::Duration;

use jeton_emulator::{Emulator, Fault, OTHER_USER, PUBLIC_CLIENT_ID, TENANT, USER};

use crate::crowd::Crowd;
use crate::expect::assert_says;
use crate::support::{SCOPE, finish};
use crate::user::{self, PATIENCE, approve, device_codes};

/// The times between the polls.
fn gaps(emulator: &Emulator) -> Vec<Duration> {
    let at: Vec<_> = emulator.token_requests().iter().map(|request| request.at).collect();
    at.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_person_signs_in_with_the_code_that_is_shown() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let child = home.token(&[]).spawn();
    let code = emulator.wait_for_device_code(PATIENCE).expect("a device code");
    // Pending once, at least.
    assert!(emulator.wait_for_requests(1, PATIENCE));
    assert!(emulator.approve_device_code(USER));
    let output = finish(child).ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_says(&output.stderr, &[&code, &format!("page: {}/devicelogin", emulator.url()), "enter it within 5m"]);
    assert!(!output.stderr.contains('\u{1b}') && !output.stderr.contains('\r'), "no terminal: {:?}", output.stderr);
    assert_eq!(emulator.violations(), [""; 0]);
    let asked = &emulator.requests()[0];
    assert_eq!(asked.path, format!("/{TENANT}/oauth2/v2.0/devicecode"));
    assert_eq!(asked.field("client_id"), Some(PUBLIC_CLIENT_ID));
    assert!(asked.field("scope").unwrap().ends_with("/.default openid profile offline_access"));
    // From the cache from now on.
    let count = emulator.count();
    home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), count);
}

#[test]
fn the_v1_endpoint_has_device_codes_too() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let output = approve(&emulator, home.token(&["--endpoint", "v1"]).spawn()).ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(emulator.requests()[0].query_value("api-version"), Some("1.0"));
}

#[test]
fn slow_down_makes_every_further_poll_five_seconds_later() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    emulator.script(Fault::error(400, "authorization_pending", 70016));
    emulator.script(Fault::error(400, "slow_down", 70016));
    emulator.script(Fault::error(400, "authorization_pending", 70016));
    let child = home.token(&[]).spawn();
    assert!(emulator.wait_for_requests(3, PATIENCE));
    assert!(emulator.approve_device_code(USER));
    finish(child).ok();
    let gaps = gaps(&emulator);
    assert_eq!(gaps.len(), 3);
    assert!(gaps[0] >= Duration::from_millis(950) && gaps[0] < Duration::from_secs(5), "{gaps:?}");
    assert!(gaps[1..].iter().all(|gap| *gap >= Duration::from_millis(5950)), "{gaps:?}");
}

#[test]
fn declined_expired_and_unknown_codes_are_told_apart() {
    for (error, aadsts, code, says) in [
        ("authorization_declined", 70018, 6, ["declined", "run: jeton login"]),
        ("expired_token", 70019, 3, ["expired before anybody signed in", "start the sign-in again"]),
        ("bad_verification_code", 70018, 3, ["does not know the device code", "--tenant"]),
        ("invalid_grant", 53003, 3, ["Conditional Access", "--flow interactive-browser"]),
    ] {
        let emulator = Emulator::start();
        let home = user::home(&emulator);
        emulator.script(Fault::error(400, error, aadsts));
        let output = home.token(&[]).run().fails(code);
        assert_says(&output.stderr, &says);
        assert_says(&output.stderr, &["correlation id"]);
        assert_eq!(emulator.token_count(), 1, "{error} ends it");
        // A tool that tries again does not get the next code.
        let again = home.token(&[]).run().fails(3);
        assert_says(&again.stderr, &["is not asked again for", "run: jeton login"]);
        assert_eq!(device_codes(&emulator), 1);
    }
}

#[test]
fn a_person_who_declines_ends_it() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let child = home.token(&[]).spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.decline_device_code());
    assert_says(&finish(child).fails(6).stderr, &["the sign-in was declined"]);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn the_code_ends_by_itself_and_so_does_the_time_to_sign_in() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.device_expires_in = 3);
    let output = user::home(&emulator).token(&[]).run().fails(3);
    assert_says(&output.stderr, &["the code expired before anybody signed in", "enter it within 3s"]);
    emulator.change_settings(|settings| settings.device_expires_in = 900);
    let output = user::home(&emulator).token(&["--sign-in-timeout", "3s"]).run().fails(3);
    assert_says(&output.stderr, &["nobody signed in with the code within 3s", "--sign-in-timeout", "jeton login"]);
}

#[test]
fn an_error_instead_of_a_code_is_told_whatever_its_status() {
    for status in [200, 400] {
        let emulator = Emulator::start();
        let home = user::home(&emulator);
        let path = format!("/{TENANT}/oauth2/v2.0/devicecode");
        emulator.script_for(&path, Fault::error(status, "unauthorized_client", 700016));
        let output = home.token(&[]).run();
        assert_says(&output.refusal(6), &["there is no such app", PUBLIC_CLIENT_ID]);
        assert_eq!(emulator.count(), 1);
    }
    // What is neither is no code.
    let emulator = Emulator::start();
    emulator.script_for(&format!("/{TENANT}/oauth2/v2.0/devicecode"), Fault::html(200));
    assert_says(&user::home(&emulator).token(&[]).run().refusal(5), &["no token and no OAuth error"]);
}

#[test]
fn trouble_with_the_network_does_not_end_the_polling() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    emulator.script(Fault::reset());
    emulator.script(Fault::html(503));
    let child = home.token(&["-v"]).spawn();
    assert!(emulator.wait_for_requests(2, PATIENCE));
    assert!(emulator.approve_device_code(USER));
    let output = finish(child).ok();
    assert_eq!(output.stderr.matches("this poll failed").count(), 2, "{}", output.stderr);
    let gaps = gaps(&emulator);
    // Each poll came once, and after trouble later than before.
    assert_eq!(gaps.len(), 2);
    assert!(gaps[0] >= Duration::from_millis(1950) && gaps[1] >= Duration::from_millis(3950), "{gaps:?}");
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn a_network_that_does_not_come_back_is_no_answer_of_the_person() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    emulator.change_settings(|settings| settings.device_expires_in = 3);
    emulator.script(Fault::reset().times(100));
    home.token(&[]).run().fails(5);
    // Nothing is remembered of it.
    home.token(&[]).run().fails(5);
    assert_eq!(device_codes(&emulator), 2);
}

#[test]
fn nobody_is_asked_where_nobody_may_or_can_be() {
    let emulator = Emulator::start();
    let mut home = user::home(&emulator);
    let login = "next: run: jeton login --flow device-code --login-hint ada@contoso.example --scope 'databricks'";
    let args = ["--flow", "device-code", "--login-hint", "ada@contoso.example"];
    let never = home.token(&[&args[..], &["--interactive", "never"]].concat()).run();
    assert_says(&never.refusal(3), &["--interactive never", login]);
    home.set("JETON_INTERACTIVE", "auto");
    assert_says(&home.token(&args).run().refusal(3), &["there is no terminal to show the sign-in on", login]);
    assert_says(&home.token(&args).env("CI", "true").run().refusal(3), &["this is a CI job", login]);
    home.profiles(
        r#"{"version":1,"profiles":{"work":{"flow":"device-code","scopes":["databricks"],"interactive":"never"}}}"#,
    );
    home.unset("JETON_INTERACTIVE");
    assert_says(&home.jeton(&["token", "-p", "work"]).run().refusal(3), &["next: run: jeton login -p work\n"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn ten_processes_show_one_code() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let crowd = Crowd::start((0..10).map(|_| home.token(&[])));
    crowd.wait_for_waiting(9);
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(USER));
    let members = crowd.finish();
    let tokens: Vec<_> = members.iter().map(|member| member.output.clone().ok().stdout).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    let showed = members.iter().filter(|member| member.output.stderr.contains("/devicelogin")).count();
    let waited = members.iter().filter(|member| member.output.stderr.contains("shows a code that somebody")).count();
    assert_eq!((showed, waited, device_codes(&emulator)), (1, 9, 1));
}

#[test]
fn ten_processes_that_want_different_tokens_show_one_code() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let children: Vec<_> =
        (0..10).map(|at| home.jeton(&["token", "--scope", &format!("api://app-{at}/.default")]).spawn()).collect();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(USER));
    for child in children {
        finish(child).ok();
    }
    assert_eq!(device_codes(&emulator), 1);
    assert_eq!(emulator.issued_tokens().len(), 10);
}

#[test]
fn who_signs_in_as_another_user_is_told_so() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    let child = home.token(&["--login-hint", USER]).spawn();
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(OTHER_USER));
    assert_says(
        &finish(child).ok().stderr,
        &[&format!("user: {USER}"), &format!("{OTHER_USER} signed in, not {USER}")],
    );
}

#[test]
fn a_servers_message_cannot_write_on_the_terminal() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.device_message = Some("\u{1b}[2Jopen\r\n\u{202e}this".into()));
    let output = approve(&emulator, user::home(&emulator).token(&[]).spawn()).ok();
    assert_says(&output.stderr, &["jeton: [2Jopen this\n"]);
    assert!(!output.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", output.stderr);
}

#[cfg(unix)]
mod on_a_terminal {
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;
    use crate::support::{Home, wait_until};
    use crate::terminal::OnTerminal;

    fn start(home: &Home, columns: u16, rows: u16) -> OnTerminal {
        OnTerminal::start(home.token(&[]).env("LANG", "en_US.UTF-8"), columns, rows)
    }

    fn interrupt(id: u32) {
        let id = Pid::from_raw(id.try_into().expect("a process id")).expect("a process id");
        kill_process(id, Signal::INT).expect("a process that runs");
    }

    #[test]
    fn a_wide_one_shows_a_picture_and_how_much_time_is_left() {
        let emulator = Emulator::start();
        let mut home = user::home(&emulator);
        // In a terminal, nobody has to say that somebody can be asked.
        home.set("JETON_INTERACTIVE", "auto");
        let run = start(&home, 80, 40);
        run.wait_for("waiting, 4:58 left");
        assert!(emulator.approve_device_code(USER));
        let output = run.finish().ok();
        assert_eq!(emulator.issued_tokens(), [output.line()]);
        let rows: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("\u{1b}[30;107m")).collect();
        assert!(rows.len() >= 15 && rows.iter().all(|row| row.ends_with("\u{1b}[0m")), "{:?}", output.stderr);
        // One line, written over, and empty at the end.
        let line = output.stderr.rsplit('\n').next().unwrap();
        assert!(line.starts_with("\r  waiting, 4:59 left"), "{line:?}");
        assert!(line.ends_with(&format!("\r{:50}\r", "")), "{line:?}");
    }

    #[test]
    fn one_that_is_narrow_or_low_or_has_no_unicode_shows_text_alone() {
        let emulator = Emulator::start();
        for (columns, rows, locale) in [(30, 40, "en_US.UTF-8"), (80, 12, "en_US.UTF-8"), (80, 40, "C")] {
            let home = user::home(&emulator);
            let run = OnTerminal::start(home.token(&[]).env("LANG", locale), columns, rows);
            emulator.wait_for_device_code(PATIENCE).expect("a device code");
            assert!(emulator.approve_device_code(USER));
            let output = run.finish().ok();
            assert_says(&output.stderr, &["code: "]);
            assert!(!output.stderr.contains('\u{1b}'), "{columns} {rows} {locale}: {:?}", output.stderr);
            // (A line that does not fit can't be written over.)
            assert_eq!(output.stderr.contains("waiting, "), columns > 50, "{:?}", output.stderr);
        }
    }

    #[test]
    fn ctrl_c_ends_it_at_once_and_nothing_is_left_behind() {
        let emulator = Emulator::start();
        let home = user::home(&emulator);
        let run = start(&home, 80, 40);
        run.wait_for("left (Ctrl-C ends it)");
        let begun = std::time::Instant::now();
        interrupt(run.id());
        let output = run.finish();
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!((output.code, output.stdout.as_str()), (-1, ""));
        assert!(home.cached(".token").is_empty());
        // Who comes next is asked at once.
        assert!(emulator.expire_device_code());
        approve(&emulator, home.token(&[]).spawn()).ok();
    }

    #[test]
    fn those_who_waited_for_one_that_was_interrupted_ask_themselves() {
        let emulator = Emulator::start();
        let home = user::home(&emulator);
        let first = home.token(&[]).spawn();
        emulator.wait_for_device_code(PATIENCE).expect("a device code");
        let second = Crowd::start([home.token(&[])]);
        second.wait_for_waiting(1);
        interrupt(first.id());
        finish(first);
        wait_until("a second code", || device_codes(&emulator) == 2);
        wait_until("its sign-in", || {
            emulator.wait_for_device_code(PATIENCE).is_some() && emulator.approve_device_code(USER)
        });
        second.finish_alike().ok();
    }
}

/// The scope is what a token is asked for, not what the sign-in is for.
#[test]
fn a_forced_refresh_needs_no_person() {
    let emulator = Emulator::start();
    let home = user::home(&emulator);
    user::sign_in(&emulator, &home);
    home.jeton(&["token", "--scope", SCOPE, "--force-refresh", "--interactive", "never"]).run().quiet();
    assert_eq!(device_codes(&emulator), 1);
}
