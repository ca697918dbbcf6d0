//! The answer of AWS's Security Token Service (STS) to AssumeRoleWithWebIdentity, good or bad.
//!
//! Its documented form is XML (AWS STS API Reference, "AssumeRoleWithWebIdentity", "Sample Response"; "Common Error
//! Types"). With `Accept: application/json`, which every call here sends, it answers in JSON of the same shape, as
//! other clients found; that is documented nowhere, so either form is read, whatever was asked for. In JSON
//! `Expiration` is a number of seconds since 1970, with or without a fraction; in XML it is an RFC 3339 time.

use std::time::UNIX_EPOCH;

use roxmltree::{Document, Node};
use serde_json::Value;

use super::{Keys, account_of};
use crate::secret::Secret;

/// What STS granted.
#[derive(Debug, PartialEq, Eq)]
pub struct Granted {
    /// The keys.
    pub keys: Keys,
    /// When they die: seconds since 1970, UTC.
    pub expires_at: u64,
}

/// What STS refused, in its own words, which may quote the request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The error code, which decides what happens.
    pub code: String,
    /// For people; not clean.
    pub message: String,
    /// For AWS's support.
    pub request_id: Option<String>,
}

/// An answer's body, read.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Keys.
    Granted(Granted),
    /// An AWS error.
    Refused(Refusal),
    /// Neither.
    Foreign,
}

/// Reads an answer with this HTTP status.
#[must_use]
pub fn parse_answer(status: u16, body: &str) -> Answer {
    let good = (200..300).contains(&status);
    let read = match body.trim_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str(body).ok().and_then(|json| from_json(good, json)),
        // A DTD is refused by the parser, so there are no entities to blow up.
        Some(b'<') => Document::parse(body.trim_start()).ok().and_then(|xml| from_xml(good, xml.root_element())),
        _ => None,
    };
    read.unwrap_or(Answer::Foreign)
}

fn from_json(good: bool, mut json: Value) -> Option<Answer> {
    if !good {
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let error = json.get("Error")?;
        return Some(Answer::Refused(Refusal {
            code: text(error, "Code")?,
            message: text(error, "Message").unwrap_or_default(),
            request_id: text(&json, "RequestId"),
        }));
    }
    let result = json.get_mut("AssumeRoleWithWebIdentityResponse")?.get_mut("AssumeRoleWithWebIdentityResult")?;
    let arn = result.get("AssumedRoleUser").and_then(|user| user.get("Arn")).and_then(Value::as_str);
    let account_id = arn.and_then(account_of).map(str::to_owned);
    let credentials = result.get_mut("Credentials")?;
    let expires_at = match credentials.get("Expiration")? {
        Value::Number(number) => seconds(number.as_f64()?)?,
        Value::String(text) => time(text)?,
        _ => return None,
    };
    // Taken out, not copied: what is left behind would not be wiped.
    let mut take = |name: &str| match credentials.get_mut(name).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let keys = Keys {
        access_key_id: take("AccessKeyId")?,
        secret_access_key: Secret::new(take("SecretAccessKey")?),
        session_token: Secret::new(take("SessionToken")?),
        account_id,
    };
    Some(Answer::Granted(Granted { keys, expires_at }))
}

fn from_xml(good: bool, root: Node<'_, '_>) -> Option<Answer> {
    if !good {
        let error = element(root, "Error")?;
        return Some(Answer::Refused(Refusal {
            code: text(error, "Code")?.to_owned(),
            message: text(error, "Message").unwrap_or_default().to_owned(),
            request_id: text(root, "RequestId").map(str::to_owned),
        }));
    }
    let result = element(root, "AssumeRoleWithWebIdentityResult")?;
    let arn = element(result, "AssumedRoleUser").and_then(|user| text(user, "Arn"));
    let credentials = element(result, "Credentials")?;
    let keys = Keys {
        access_key_id: text(credentials, "AccessKeyId")?.to_owned(),
        secret_access_key: Secret::from(text(credentials, "SecretAccessKey")?),
        session_token: Secret::from(text(credentials, "SessionToken")?),
        account_id: arn.and_then(account_of).map(str::to_owned),
    };
    Some(Answer::Granted(Granted { keys, expires_at: time(text(credentials, "Expiration")?)? }))
}

/// The element of this name directly below `node`. Its namespace does not matter: it has changed with API versions.
fn element<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The text of that element, without the space around it; nothing counts as none.
fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    element(node, name)?.text().map(str::trim).filter(|text| !text.is_empty())
}

/// Seconds since 1970: of an RFC 3339 time, or of a number that came as a text.
fn time(text: &str) -> Option<u64> {
    let text = text.trim();
    match humantime::parse_rfc3339(text) {
        Ok(time) => Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs()),
        Err(_) => seconds(text.parse().ok()?),
    }
}

/// Whole seconds of a number that may be one.
fn seconds(number: f64) -> Option<u64> {
    // Beyond the year 9999 it is no time (milliseconds, perhaps).
    (0.0..253_402_300_800.0).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(expiration: &str) -> String {
        format!(
            r#"{{"AssumeRoleWithWebIdentityResponse":{{"AssumeRoleWithWebIdentityResult":{{
            "AssumedRoleUser":{{"Arn":"arn:aws:sts::123456789012:assumed-role/r/s","AssumedRoleId":"AROA:s"}},
            "Audience":"api://a","Credentials":{{"AccessKeyId":"ASIA1","SecretAccessKey":"sk","SessionToken":"st",
            "Expiration":{expiration}}},"Provider":"arn:aws:iam::123456789012:oidc-provider/sts.windows.net/t/"}},
            "ResponseMetadata":{{"RequestId":"r1"}}}}}}"#
        )
    }

    const XML: &str = r#"<?xml version="1.0"?>
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult>
            <SubjectFromWebIdentityToken>sub</SubjectFromWebIdentityToken>
            <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn></AssumedRoleUser>
            <Credentials>
              <SessionToken>st</SessionToken><SecretAccessKey>sk</SecretAccessKey>
              <Expiration>2026-11-22T01:58:24Z</Expiration><AccessKeyId>ASIA1</AccessKeyId>
            </Credentials>
          </AssumeRoleWithWebIdentityResult>
          <ResponseMetadata><RequestId>r1</RequestId></ResponseMetadata>
        </AssumeRoleWithWebIdentityResponse>"#;

    fn granted() -> Answer {
        let keys = Keys {
            access_key_id: "ASIA1".into(),
            secret_access_key: Secret::from("sk"),
            session_token: Secret::from("st"),
            account_id: Some("123456789012".into()),
        };
        Answer::Granted(Granted { keys, expires_at: 1_795_312_704 })
    }

    #[test]
    fn keys_are_read_from_either_form() {
        for expiration in ["1795312704", "1.795312704E9", "1795312704.9", "\"1795312704\"", "\"2026-11-22T01:58:24Z\""]
        {
            assert_eq!(parse_answer(200, &json(expiration)), granted(), "{expiration}");
        }
        assert_eq!(parse_answer(200, XML), granted());
        assert_eq!(parse_answer(200, &format!("\n {XML}").replace("<?xml version=\"1.0\"?>", "")), granted());
    }

    #[test]
    fn refusals_are_read_from_either_form() {
        let refused = Answer::Refused(Refusal {
            code: "InvalidIdentityToken".into(),
            message: "Incorrect token audience".into(),
            request_id: Some("r1".into()),
        });
        let json = r#"{"Error":{"Code":"InvalidIdentityToken","Message":"Incorrect token audience","Type":"Sender"},
            "RequestId":"r1"}"#;
        let xml = r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
            <Code>InvalidIdentityToken</Code><Message>Incorrect token audience</Message></Error>
            <RequestId> r1</RequestId></ErrorResponse>"#;
        assert_eq!(parse_answer(400, json), refused);
        assert_eq!(parse_answer(400, xml), refused);
        assert_eq!(parse_answer(200, json), Answer::Foreign);
        assert_eq!(parse_answer(200, xml), Answer::Foreign);
    }

    #[test]
    fn what_is_incomplete_or_something_else_is_foreign() {
        for body in [
            "",
            "[]",
            "{}",
            "null",
            "<html><body/></html>",
            "<a",
            "{\"Error\":{}}",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        ] {
            for status in [200, 302, 400, 503] {
                assert_eq!(parse_answer(status, body), Answer::Foreign, "{status} {body}");
            }
        }
        for name in ["Credentials", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
            let (json, xml) = (json("1795312704"), XML);
            assert_eq!(parse_answer(200, &json.replace(name, "X")), Answer::Foreign, "{name}");
            assert_eq!(parse_answer(200, &xml.replace(name, "X")), Answer::Foreign, "{name}");
        }
        for expiration in ["-1", "1e300", "1795312704000", "null", "true", "\"soon\"", "\"NaN\"", "\"\"", "{}"] {
            assert_eq!(parse_answer(200, &json(expiration)), Answer::Foreign, "{expiration}");
        }
        assert_eq!(parse_answer(403, XML), Answer::Foreign);
    }

    #[test]
    fn deep_nesting_is_no_way_to_the_stack() {
        for (open, times) in [("<a>", 300_000), ("{\"a\":", 300_000)] {
            assert_eq!(parse_answer(200, &open.repeat(times)), Answer::Foreign);
        }
        let closed = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(parse_answer(400, &closed), Answer::Foreign);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(
            status in 100_u16..600,
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            start in prop::sample::select(vec!["", "{", "<"]),
        ) {
            let _ = parse_answer(status, &format!("{start}{}", String::from_utf8_lossy(&bytes)));
        }

        #[test]
        fn damaged_answers_are_read_without_a_panic(
            xml in any::<bool>(),
            good in any::<bool>(),
            at in any::<prop::sample::Index>(),
            put in any::<u8>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = if xml { XML.as_bytes().to_vec() } else { json("1795312704.5").into_bytes() };
            let index = at.index(bytes.len());
            bytes[index] = put;
            let status = if good { 200 } else { 400 };
            let _ = parse_answer(status, &String::from_utf8_lossy(&bytes));
            bytes.truncate(cut.index(bytes.len()));
            let _ = parse_answer(status, &String::from_utf8_lossy(&bytes));
        }
    }
}
