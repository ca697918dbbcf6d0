//! The token endpoints, v2 (`scope`) and v1 (`resource`), for the client credentials grant.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::assertion;
use super::error::{AadError, with_headers};
use super::user;
use crate::capture::Request;
use crate::registry::App;
use crate::settings::Shape;
use crate::state::{Grant, State};
use crate::token::{is_uuid, uuid};
use crate::wire::Response;

/// Scopes that any request may carry beside those of its resource.
pub(super) const RESERVED: [&str; 4] = ["openid", "profile", "email", "offline_access"];

const KNOWN_FIELDS: [&str; 8] = [
    "client_id",
    "client_secret",
    "grant_type",
    "client_info",
    "claims",
    "client_assertion_type",
    "client_assertion",
    "fmi_path",
];

/// Notes what a careful client would not send, though Entra may let it pass.
pub(crate) fn check(state: &State, request: &Request) {
    let violation = |what: &str| state.violation(request, what);
    if !request.is_form() {
        violation("its Content-Type is not application/x-www-form-urlencoded");
    }
    match request.header("client-request-id") {
        None => violation("no client-request-id"),
        Some(id) if !is_uuid(id) => violation("client-request-id is not a GUID"),
        Some(_) => {}
    }
    let v1 = request.path.ends_with("/oauth2/token");
    let mut seen = HashSet::new();
    for (name, _) in &request.form {
        if !seen.insert(name) {
            violation(&format!("the field '{name}' comes more than once"));
        }
        match name.as_str() {
            other if user::knows_field(request, other) => {}
            "scope" if v1 => violation("v1 has no field 'scope'"),
            "resource" if !v1 => violation("v2 has no field 'resource'"),
            "scope" | "resource" => {}
            other if KNOWN_FIELDS.contains(&other) => {}
            other => violation(&format!("the field '{other}' is unknown")),
        }
    }
    if !request.query.is_empty() {
        violation("a query on the token endpoint");
    }
}

pub(crate) fn answer(state: &State, request: &Request, tenant: &str, version: u8, shape: Shape) -> Response {
    if user::is_user_grant(request) {
        return user::answer(state, request, tenant, version, shape);
    }
    match grant(state, request, tenant, version) {
        Ok(grant) => success(state, request, &grant, shape),
        Err(error) => error.response(state, request),
    }
}

fn success(state: &State, request: &Request, grant: &Grant, shape: Shape) -> Response {
    let token = state.issue(grant, padding(shape));
    send(state, request, grant, &token, shape, |_| {})
}

/// The bytes that a shape adds to a token.
pub(super) fn padding(shape: Shape) -> usize {
    if let Shape::BigToken(pad) = shape { pad } else { 0 }
}

/// A success body with this token; `add` puts into it what else the grant gives.
pub(super) fn send(
    state: &State,
    request: &Request,
    grant: &Grant,
    token: &str,
    shape: Shape,
    add: impl FnOnce(&mut Value),
) -> Response {
    let refresh_in = state.lock().settings.refresh_in;
    let (now, lifetime) = (state.epoch(), grant.lifetime);
    // v1 writes all numbers as text.
    let number = |value: u64| if grant.version == 1 { json!(value.to_string()) } else { json!(value) };
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": number(lifetime),
        "ext_expires_in": number(lifetime),
        "access_token": token,
    });
    if let Some(refresh_in) = refresh_in {
        body["refresh_in"] = number(refresh_in);
    }
    if grant.version == 1 {
        body["expires_on"] = number(now + lifetime);
        body["not_before"] = number(now - 300);
        body["resource"] = json!(grant.resource);
    }
    add(&mut body);
    bend(&mut body, shape, number(now + lifetime));
    with_headers(Response::json(200, &body), request, &uuid())
}

/// Gives a success body its shape; `expires_on` is the one to use where the shape asks for it.
pub(crate) fn bend(body: &mut Value, shape: Shape, expires_on: Value) {
    let remove = |body: &mut Value, names: &[&str]| {
        if let Some(object) = body.as_object_mut() {
            names.iter().for_each(|name| drop(object.remove(*name)));
        }
    };
    let lifetime = body["expires_in"].as_str().map_or_else(|| body["expires_in"].to_string(), str::to_owned);
    match shape {
        Shape::Normal | Shape::BigToken(_) => {}
        Shape::NoExpiry => remove(body, &["expires_in", "ext_expires_in", "expires_on"]),
        Shape::ExpiresOnOnly => {
            remove(body, &["expires_in", "ext_expires_in"]);
            body["expires_on"] = expires_on;
        }
        Shape::ExpiresInText => body["expires_in"] = json!(lifetime),
        Shape::ExpiresInFloat => body["expires_in"] = json!(lifetime.parse::<f64>().unwrap_or(0.0)),
        Shape::ExpiresInZero => body["expires_in"] = json!(0),
        Shape::ExpiresInNegative => body["expires_in"] = json!(-1),
        Shape::ExpiresInGarbage => body["expires_in"] = json!("soon"),
        Shape::ExpiresInHuge => body["expires_in"] = json!(1_u64 << 63),
        Shape::NoAccessToken => remove(body, &["access_token"]),
        Shape::EmptyAccessToken => body["access_token"] = json!(""),
        Shape::AccessTokenNotText => body["access_token"] = json!({"value": 1}),
        Shape::AccessTokenWithNewline => body["access_token"] = json!("line one\r\nline two"),
        Shape::ExtraFields => {
            body["foci"] = json!("1");
            body["unheard_of"] = json!({"of": [1, null, true]});
        }
        Shape::NotAnObject => *body = json!([body.take()]),
    }
}

/// Checks everything in the order in which Entra does: tenant, form, client, credential, resource.
fn grant(state: &State, request: &Request, tenant_name: &str, version: u8) -> Result<Grant, AadError> {
    if request.method != "POST" {
        let text = format!("The endpoint only accepts POST, OPTIONS requests. Received a {} request.", request.method);
        return Err(AadError::new(400, "invalid_request", 900561, text));
    }
    let form = |name: &str| request.field(name).filter(|value| !value.is_empty());
    let basic = basic_credentials(request);
    let tenant = tenant(state, tenant_name)?;
    let grant_type = form("grant_type").ok_or_else(|| AadError::missing("grant_type"))?;
    let client_id = form("client_id")
        .map(str::to_owned)
        .or_else(|| basic.as_ref().map(|(id, _)| id.clone()))
        .ok_or_else(|| AadError::missing("client_id"))?;
    if version == 2 && form("resource").is_some() {
        let text = "The 'resource' request parameter is not supported.";
        return Err(AadError::new(400, "invalid_request", 901002, text));
    }
    if grant_type != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(AadError::new(400, "unsupported_grant_type", 70003, text));
    }
    let resource = if version == 2 {
        resource_of_scope(form("scope").ok_or_else(|| AadError::missing("scope"))?)?
    } else {
        form("resource").ok_or_else(|| AadError::missing("resource"))?.to_owned()
    };
    let app = state.lock().registry.app(&client_id, &tenant).ok_or_else(|| unknown_app(&client_id, &tenant))?;
    let secret = form("client_secret").map(str::to_owned).or(basic.map(|(_, secret)| secret));
    let context = assertion::Context { state, request, tenant: [tenant_name, &tenant], app: &app };
    check_credential(&context, secret.as_deref())?;
    if resource.starts_with("api://unknown") || resource.ends_with(".default") {
        return Err(unknown_resource(&resource, &tenant));
    }
    let lifetime = state.lock().settings.lifetime;
    Ok(Grant { version, tenant, client_id: app.client_id, resource, lifetime })
}

pub(super) fn unknown_app(client_id: &str, tenant: &str) -> AadError {
    let text = format!(
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen if the \
         application has not been installed by the administrator of the tenant or consented to by any user in the \
         tenant. You may have sent your authentication request to the wrong tenant."
    );
    AadError::new(400, "unauthorized_client", 700016, text)
}

pub(super) fn unknown_resource(resource: &str, tenant: &str) -> AadError {
    let text = format!(
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the \
         application has not been installed by the administrator of the tenant or consented to by any user in the \
         tenant. You might have sent your authentication request to the wrong tenant."
    );
    AadError::new(400, "invalid_resource", 500011, text)
}

fn tenant(state: &State, name: &str) -> Result<String, AadError> {
    if ["common", "organizations", "consumers"].contains(&name) {
        return Err(single_tenant(name));
    }
    state.lock().registry.tenant(name).ok_or_else(|| unknown_tenant(name))
}

/// The app belongs to one tenant, and the path names none.
pub(super) fn single_tenant(name: &str) -> AadError {
    let text = format!(
        "Application is not configured as a multi-tenant application. Usage of the /{name} endpoint is not supported \
         for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be \
         multi-tenant."
    );
    AadError::new(400, "invalid_request", 50194, text)
}

pub(crate) fn unknown_tenant(name: &str) -> AadError {
    let text = format!(
        "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the \
         correct cloud. Check with your subscription administrator, this may happen if there are no active \
         subscriptions for the tenant."
    );
    AadError::new(400, "invalid_request", 90002, text)
}

/// Judges what a client proves itself by: an assertion where it sent one, else the secret.
pub(super) fn check_credential(context: &assertion::Context<'_>, secret: Option<&str>) -> Result<(), AadError> {
    match context.request.field("client_assertion").filter(|text| !text.is_empty()) {
        Some(text) => assertion::check(context, text),
        None => check_secret(context.app, secret),
    }
}

fn check_secret(app: &App, secret: Option<&str>) -> Result<(), AadError> {
    let id = &app.client_id;
    let Some(secret) = secret else {
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(AadError::new(401, "invalid_client", 7000218, text));
    };
    match app.secrets.iter().find(|(known, _)| known == secret) {
        Some((_, true)) => Ok(()),
        Some((_, false)) => {
            let text = format!(
                "The provided client secret keys for app '{id}' are expired. Visit the Azure portal to create new \
                 keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for \
                 added security: https://aka.ms/certCreds."
            );
            Err(AadError::new(401, "invalid_client", 7000222, text))
        }
        None => {
            let text = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{id}'."
            );
            Err(AadError::new(401, "invalid_client", 7000215, text))
        }
    }
}

/// A scope text that names more than one resource, where only one can be had.
pub(super) fn several_resources(text: &str) -> AadError {
    let text = format!(
        "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope \
         {text} is not valid."
    );
    AadError::new(400, "invalid_scope", 28000, text)
}

/// The one resource of a scope text. A resource that ends in a slash keeps it: `https://host//.default` is for the
/// audience `https://host/`.
fn resource_of_scope(text: &str) -> Result<String, AadError> {
    let scopes: Vec<&str> = text.split_whitespace().filter(|scope| !RESERVED.contains(scope)).collect();
    let resource = |scope: &str| scope.rsplit_once('/').map(|(resource, _)| resource.to_owned());
    let resources: HashSet<_> = scopes.iter().map(|scope| resource(scope)).collect();
    if resources.len() > 1 {
        return Err(several_resources(text));
    }
    match scopes.as_slice() {
        [] => {
            let text = format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {text} is not valid."
            );
            Err(AadError::new(400, "invalid_scope", 70011, text))
        }
        [scope] if scope.len() > "/.default".len() && scope.ends_with("/.default") => {
            Ok(scope[..scope.len() - "/.default".len()].to_owned())
        }
        _ => {
            let text = format!(
                "The provided value for scope {text} is not valid. Client credential flows must have a scope value \
                 with /.default suffixed to the resource identifier (application ID URI)."
            );
            Err(AadError::new(400, "invalid_scope", 1002012, text))
        }
    }
}

/// Client id and secret of HTTP Basic, both form-encoded before base64 (RFC 6749 section 2.3.1).
pub(crate) fn basic_credentials(request: &Request) -> Option<(String, String)> {
    let value = request.header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    Some((decode(id)?, decode(secret)?))
}
