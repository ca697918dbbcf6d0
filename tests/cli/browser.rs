//! The flows interactive-browser and authorization-code: the test plays the browser.

mod launch;
mod listener;
mod paste;
mod refusals;
mod renewal;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use jeton_emulator::{Emulator, PUBLIC_CLIENT_ID, USER, WEB_CLIENT_ID, WEB_SECRET};

use crate::expect::{assert_says, last_request};
use crate::support::{Home, Output, Run, wait_until};
use crate::user::{self, PATIENCE};

/// A home for users of the public app who sign in in a browser.
pub(crate) fn home(emulator: &Emulator) -> Home {
    let mut home = user::home(emulator);
    home.set("JETON_FLOW", "interactive-browser");
    home
}

/// A run that has shown its URL and waits for the browser.
pub(crate) struct Asking {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) url: String,
    told: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Asking {
    /// Starts the run, and reads its stderr as far as the URL.
    #[track_caller]
    pub(crate) fn start(mut run: Run) -> Self {
        run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.command.spawn().expect("jeton starts");
        let (stdin, pipe) = (child.stdin.take(), child.stderr.take().expect("a pipe"));
        let (sender, urls): (_, Receiver<String>) = mpsc::channel();
        let told = Arc::new(Mutex::new(String::new()));
        let ours = Arc::clone(&told);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let line = line.expect("UTF-8 on stderr");
                if line.starts_with("  https://") {
                    let _ = sender.send(line.trim().to_owned());
                }
                *ours.lock().expect("no panic") += &format!("{line}\n");
            }
        });
        match urls.recv_timeout(PATIENCE) {
            Ok(url) => Self { child, stdin, url, told, reader },
            Err(_) => {
                let _ = child.kill();
                panic!("no URL in {:?}", told.lock());
            }
        }
    }

    /// A parameter of the URL.
    #[track_caller]
    pub(crate) fn parameter(&self, name: &str) -> String {
        parameter(&self.url, name).unwrap_or_else(|| panic!("{name} in {}", self.url))
    }

    /// The port that is listened on.
    #[track_caller]
    pub(crate) fn port(&self) -> u16 {
        let uri = self.parameter("redirect_uri");
        let port = uri.strip_prefix("http://localhost:").expect("a port").split('/').next().expect("a port");
        port.parse().expect("a port")
    }

    /// The person signs in, and the browser comes back: status and page that it is shown.
    #[track_caller]
    pub(crate) fn sign_in(&self, emulator: &Emulator) -> (u16, String) {
        emulator.visit(&self.url).go_back().expect("an answer of the listener")
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        wait_until(&format!("{text:?} on stderr"), || self.told.lock().expect("no panic").contains(text));
    }

    /// Whether it still waits.
    pub(crate) fn waits(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Output {
        drop(self.stdin.take());
        let mut stdout = String::new();
        self.child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("UTF-8 on stdout");
        let code = self.child.wait().expect("jeton ends").code().unwrap_or(-1);
        self.reader.join().expect("a stderr that is read to its end");
        let stderr = self.told.lock().expect("no panic").clone();
        Output { code, stdout, stderr }
    }
}

/// A parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1.replace('+', " ");
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))?;
    Some(percent_encoding::percent_decode_str(&value).decode_utf8().expect("UTF-8").into_owned())
}

/// Signs in once in `home`: what remains is a cached token for databricks, and a refresh token.
#[track_caller]
pub(crate) fn sign_in(emulator: &Emulator, home: &Home) -> String {
    let asking = Asking::start(home.token(&[]));
    assert_eq!(asking.sign_in(emulator).0, 200);
    asking.finish().ok().line().to_owned()
}

#[test]
fn a_person_signs_in_and_the_browser_brings_a_form() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    // Another app's: a public one must not show it.
    home.set("AZURE_CLIENT_SECRET", "hunter2");
    let asking = Asking::start(home.token(&[]));
    let (status, page) = asking.sign_in(&emulator);
    assert_eq!(status, 200);
    assert_says(&page, &["<h1>You are signed in</h1>"]);
    let (url, port) = (asking.url.clone(), asking.port());
    let output = asking.finish().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    assert_eq!(emulator.violations(), [""; 0]);

    let asked = &emulator.authorize_requests()[0];
    for (name, value) in [
        ("client_id", PUBLIC_CLIENT_ID),
        ("response_type", "code"),
        ("response_mode", "form_post"),
        ("redirect_uri", &format!("http://localhost:{port}")),
        ("code_challenge_method", "S256"),
        ("client_info", "1"),
    ] {
        assert_eq!(asked.query_value(name), Some(value), "{name}");
    }
    assert!(asked.query_value("scope").unwrap().ends_with("/.default openid profile offline_access"));
    assert!(asked.query_value("nonce").unwrap().len() >= 22 && asked.query_value("state").unwrap().len() == 43);
    for absent in ["prompt", "login_hint", "domain_hint", "claims", "resource"] {
        assert_eq!(asked.query_value(absent), None, "{absent}");
    }
    let redeemed = last_request(&emulator);
    assert_eq!(redeemed.field("grant_type"), Some("authorization_code"));
    assert_eq!(redeemed.field("redirect_uri"), asked.query_value("redirect_uri"));
    assert_eq!((redeemed.field("code_verifier").unwrap().len(), redeemed.field("client_secret")), (43, None));

    // Each sign-in has secrets of its own, and none of them is told.
    for name in ["code", "code_verifier"] {
        assert!(!output.stderr.contains(redeemed.field(name).unwrap()), "{name}: {}", output.stderr);
    }
    let again = Asking::start(home.jeton(&["token", "--scope", "graph"]).env("JETON_DATA_DIR", home.path("other")));
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&url, name), Some(again.parameter(name)), "{name}");
    }
    assert_eq!(again.sign_in(&emulator).0, 200);
    again.finish().ok();
    // From the cache from now on.
    let count = emulator.count();
    home.token(&[]).run().quiet();
    assert_eq!(emulator.count(), count);
}

#[test]
fn the_answer_may_stand_in_the_address() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&["--response-mode", "query", "-v"]));
    let visit = emulator.visit(&asking.url);
    assert!(visit.location.as_deref().unwrap().contains("/?code="));
    assert_eq!(visit.go_back().unwrap().0, 200);
    let output = asking.finish().ok();
    assert_eq!(emulator.issued_tokens(), [output.line()]);
    // Not even -v tells the code.
    assert!(!output.stderr.contains(&visit.returned_value("code").unwrap()), "{}", output.stderr);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn the_v1_endpoint_has_browsers_too() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&["--endpoint", "v1"]));
    assert!(asking.url.contains("/oauth2/authorize?"), "{}", asking.url);
    assert!(asking.parameter("resource").contains('-') && parameter(&asking.url, "scope").is_none());
    assert_eq!(asking.sign_in(&emulator).0, 200);
    assert_eq!(emulator.issued_tokens(), [asking.finish().ok().line()]);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn hints_and_claims_stand_in_the_url() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    // (With what this client can do, jeton says it in this form.)
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["CP1"]}}}"#;
    // (The URL is longer than a line of text may be.)
    let long = "x".repeat(1500);
    let args = ["--login-hint", USER, "--domain-hint", &long, "--prompt", "select_account", "--claims", claims];
    let asking = Asking::start(home.token(&args));
    for (name, value) in
        [("login_hint", USER), ("domain_hint", &long), ("prompt", "select_account"), ("claims", claims)]
    {
        assert_eq!(asking.parameter(name), value);
    }
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    assert_eq!(last_request(&emulator).field("claims"), Some(claims));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn who_signs_in_in_place_of_another_is_named() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let asking = Asking::start(home.token(&["--login-hint", "else@contoso.example"]));
    let url = asking.url.replace("else%40contoso.example", "ada%40contoso.example");
    assert_eq!(emulator.visit(&url).go_back().unwrap().0, 200);
    assert_says(&asking.finish().ok().stderr, &["ada@contoso.example signed in, not else@contoso.example"]);
}

#[test]
fn a_web_app_proves_itself_with_its_secret() {
    let emulator = Emulator::start();
    let mut home = home(&emulator);
    home.set("JETON_FLOW", "authorization-code");
    home.set("AZURE_CLIENT_ID", WEB_CLIENT_ID);
    home.set("AZURE_CLIENT_SECRET", WEB_SECRET);
    let asking = Asking::start(home.token(&[]));
    assert_eq!(asking.sign_in(&emulator).0, 200);
    asking.finish().ok();
    assert_eq!(last_request(&emulator).field("client_secret"), Some(WEB_SECRET));
    assert_eq!(emulator.violations(), [""; 0]);
    // Renewals as well.
    std::fs::remove_file(home.token_file()).unwrap();
    home.token(&[]).run().quiet();
    let renewed = last_request(&emulator);
    assert_eq!(
        (renewed.field("grant_type"), renewed.field("client_secret")),
        (Some("refresh_token"), Some(WEB_SECRET))
    );
}
