//! The ID token of an Azure Pipelines job, for a service connection with workload identity federation.
//!
//! Source: azidentity, `azure_pipelines_credential.go`; "Azure Pipelines: Oidctoken - Create" (learn.microsoft.com).

use super::credential::{Credential, Proof, assertion};
use super::{ClientCredentials, federated};
use crate::environment;
use crate::error::{Error, Result};
use crate::http::{self, Body, Call, Method, Repeat};
use crate::profile::{Field, Settings};
use crate::request::{Flow, FlowCall};
use crate::secret::Secret;

const URL: &str = "SYSTEM_OIDCREQUESTURI";
const TOKEN: &str = "SYSTEM_ACCESSTOKEN";

/// What a step needs to be let in.
const ACCESS_TOKEN: &str = "hand the job's access token to the step (env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)), \
    and check the id of the service connection";

/// The ID token of the job that this process belongs to.
#[derive(Debug)]
pub struct AzurePipelines {
    /// Id of the service connection, whose token it is.
    connection: String,
}

/// The URL at which this process's job asks for ID tokens, if it is one of Azure Pipelines. Agents that do not name it
/// name its parts (databricks-sdk-go `config/oidc_azure_devops.go`).
pub(crate) fn job() -> Option<String> {
    environment::var(URL).or_else(|| {
        let part = |name: &str| environment::var(name);
        Some(format!(
            "{}{}/_apis/distributedtask/hubs/{}/plans/{}/jobs/{}/oidctoken",
            part("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")?,
            part("SYSTEM_TEAMPROJECTID")?,
            part("SYSTEM_HOSTTYPE")?,
            part("SYSTEM_PLANID")?,
            part("SYSTEM_JOBID")?,
        ))
    })
}

impl AzurePipelines {
    /// The job's ID token: that of a service connection, or the job's own.
    ///
    /// # Errors
    /// This is no job that may have one; Azure Pipelines does not give it.
    pub(crate) fn token(call: &FlowCall<'_>, connection: Option<&str>) -> Result<Secret> {
        let missing = |name: &str, hint: &str| {
            Error::configuration(format!("this process can't ask Azure Pipelines for an ID token: {name} is not set"))
                .hint(hint)
        };
        let url = job().ok_or_else(|| missing(URL, "run this in a job of Azure Pipelines, which sets it"))?;
        let token = Secret::new(environment::var(TOKEN).ok_or_else(|| missing(TOKEN, ACCESS_TOKEN))?);
        let mut query = vec![("api-version", "7.1")];
        query.extend(connection.map(|id| ("serviceConnectionId", id)));
        let url = http::with_query(&url, &query);
        let request = Call {
            // Without it the answer to a wrong token is a redirect to a page for people.
            headers: vec![("x-tfs-fedauthredirect", "Suppress".into())],
            secret_headers: vec![("authorization", Secret::new(format!("Bearer {}", token.expose())))],
            body: Body::Json(""),
            repeat: Repeat::Safe,
            client_request_id: false,
            ..Call::new(Method::Post, &url, call.deadline)
        };
        let answer = call.http.send(&request, call.log)?;
        federated::id_token(&answer, "oidcToken", "Azure Pipelines", ACCESS_TOKEN)
            .map_err(|error| error.without(token.expose()))
    }

    /// The flow: client and tenant may come from the variables that the task AzureCLI@2 sets.
    ///
    /// # Errors
    /// Settings that are missing, unknown or contradictory, each with the way to set it.
    pub(crate) fn flow(settings: &Settings) -> Result<Box<dyn Flow>> {
        let or = |field, variable| Ok::<_, Error>(settings.text(field)?.or(settings.foreign(variable)?));
        let tenant = or(Field::Tenant, "AZURESUBSCRIPTION_TENANT_ID")?;
        let client = or(Field::ClientId, "AZURESUBSCRIPTION_CLIENT_ID")?;
        ClientCredentials::for_app(settings, tenant, client, |settings| {
            let connection = settings.need(Field::ServiceConnection, "service connection")?;
            if !connection.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return Err(Error::configuration(format!("{connection:?} is not the id of a service connection"))
                    .hint("give its id, a GUID: the resourceId in the address of its page in the project's settings"));
            }
            Ok(Box::new(Self { connection }))
        })
    }
}

impl Credential for AzurePipelines {
    fn flow(&self) -> &'static str {
        "azure-pipelines"
    }

    fn describe(&self) -> String {
        format!("azure-pipelines:{}", self.connection)
    }

    fn prove(&self, call: &FlowCall<'_>, _proof: &Proof<'_>) -> Result<Vec<(&'static str, Secret)>> {
        Self::token(call, Some(&self.connection)).map(assertion)
    }

    fn explain(&self, error: Error, codes: &[u32], sent: &[(&'static str, Secret)]) -> Error {
        federated::explain(error, codes, sent)
    }
}
