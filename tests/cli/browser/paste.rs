//! The answer is pasted: where nothing can listen, or the redirect URI is elsewhere.

use std::io::Write as _;

use jeton_emulator::{Emulator, Fault, WEB_CLIENT_ID, WEB_REDIRECT, WEB_SECRET};

use super::{Asking, home};
use crate::expect::{assert_says, last_request};
use crate::support::Home;

/// A home for users of the web app, whose page is nobody's here.
fn web(emulator: &Emulator) -> Home {
    let mut home = home(emulator);
    home.set("JETON_FLOW", "authorization-code");
    home.set("AZURE_CLIENT_ID", WEB_CLIENT_ID);
    home.set("AZURE_CLIENT_SECRET", WEB_SECRET);
    home.set("JETON_REDIRECT_URI", WEB_REDIRECT);
    home
}

/// The address at which the browser ends.
fn address(emulator: &Emulator, asking: &Asking) -> String {
    emulator.visit(&asking.url).location.expect("a redirect")
}

impl Asking {
    pub(crate) fn paste(&mut self, text: &str) {
        writeln!(self.stdin.as_mut().expect("a pipe"), "{text}").expect("a reader");
    }
}

#[test]
fn a_web_app_gets_its_code_by_the_address() {
    let emulator = Emulator::start();
    let home = web(&emulator);
    let mut asking = Asking::start(home.token(&[]));
    assert_eq!(
        (asking.parameter("redirect_uri").as_str(), asking.parameter("response_mode").as_str()),
        (WEB_REDIRECT, "query")
    );
    let address = address(&emulator, &asking);
    asking.paste(&format!("\n  '{address}#'\r"));
    let output = asking.finish().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_says(&output.stderr, &["in any browser", WEB_REDIRECT, "paste it here"]);
    let code = super::parameter(&address, "code").unwrap();
    assert!(!output.stderr.contains(&code), "{}", output.stderr);
    let redeemed = last_request(&emulator);
    assert_eq!((redeemed.field("client_secret"), redeemed.field("code")), (Some(WEB_SECRET), Some(code.as_str())));
    assert_eq!(redeemed.field("redirect_uri"), Some(WEB_REDIRECT));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn localhost_may_be_pasted_too_and_only_the_parameters_will_do() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let mut asking = Asking::start(home.token(&["--paste", "--port", "8400"]));
    assert_eq!(asking.parameter("redirect_uri"), "http://localhost:8400");
    let address = address(&emulator, &asking);
    asking.paste(address.split_once('?').unwrap().1);
    asking.finish().ok();
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn another_address_is_refused_three_times_at_the_most() {
    let emulator = Emulator::start();
    let home = web(&emulator);
    let mut asking = Asking::start(home.token(&["-v"]));
    let good = address(&emulator, &asking);
    let state = asking.parameter("state");
    // The sign-in page's own address has the state, but no code.
    let url = asking.url.clone();
    asking.paste(&url);
    asking.paste(&good.replace(&state, "another"));
    asking.paste(&good);
    let output = asking.finish().ok();
    assert_says(&output.stderr, &["the address of an earlier page", "the state of another sign-in"]);
    assert_eq!(emulator.token_count(), 1);

    let mut asking = Asking::start(home.token(&["--tenant", "contoso.example"]));
    let good = address(&emulator, &asking);
    let state = asking.parameter("state");
    let code = super::parameter(&good, "code").unwrap();
    for pasted in [code.clone(), format!("code={code}"), format!("code={code}&code={code}&state={state}")] {
        asking.paste(&pasted);
    }
    let output = asking.finish().fails(3);
    assert_says(&output.stderr, &["no address with a code", "no state", "parameters twice", "3 times", "jeton login"]);
    assert!(!output.stderr.contains(&code), "{}", output.stderr);
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn a_refusal_is_pasted_as_well_and_no_answer_ends_it() {
    let emulator = Emulator::start();
    let home = web(&emulator);
    emulator.script(Fault::sign_in_error("access_denied", 65004));
    let mut asking = Asking::start(home.token(&[]));
    let address = address(&emulator, &asking);
    asking.paste(&address);
    assert_says(&asking.finish().fails(6).stderr, &["AADSTS65004"]);
    assert_says(&home.token(&[]).run().refusal(3), &["is not asked again for"]);

    let ended = Asking::start(home.token(&["--tenant", "contoso.example"]));
    assert_says(&ended.finish().fails(3).stderr, &["the input ended before the address was pasted"]);
    let late = Asking::start(home.token(&["--tenant", "fabrikam.example", "--sign-in-timeout", "1s"]));
    assert_says(&late.wait().fails(3).stderr, &["nobody signed in within 1s"]);
}

impl Asking {
    /// Waits for its end with its input left open.
    fn wait(mut self) -> crate::support::Output {
        let stdin = self.stdin.take();
        let output = self.finish();
        drop(stdin);
        output
    }
}

#[cfg(unix)]
mod terminal {
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;
    use crate::terminal::OnTerminal;

    /// The URL that is shown.
    fn url(terminal: &OnTerminal) -> String {
        terminal.wait_for("then press Enter");
        let shown = terminal.shown();
        shown
            .split_whitespace()
            .find(|word| word.starts_with("https://") && word.contains("state="))
            .expect("a URL")
            .to_owned()
    }

    #[test]
    fn a_terminal_takes_more_than_a_line_shows_none_of_it_and_is_put_back() {
        let emulator = Emulator::start();
        let home = web(&emulator);
        let run = home.token(&["--interactive", "auto"]);
        let mut terminal = OnTerminal::typed(run, 80, 25);
        let visit = emulator.visit(&url(&terminal));
        // Longer than what a terminal gives at a time.
        let address = format!("{}&padding={}", visit.location.as_deref().unwrap(), "x".repeat(6000));
        assert!(!tcgetattr(&terminal.keyboard).unwrap().local_modes.contains(LocalModes::ICANON));
        terminal.keyboard.write_all(format!("junk\x15{address}\r").as_bytes()).unwrap();
        let keyboard = terminal.keyboard.try_clone().unwrap();
        let output = terminal.finish();
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_eq!(emulator.issued_tokens(), [output.line()]);
        assert!(!output.stderr.contains("padding") && !output.stderr.contains("junk"), "{}", output.stderr);
        let modes = tcgetattr(&keyboard).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG));
    }

    #[test]
    fn ctrl_c_puts_the_terminal_back_and_ends_as_it_always_does() {
        let emulator = Emulator::start();
        let home = web(&emulator);
        let mut terminal = OnTerminal::typed(home.token(&[]), 80, 25);
        url(&terminal);
        terminal.keyboard.write_all(b"half an addr\x03").unwrap();
        let keyboard = terminal.keyboard.try_clone().unwrap();
        let output = terminal.finish();
        // By the signal, not by an exit.
        assert_eq!((output.code, output.stdout.as_str()), (-1, ""));
        assert!(tcgetattr(&keyboard).unwrap().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO));
    }
}
