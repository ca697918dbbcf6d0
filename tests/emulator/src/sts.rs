//! AWS STS: keys for a token, and who the keys belong to.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;

use crate::capture::Request;
use crate::sigv4;
use crate::state::State;
use crate::token::{Refusal, random_bytes, uuid};
use crate::wire::Response;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Keys that were handed out.
#[derive(Clone, Debug)]
pub(crate) struct AwsSession {
    pub(crate) secret: String,
    token: String,
    arn: String,
    account: String,
    user_id: String,
    expires: u64,
}

/// An AWS error: status, code, message.
type Denied = (u16, &'static str, String);

pub(crate) fn is_sts(request: &Request) -> bool {
    request.method == "POST" && ["/", "/sts", "/sts/"].contains(&request.path.as_str())
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    let result = match (request.field("Action"), request.field("Version")) {
        (Some("AssumeRoleWithWebIdentity"), Some("2011-06-15")) => assume(state, request),
        (Some("GetCallerIdentity"), Some("2011-06-15")) => identity(state, request),
        (Some(action), _) => Err((400, "InvalidAction", format!("Could not find operation {action} for version"))),
        (None, _) => Err((400, "MissingAction", "The request must contain an action".into())),
    };
    result.unwrap_or_else(|(status, code, message)| error(request, status, code, &message))
}

/// An AWS-shaped error in the format that the request asks for.
pub(crate) fn error(request: &Request, status: u16, code: &str, message: &str) -> Response {
    let (id, kind) = (uuid(), if status < 500 { "Sender" } else { "Receiver" });
    let response = if wants_json(request) {
        let body = json!({"Error": {"Code": code, "Message": message, "Type": kind}, "RequestId": id});
        Response::new(status, "application/json", body.to_string())
    } else {
        let (code, message) = (escape(code), escape(message));
        let body = format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>{kind}</Type>\n    <Code>{code}</Code>\n    \
             <Message>{message}</Message>\n  </Error>\n  <RequestId>{id}</RequestId>\n</ErrorResponse>\n"
        );
        Response::new(status, "text/xml", body)
    };
    response.header("x-amzn-RequestId", id)
}

fn wants_json(request: &Request) -> bool {
    request.header("accept").is_some_and(|accept| accept.contains("application/json"))
}

fn assume(state: &State, request: &Request) -> Result<Response, Denied> {
    let field = |name: &str, member: &str| {
        request.field(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            validation(&format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"))
        })
    };
    let role = field("RoleArn", "roleArn")?;
    let session = field("RoleSessionName", "roleSessionName")?;
    let token = field("WebIdentityToken", "webIdentityToken")?;
    let (account, role_name) = parse_role(role).ok_or_else(|| validation(&format!("{role} is invalid")))?;
    if !(2..=64).contains(&session.len()) || !session.chars().all(is_name_char) {
        return Err(validation(&format!(
            "Value '{session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\w+=,.@-]*, with a length of 2 to 64"
        )));
    }
    if !(4..=20_000).contains(&token.len()) {
        return Err(validation(
            "Value at 'webIdentityToken' failed to satisfy constraint: Member must have length \
             greater than or equal to 4 and less than or equal to 20000",
        ));
    }
    let duration: u64 = match request.field("DurationSeconds") {
        None => 3600,
        Some(text) => text.parse().ok().filter(|seconds| (900..=43_200).contains(seconds)).ok_or_else(|| {
            validation(&format!(
                "Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater \
                 than or equal to 900 and less than or equal to 43200"
            ))
        })?,
    };
    let claims = state.verify(token).map_err(|refusal| refused_token(state, refusal))?;
    let audience = claims["aud"].as_str().unwrap_or_default().to_owned();
    if state.lock().settings.sts_audiences.as_ref().is_some_and(|list| !list.contains(&audience)) {
        return Err((400, "InvalidIdentityToken", "Incorrect token audience".into()));
    }
    if role_name.starts_with("denied") {
        return Err((403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity".into()));
    }

    let lifetime = state.lock().settings.sts_lifetime.unwrap_or(duration);
    let unique = random_bytes::<8>().map(|byte| format!("{byte:02X}")).concat();
    let key_id = format!("ASIA{unique}");
    let role_id = format!("AROA{unique}:{session}");
    let keys = AwsSession {
        secret: STANDARD_NO_PAD.encode(random_bytes::<30>()),
        token: STANDARD_NO_PAD.encode(random_bytes::<240>()),
        arn: format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role_name.rsplit('/').next().unwrap_or("")),
        account: account.to_owned(),
        user_id: role_id,
        expires: state.epoch() + lifetime,
    };
    let subject = claims["sub"].as_str().unwrap_or_default();
    let issuer = claims["iss"].as_str().unwrap_or_default();
    let provider = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    let response = credentials(request, &key_id, &keys, subject, &audience, provider);
    state.lock().aws_sessions.insert(key_id, keys);
    Ok(response)
}

fn refused_token(state: &State, refusal: Refusal) -> Denied {
    let time = |epoch: u64| humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(epoch));
    match refusal {
        Refusal::Expired(at) => (
            400,
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                time(state.epoch()),
                time(at)
            ),
        ),
        Refusal::Foreign => (
            400,
            "InvalidIdentityToken",
            "The web identity token that was passed could not be validated by the identity provider.".into(),
        ),
    }
}

fn credentials(
    request: &Request,
    key_id: &str,
    keys: &AwsSession,
    subject: &str,
    audience: &str,
    provider: &str,
) -> Response {
    let id = uuid();
    if wants_json(request) {
        let body = json!({"AssumeRoleWithWebIdentityResponse": {
            "AssumeRoleWithWebIdentityResult": {
                "Audience": audience,
                "AssumedRoleUser": {"Arn": keys.arn, "AssumedRoleId": keys.user_id},
                "Credentials": {
                    "AccessKeyId": key_id, "SecretAccessKey": keys.secret, "SessionToken": keys.token,
                    "Expiration": "EXPIRATION",
                },
                "PackedPolicySize": null,
                "Provider": provider,
                "SourceIdentity": null,
                "SubjectFromWebIdentityToken": subject,
            },
            "ResponseMetadata": {"RequestId": id},
        }});
        // AWS writes this epoch time as a floating point number with an exponent: 1.7E9.
        let body = body.to_string().replace("\"EXPIRATION\"", &exponent(keys.expires));
        return Response::new(200, "application/json", body).header("x-amzn-RequestId", id);
    }
    let expiration = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(keys.expires));
    let (audience, provider, subject) = (escape(audience), escape(provider), escape(subject));
    let AwsSession { secret, token, arn, user_id, .. } = keys;
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"{NAMESPACE}\">\n  <AssumeRoleWithWebIdentityResult>\n    \
         <Audience>{audience}</Audience>\n    <AssumedRoleUser>\n      <AssumedRoleId>{user_id}</AssumedRoleId>\n      \
         <Arn>{arn}</Arn>\n    </AssumedRoleUser>\n    <Provider>{provider}</Provider>\n    <Credentials>\n      \
         <AccessKeyId>{key_id}</AccessKeyId>\n      <SecretAccessKey>{secret}</SecretAccessKey>\n      \
         <SessionToken>{token}</SessionToken>\n      <Expiration>{expiration}</Expiration>\n    </Credentials>\n    \
         <SubjectFromWebIdentityToken>{subject}</SubjectFromWebIdentityToken>\n  </AssumeRoleWithWebIdentityResult>\n  \
         <ResponseMetadata>\n    <RequestId>{id}</RequestId>\n  </ResponseMetadata>\n\
         </AssumeRoleWithWebIdentityResponse>\n"
    );
    Response::new(200, "text/xml", body).header("x-amzn-RequestId", id)
}

/// The decimal digits of `number` in the manner of 1.7E9.
fn exponent(number: u64) -> String {
    let digits = number.to_string();
    let (first, rest) = digits.split_at(1);
    let rest = rest.trim_end_matches('0');
    format!("{first}.{}E{}", if rest.is_empty() { "0" } else { rest }, digits.len() - 1)
}

/// `GetCallerIdentity`, signed with keys that this emulator handed out.
fn identity(state: &State, request: &Request) -> Result<Response, Denied> {
    let signature = sigv4::parse(request)
        .ok_or_else(|| (403, "MissingAuthenticationToken", "Request is missing Authentication Token".to_owned()))?;
    let keys = state.lock().aws_sessions.get(signature.key_id).cloned();
    let invalid = || (403, "InvalidClientTokenId", "The security token included in the request is invalid.".to_owned());
    let keys = keys.ok_or_else(invalid)?;
    if request.header("x-amz-security-token") != Some(&keys.token) {
        return Err(invalid());
    }
    if keys.expires <= state.epoch() {
        return Err((403, "ExpiredToken", "The security token included in the request is expired".into()));
    }
    if !signature.verify(request, &keys.secret) {
        let text = "The request signature we calculated does not match the signature you provided.";
        return Err((403, "SignatureDoesNotMatch", text.into()));
    }
    let AwsSession { arn, account, user_id, .. } = &keys;
    let id = uuid();
    Ok(if wants_json(request) {
        let body = json!({"GetCallerIdentityResponse": {
            "GetCallerIdentityResult": {"Account": account, "Arn": arn, "UserId": user_id},
            "ResponseMetadata": {"RequestId": id},
        }});
        Response::new(200, "application/json", body.to_string())
    } else {
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\n  <GetCallerIdentityResult>\n    <Arn>{arn}</Arn>\n    \
             <UserId>{user_id}</UserId>\n    <Account>{account}</Account>\n  </GetCallerIdentityResult>\n  \
             <ResponseMetadata>\n    <RequestId>{id}</RequestId>\n  </ResponseMetadata>\n</GetCallerIdentityResponse>\n"
        );
        Response::new(200, "text/xml", body)
    })
}

fn validation(text: &str) -> Denied {
    (400, "ValidationError", format!("1 validation error detected: {text}"))
}

/// Account and name (with path) of `arn:aws:iam::123456789012:role/name`.
fn parse_role(arn: &str) -> Option<(&str, &str)> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, name) = rest.split_once(":role/")?;
    let known = ["aws", "aws-cn", "aws-us-gov"].contains(&partition);
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let named = !name.is_empty() && name.chars().all(|c| is_name_char(c) || c == '/');
    (known && digits && named).then_some((account, name))
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
