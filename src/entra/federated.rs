//! An app that proves itself by the token of another issuer which its registration trusts (workload identity
//! federation): RFC 7523 section 2.2 with a token that somebody else signed.
//!
//! Kubernetes puts one into a file and renews it there (`AZURE_FEDERATED_TOKEN_FILE`, azure-workload-identity), so it is
//! read anew for each token request. Pipelines hand theirs out on request: [`super::github_oidc`],
//! [`super::azure_pipelines`].

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::authority::Cloud;
use super::credential::{Credential, Proof, assertion};
use super::github_oidc::GithubOidc;
use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::jwt::Jwt;
use crate::profile::{Field, Settings};
use crate::request::FlowCall;
use crate::secret::{Secret, SecretSource};

/// A token of another issuer, by the place where it is.
#[derive(Debug)]
pub struct FederatedToken(SecretSource);

impl FederatedToken {
    /// The one that `settings` name, or where they name none, that of a GitHub Actions job: kubelogin's login mode
    /// `workloadidentity` does so too.
    ///
    /// # Errors
    /// Where they name none, or a place that is none.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Credential>> {
        match settings.source(Field::FederatedToken)? {
            Some(source) => Ok(Box::new(Self(source))),
            None if GithubOidc::is_offered() => GithubOidc::of(settings),
            None => Ok(Box::new(Self(settings.need(Field::FederatedToken, "federated token")?.parse()?))),
        }
    }
}

impl Credential for FederatedToken {
    fn flow(&self) -> &'static str {
        "workload-identity"
    }

    fn describe(&self) -> String {
        format!("federated:{}", self.0)
    }

    fn fingerprint(&self) -> Option<[u8; 32]> {
        // As with a secret: another value in the environment is another token.
        self.0.peek().map(|token| Sha256::digest(token.expose()).into())
    }

    fn is_unattended(&self) -> bool {
        self.0.is_unattended()
    }

    fn prove(&self, call: &FlowCall<'_>, _proof: &Proof<'_>) -> Result<Vec<(&'static str, Secret)>> {
        let token = self.0.read(call.deadline).map_err(|error| Error {
            // (The source calls whatever it reads a secret.)
            message: format!("the federated token: {}", error.message),
            ..error
        })?;
        checked(token, &self.0.to_string()).map(assertion)
    }

    fn explain(&self, error: Error, codes: &[u32], sent: &[(&'static str, Secret)]) -> Error {
        explain(error, codes, sent)
    }
}

/// `token` without blanks around it, if it is a JWT; `from` says where it came from.
///
/// # Errors
/// Configuration: it is something else. Nothing of it is shown.
pub(crate) fn checked(token: Secret, from: &str) -> Result<Secret> {
    let text = token.expose().trim();
    if Jwt::parse(text).is_err() {
        return Err(Error::configuration(format!("what {from} holds is not a JSON Web Token"))
            .hint("give the token itself, three parts with dots between, as its issuer wrote it"));
    }
    Ok(Secret::from(text))
}

/// The ID token in the field `name` of a pipeline's answer. `whose` it is and the `next` step are for messages.
///
/// # Errors
/// Refused: the pipeline does not know this job. Network: it fails, or somebody else answers.
pub(super) fn id_token(answer: &Answer, name: &str, whose: &str, next: &str) -> Result<Secret> {
    let fields: Value = serde_json::from_str(answer.body.expose()).unwrap_or_default();
    let status = answer.status;
    if status == 200
        && let Some(token) = fields.get(name).and_then(Value::as_str)
    {
        return checked(Secret::from(token), whose);
    }
    let said = fields.get("message").and_then(Value::as_str).map(|text| format!(": {text}")).unwrap_or_default();
    let mut error = match status {
        429 | 500.. => {
            Error::network(format!("{whose} gave no ID token (HTTP {status}){said}")).hint("try again in a minute")
        }
        // A redirect leads to a page where people sign in; so does a page in place of the token.
        200 | 300..=403 => {
            Error::new(Kind::Refused, format!("{whose} does not let this job have an ID token (HTTP {status}){said}"))
                .hint(next)
        }
        _ => Error::configuration(format!("{whose} gave no ID token (HTTP {status}){said}")).hint(next),
    };
    error.retry_at = answer.retry_at;
    Err(error.detail("request id", answer.server_request_id.as_deref().unwrap_or_default()))
}

/// Adds issuer, subject and audience of the assertion to a refusal that is about one of them: the app's federated
/// credential must have the same.
pub(super) fn explain(error: Error, codes: &[u32], sent: &[(&'static str, Secret)]) -> Error {
    // AADSTS70021 of old, today AADSTS700211 (issuer), ..2 (audience), ..3 (subject), 7002138 (its case).
    if !codes.iter().any(|code| code.to_string().starts_with("70021")) {
        return error;
    }
    let sent = sent.iter().find(|(name, _)| *name == "client_assertion");
    let Some(Ok(jwt)) = sent.map(|(_, token)| Jwt::parse(token.expose())) else { return error };
    ["iss", "sub", "aud"].into_iter().fold(error, |error, claim| {
        let value = match jwt.claims.get(claim) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "(none)".to_owned(),
        };
        error.detail(claim, value)
    })
}

/// The audience that a token is asked for, to be exchanged in `cloud`: what is set, or the cloud's own.
///
/// # Errors
/// Configuration: a cloud whose audience is not known.
pub(super) fn audience(settings: &Settings, cloud: Option<Cloud>) -> Result<String> {
    if let Some(audience) = settings.text(Field::FederatedAudience)? {
        return Ok(audience);
    }
    // Source: microsoft-authentication-library-for-dotnet, `federated-identity-credentials.md`.
    let suffix = match cloud {
        None | Some(Cloud::Public) => "",
        Some(Cloud::UsGov) => "USGov",
        Some(Cloud::China) => "China",
        Some(Cloud::Bleu) => "France",
        Some(Cloud::Delos) => "Germany",
        Some(cloud @ Cloud::GovSg) => {
            return Err(Error::configuration(format!("the cloud {cloud} has no known audience for federated tokens"))
                .hint("give the audience of the app's federated credential with --federated-audience"));
        }
    };
    Ok(format!("api://AzureADTokenExchange{suffix}"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::new(format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode("{\"alg\":\"RS256\"}"),
            URL_SAFE_NO_PAD.encode(claims)
        ))
    }

    #[test]
    fn a_refusal_of_the_assertion_shows_whose_it_is() {
        let claims = r#"{"iss":"https://issuer.example/","sub":"system:serviceaccount:a:b","aud":["api://x","y"]}"#;
        let sent = assertion(token(claims));
        let error = || Error::configuration("refused");
        for code in [70_021, 700_211, 700_212, 700_213, 7_002_138] {
            let shown = explain(error(), &[code], &sent).details;
            let shown: Vec<_> = shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let expected = [
                ("iss", "https://issuer.example/"),
                ("sub", "system:serviceaccount:a:b"),
                ("aud", r#"["api://x","y"]"#),
            ];
            assert_eq!(shown, expected, "{code}");
        }
        assert_eq!(explain(error(), &[700_016], &sent).details, []);
        assert_eq!(explain(error(), &[700_213], &[]).details, []);
    }

    #[test]
    fn what_is_no_token_is_not_repeated() {
        let error = checked(Secret::from("hunter2"), "file:x").unwrap_err().to_string();
        assert!(error.contains("file:x") && !error.contains("hunter2"), "{error}");
        assert!(checked(Secret::new(format!(" {}\n", token("{}").expose())), "x").is_ok());
    }
}
