//! git's credential helpers: lines of `key=value` in and out (gitcredentials(7), git-credential(1); git's `credential.c`).
//!
//! Versions from 2.46 on say that they take any scheme of HTTP authentication (`capability[]=authtype`) and get a bearer
//! token; older ones get the token as a password, which Azure DevOps takes as well ("Authentication methods for Azure
//! DevOps": an Entra token can be used wherever a personal access token can).

use super::line;
use crate::entra::Cloud;
use crate::error::{Error, Kind, Result};
use crate::profile::Place;
use crate::secret::Secret;
use crate::token::Token;

/// More input than this, in bytes, is no question of git's (one line of it has 65535 at the most).
pub const LONGEST_INPUT: u64 = 1 << 20;

/// Seconds by which the end is told early: git uses what it holds up to the very second, and a clone takes a while.
const EARLY: u64 = 120;

/// What `capability` answers.
pub const CAPABILITIES: &str = "version 0\ncapability authtype\ncapability state\n";

/// What tells git to give up, without asking for a name and a password that would not help.
pub const QUIT: &str = "quit=1\n";

/// The user name where neither git nor the token knows one. Azure DevOps takes any.
const USER: &str = "jeton";

/// What git wants a credential for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Question {
    protocol: Option<String>,
    host: Option<String>,
    path: Option<String>,
    username: Option<String>,
    /// What was used and is to be forgotten: the password, or the credential of another scheme.
    pub credential: Option<Secret>,
    takes_authtype: bool,
    /// The tenant that the server named in its challenge: Azure DevOps says in `authorization_uri` who issues its tokens.
    pub tenant: Option<String>,
}

impl Question {
    /// Reads what git writes: lines up to an empty one or the end. Unknown keys are passed over.
    ///
    /// # Errors
    /// Usage: what git does not write, and what somebody may have smuggled into a URL to be given the credential of
    /// another host (CVE-2020-5260, CVE-2024-52006): a second host, protocol, path or user name, carriage returns, zeros
    /// and other control characters. What is wrong is not repeated.
    pub fn parse(input: &[u8]) -> Result<Self> {
        let wrong = |why: &str| {
            Error::usage(format!("this is not a question of git's: {why}")).hint(
                "give lines of key=value, as gitcredentials(7) says; see whether the remote's URL is what you think",
            )
        };
        let text = std::str::from_utf8(input).map_err(|_| wrong("it is not UTF-8"))?;
        let mut question = Self::default();
        for line in text.split('\n').take_while(|line| !line.is_empty()) {
            let (key, value) = line.split_once('=').ok_or_else(|| wrong("a line has no ="))?;
            if value.contains(['\r', '\0']) {
                return Err(wrong("a value has a carriage return or a zero in it"));
            }
            let slot = match key {
                "protocol" => &mut question.protocol,
                "host" => &mut question.host,
                "path" => &mut question.path,
                "username" => &mut question.username,
                "password" | "credential" => {
                    question.credential = Some(Secret::from(value)).filter(|secret| !secret.is_empty());
                    continue;
                }
                // An empty value takes back what stood in the list before.
                "capability[]" => {
                    question.takes_authtype = !value.is_empty() && (question.takes_authtype || value == "authtype");
                    continue;
                }
                "wwwauth[]" => {
                    let known = question.tenant.take().filter(|_| !value.is_empty());
                    question.tenant = known.or_else(|| tenant_in(value));
                    continue;
                }
                _ => continue,
            };
            if value.chars().any(char::is_control) {
                return Err(wrong(&format!("the {key} has control characters")));
            }
            if slot.replace(value.to_owned()).is_some() {
                return Err(wrong(&format!("there is more than one {key}")));
            }
        }
        Ok(question)
    }

    /// Where the credential is wanted, if that is a place on the web which a token may go to.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let (protocol, host) = (self.protocol.as_deref()?, self.host.as_deref()?);
        // What ends a host in a URL would be another host to whoever reads on from there.
        if !matches!(protocol, "https" | "http") || host.contains(['/', '\\', '?', '#', '@', '%']) {
            return None;
        }
        let place = Place::parse(&format!("{protocol}://{host}")).ok()?;
        // In `https://contoso@dev.azure.com/...` the user name is the organisation. git sends the path on request only.
        let organisation = || self.username.clone().filter(|_| place.host == AZURE_DEVOPS);
        let path = self.path.clone().or_else(organisation).unwrap_or_default();
        Some(Place { path: path.trim_matches('/').to_owned(), ..place })
    }
}

/// The host of all organisations.
const AZURE_DEVOPS: &str = "dev.azure.com";

/// The tenant of `Bearer authorization_uri=https://login.microsoftonline.com/TENANT`, for the authorities that are known.
fn tenant_in(challenge: &str) -> Option<String> {
    let parameters = challenge.strip_prefix("Bearer ").or_else(|| challenge.strip_prefix("bearer "))?;
    let uri = parameters.split(',').find_map(|one| one.trim().strip_prefix("authorization_uri="))?;
    let (host, path) = uri.trim_matches('"').strip_prefix("https://")?.split_once('/')?;
    let tenant = path.split('/').next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    // (A shared name says nothing.)
    let named = tenant.contains(['.', '-']) && tenant.chars().all(plain);
    (Cloud::of_host(host).is_some() && named).then(|| tenant.to_owned())
}

/// The answer to `get`.
///
/// # Errors
/// A token that can't stand in a line: no provider makes such a one.
pub fn render(question: &Question, token: &Token) -> Result<String> {
    let (value, end) = (token.value.expose(), token.told_end(EARLY).to_string());
    // (A token is ASCII, and that is looked through twice as fast as text.)
    let has_controls = if value.is_ascii() {
        value.bytes().any(|b| b.is_ascii_control())
    } else {
        value.chars().any(char::is_control)
    };
    if value.is_empty() || has_controls {
        return Err(Error::new(Kind::Failed, "the token can't be handed to git: it has control characters"));
    }
    if question.takes_authtype && token.token_type.eq_ignore_ascii_case("Bearer") {
        // ephemeral: no other helper may store it.
        let before = "capability[]=authtype\nauthtype=Bearer\ncredential=";
        return Ok(line::of([before, value, "\nephemeral=1\npassword_expiry_utc=", &end]));
    }
    // Without a name git would ask for one.
    let account = token.account.as_deref().filter(|name| !name.is_empty() && !name.contains(char::is_control));
    let user = question.username.as_deref().filter(|name| !name.is_empty()).or(account).unwrap_or(USER);
    Ok(line::of(["username=", user, "\npassword=", value, "\npassword_expiry_utc=", &end]))
}

/// Whether git's user does not want to be asked: GIT_TERMINAL_PROMPT=0 (git(1)), or `credential.interactive` as
/// `git -c` and GIT_CONFIG_COUNT hand it on (git-config(1)). `variable` looks one up in the environment.
pub fn forbids_prompts(variable: impl Fn(&str) -> Option<String>) -> bool {
    let off = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off" | "never");
    const KEY: &str = "credential.interactive";
    if variable("GIT_TERMINAL_PROMPT").is_some_and(|value| off(&value)) {
        return true;
    }
    // 'key'='value' 'key'='value' ...; before 2.31 'key=value'.
    let by_flag = variable("GIT_CONFIG_PARAMETERS").is_some_and(|parameters| {
        let folded = parameters.to_ascii_lowercase();
        let last = folded.rfind(KEY).map(|at| folded[at + KEY.len()..].trim_start_matches(['\'', '=']));
        last.is_some_and(|value| off(value.split('\'').next().unwrap_or_default()))
    });
    let count = variable("GIT_CONFIG_COUNT").and_then(|count| count.parse::<u16>().ok()).unwrap_or(0);
    let by_number = (0..count.min(1000)).rev().find_map(|number| {
        variable(&format!("GIT_CONFIG_KEY_{number}")).filter(|key| key.eq_ignore_ascii_case(KEY))?;
        variable(&format!("GIT_CONFIG_VALUE_{number}"))
    });
    by_flag || by_number.is_some_and(|value| off(&value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    fn asked(text: &str) -> Question {
        Question::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_question_is_read_up_to_the_empty_line() {
        let question = asked(concat!(
            "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=dev.azure.com\npath=contoso/My Project/_git/x\n",
            "username=ada\nwwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/contoso.example\n",
            "wwwauth[]=Basic realm=\"x\"\nnew=thing\n\nhost=evil.example\n"
        ));
        assert!(question.takes_authtype);
        assert_eq!(question.tenant.as_deref(), Some("contoso.example"));
        assert_eq!(question.place().unwrap().path, "contoso/My Project/_git/x");
        assert_eq!(question.username.as_deref(), Some("ada"));
        assert!(!asked("capability[]=authtype\ncapability[]=\n").takes_authtype);
    }

    #[test]
    fn smuggled_hosts_are_refused_and_not_repeated() {
        for attack in [
            "protocol=https\nhost=dev.azure.com\nhost=hunter2.example\n",
            "protocol=https\nhost=dev.azure.com\r\n",
            "protocol=https\nhost=dev.azure.com\rhost=hunter2\n",
            "protocol=https\nprotocol=http\nhost=h\n",
            "protocol=https\nhost=dev.azure.com\0.hunter2\n",
            "protocol=https\nhost=h\npath=a\rb\n",
            "protocol=https\nhost=h\npath=a\x1b[2J\n",
            "protocol=https\nhost=h\npath=a\npath=b\n",
            "hunter2\n",
        ] {
            let error = Question::parse(attack.as_bytes()).unwrap_err();
            assert!(error.kind == Kind::Usage && !error.to_string().contains("hunter2"), "{attack:?}: {error}");
        }
        assert!(Question::parse(b"host=\xff\n").is_err());
    }

    #[test]
    fn a_place_is_https_or_this_machine() {
        let place = |protocol: &str, host: &str| asked(&format!("protocol={protocol}\nhost={host}\n")).place();
        assert_eq!(place("https", "H.example:8443").unwrap().port, Some(8443));
        assert!(place("http", "localhost:80").is_some());
        for (protocol, host) in [
            ("http", "dev.azure.com"),
            ("ssh", "dev.azure.com"),
            ("https", ""),
            ("https", "dev.azure.com/@evil.example"),
            ("https", "evil.example#dev.azure.com"),
            ("https", "evil.example\\.dev.azure.com"),
            ("https", "dev.azure.com%0a"),
        ] {
            assert_eq!(place(protocol, host), None, "{protocol} {host}");
        }
        assert_eq!(asked("protocol=https\n").place(), None);
    }

    #[test]
    fn the_user_name_is_the_organisation_where_there_is_no_path() {
        let place = |more: &str| asked(&format!("protocol=https\n{more}")).place().unwrap().path;
        assert_eq!(place("host=dev.azure.com\nusername=contoso\n"), "contoso");
        assert_eq!(place("host=dev.azure.com\nusername=contoso\npath=fabrikam/p\n"), "fabrikam/p");
        assert_eq!(place("host=git.example\nusername=contoso\n"), "");
    }

    #[test]
    fn a_tenant_is_taken_from_a_known_authority_alone() {
        for (challenge, tenant) in [
            ("Bearer authorization_uri=https://login.microsoftonline.com/a-b-c", Some("a-b-c")),
            ("Bearer realm=\"x\", authorization_uri=\"https://login.microsoftonline.us/a.b/oauth2\"", Some("a.b")),
            ("Bearer authorization_uri=https://login.microsoftonline.com/common", None),
            ("Bearer authorization_uri=https://login.microsoftonline.com/a-b%2f..", None),
            ("Bearer authorization_uri=https://evil.example/a-b-c", None),
            ("Bearer authorization_uri=http://login.microsoftonline.com/a-b-c", None),
            ("Bearer authorization_uri=https://login.microsoftonline.com", None),
            ("Basic realm=\"authorization_uri=https://login.microsoftonline.com/a-b-c\"", None),
            ("TFS-Federated", None),
        ] {
            assert_eq!(tenant_in(challenge).as_deref(), tenant, "{challenge}");
        }
    }

    #[test]
    fn a_version_without_the_capability_gets_a_password() {
        let new = asked("capability[]=authtype\nprotocol=https\nhost=h\n");
        assert_eq!(
            render(&new, &token("t", 0, 3600)).unwrap(),
            "capability[]=authtype\nauthtype=Bearer\ncredential=t\nephemeral=1\npassword_expiry_utc=3480\n"
        );
        let old = asked("protocol=https\nhost=h\n");
        assert_eq!(
            render(&old, &token("t", 0, 3600)).unwrap(),
            "username=jeton\npassword=t\npassword_expiry_utc=3480\n"
        );
        let named = asked("protocol=https\nhost=h\nusername=contoso\n");
        assert!(render(&named, &token("t", 0, 3600)).unwrap().starts_with("username=contoso\n"));
        let mut users = token("t", 0, 3600);
        users.account = Some("ada@contoso.example".into());
        assert!(render(&old, &users).unwrap().starts_with("username=ada@contoso.example\n"));
        assert!(render(&new, &token("t\nquit=1", 0, 3600)).is_err());
    }

    #[test]
    fn whoever_does_not_want_to_be_asked_says_so_in_one_of_three_ways() {
        let forbids = |set: &[(&str, &str)]| {
            forbids_prompts(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(!forbids(&[]));
        assert!(forbids(&[("GIT_TERMINAL_PROMPT", "0")]) && !forbids(&[("GIT_TERMINAL_PROMPT", "1")]));
        for (parameters, expected) in [
            ("'credential.interactive'='false'", true),
            ("'a.b'='c' 'Credential.Interactive'='never' 'd.e'='f'", true),
            ("'credential.interactive=0'", true),
            ("'credential.interactive'='false' 'credential.interactive'='true'", false),
            ("'credential.interactive'='auto'", false),
            ("'a.b'='false'", false),
        ] {
            assert_eq!(forbids(&[("GIT_CONFIG_PARAMETERS", parameters)]), expected, "{parameters}");
        }
        let numbered = [
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "a.b"),
            ("GIT_CONFIG_VALUE_0", "c"),
            ("GIT_CONFIG_KEY_1", "credential.interactive"),
            ("GIT_CONFIG_VALUE_1", "false"),
        ];
        assert!(forbids(&numbered) && !forbids(&numbered[..3]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(question) = Question::parse(&bytes) {
                let _ = question.place();
            }
        }

        #[test]
        fn any_lines_are_read_and_answered_in_lines(
            keys in prop::collection::vec("protocol|host|path|username|wwwauth\\[\\]|capability\\[\\]|x", 0..6),
            value in ".{0,40}",
        ) {
            let text: String = keys.iter().map(|key| format!("{key}={value}\n")).collect();
            if let Ok(question) = Question::parse(text.as_bytes()) {
                let _ = question.place();
                let answer = render(&question, &token("t", 0, 3600)).unwrap();
                prop_assert!(answer.lines().all(|line| line.split_once('=').is_some_and(|(key, _)| !key.is_empty())));
            }
        }
    }
}
