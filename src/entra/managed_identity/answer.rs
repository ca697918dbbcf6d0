//! What the endpoints answer. Their successes are like the token endpoint's; their errors come in three forms:
//! `{"error", "error_description"}` (IMDS, Arc), `{"statusCode", "message"}` (App Service, Azure ML), and
//! `{"error": {"code", "message"}}` (Service Fabric, Cloud Shell).

use serde_json::Value;

use super::super::advice;
use super::super::grant::{Grant, Granted, parse_answer};
use super::{Ask, Assigned};
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::http::Answer;

/// Reads an answer. `whose` it is: "the metadata service (IMDS)", "App Service", ...
pub(super) fn read(ask: &Ask<'_>, answer: &Answer, whose: &str) -> Result<Granted> {
    match parse_answer(answer.status, answer.body.expose(), clock::now()) {
        Grant::Granted(granted) if granted.expires_in == 0 => {
            Err(Error::network(format!("{whose} sent a token that has no life left"))
                .hint("check this machine's clock, then try again"))
        }
        Grant::Granted(granted) => Ok(granted),
        Grant::Refused(_) | Grant::Foreign => Err(refusal(ask, answer, whose)),
    }
}

/// What an endpoint that gives no token says.
fn refusal(ask: &Ask<'_>, answer: &Answer, whose: &str) -> Error {
    let status = answer.status;
    let Some((code, said)) = words(answer.body.expose()) else { return foreign(answer, whose) };
    let text = if said.is_empty() { code.clone() } else { said.clone() };
    let text = format!("{whose} gave no token (HTTP {status}): {text}");
    let context = advice::Context { tenant: "", client: "", scope: ask.resource };
    let known = advice::codes_in(&said).into_iter().find_map(advice::for_code);
    let mut error = match (status, known) {
        (429 | 500.. | 404 | 410, _) if code != "ManagedIdentityNotFound" => {
            Error::network(text).hint("try again in a minute; the service may be starting or busy")
        }
        (_, Some(advice)) => Error::configuration(text).hint(advice.next(&context)),
        // The header that the environment gave is not the endpoint's.
        (401 | 403, None) => Error::new(Kind::Refused, text)
            .hint("run this in the service itself, with the environment that the service gave it"),
        (_, None) => Error::configuration(text).hint(match ask.identity {
            Assigned::BySystem => {
                "see that an identity is assigned to this machine or service (Identity in the portal); if only \
                 user-assigned ones are, name one with --client-id"
                    .to_owned()
            }
            Assigned::ClientId(id) | Assigned::ObjectId(id) | Assigned::ResourceId(id) => format!(
                "see that the user-assigned identity {id} is assigned to this machine or service; if its own is \
                 meant, leave out --client-id (AZURE_CLIENT_ID, and the client id of the profile)"
            ),
        }),
    };
    error.retry_at = answer.retry_at;
    error.detail("request id", answer.server_request_id.as_deref().unwrap_or_default()).detail("resource", ask.resource)
}

/// Code and text of an error in one of the three forms.
fn words(body: &str) -> Option<(String, String)> {
    let fields: Value = serde_json::from_str(body).ok()?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match fields.get("error") {
        Some(Value::String(code)) => Some((code.clone(), text(&fields, "error_description").unwrap_or_default())),
        Some(nested) => Some((text(nested, "code").unwrap_or_default(), text(nested, "message")?)),
        None => Some((String::new(), text(&fields, "message").or_else(|| text(&fields, "Message"))?)),
    }
}

fn foreign(answer: &Answer, whose: &str) -> Error {
    let status = answer.status;
    if status == 403 && answer.body.expose().contains("unreachable") {
        return Error::network(format!("Docker Desktop answers in place of {whose}: there is none here"))
            .hint("use another flow on this machine (--flow), such as azure-cli");
    }
    let mut error = match status {
        404 | 410 | 429 | 500.. => Error::network(format!("{whose} gave no token (HTTP {status})"))
            .hint("try again in a minute; the service may be starting or busy"),
        _ => Error::network(format!(
            "what answers in place of {whose} is something else (HTTP {status}, {})",
            answer.content_type.as_deref().unwrap_or("an unknown form")
        ))
        .hint("see whether a proxy or a sign-in page of this network answers; name another flow (--flow) if there is no managed identity here"),
    };
    error.retry_at = answer.retry_at;
    error
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_are_read_in_three_forms() {
        for (body, code, said) in [
            (
                r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
                "invalid_request",
                "Identity not found",
            ),
            (r#"{"error":"gone"}"#, "gone", ""),
            (r#"{"statusCode":400,"message":"No identity","correlationId":"x"}"#, "", "No identity"),
            (r#"{"error":{"code":"AudienceNotSupported","message":"no"}}"#, "AudienceNotSupported", "no"),
        ] {
            assert_eq!(words(body), Some((code.into(), said.into())), "{body}");
        }
        for body in ["", "<html>", "[]", "{}", r#"{"error":{}}"#, r#"{"error":5}"#] {
            assert_eq!(words(body), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(body in ".{0,100}") {
            let _ = words(&body);
        }
    }
}
