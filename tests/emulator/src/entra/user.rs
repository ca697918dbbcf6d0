//! The grants that have a user behind them, and what they have in common: client, tenant, user, claims.

use serde_json::{Value, json};

use super::error::AadError;
use super::target::Target;
use super::token::{basic_credentials, check_credential, single_tenant, unknown_app, unknown_tenant};
use super::{assertion, code, device_code, password, refresh};
use crate::capture::Request;
use crate::registry::App;
use crate::settings::Shape;
use crate::state::State;
use crate::user::User;
use crate::wire::Response;

/// The second name is what older Microsoft libraries send (MSAL .NET).
pub(super) const DEVICE_GRANTS: [&str; 2] = ["urn:ietf:params:oauth:grant-type:device_code", "device_code"];

pub(super) fn is_user_grant(request: &Request) -> bool {
    let grant = request.field("grant_type").unwrap_or_default();
    ["authorization_code", "refresh_token", "password"].contains(&grant) || DEVICE_GRANTS.contains(&grant)
}

/// Whether this is a field of the request's user grant.
pub(super) fn knows_field(request: &Request, name: &str) -> bool {
    match request.field("grant_type").unwrap_or_default() {
        "authorization_code" => ["code", "redirect_uri", "code_verifier"].contains(&name),
        "refresh_token" => name == "refresh_token",
        "password" => ["username", "password"].contains(&name),
        // MSAL Python sends the device code under both names.
        grant => DEVICE_GRANTS.contains(&grant) && ["device_code", "code"].contains(&name),
    }
}

pub(super) fn answer(state: &State, request: &Request, tenant: &str, version: u8, shape: Shape) -> Response {
    let asked = Asked { state, request, tenant, version, shape };
    let result = match request.field("grant_type").unwrap_or_default() {
        _ if request.method != "POST" => {
            let text = "The endpoint only accepts POST, OPTIONS requests.";
            Err(AadError::new(400, "invalid_request", 900561, text))
        }
        "authorization_code" => code::redeem(&asked),
        "refresh_token" => refresh::redeem(&asked),
        "password" => password::redeem(&asked),
        _ => device_code::poll(&asked),
    };
    result.unwrap_or_else(|error| error.response(state, request))
}

/// A request to a token endpoint.
pub(super) struct Asked<'a> {
    pub(super) state: &'a State,
    pub(super) request: &'a Request,
    pub(super) tenant: &'a str,
    pub(super) version: u8,
    pub(super) shape: Shape,
}

impl<'a> Asked<'a> {
    /// A field that is there and not empty.
    pub(super) fn field(&self, name: &str) -> Option<&'a str> {
        self.request.field(name).filter(|value| !value.is_empty())
    }

    pub(super) fn need(&self, name: &str) -> Result<&'a str, AadError> {
        self.field(name).ok_or_else(|| AadError::missing(name))
    }

    /// The client, authenticated as far as it can be: a public one must not try.
    pub(super) fn client(&self) -> Result<App, AadError> {
        let basic = basic_credentials(self.request);
        let id = self.field("client_id").or(basic.as_ref().map(|(id, _)| id.as_str()));
        let app = client(self.state, self.tenant, id.ok_or_else(|| AadError::missing("client_id"))?)?;
        if self.version == 2 && self.field("resource").is_some() {
            let text = "The 'resource' request parameter is not supported.";
            return Err(AadError::new(400, "invalid_request", 901002, text));
        }
        let secret = self.field("client_secret").or(basic.as_ref().map(|(_, secret)| secret.as_str()));
        if app.public {
            if secret.is_some() || self.field("client_assertion").is_some() {
                let text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
                return Err(AadError::new(401, "invalid_client", 700025, text));
            }
            return Ok(app);
        }
        let id = self.state.lock().registry.tenant(self.tenant).unwrap_or_else(|| self.tenant.to_owned());
        let (state, request) = (self.state, self.request);
        let context = assertion::Context { state, request, tenant: [self.tenant, &id], app: &app };
        check_credential(&context, secret)?;
        Ok(app)
    }

    /// What the request's own `scope` or `resource` asks for.
    pub(super) fn target(&self) -> Result<Option<Target>, AadError> {
        if self.version == 1 {
            return Ok(self.field("resource").map(Target::of_resource));
        }
        self.field("scope").map(|scope| Target::of_scope(scope, false)).transpose()
    }

    pub(super) fn claims(&self) -> Result<Value, AadError> {
        claims(self.field("claims"))
    }
}

/// The app of this client id, if the tenant (or `common` or `organizations`) of the path has it.
pub(super) fn client(state: &State, tenant: &str, id: &str) -> Result<App, AadError> {
    let inner = state.lock();
    match tenant {
        "consumers" => {
            let text = "Application is configured for use by Azure Active Directory users only. Please do not use \
                        the /consumers endpoint to serve this request.";
            Err(AadError::new(400, "invalid_request", 9002346, text))
        }
        "common" | "organizations" => {
            let app = inner.registry.app_anywhere(id).ok_or_else(|| unknown_app(id, tenant))?;
            if app.tenants.is_some() { Err(single_tenant(tenant)) } else { Ok(app) }
        }
        _ => {
            let tenant = inner.registry.tenant(tenant).ok_or_else(|| unknown_tenant(tenant))?;
            inner.registry.app(id, &tenant).ok_or_else(|| unknown_app(id, &tenant))
        }
    }
}

/// The GUID of the tenant in which the user signs in.
pub(super) fn tenant_of(state: &State, tenant: &str, user: &User) -> Result<String, AadError> {
    if ["common", "organizations"].contains(&tenant) {
        return Ok(user.tenant.clone());
    }
    let id = state.lock().registry.tenant(tenant).ok_or_else(|| unknown_tenant(tenant))?;
    if user.is_known_in(&id) {
        return Ok(id);
    }
    let text = format!(
        "User account '{}' from identity provider '{}/{}/' does not exist in tenant '{id}' and cannot access the \
         application in that tenant. The account needs to be added as an external user in the tenant first. Sign out \
         and sign in again with a different Azure Active Directory user account.",
        user.upn, state.url, user.tenant
    );
    Err(AadError::new(400, "invalid_grant", 50020, text))
}

pub(crate) fn user(state: &State, upn: &str) -> Result<User, AadError> {
    state.lock().registry.user(upn).ok_or_else(|| {
        let text = format!(
            "The user account {upn} does not exist in the directory. To sign into this application, the account must \
             be added to the directory."
        );
        AadError::new(400, "invalid_grant", 50034, text)
    })
}

/// The user of this name and password.
pub(crate) fn signed_in(state: &State, upn: &str, password: &str) -> Result<User, AadError> {
    let user = user(state, upn)?;
    if user.password == password {
        return Ok(user);
    }
    let text = "Error validating credentials due to invalid username or password.";
    Err(AadError::new(400, "invalid_grant", 50126, text))
}

/// A `claims` parameter as JSON; null when there is none.
pub(super) fn claims(text: Option<&str>) -> Result<Value, AadError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Value::Null) };
    match serde_json::from_str(text) {
        Ok(Value::Object(claims)) => Ok(json!(claims)),
        _ => Err(AadError::new(400, "invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")),
    }
}
