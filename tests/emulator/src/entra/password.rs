//! The password grant (ROPC), and the realm that clients ask for before it.

use serde_json::json;

use super::error::AadError;
use super::user::{Asked, signed_in};
use super::user_token::{self, Issue, permit};
use crate::capture::Request;
use crate::state::State;
use crate::wire::Response;

pub(super) fn redeem(asked: &Asked) -> Result<Response, AadError> {
    let app = asked.client()?;
    if asked.tenant == "common" {
        let text = "The grant type is not supported over the /common or /consumers endpoints. Please use the \
                    /organizations or tenant-specific endpoint.";
        return Err(AadError::new(400, "invalid_request", 9001023, text));
    }
    let (name, password) = (asked.need("username")?, asked.need("password")?);
    let parameter = if asked.version == 1 { "resource" } else { "scope" };
    let target = asked.target()?.ok_or_else(|| AadError::missing(parameter))?;
    let user = signed_in(asked.state, name, password)?;
    if user.mfa {
        let text = format!(
            "Due to a configuration change made by your administrator, or because you moved to a new location, you \
             must use multi-factor authentication to access '{}'.",
            target.resource
        );
        let error = AadError::new(400, "interaction_required", 50076, text);
        return Err(AadError { suberror: Some("basic_action".into()), ..error });
    }
    let claims = asked.claims()?;
    let issue = Issue {
        app,
        user,
        refresh_token: target.offline,
        target,
        nonce: None,
        claims,
        // Nobody was asked for anything.
        session_claims: serde_json::Value::Null,
    };
    let tenant = permit(asked.state, asked.tenant, &issue)?;
    Ok(user_token::answer(asked, &tenant, &issue))
}

/// `GET /common/userrealm/{upn}`: all users' passwords are Entra's own; what nobody knows is unknown.
pub(super) fn user_realm(state: &State, request: &Request) -> Response {
    let upn = request.path.rsplit('/').next().unwrap_or_default();
    // A path is percent-encoded, a `+` in it is itself.
    let encoded = upn.replace('+', "%2B");
    let upn = form_urlencoded::parse(encoded.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default();
    if request.query_value("api-version") != Some("1.0") {
        state.violation(request, "the user realm is asked for without api-version=1.0");
    }
    let domain = upn.rsplit('@').next().unwrap_or_default();
    let known = state.lock().registry.tenant(domain).is_some();
    Response::json(
        200,
        &if known {
            json!({
                "ver": "1.0", "account_type": "Managed", "domain_name": domain,
                "cloud_instance_name": state.url.split("://").nth(1), "cloud_audience_urn": "urn:federation:MicrosoftOnline",
            })
        } else {
            json!({"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": state.url.split("://").nth(1)})
        },
    )
}
