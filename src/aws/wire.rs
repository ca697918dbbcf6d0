//! Tests of the whole exchange, against a server on loopback that gives prepared answers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use super::{AssumeRole, Keys, TOKEN_TYPE};
use crate::clock::{self, Deadline};
use crate::error::{Kind, Result};
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Profile, Settings};
use crate::request::{Flow as _, FlowCall};
use crate::secret::Secret;
use crate::sign_in::SignIns;
use crate::token::Token;

const GOOD: &str = r#"{"AssumeRoleWithWebIdentityResponse":{"AssumeRoleWithWebIdentityResult":{"Credentials":
    {"AccessKeyId":"ASIA1","SecretAccessKey":"sk","SessionToken":"st","Expiration":9.9E9}}}}"#;
const PASSING: &str = r#"{"Error":{"Code":"IDPCommunicationError","Message":"m"},"RequestId":"r1"}"#;
const QUOTING: &str = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Value 'entra-token' is bad</Message>\
    </Error></ErrorResponse>";

/// One answer to each connection, in order; gives back the requests.
fn serve(answers: Vec<(u16, &'static str)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut requests = vec![];
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            let head = String::from_utf8(request).unwrap().to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            let mut form = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut form).unwrap();
            requests.push(format!("{head}{}", String::from_utf8(form).unwrap()));
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\nx-amzn-requestid: r2\r\ncontent-length: {length}\r\n");
            write!(stream, "{head}connection: close\r\n\r\n{body}").unwrap();
        }
        requests
    });
    (url, server)
}

fn fetch(answers: Vec<(u16, &'static str)>) -> (Result<Token>, Vec<String>) {
    let (url, server) = serve(answers);
    let flow = AssumeRole {
        endpoint: Some(url),
        policy: Some("{\"Statement\":[]}".into()),
        ..AssumeRole::new("arn:aws:iam::123456789012:role/r", "me@example.com")
    };
    let limit = Duration::from_secs(20);
    let settings = Settings::of(Profile::default());
    let call = FlowCall {
        http: &Http::new(HttpOptions::default()),
        deadline: Deadline::after(limit),
        limit,
        log: &Log::silent(),
        sign_ins: &SignIns::new(&settings),
        progress: &|_| {},
        renews: false,
        arrived_ms: 0,
    };
    let subject = Token {
        value: Secret::from("entra-token"),
        token_type: "Bearer".into(),
        issued_at: clock::now(),
        expires_at: clock::now() + 3600,
        refresh_at: None,
        scopes: vec![],
        tenant: Some("t1".into()),
        account: None,
    };
    let outcome = flow.checked().unwrap().fetch(&call, Some(&subject));
    (outcome, server.join().unwrap())
}

#[test]
fn an_entra_token_becomes_keys_with_one_unsigned_request() {
    let (token, requests) = fetch(vec![(200, GOOD)]);
    let token = token.unwrap();
    assert_eq!((token.token_type.as_str(), token.expires_at), (TOKEN_TYPE, 9_900_000_000));
    let keys = Keys::from_secret(&token.value).unwrap();
    assert_eq!((keys.access_key_id.as_str(), keys.session_token.expose()), ("ASIA1", "st"));
    assert_eq!(keys.account_id.as_deref(), Some("123456789012"), "the role's, where the answer names none");
    let (head, form) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("post / http/1.1"), "{head}");
    assert!(head.contains("\r\naccept: application/json"), "{head}");
    assert!(!head.contains("authorization:") && !head.contains("client-request-id"), "{head}");
    assert_eq!(
        form,
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr\
        &RoleSessionName=me%40example.com&DurationSeconds=3600&WebIdentityToken=entra-token\
        &Policy=%7B%22Statement%22%3A%5B%5D%7D"
    );
}

#[test]
fn a_call_is_repeated_while_aws_can_not_reach_entra() {
    let (token, requests) = fetch(vec![(400, PASSING), (200, GOOD)]);
    assert!(token.is_ok());
    assert_eq!(requests.len(), 2);
    let error = fetch(vec![(400, PASSING); 3]).0.unwrap_err();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.to_string().contains("request id: r1, role: arn:aws:iam::123456789012:role/r"), "{error}");
}

#[test]
fn a_refusal_shows_ids_and_not_the_token() {
    let error = fetch(vec![(400, QUOTING)]).0.unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
    assert!(error.to_string().contains("request id: r2"), "{error}");
    assert!(!error.to_string().contains("entra-token"), "{error}");
    let error = fetch(vec![(200, "<html>sign in</html>")]).0.unwrap_err();
    assert_eq!(error.kind, Kind::Network);
}

#[test]
fn without_a_subject_nothing_is_sent() {
    let limit = Duration::from_secs(1);
    let settings = Settings::of(Profile::default());
    let call = FlowCall {
        http: &Http::new(HttpOptions::default()),
        deadline: Deadline::after(limit),
        limit,
        log: &Log::silent(),
        sign_ins: &SignIns::new(&settings),
        progress: &|_| {},
        renews: false,
        arrived_ms: 0,
    };
    let error = AssumeRole::new("arn:aws:iam::123456789012:role/r", "jeton").fetch(&call, None).unwrap_err();
    assert_eq!(error.kind, Kind::Failed);
}
