//! OpenID configuration, keys, and the list of clouds. A client that needs none of them is faster.

use serde_json::json;

use super::token::unknown_tenant;
use crate::capture::Request;
use crate::state::State;
use crate::wire::Response;

pub(crate) fn answer(state: &State, request: &Request) -> Option<Response> {
    let (tenant, tail) = request.path.strip_prefix('/')?.split_once('/')?;
    Some(match tail {
        "discovery/instance" => instance(state, request),
        "discovery/v2.0/keys" | "discovery/keys" => Response::json(200, &state.signer.jwks()),
        "v2.0/.well-known/openid-configuration" => openid(state, request, tenant, 2),
        ".well-known/openid-configuration" => openid(state, request, tenant, 1),
        _ => return None,
    })
}

fn openid(state: &State, request: &Request, tenant_name: &str, version: u8) -> Response {
    let known = state.lock().registry.tenant(tenant_name);
    let (tenant, issuer_tenant) = match (tenant_name, known) {
        // Where tenants are many, Entra answers with a template.
        ("common" | "organizations" | "consumers", _) => (tenant_name.to_owned(), "{tenantid}".to_owned()),
        (_, Some(id)) => (id.clone(), id),
        (name, None) => return unknown_tenant(name).response(state, request),
    };
    let base = format!("{}/{tenant}", state.url);
    let (oauth, keys, issuer) = if version == 2 {
        ("oauth2/v2.0", "discovery/v2.0/keys", format!("{}/{issuer_tenant}/v2.0", state.url))
    } else {
        ("oauth2", "discovery/keys", format!("{}/{issuer_tenant}/", state.url))
    };
    Response::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/{oauth}/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/{keys}"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer,
            "request_uri_parameter_supported": false,
            "authorization_endpoint": format!("{base}/{oauth}/authorize"),
            "device_authorization_endpoint": format!("{base}/{oauth}/devicecode"),
            "tenant_region_scope": "EU",
            "cloud_instance_name": host(state),
        }),
    )
}

fn instance(state: &State, request: &Request) -> Response {
    let host = host(state);
    let tenant = request
        .query_value("authorization_endpoint")
        .and_then(|endpoint| endpoint.split("://").nth(1))
        .and_then(|rest| rest.split('/').nth(1))
        .unwrap_or("common");
    Response::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", state.url),
            "api-version": request.query_value("api-version").unwrap_or("1.1"),
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// Host and port of the emulator's address.
fn host(state: &State) -> &str {
    state.url.split_once("://").map_or(&*state.url, |(_, host)| host)
}
