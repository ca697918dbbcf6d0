//! Machines outside of Azure with the agent of Azure Arc. Who can read the file that the agent names gets the token: it
//! lies in a folder for administrators and the group `himds`.
//!
//! Source: "Authenticate against Azure resources with Azure Arc-enabled servers"; azidentity,
//! `managed_identity_client.go` (`getAzureArcSecretKey`).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::grant::Granted;
use super::{Ask, Assigned, answer};
use crate::error::{Error, Result};
use crate::http::{self, Call, Method, Via};
use crate::platform;
use crate::secret::Secret;

/// Where the agent listens, where no variable says so.
pub(super) const DEFAULT_ENDPOINT: &str = "http://localhost:40342/metadata/identity/oauth2/token";

/// The longest key file, in bytes.
const LONGEST_KEY: u64 = 4096;

const WHOSE: &str = "the agent of Azure Arc";

/// Whether the agent is on this machine.
pub(super) fn is_installed() -> bool {
    platform::arc_agent().is_some_and(|agent| agent.is_file())
}

/// Asks for a token at `IDENTITY_ENDPOINT`.
pub(super) fn ask(ask: &Ask<'_>, endpoint: &str) -> Result<Granted> {
    let folder = platform::arc_tokens()
        .ok_or_else(|| Error::configuration("there is no folder of Azure Arc's agent on this system"))?;
    ask_with_keys_in(ask, endpoint, &folder)
}

fn ask_with_keys_in(ask: &Ask<'_>, endpoint: &str, folder: &Path) -> Result<Granted> {
    let mut query = vec![("api-version", "2020-06-01"), ("resource", ask.resource)];
    query.extend(ask.identity.parameter("client_id", "object_id", "msi_res_id"));
    let url = http::with_query(endpoint, &query);
    let request = || Call {
        headers: vec![("metadata", "true".into())],
        via: Via::Direct,
        ..Call::new(Method::Get, &url, ask.call.deadline)
    };
    let challenge = ask.call.http.send(&request(), ask.call.log)?;
    if challenge.status != 401 {
        // Without a challenge there must be no token: whoever can reach the port would get it.
        return match answer::read(ask, &challenge, WHOSE) {
            Ok(_) => Err(Error::configuration(format!("{WHOSE} gave a token without its challenge"))
                .hint("see what listens at the address in IDENTITY_ENDPOINT")),
            Err(error) => Err(error),
        };
    }
    let path = challenge.header("www-authenticate").and_then(realm).ok_or_else(|| {
        Error::configuration(format!("{WHOSE} names no key file in its challenge")).hint("update the agent (azcmagent)")
    })?;
    let key = read_key(&path, folder)?;
    let authorization = Secret::new(format!("Basic {}", key.expose()));
    let answer = ask
        .call
        .http
        .send(&Call { secret_headers: vec![("authorization", authorization)], ..request() }, ask.call.log)?;
    let granted = answer::read(ask, &answer, WHOSE).map_err(|error| error.without(key.expose()))?;
    // An agent that does not know user-assigned identities leaves the parameter aside, and gives another's token.
    if *ask.identity != Assigned::BySystem && !names_an_identity(answer.body.expose()) {
        ask.identity.refuse(
            "this agent of Azure Arc knows the system-assigned identity alone",
            "leave out --client-id (AZURE_CLIENT_ID, and the client id of the profile), or update the agent",
        )?;
    }
    Ok(granted)
}

fn names_an_identity(body: &str) -> bool {
    let fields: Value = serde_json::from_str(body).unwrap_or_default();
    ["msi_res_id", "client_id", "object_id"].iter().any(|name| fields.get(name).is_some_and(Value::is_string))
}

/// The path in `Basic realm=PATH`, with or without quotes.
fn realm(challenge: &str) -> Option<PathBuf> {
    let (scheme, parameters) = challenge.trim().split_once(' ')?;
    let (name, value) = parameters.trim().split_once('=')?;
    let value = value.trim().trim_matches('"');
    (scheme.eq_ignore_ascii_case("basic") && name.trim().eq_ignore_ascii_case("realm") && !value.is_empty())
        .then(|| PathBuf::from(value))
}

/// The content of the file that a challenge names. Whoever answers at the port could name any file: it must be a key in
/// the agent's own folder, and small.
fn read_key(path: &Path, folder: &Path) -> Result<Secret> {
    let shown = path.display();
    let wrong = |why: &str| {
        Error::configuration(format!("{WHOSE} names {shown} as its key file, which {why}"))
            .hint("see what listens at the address in IDENTITY_ENDPOINT; the agent's files are as it made them")
    };
    let unread = |error: std::io::Error| {
        Error::configuration(format!("the key file {shown} of Azure Arc's agent can't be read: {error}"))
            .hint("run this as an administrator, or add the user to the group himds and sign in anew")
    };
    // By its own words first: a path elsewhere is not even looked at.
    if path.parent() != Some(folder) {
        return Err(wrong(&format!("is not in {}", folder.display())));
    }
    if path.extension().is_none_or(|extension| extension != "key") {
        return Err(wrong("does not end in .key"));
    }
    let real = path.canonicalize().map_err(unread)?;
    if real.parent() != Some(&*folder.canonicalize().map_err(unread)?) {
        return Err(wrong("is a link to somewhere else"));
    }
    let file = platform::open_regular(&real).map_err(unread)?;
    if !file.metadata().map_err(unread)?.is_file() {
        return Err(wrong("is not a file"));
    }
    let mut key = zeroize::Zeroizing::new(String::with_capacity(LONGEST_KEY as usize + 1));
    let read = file.take(LONGEST_KEY + 1).read_to_string(&mut key).map_err(unread)?;
    if read as u64 > LONGEST_KEY {
        return Err(wrong("has more than 4096 bytes"));
    }
    Ok(Secret::from(key.trim_end()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use jeton_emulator::{Emulator, SYSTEM_IDENTITY_CLIENT_ID, Source, USER_IDENTITY_CLIENT_ID};

    use super::*;
    use crate::clock::Deadline;
    use crate::http::{Http, HttpOptions};
    use crate::log::Log;
    use crate::profile::{Profile, Settings};
    use crate::request::FlowCall;
    use crate::sign_in::SignIns;

    /// The client id in the token that the emulator's agent gives to `identity`, whose keys are in `folder`.
    fn asked(emulator: &Emulator, folder: &Path, identity: &Assigned) -> Result<String> {
        let (http, log, settings) =
            (Http::new(HttpOptions::default()), Log::silent(), Settings::of(Profile::default()));
        let limit = Duration::from_secs(20);
        let call = FlowCall {
            http: &http,
            deadline: Deadline::after(limit),
            limit,
            log: &log,
            sign_ins: &SignIns::new(&settings),
            progress: &|_| {},
            renews: false,
            arrived_ms: 0,
        };
        let ask = Ask { call: &call, identity, resource: "https://resource.example" };
        let granted = ask_with_keys_in(&ask, &emulator.arc_url(), folder)?;
        let jwt = crate::jwt::Jwt::parse(granted.access_token.expose()).expect("a JWT");
        Ok(jwt.claims["appid"].as_str().expect("appid").to_owned())
    }

    #[test]
    fn who_can_read_the_key_gets_the_token() {
        let (emulator, dir) = (Emulator::start(), tempfile::tempdir().unwrap());
        let key = dir.path().join("b06c.key");
        std::fs::write(&key, "the key\n").unwrap();
        emulator.set_arc_key(key.to_str().unwrap(), "the key");
        assert_eq!(asked(&emulator, dir.path(), &Assigned::BySystem), Ok(SYSTEM_IDENTITY_CLIENT_ID.to_owned()));
        assert_eq!((emulator.count_of(Source::Arc), emulator.violations()), (2, vec![]));
        // An agent that knows one identity gives its token for any other.
        let user = Assigned::ClientId(USER_IDENTITY_CLIENT_ID.to_owned());
        let error = asked(&emulator, dir.path(), &user).unwrap_err();
        assert!(error.message.contains("system-assigned identity alone"), "{error}");
        emulator.change_settings(|settings| settings.managed_identity.arc_user_assigned = true);
        assert_eq!(asked(&emulator, dir.path(), &user), Ok(USER_IDENTITY_CLIENT_ID.to_owned()));
    }

    #[test]
    fn a_key_is_a_small_file_in_the_folder() {
        let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |name: &str, length: usize| {
            let path = dir.path().join(name);
            std::fs::write(&path, "k".repeat(length)).unwrap();
            path
        };
        let read = |path: &Path| read_key(path, dir.path());
        assert_eq!(read(&write("a.key", 4096)).unwrap().expose().len(), 4096);
        let refused = |path: &Path, why: &str| {
            let error = read(path).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        refused(&write("large.key", 4097), "more than 4096 bytes");
        refused(&write("a.pem", 10), "does not end in .key");
        let secret = elsewhere.path().join("secret.key");
        std::fs::write(&secret, "hunter2").unwrap();
        refused(&secret, "is not in");
        let link = dir.path().join("link.key");
        std::os::unix::fs::symlink(&secret, &link).unwrap();
        refused(&link, "is a link to somewhere else");
        let folder = dir.path().join("folder.key");
        std::fs::create_dir(&folder).unwrap();
        refused(&folder, "is not a file");
        refused(&dir.path().join("none.key"), "can't be read");
    }

    #[test]
    fn a_challenge_names_its_file_with_or_without_quotes() {
        for text in ["Basic realm=/a/b.key", "basic Realm=\"/a/b.key\" "] {
            assert_eq!(realm(text), Some(PathBuf::from("/a/b.key")));
        }
        for text in ["", "Basic", "Basic realm=", "Bearer realm=/a", "Basic x=/a"] {
            assert_eq!(realm(text), None, "{text}");
        }
    }
}
