//! What STS's error codes mean: for the user (an [`Error`]), and for the next attempt.
//!
//! Sources: AWS STS API Reference, "AssumeRoleWithWebIdentity" (Errors) and "Common Error Types"; AWS re:Post Knowledge
//! Center, "AWS STS AssumeRoleWithWebIdentity API call error InvalidIdentityToken", for keys that can't be fetched.

use super::answer::Refusal;
use crate::error::{Error, Kind, clean};
use crate::secret::Secret;

const TRUST: &str = "see the role's trust policy: it must allow sts:AssumeRoleWithWebIdentity to the identity \
    provider, and its conditions on aud and sub must fit the token";
const AGAIN: &str = "try again in a minute";
const SETTINGS: &str = "check role ARN, session name, duration (no longer than the role's maximum) and policy";

impl Refusal {
    /// The code without the `Exception` that some codes end with and others, for the same, do not.
    fn short_code(&self) -> &str {
        self.code.strip_suffix("Exception").unwrap_or(&self.code)
    }

    /// Whether STS could not reach the identity provider, which passes as a rule: AWS says to repeat the call a limited
    /// number of times. `InvalidIdentityToken` says so in its text alone (aws-cli issue 7194).
    pub(super) fn is_passing(&self) -> bool {
        match self.short_code() {
            "IDPCommunicationError" => true,
            "InvalidIdentityToken" => self.message.to_ascii_lowercase().contains("retrieve verification key"),
            _ => false,
        }
    }

    /// The error to show, for an answer with this HTTP status. `tenant` is the one that issued `token`, which the
    /// message must not show: an error about a value may quote it.
    pub(super) fn explain(&self, status: u16, token: &Secret, tenant: Option<&str>) -> Error {
        let (kind, meaning, hint) = if self.is_passing() {
            let hint = "try again in a minute; if it stays so, check that the identity provider's URL in IAM is right";
            (Kind::Network, "AWS could not fetch Entra's keys to verify the token", hint.to_owned())
        } else {
            let (kind, meaning, hint) = self.advice(status);
            (kind, meaning, hint.map_or_else(|| provider_hint(tenant), str::to_owned))
        };
        let said = clean(&without(&self.message, token));
        let code = clean(&self.code);
        let said = if said.is_empty() { code } else { format!("{code}: {said}") };
        Error::new(kind, format!("{meaning} ({said})")).hint(hint)
    }

    /// Kind, meaning and next step; no step stands for [`provider_hint`].
    fn advice(&self, status: u16) -> (Kind, &'static str, Option<&'static str>) {
        if status == 429 || status >= 500 {
            return (Kind::Network, "AWS can't serve the request for the moment", Some(AGAIN));
        }
        match self.short_code() {
            "AccessDenied" => (Kind::Refused, "the role may not be assumed with this token", Some(TRUST)),
            "IDPRejectedClaim" => (Kind::Refused, "the identity provider rejected the token for AWS", Some(TRUST)),
            "InvalidIdentityToken" => (Kind::Refused, "AWS does not accept the Entra token", None),
            "ExpiredToken" => {
                let hint = "check this machine's clock, and try again with a new Entra token";
                (Kind::Refused, "AWS says that the Entra token has expired or is not valid", Some(hint))
            }
            "ValidationError" | "MissingParameter" | "InvalidParameterValue" | "InvalidParameterCombination" => {
                (Kind::Configuration, "AWS finds a value of the request not valid", Some(SETTINGS))
            }
            "MalformedPolicyDocument" => {
                (Kind::Configuration, "the session policy is malformed", Some("mend the JSON text of the policy"))
            }
            "PackedPolicyTooLarge" => {
                (Kind::Configuration, "the session policy is too large", Some("make the policy shorter"))
            }
            "RegionDisabled" => {
                let hint = "use another region, or have STS activated there for the account (IAM, Account settings)";
                (Kind::Configuration, "STS is not activated in this region", Some(hint))
            }
            "IDPCommunicationError"
            | "Throttling"
            | "RequestLimitExceeded"
            | "ServiceUnavailable"
            | "InternalFailure" => (Kind::Network, "AWS can't serve the request for the moment", Some(AGAIN)),
            _ if matches!(status, 401 | 403) => (Kind::Refused, "AWS refused", Some(TRUST)),
            _ => (Kind::Failed, "AWS refused", Some(SETTINGS)),
        }
    }
}

/// How an IAM identity provider for Entra looks that works, as far as people report it. It is a hint: a tenant may be
/// set up in another way.
fn provider_hint(tenant: Option<&str>) -> String {
    // The URL holds the tenant's id: a domain would mislead.
    let is_id = |tenant: &&str| tenant.len() == 36 && tenant.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let tenant = tenant.filter(is_id).unwrap_or("<tenant id>");
    format!(
        "compare the token with the identity provider in the role's account: as a rule its URL is \
        https://sts.windows.net/{tenant}/ (with the slash), its audience the token's aud (the App ID URI or client id) \
        and the token one of Entra's v1 endpoint"
    )
}

/// `message` without `token`, and without anything else in it that looks like a JSON Web Token (two dots between
/// stretches of base64url, of which the first starts as every JSON object does).
fn without(message: &str, token: &Secret) -> String {
    let mut text = message.to_owned();
    if !token.is_empty() {
        text = text.replace(token.expose(), "…");
    }
    let mut rest = text.as_str();
    let mut shown = String::with_capacity(text.len());
    while let Some(start) = rest.find("eyJ") {
        let (before, found) = rest.split_at(start);
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '=');
        let end = found.find(|c| !inside(c)).unwrap_or(found.len());
        shown.push_str(before);
        shown.push('…');
        rest = &found[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Answer, parse_answer};

    const TENANT: &str = "00000000-0000-0000-0000-0000000000ab";

    fn error(status: u16, code: &str, message: &str) -> Error {
        let json = format!(r#"{{"Error":{{"Code":"{code}","Message":"{message}","Type":"Sender"}},"RequestId":"r"}}"#);
        let xml = format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>\
            <RequestId>r</RequestId></ErrorResponse>"
        );
        let [json, xml] = [json, xml].map(|body| match parse_answer(status, &body) {
            Answer::Refused(refusal) => refusal.explain(status, &Secret::from("tok"), Some(TENANT)),
            other => panic!("{other:?}"),
        });
        assert_eq!(json, xml);
        json
    }

    #[test]
    fn each_code_has_its_kind_in_both_forms() {
        for (status, code, kind) in [
            (403, "AccessDenied", Kind::Refused),
            (403, "AccessDeniedException", Kind::Refused),
            (403, "IDPRejectedClaim", Kind::Refused),
            (400, "InvalidIdentityToken", Kind::Refused),
            (400, "ExpiredTokenException", Kind::Refused),
            (400, "IDPCommunicationError", Kind::Network),
            (400, "Throttling", Kind::Network),
            (400, "ValidationError", Kind::Configuration),
            (400, "MalformedPolicyDocument", Kind::Configuration),
            (400, "PackedPolicyTooLarge", Kind::Configuration),
            (403, "RegionDisabledException", Kind::Configuration),
            (429, "Whatever", Kind::Network),
            (500, "InternalFailure", Kind::Network),
            (503, "AccessDenied", Kind::Network),
            (403, "Whatever", Kind::Refused),
            (400, "Whatever", Kind::Failed),
        ] {
            let error = error(status, code, "said");
            assert_eq!(error.kind, kind, "{status} {code}");
            assert!(error.message.ends_with(&format!("({code}: said)")), "{error}");
            assert!(error.hint.is_some());
        }
    }

    #[test]
    fn keys_that_could_not_be_fetched_are_a_passing_trouble() {
        let message = "Couldn't retrieve verification key from your identity provider, please reference documentation";
        assert_eq!(error(400, "InvalidIdentityToken", message).kind, Kind::Network);
    }

    #[test]
    fn the_providers_url_names_the_tenant() {
        let hint = error(400, "InvalidIdentityToken", "Incorrect token audience").hint.unwrap_or_default();
        assert!(hint.contains(&format!("https://sts.windows.net/{TENANT}/ ")), "{hint}");
        for unknown in [None, Some("contoso.com")] {
            assert!(provider_hint(unknown).contains("/<tenant id>/"));
        }
    }

    #[test]
    fn a_quoted_token_is_not_shown() {
        let message = "Value 'tok' at 'x' eyJhbGciOi.eyJzdWIi.c2ln-_ failed\n\u{1b}[2J, and eyJ";
        let refusal = Refusal { code: "ValidationError".into(), message: message.into(), request_id: None };
        let error = refusal.explain(400, &Secret::from("tok"), None);
        assert!(error.message.ends_with("(ValidationError: Value '…' at 'x' … failed [2J, and …)"), "{error}");
        assert_eq!(without("", &Secret::from("")), "");
    }
}
