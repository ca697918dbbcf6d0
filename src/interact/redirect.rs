//! A sign-in in a browser, from its URL to the answer: what is printed, what is started, and where the answer comes.

use std::ops::RangeInclusive;

use super::browser::{self, Launch};
use super::listener::{Listener, Reply};
use super::paste::{self, Paste, Pasted};
use super::{Means, Surroundings};
use crate::error::{Error, Kind, Result};
use crate::oauth::{Answer, Loopback, RedirectUri, State};
use crate::profile::{Field, Settings};
use crate::request::FlowCall;

/// Where the browser is sent unless something else is said: Entra and RFC 8252 section 7.3 let any port follow.
const DEFAULT_URI: &str = "http://localhost";

/// How often an address may be pasted that is not the one.
const TRIES: u32 = 3;

/// How a person signs in in a browser.
#[derive(Debug)]
pub struct RedirectSettings {
    uri: RedirectUri,
    port: Option<u16>,
    /// The ports that the app registration knows, where it is not any.
    ports: Option<RangeInclusive<u16>>,
    /// Nothing listens; the person pastes the address.
    paste: bool,
    no_browser: bool,
    response_mode: &'static str,
}

/// A place for the answer that is ready, before the URL is made that names it.
#[derive(Debug)]
pub struct Redirect<'a> {
    settings: &'a RedirectSettings,
    listener: Option<Listener>,
    uri: String,
}

impl RedirectSettings {
    /// Those that `settings` mean.
    ///
    /// # Errors
    /// Values that are wrong or contradict each other.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        let uri = settings.text(Field::RedirectUri)?;
        let uri = RedirectUri::parse(uri.as_deref().unwrap_or(DEFAULT_URI))?;
        let named = match settings.text(Field::RedirectPort)? {
            Some(text) => match text.parse::<u16>() {
                Ok(port) if port > 0 => Some(port),
                _ => {
                    return Err(Error::configuration(format!("{text:?} is not a port"))
                        .hint("give a number from 1 to 65535 with --port"));
                }
            },
            None => None,
        };
        let paste = uri.loopback().is_none() || settings.is_on(Field::Paste)?;
        let port = match (uri.loopback().and_then(|loopback| loopback.port), named) {
            (Some(own), Some(named)) if own != named => {
                return Err(Error::configuration(format!("the redirect URI has port {own}, and --port says {named}"))
                    .hint("leave one of them out, or make them the same"));
            }
            (own, named) => own.or(named),
        };
        let given = settings.text(Field::ResponseMode)?.map(|mode| mode.to_ascii_lowercase());
        let response_mode = match (given.as_deref(), paste) {
            (Some("query"), _) | (None, true) => "query",
            (Some("form_post"), false) | (None, false) => "form_post",
            (Some("form_post"), true) => {
                return Err(Error::configuration(
                    "with --response-mode form_post the answer does not stand in the address that is to be pasted",
                )
                .hint("leave --response-mode out, or use query"));
            }
            (Some(other), _) => {
                return Err(Error::configuration(format!("there is no response mode {other:?}"))
                    .hint("use one of: query, form_post"));
            }
        };
        Ok(Self { uri, port, ports: None, paste, no_browser: settings.is_on(Field::NoBrowser)?, response_mode })
    }

    /// The same for an app that knows these ports alone: the first free one is taken, unless one is set.
    #[must_use]
    pub fn among(mut self, ports: RangeInclusive<u16>) -> Self {
        self.ports = Some(ports);
        self
    }

    /// What a person needs.
    #[must_use]
    pub fn means(&self) -> Means {
        match (self.paste, self.no_browser) {
            (true, _) => Means::Dialogue,
            (false, true) => Means::Terminal,
            (false, false) => Means::Browser,
        }
    }

    /// `response_mode`: a form where something listens, because codes in addresses stay in the browser's history.
    #[must_use]
    pub fn response_mode(&self) -> &'static str {
        self.response_mode
    }

    /// Makes the place for the answer ready.
    ///
    /// # Errors
    /// The port is taken.
    pub fn open(&self) -> Result<Redirect<'_>> {
        let (listener, uri) = match self.uri.loopback() {
            Some(loopback) if !self.paste => {
                let listener = self.listen(loopback)?;
                let uri = loopback.with_port(listener.port());
                (Some(listener), uri)
            }
            // Where nothing listens a port of its own would only be wrong.
            Some(loopback)
                if loopback.port.is_none()
                    && let Some(port) = self.port.or(self.ports.as_ref().map(|ports| *ports.start())) =>
            {
                (None, loopback.with_port(port))
            }
            _ => (None, self.uri.as_str().to_owned()),
        };
        Ok(Redirect { settings: self, listener, uri })
    }

    fn listen(&self, loopback: &Loopback) -> Result<Listener> {
        let (None, Some(ports)) = (self.port, &self.ports) else { return Listener::bind(loopback, self.port) };
        ports.clone().find_map(|port| Listener::bind(loopback, Some(port)).ok()).ok_or_else(|| {
            let (first, last) = (ports.start(), ports.end());
            Error::configuration(format!("nothing can listen on any of the sign-in's ports {first} to {last}"))
                .hint("end the program that holds them, or use --paste")
        })
    }
}

impl Redirect<'_> {
    /// `redirect_uri`, with the port that is listened on.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Shows `url` to the person, starts a browser if one is wanted, and waits for the answer to `state`, as long as
    /// `call` says. The browser that brought the answer waits for the [`Reply`].
    ///
    /// # Errors
    /// Sign-in: nobody answered, in time or at all.
    pub fn answer(self, call: &FlowCall<'_>, url: &str, state: State) -> Result<(Answer, Option<Reply>)> {
        let here = Surroundings::look();
        let commands = if self.settings.no_browser { Vec::new() } else { browser::commands(here.display) };
        self.tell(call, url, &here, !commands.is_empty());
        let mut launch = Launch::new(commands, url, call.log);
        let mut meanwhile = || launch.poll();
        match self.listener {
            Some(listener) => match listener.wait(state, call.deadline, call.log, &mut meanwhile) {
                Some((answer, reply)) => Ok((answer, Some(reply))),
                None => Err(nobody(call)),
            },
            None => pasted(call, &state, &mut meanwhile).map(|answer| (answer, None)),
        }
    }

    /// The URL is always printed: a browser may open elsewhere, or not at all.
    fn tell(&self, call: &FlowCall<'_>, url: &str, here: &Surroundings, starts: bool) {
        let mut text = match (starts, &self.listener) {
            (true, _) => "jeton: sign in with the browser that opens now, or open this page in one:\n".to_owned(),
            (false, Some(_)) => "jeton: to sign in, open this page in a browser on this machine:\n".to_owned(),
            (false, None) => "jeton: to sign in, open this page in any browser:\n".to_owned(),
        };
        text.push_str(&format!("  {url}\n"));
        let mut note = |line: String| text.push_str(&format!("  {line}\n"));
        match &self.listener {
            Some(listener) => {
                let forward = format!("ssh -L {0}:localhost:{0} HOST", listener.port());
                if here.ssh {
                    note(format!("this is an ssh session: for a browser at the other end, first run there: {forward}"));
                    note("or use --flow device-code or --paste".into());
                } else if here.wsl && starts {
                    note("this is WSL: if the browser of Windows can't come back here, use --paste or --flow device-code".into());
                } else if !here.display {
                    note(format!(
                        "there is no display here: for a browser on another machine, first run there: {forward}"
                    ));
                    note("or use --flow device-code or --paste".into());
                }
            }
            None => {
                note(format!("the browser ends at {}, which it may not be able to open:", self.uri));
                note(
                    "copy the whole address of that page and paste it here (it is not shown), then press Enter".into(),
                );
            }
        }
        // (Not told as other lines are: those are cut, and the URL may be long. All of this is made here.)
        call.log.draw(&text);
    }
}

/// Reads what the person pastes until it is the answer.
fn pasted(call: &FlowCall<'_>, state: &State, meanwhile: &mut dyn FnMut()) -> Result<Answer> {
    let mut paste = Paste::open();
    for left in (0..TRIES).rev() {
        let line = match paste.line(call.deadline, meanwhile) {
            Pasted::Line(line) => line,
            Pasted::TimedOut => return Err(nobody(call)),
            Pasted::End => {
                return Err(Error::new(Kind::SignIn, "the input ended before the address was pasted")
                    .hint(format!("run: {}", call.sign_ins.login_command())));
            }
        };
        let why = match paste::form_in(&line).map(|form| Answer::read(form.expose(), state)) {
            Some(Ok(Answer::Nothing)) => "it has neither a code nor an error: it is the address of an earlier page",
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(not_ours)) => not_ours.why(),
            None => "it is no address with a code",
        };
        let again = if left > 0 { "; paste the address of the last page" } else { "" };
        call.log.tell(format!("this is not the answer to this sign-in: {why}{again}"));
    }
    Err(Error::new(Kind::SignIn, format!("what was pasted was not the answer to this sign-in, {TRIES} times"))
        .hint(format!("start anew, and use the page that it shows: {}", call.sign_ins.login_command())))
}

fn nobody(call: &FlowCall<'_>) -> Error {
    let limit = humantime::format_duration(call.limit);
    Error::new(Kind::SignIn, format!("nobody signed in within {limit}"))
        .hint(format!("allow more time with --sign-in-timeout, and run: {}", call.sign_ins.login_command()))
}
