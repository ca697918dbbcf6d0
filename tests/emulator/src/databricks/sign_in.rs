//! The authorization endpoint: `/oidc/v1/authorize`, its page, and the way back to the client.

use serde_json::Value;

use super::code::{Code, Waiting};
use super::oauth::{check_account, scope};
use super::{Call, DbxError, Site};
use crate::entra::{AadError, back_to_client, message_page, opaque, sign_in_page, signed_in, user};
use crate::fault::{Fault, Kind};
use crate::sign_in::{Ask, Challenge, Page, SignInBend};
use crate::token::uuid;
use crate::user::User;
use crate::wire::Response;

/// The public clients that there are from the start: the CLI, the SQL connector, dbt.
const CLIENTS: [&str; 3] = ["databricks-cli", "databricks-sql-python", "dbt-databricks"];

pub(super) fn answer(call: &Call<'_>, fault: &Fault) -> Response {
    let mut waiting = match open(call) {
        Ok(waiting) => waiting,
        Err(error) => return failed(&error.message),
    };
    if fault.kind == Kind::SignIn {
        let error = fault.error.clone().unwrap_or_else(|| "server_error".into());
        let text = fault.text.clone().unwrap_or_else(|| "A scripted error.".into());
        waiting.page.bend = fault.bend.map(|bend| (bend, error, text));
    }
    if let Err(error) = fill(call, &mut waiting) {
        return back_with_error(&waiting.page, &error);
    }
    if matches!(waiting.page.bend, Some((SignInBend::Stuck, ..))) {
        return message_page(200, "Sign in", "Still working...");
    }
    let (auto, name) = {
        let inner = call.state.lock();
        (inner.settings.auto_sign_in, inner.settings.sign_in_user.clone())
    };
    if auto {
        return match user(call.state, &name) {
            Ok(user) => complete(call, &waiting, &user),
            Err(error) => failed(&error.text),
        };
    }
    let key = uuid();
    let response = sign_in_page(&action(call), ("ctx", &key), "", None);
    call.state.lock().databricks.waiting.insert(key, waiting);
    response
}

/// The form of the sign-in page.
pub(super) fn submitted(call: &Call<'_>) -> Response {
    let field = |name: &str| call.request.field(name).unwrap_or_default();
    let key = field("ctx");
    let Some(waiting) = call.state.lock().databricks.waiting.remove(key) else {
        return failed("This sign-in is over. Start again from the application.");
    };
    if field("action") == "cancel" {
        return back_with_error(&waiting.page, &DbxError::oauth(400, "access_denied", "The user denied the request"));
    }
    match signed_in(call.state, field("login"), field("passwd")) {
        Ok(user) => complete(call, &waiting, &user),
        Err(AadError { text, .. }) => {
            call.state.lock().databricks.waiting.insert(key.into(), waiting);
            sign_in_page(&action(call), ("ctx", key), field("login"), Some(&text))
        }
    }
}

/// Where the form goes: the page of the same site, by its whole URL, since pages are also looked at without a connection.
fn action(call: &Call<'_>) -> String {
    format!("{}/login", call.state.sites.issuer(&call.state.url, call.site))
}

/// An error that stays on the page.
fn failed(text: &str) -> Response {
    message_page(400, "Databricks sign-in failed", text)
}

fn value<'a>(call: &Call<'a>, name: &str) -> Option<&'a str> {
    call.request.query_value(name).filter(|value| !value.is_empty())
}

/// Client and redirect URI: until they are known to belong together, nothing may go back there.
fn open(call: &Call<'_>) -> Result<Waiting, DbxError> {
    let invalid = |text: String| DbxError::oauth(400, "invalid_request", text);
    if call.request.method != "GET" {
        return Err(invalid("Method Not Allowed".into()));
    }
    check_account(call)?;
    let client_id = value(call, "client_id").unwrap_or_default();
    if !CLIENTS.contains(&client_id) {
        let place = if call.site == Site::Account { "account" } else { "workspace" };
        let text = format!("OAuth application with client_id: '{client_id}' not available in Databricks {place}");
        return Err(invalid(text));
    }
    let redirect_uri = value(call, "redirect_uri").unwrap_or_default();
    let port = redirect_uri.strip_prefix("http://localhost:").map(|port| port.trim_end_matches('/').parse::<u16>());
    if !matches!(port, Some(Ok(_))) {
        return Err(invalid(format!("Redirect URI '{redirect_uri}' is not registered for the application")));
    }
    let ask =
        Ask { tenant: String::new(), client_id: client_id.into(), target: None, nonce: None, claims: Value::Null };
    let page = Page {
        ask,
        redirect_uri: redirect_uri.into(),
        response_mode: "query".into(),
        state: call.request.query_value("state").map(str::to_owned),
        challenge: None,
        client_info: false,
        login_hint: String::new(),
        bend: None,
    };
    Ok(Waiting { site: call.site, scope: String::new(), page })
}

/// The rest of the request; its errors go back to the client.
fn fill(call: &Call<'_>, waiting: &mut Waiting) -> Result<(), DbxError> {
    let invalid = |text: &str| DbxError::oauth(400, "invalid_request", text);
    if value(call, "response_type") != Some("code") {
        return Err(DbxError::oauth(400, "unsupported_response_type", "The response type must be 'code'"));
    }
    waiting.scope = scope(value(call, "scope"))?;
    let challenge = value(call, "code_challenge").ok_or_else(|| invalid("Public clients need a code challenge"))?;
    if value(call, "code_challenge_method") != Some("S256") || challenge.len() != 43 {
        return Err(invalid("The code challenge must be of the method S256"));
    }
    waiting.page.challenge = Some(Challenge { value: challenge.into(), s256: true });
    Ok(())
}

fn complete(call: &Call<'_>, waiting: &Waiting, user: &User) -> Response {
    let page = &waiting.page;
    if let Some((SignInBend::Error, error, text)) = &page.bend {
        return back_to_client(page, vec![("error", error.clone()), ("error_description", text.clone())]);
    }
    let expires_at = {
        let inner = call.state.lock();
        if inner.databricks.member(waiting.site, &user.upn).is_none() {
            drop(inner);
            let text = format!("User {} is not a member of this workspace", user.upn);
            return back_with_error(page, &DbxError::oauth(400, "access_denied", text));
        }
        inner.settings.code_lifetime
    } + call.state.epoch();
    let code = opaque();
    let record = Code {
        site: waiting.site,
        client_id: page.ask.client_id.clone(),
        user: user.upn.clone(),
        scope: waiting.scope.clone(),
        redirect_uri: page.redirect_uri.clone(),
        challenge: page.challenge.clone(),
        expires_at,
        used: false,
    };
    call.state.lock().databricks.codes.insert(code.clone(), record);
    let mut fields = vec![("code", code)];
    if matches!(page.bend, Some((SignInBend::NoCode, ..))) {
        fields.clear();
    }
    fields.push(("iss", call.state.sites.issuer(&call.state.url, waiting.site)));
    back_to_client(page, fields)
}

fn back_with_error(page: &Page, error: &DbxError) -> Response {
    back_to_client(page, vec![("error", error.code.clone()), ("error_description", error.message.clone())])
}
