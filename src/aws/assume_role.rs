//! AWS keys for an Entra token: AssumeRoleWithWebIdentity of AWS's Security Token Service (STS).
//!
//! The call is not signed, the token is what proves the caller. Source of its parameters, their forms and bounds: AWS
//! STS API Reference, "AssumeRoleWithWebIdentity"; of the hosts: IAM User Guide, "AWS STS Regions and endpoints".

use std::time::Duration;

use super::{Answer, Granted, Refusal, TOKEN_TYPE, account_of, parse_answer};
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::http::{self, Body, Call, Http, Method, Repeat};
use crate::request::{Flow, FlowCall, Identity};
use crate::secret::Secret;
use crate::token::Token;

/// How long the keys are asked to live if nobody says otherwise: seconds. It is STS's own default, too.
///
/// Less than about 1200 is a bad choice for SDKs: botocore runs its helper before every call when less than 15 minutes
/// are left (`botocore/credentials.py`, advisory refresh).
pub const DEFAULT_DURATION: u32 = 3600;

/// The pauses before a call is repeated because AWS could not reach Entra.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];

/// The flow `assume-role-with-web-identity`. Its subject is the Entra token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumeRole {
    /// `arn:aws:iam::<account>:role/<path and name>`.
    pub role_arn: String,
    /// What CloudTrail shows of the caller: 2 to 64 characters of `[\w+=,.@-]`.
    pub session_name: String,
    /// Whose endpoint is called, if `endpoint` does not say.
    pub region: Option<String>,
    /// The URL to call: https, or http to this machine.
    pub endpoint: Option<String>,
    /// How long the keys are to live: 900 to 43200 seconds, and no longer than the role allows.
    pub duration: u32,
    /// A session policy, JSON: the keys may do no more than it allows.
    pub policy: Option<String>,
}

impl AssumeRole {
    /// The flow with the usual duration and endpoint. It is not checked yet: see [`AssumeRole::checked`].
    #[must_use]
    pub fn new(role_arn: impl Into<String>, session_name: impl Into<String>) -> Self {
        Self {
            role_arn: role_arn.into(),
            session_name: session_name.into(),
            region: None,
            endpoint: None,
            duration: DEFAULT_DURATION,
            policy: None,
        }
    }

    /// The same flow, if it can be asked for.
    ///
    /// # Errors
    /// Configuration: a value that STS would refuse, or an endpoint that a token must not be sent to.
    pub fn checked(self) -> Result<Self> {
        let partition = check_role(&self.role_arn)?;
        check_session_name(&self.session_name)?;
        if !(900..=43_200).contains(&self.duration) {
            return Err(Error::configuration(format!("AWS keys can't live {} seconds", self.duration))
                .hint("give a duration from 15m to 12h (900 to 43200 seconds), no longer than the role allows"));
        }
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => check_endpoint(endpoint)?,
            (None, Some(region)) => check_region(region)?,
            // The endpoint without a region belongs to the partition aws alone.
            (None, None) if partition != "aws" => {
                return Err(Error::configuration(format!("a role of the partition {partition} needs a region"))
                    .hint("name the region, such as cn-north-1 or us-gov-west-1"));
            }
            (None, None) => {}
        }
        if let Some(policy) = &self.policy
            && !serde_json::from_str::<serde_json::Value>(policy).is_ok_and(|json| json.is_object())
        {
            return Err(Error::configuration("the session policy is not a JSON object")
                .hint("give an IAM policy document: {\"Version\": \"2012-10-17\", \"Statement\": [...]}"));
        }
        Ok(self)
    }

    /// The URL that is called, with a path.
    #[must_use]
    pub fn url(&self) -> String {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => format!("{}/", endpoint.trim_end_matches('/')),
            (None, Some(region)) if region.starts_with("cn-") => format!("https://sts.{region}.amazonaws.com.cn/"),
            (None, Some(region)) => format!("https://sts.{region}.amazonaws.com/"),
            (None, None) => "https://sts.amazonaws.com/".to_owned(),
        }
    }

    /// Asks once.
    fn ask(&self, http: &Http, url: &str, token: &Secret, call: &FlowCall<'_>) -> Result<http::Answer> {
        let duration = self.duration.to_string();
        let mut form = vec![
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", self.role_arn.as_str()),
            ("RoleSessionName", self.session_name.as_str()),
            ("DurationSeconds", duration.as_str()),
            ("WebIdentityToken", token.expose()),
        ];
        if let Some(policy) = &self.policy {
            form.push(("Policy", policy));
        }
        let call_once = Call {
            headers: vec![("accept", "application/json".to_owned())],
            body: Body::Form(form),
            // STS keeps nothing of a call that the next one could clash with.
            repeat: Repeat::Safe,
            client_request_id: false,
            ..Call::new(Method::Post, url, call.deadline)
        };
        http.send(&call_once, call.log)
    }

    /// An answer that is no AWS answer.
    fn foreign(answer: &http::Answer) -> Error {
        let status = answer.status;
        let what = answer.content_type.as_deref().unwrap_or("an unknown form");
        match status {
            429 | 500.. => Error::network(format!("AWS can't serve the request for the moment (HTTP {status})"))
                .hint("try again in a minute"),
            300..400 => Error::network(format!("the STS endpoint redirects elsewhere (HTTP {status})"))
                .hint("check the endpoint; tokens are not sent on to another host"),
            _ => Error::network(format!("the answer holds neither AWS keys nor an AWS error (HTTP {status}, {what})"))
                .hint("a proxy or sign-in page may have answered: check HTTPS_PROXY, NO_PROXY, region and endpoint"),
        }
    }

    fn token(&self, granted: Granted, issued_at: u64) -> Result<Token> {
        let Granted { mut keys, expires_at } = granted;
        if expires_at <= issued_at {
            let now = clock::rfc3339(issued_at);
            return Err(Error::new(Kind::Failed, "by this machine's clock the new AWS keys have already expired")
                .hint(format!("check the clock: it says {now}")));
        }
        // A role is assumed in its own account.
        keys.account_id = keys.account_id.or_else(|| account_of(&self.role_arn).map(str::to_owned));
        Ok(Token {
            value: keys.to_secret()?,
            token_type: TOKEN_TYPE.to_owned(),
            issued_at,
            expires_at,
            refresh_at: None,
            scopes: vec![],
            tenant: None,
            account: None,
        })
    }
}

impl Flow for AssumeRole {
    fn identity(&self) -> Identity {
        let mut other = vec![("session-name", self.session_name.clone()), ("duration", self.duration.to_string())];
        other.extend(self.policy.clone().map(|policy| ("policy", policy)));
        Identity {
            provider: "aws",
            flow: "assume-role-with-web-identity",
            authority: self.url(),
            client: self.role_arn.clone(),
            other,
            ..Identity::default()
        }
    }

    fn fetch(&self, call: &FlowCall<'_>, subject: Option<&Token>) -> Result<Token> {
        let Some(subject) = subject else {
            return Err(Error::new(Kind::Failed, "there is no Entra token to exchange for AWS keys")
                .hint("report this as a bug of jeton"));
        };
        let url = self.url();
        let mut pauses = PAUSES.into_iter();
        loop {
            let issued_at = clock::now();
            let answer = self.ask(call.http, &url, &subject.value, call)?;
            let mut request_id = answer.server_request_id.clone();
            let mut error = match parse_answer(answer.status, answer.body.expose()) {
                Answer::Granted(granted) => return self.token(granted, issued_at),
                Answer::Refused(refusal) => {
                    if refusal.is_passing()
                        && let Some(pause) = pauses.next()
                        && call.deadline.left().is_some_and(|left| left > pause)
                    {
                        call.log.step(|| "AWS could not reach Entra to verify the token: trying again".to_owned());
                        std::thread::sleep(pause);
                        continue;
                    }
                    let error = refusal.explain(answer.status, &subject.value, subject.tenant.as_deref());
                    let Refusal { request_id: told, .. } = refusal;
                    request_id = told.or(request_id);
                    error
                }
                Answer::Foreign => Self::foreign(&answer),
            };
            error.retry_at = answer.retry_at;
            return Err(error
                .detail("request id", request_id.unwrap_or_default())
                .detail("role", &self.role_arn)
                .detail("endpoint", &url));
        }
    }
}

/// The partition of `arn:<partition>:iam::<account>:role/<path and name>`.
fn check_role(arn: &str) -> Result<&str> {
    let partition_of = || {
        let rest = arn.strip_prefix("arn:")?;
        let (partition, rest) = rest.split_once(":iam::")?;
        let (_, name) = rest.split_once(":role/")?;
        let plain = partition == "aws" || partition.strip_prefix("aws-").is_some_and(is_host_part);
        let named = !name.is_empty() && !name.ends_with('/') && name.chars().all(|c| is_name(c) || c == '/');
        (plain && named && rest.find(':') == Some(12) && account_of(arn).is_some()).then_some(partition)
    };
    partition_of().ok_or_else(|| {
        Error::configuration(format!("{arn:?} is not the ARN of an IAM role"))
            .hint("give it as IAM shows it: arn:aws:iam::<12 digits>:role/<name>")
    })
}

/// `[\w+=,.@-]`, of ASCII.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// Letters (small), digits and hyphens between them.
fn is_host_part(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

fn check_session_name(name: &str) -> Result<()> {
    if (2..=64).contains(&name.len()) && name.chars().all(is_name) {
        return Ok(());
    }
    Err(Error::configuration(format!("{name:?} can't be the name of an AWS session"))
        .hint("use 2 to 64 letters, digits and _ + = , . @ -"))
}

/// The region becomes a part of the host, so it must not bring a host of its own.
fn check_region(region: &str) -> Result<()> {
    if is_host_part(region) {
        return Ok(());
    }
    Err(Error::configuration(format!("{region:?} is not an AWS region")).hint("give its code, such as eu-central-1"))
}

/// The HTTP client checks URLs as well, but only once there is a token to send.
fn check_endpoint(endpoint: &str) -> Result<()> {
    let wrong = |why: &str| {
        // What stands before an @ may be a password.
        let shown = endpoint.rsplit('@').next().unwrap_or_default();
        Error::configuration(format!("{shown:?} is not an STS endpoint: {why}"))
            .hint("give a URL such as https://sts.eu-central-1.amazonaws.com/")
    };
    let uri: ureq::http::Uri = endpoint.parse().map_err(|_| wrong("it is not a URL"))?;
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    if host.is_empty() || endpoint.contains(['@', '?', '#']) {
        return Err(wrong("it has more or less than a host and a path"));
    }
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if host == "localhost" || address.is_ok_and(|address| address.is_loopback()) => Ok(()),
        Some("http") => Err(wrong("tokens travel over https only")),
        _ => Err(wrong("its scheme is not https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> AssumeRole {
        AssumeRole::new("arn:aws:iam::123456789012:role/path/Read.Only", "jeton")
    }

    fn refused(flow: AssumeRole) -> Error {
        let error = flow.checked().unwrap_err();
        assert_eq!(error.kind, Kind::Configuration);
        assert!(error.hint.is_some());
        error
    }

    #[test]
    fn roles_and_session_names_have_their_forms() {
        assert_eq!(role().checked(), Ok(role()));
        for arn in [
            "",
            "Read",
            "arn:aws:iam::123456789012:user/u",
            "arn:aws:iam::12345678901:role/r",
            "arn:aws:iam::1234567890123:role/r",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/r/",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam:eu-west-1:123456789012:role/r",
            "arn:gcp:iam::123456789012:role/r",
            "arn:aws-:iam::123456789012:role/r",
            " arn:aws:iam::123456789012:role/r",
        ] {
            refused(AssumeRole { role_arn: arn.into(), ..role() });
        }
        for name in ["", "x", "a b", "a/b", "é!", &"x".repeat(65)] {
            refused(AssumeRole { session_name: name.into(), ..role() });
        }
        for name in ["ab", "me@example.com", "a_+=,.@-", &"x".repeat(64)] {
            assert!(AssumeRole { session_name: name.into(), ..role() }.checked().is_ok(), "{name}");
        }
    }

    #[test]
    fn durations_and_policies_have_bounds() {
        for duration in [0, 899, 43_201, u32::MAX] {
            refused(AssumeRole { duration, ..role() });
        }
        for duration in [900, 43_200] {
            assert!(AssumeRole { duration, ..role() }.checked().is_ok());
        }
        for policy in ["", "x", "[]", "{"] {
            refused(AssumeRole { policy: Some(policy.into()), ..role() });
        }
        assert!(AssumeRole { policy: Some("{\"Statement\":[]}".into()), ..role() }.checked().is_ok());
    }

    #[test]
    fn the_endpoint_follows_the_region() {
        for (region, url) in [
            (None, "https://sts.amazonaws.com/"),
            (Some("eu-central-1"), "https://sts.eu-central-1.amazonaws.com/"),
            (Some("us-gov-west-1"), "https://sts.us-gov-west-1.amazonaws.com/"),
            (Some("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn/"),
        ] {
            let flow = AssumeRole { region: region.map(str::to_owned), ..role() }.checked().unwrap();
            assert_eq!(flow.url(), url);
            assert_eq!(flow.identity().authority, url);
        }
        for region in ["", "eu.evil", "evil/", "x@evil", "-eu", "EU", "a b"] {
            refused(AssumeRole { region: Some(region.into()), ..role() });
        }
        let china = AssumeRole { role_arn: "arn:aws-cn:iam::123456789012:role/r".into(), ..role() };
        refused(china.clone());
        assert!(AssumeRole { region: Some("cn-north-1".into()), ..china }.checked().is_ok());
    }

    #[test]
    fn a_token_goes_to_https_or_to_this_machine() {
        for endpoint in
            ["https://sts.example/", "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com", "http://127.0.0.1:8/"]
                .into_iter()
                .chain(["http://localhost", "http://[::1]:8080/sts", "https://gateway.example/sts/"])
        {
            let flow = AssumeRole { endpoint: Some(endpoint.into()), region: Some("any".into()), ..role() };
            assert_eq!(flow.checked().unwrap().url(), format!("{}/", endpoint.trim_end_matches('/')));
        }
        for endpoint in ["http://sts.example/", "http://127.0.0.1.evil/", "ftp://a/", "sts.example", "", "https://"]
            .into_iter()
            .chain(["https://a?b", "https://a#b", "https://u:hunter2@a/", "https://a b"])
        {
            let error = refused(AssumeRole { endpoint: Some(endpoint.into()), ..role() });
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_identity_tells_sessions_apart() {
        let flow = AssumeRole { policy: Some("{}".into()), ..role() };
        let identity = flow.identity();
        assert_eq!((identity.provider, identity.flow), ("aws", "assume-role-with-web-identity"));
        assert_eq!(identity.client, role().role_arn);
        let other = [("session-name", "jeton".into()), ("duration", "3600".into()), ("policy", "{}".into())];
        assert_eq!(identity.other, other);
    }
}
