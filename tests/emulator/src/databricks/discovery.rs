//! What a host tells of itself: host metadata, OAuth metadata, the way to Entra.

use serde_json::json;

use super::{Call, Cloud, DATABRICKS_ACCOUNT_ID, DATABRICKS_RESOURCE, DbxError, Site, not_found};
use crate::entra::message_page;
use crate::token::uuid;
use crate::wire::Response;

/// The path of the host metadata.
pub(super) const HOST_METADATA: &str = "/.well-known/databricks-config";

const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";

/// `None` where it is another path.
pub(super) fn answer(call: &Call<'_>) -> Option<Response> {
    let path = call.request.path.as_str();
    let result = if path == HOST_METADATA {
        host_metadata(call)
    } else if path.starts_with("/oidc/") && path.ends_with(OAUTH_METADATA) {
        oauth_metadata(call)
    } else if path.starts_with("/oidc/") && path.ends_with("/jwks.json") {
        Ok(Response::json(200, &call.state.signer.jwks()))
    } else if path == "/aad/auth" {
        to_entra(call)
    } else if path == "/login.html" {
        Ok(message_page(200, "Sign in to Databricks", "Private access is set up for this workspace."))
    } else {
        return None;
    };
    Some(result.unwrap_or_else(|error| error.response(call.request)))
}

fn host_metadata(call: &Call<'_>) -> Result<Response, DbxError> {
    if !call.settings.host_metadata {
        return Err(not_found(call.request));
    }
    let issuer = call.state.sites.issuer(&call.state.url, call.site);
    let audiences = call.settings.default_audiences.clone().unwrap_or_else(|| vec![format!("{issuer}/v1/token")]);
    let mut body = json!({
        // An account has many ids, so that its endpoint comes as a template.
        "oidc_endpoint": issuer.replace(DATABRICKS_ACCOUNT_ID, "{account_id}"),
        "account_id": DATABRICKS_ACCOUNT_ID,
        "cloud": match call.settings.cloud {
            Cloud::Azure => "Azure",
            Cloud::Aws => "AWS",
            Cloud::Gcp => "GCP",
        },
        "host_type": if call.site == Site::Account { "account" } else { "workspace" },
        "token_federation_default_oidc_audiences": audiences,
    });
    if let Some(id) = call.site.workspace_id() {
        body["workspace_id"] = json!(id.to_string());
    }
    Ok(Response::json(200, &body))
}

fn oauth_metadata(call: &Call<'_>) -> Result<Response, DbxError> {
    let issuer = call.state.sites.issuer(&call.state.url, call.site);
    let asked = call.request.path.strip_suffix(OAUTH_METADATA).unwrap_or_default();
    if !call.settings.discovery || !issuer.ends_with(asked) {
        return Err(not_found(call.request));
    }
    Ok(Response::json(
        200,
        &json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/v1/authorize"),
            "token_endpoint": format!("{issuer}/v1/token"),
            "jwks_uri": format!("{issuer}/jwks.json"),
            "scopes_supported": ["all-apis", "email", "offline_access", "openid", "profile", "sql"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [
                "client_credentials", "authorization_code", "refresh_token",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        }),
    ))
}

/// The redirect that tells the workspace's tenant.
fn to_entra(call: &Call<'_>) -> Result<Response, DbxError> {
    if call.settings.cloud != Cloud::Azure || call.site == Site::Account {
        return Err(not_found(call.request));
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("redirect_uri", &format!("{}/login.html", call.url()))
        .append_pair("resource", DATABRICKS_RESOURCE)
        .append_pair("response_type", "code id_token")
        .append_pair("nonce", &uuid())
        .finish();
    let location = format!("{}/{}/oauth2/authorize?{query}", call.state.url, call.settings.tenant);
    Ok(Response::new(302, "text/html", "").header("Location", location))
}
