//! The ID token of a GitHub Actions job, in place of a secret.
//!
//! GitHub tells a job that has the permission `id-token: write` where to ask for one, by two variables ("OpenID Connect
//! reference", docs.github.com; `@actions/core`, `oidc-utils.ts`).

use super::credential::{Credential, Proof, assertion};
use super::federated;
use crate::environment;
use crate::error::{Error, Result};
use crate::http::{self, Call, Method};
use crate::profile::Settings;
use crate::request::FlowCall;
use crate::secret::Secret;

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The permission that makes GitHub set the two variables.
const PERMISSION: &str = "give the job the permission to ask for one (permissions: id-token: write), and run this in \
    that job; a workflow of a fork's pull request gets none";

/// The ID token of the job that this process belongs to.
#[derive(Debug)]
pub struct GithubOidc {
    /// Whom the token is for: what the app's federated credential says.
    audience: String,
}

impl GithubOidc {
    /// Whether this is a job that may ask for ID tokens.
    pub(crate) fn is_offered() -> bool {
        environment::var(URL).is_some() && environment::var(TOKEN).is_some()
    }

    /// The job's ID token for `audience`.
    ///
    /// # Errors
    /// This is no job that may have one; GitHub does not give it.
    pub(crate) fn token(call: &FlowCall<'_>, audience: &str) -> Result<Secret> {
        let variable = |name| {
            environment::var(name).ok_or_else(|| {
                Error::configuration(format!("this process can't ask GitHub for an ID token: {name} is not set"))
                    .hint(PERMISSION)
            })
        };
        let (url, token) = (variable(URL)?, Secret::new(variable(TOKEN)?));
        // (It has a query already.)
        let url = http::with_query(&url, &[("audience", audience)]);
        let request = Call {
            headers: vec![("accept", "application/json; api-version=2.0".into())],
            secret_headers: vec![("authorization", Secret::new(format!("bearer {}", token.expose())))],
            client_request_id: false,
            ..Call::new(Method::Get, &url, call.deadline)
        };
        let answer = call.http.send(&request, call.log)?;
        federated::id_token(&answer, "value", "GitHub", PERMISSION).map_err(|error| error.without(token.expose()))
    }

    /// With the audience that `settings` mean.
    ///
    /// # Errors
    /// An authority that is none; a cloud whose audience is not known.
    pub(crate) fn of(settings: &Settings) -> Result<Box<dyn Credential>> {
        let (_, cloud) = settings.authority("common")?;
        Ok(Box::new(Self { audience: federated::audience(settings, cloud)? }))
    }
}

impl Credential for GithubOidc {
    fn flow(&self) -> &'static str {
        "github-oidc"
    }

    fn describe(&self) -> String {
        format!("github-oidc:{}", self.audience)
    }

    fn prove(&self, call: &FlowCall<'_>, _proof: &Proof<'_>) -> Result<Vec<(&'static str, Secret)>> {
        Self::token(call, &self.audience).map(assertion)
    }

    fn explain(&self, error: Error, codes: &[u32], sent: &[(&'static str, Secret)]) -> Error {
        federated::explain(error, codes, sent)
    }
}
