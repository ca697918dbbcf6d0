//! AWS STS.

use jeton_emulator::{CLIENT_ID, Emulator, Fault, TENANT};

use crate::client::{Answer, Client, client};

const ROLE: &str = "arn:aws:iam::123456789012:role/path/reader";

fn assume(client: &Client, accept: &str, token: &str, changes: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "jeton"),
        ("WebIdentityToken", token),
        ("DurationSeconds", "900"),
    ];
    for (name, value) in changes {
        fields.retain(|(key, _)| key != name);
        fields.push((name, value));
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", accept)];
    client.post("/", &headers, body.as_bytes()).expect("an answer")
}

#[test]
fn a_token_is_worth_keys() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let token = emulator.issue(TENANT, CLIENT_ID, "api://aws", 600);
    let json = assume(&client, "application/json", &token, &[]);
    assert_eq!(json.status, 200, "{}", json.body);
    let body = json.json();
    let result = &body["AssumeRoleWithWebIdentityResponse"]["AssumeRoleWithWebIdentityResult"];
    let keys = &result["Credentials"];
    assert!(keys["AccessKeyId"].as_str().is_some_and(|id| id.starts_with("ASIA") && id.len() == 20));
    assert!(keys["Expiration"].as_f64().is_some_and(|time| time > 1.7e9), "{}", json.body);
    assert!(json.body.contains("E9"), "an exponent, as AWS writes it");
    assert_eq!(result["AssumedRoleUser"]["Arn"], "arn:aws:sts::123456789012:assumed-role/reader/jeton");

    let xml = assume(&client, "*/*", &token, &[]);
    assert_eq!(xml.header("content-type"), Some("text/xml"));
    assert!(xml.body.contains("<AccessKeyId>ASIA") && xml.body.contains("Z</Expiration>"), "{}", xml.body);
    assert!(!xml.body.contains(keys["AccessKeyId"].as_str().expect("an id")), "keys are new each time");
}

#[test]
fn errors_are_those_of_aws() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let good = emulator.issue(TENANT, CLIENT_ID, "api://aws", 600);
    let expired = emulator.issue(TENANT, CLIENT_ID, "api://aws", 0);
    let revoked = emulator.issue(TENANT, CLIENT_ID, "api://aws", 600);
    emulator.revoke(&revoked);
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str);
    let cases: [Case; 8] = [
        (&expired, &[], 400, "ExpiredTokenException"),
        (&revoked, &[], 400, "InvalidIdentityToken"),
        ("not.a.token", &[], 400, "InvalidIdentityToken"),
        (&good, &[("RoleArn", "arn:aws:iam::1:role/x")], 400, "ValidationError"),
        (&good, &[("RoleArn", "arn:aws:iam::123456789012:role/denied")], 403, "AccessDenied"),
        (&good, &[("RoleSessionName", "a b")], 400, "ValidationError"),
        (&good, &[("DurationSeconds", "899")], 400, "ValidationError"),
        (&good, &[("Action", "Magic")], 400, "InvalidAction"),
    ];
    for (token, changes, status, code) in cases {
        let json = assume(&client, "application/json", token, changes);
        assert_eq!((json.status, &json.json()["Error"]["Code"]), (status, &code.into()), "{}", json.body);
        let xml = assume(&client, "*/*", token, changes);
        assert!(xml.body.contains(&format!("<Code>{code}</Code>")), "{}", xml.body);
    }
    emulator.script_for("/", Fault::error(400, "IDPCommunicationError", 0).text("try <again>"));
    let scripted = assume(&client, "*/*", &good, &[]);
    assert!(scripted.body.contains("<Code>IDPCommunicationError</Code>"), "{}", scripted.body);
    assert!(scripted.body.contains("try &lt;again&gt;"), "{}", scripted.body);
    emulator.change_settings(|settings| settings.sts_audiences = Some(vec!["api://other".into()]));
    assert!(assume(&client, "*/*", &good, &[]).body.contains("Incorrect token audience"));
}

#[test]
fn who_am_i_needs_a_signature() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let fields = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    let unsigned = client.form("/", &fields).expect("an answer");
    assert_eq!(unsigned.json()["Error"]["Code"], "MissingAuthenticationToken");
    let header =
        "AWS4-HMAC-SHA256 Credential=ASIAX/20250101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0";
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", header)];
    let foreign = client.post("/", &headers, b"Action=GetCallerIdentity&Version=2011-06-15").expect("an answer");
    assert!(foreign.body.contains("<Code>InvalidClientTokenId</Code>"), "{}", foreign.body);
}
