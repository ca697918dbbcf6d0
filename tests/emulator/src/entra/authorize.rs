//! The authorization endpoints: what a client asks for, the page a person signs in on, and the way back.

use super::error::AadError;
use super::page;
use super::target::Target;
use super::user::{claims, client, signed_in, tenant_of, user};
use super::user_token::{client_info, consent, opaque};
use crate::capture::Request;
use crate::fault::{Fault, Kind};
use crate::registry::App;
use crate::sign_in::{Ask, Challenge, Code, Page, SignInBend};
use crate::state::State;
use crate::token::uuid;
use crate::user::User;
use crate::wire::Response;

const MODES: [&str; 3] = ["query", "fragment", "form_post"];
const PROMPTS: [&str; 5] = ["none", "login", "consent", "select_account", "create"];

pub(super) fn answer(state: &State, request: &Request, tenant: &str, version: u8, fault: &Fault) -> Response {
    // Until client and redirect URI are known to belong together, nothing may go back there.
    let mut page = match open(state, request, tenant) {
        Ok(page) => page,
        Err(error) => return failed(&error),
    };
    if fault.kind == Kind::SignIn {
        let error = fault.error.clone().unwrap_or_else(|| "server_error".into());
        let text = fault.text.as_deref().unwrap_or("A scripted error.");
        let description = format!("AADSTS{}: {text}", fault.code.unwrap_or(90033));
        page.bend = fault.bend.map(|bend| (bend, error, description));
    }
    if let Err(error) = fill(request, version, &mut page) {
        return back_with_error(&page, &error);
    }
    if matches!(page.bend, Some((SignInBend::Stuck, ..))) {
        return page::message(200, "Sign in", "Still working...");
    }
    let (auto, default) = {
        let inner = state.lock();
        (inner.settings.auto_sign_in, inner.settings.sign_in_user.clone())
    };
    if auto {
        let name = if page.login_hint.is_empty() { &default } else { &page.login_hint };
        return match user(state, name) {
            Ok(user) => complete(state, &page, &user),
            Err(error) => failed(&error),
        };
    }
    if request.query_value("prompt") == Some("none") {
        let text = "A silent sign-in request was sent but no user is signed in.";
        return back_with_error(&page, &AadError::new(400, "login_required", 50058, text));
    }
    let (key, hint) = (uuid(), page.login_hint.clone());
    let action = login_path(&page);
    state.lock().sign_ins.pages.insert(key.clone(), page);
    page::sign_in(&action, ("ctx", &key), &hint, None)
}

/// The form of the sign-in page.
pub(super) fn submitted(state: &State, request: &Request) -> Response {
    let field = |name: &str| request.field(name).unwrap_or_default();
    let key = field("ctx");
    let Some(page) = state.lock().sign_ins.pages.get(key).cloned() else {
        return page::message(400, "Sign in", "AADSTS90027: this sign-in is over. Start again from the application.");
    };
    if field("action") == "cancel" {
        state.lock().sign_ins.pages.remove(key);
        let text = "User declined to consent to access the app.";
        return back_with_error(&page, &AadError::new(400, "access_denied", 65004, text));
    }
    match signed_in(state, field("login"), field("passwd")) {
        Ok(user) => {
            state.lock().sign_ins.pages.remove(key);
            complete(state, &page, &user)
        }
        Err(error) => page::sign_in(&login_path(&page), ("ctx", key), field("login"), Some(&describe(&error))),
    }
}

fn login_path(page: &Page) -> String {
    format!("/{}/login", page.ask.tenant)
}

fn describe(error: &AadError) -> String {
    format!("AADSTS{}: {}", error.code, error.text)
}

/// An error that stays on Entra's page.
fn failed(error: &AadError) -> Response {
    page::message(400, "Sorry, but we're having trouble signing you in", &describe(error))
}

/// A value that is there and not empty.
fn value<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.query_value(name).filter(|value| !value.is_empty())
}

/// Client, redirect URI, and what an error answer needs.
fn open(state: &State, request: &Request, tenant: &str) -> Result<Page, AadError> {
    if request.method != "GET" {
        return Err(AadError::new(400, "invalid_request", 900561, "The endpoint only accepts GET requests."));
    }
    let id = value(request, "client_id").ok_or_else(|| AadError::missing("client_id"))?;
    let app = client(state, tenant, id)?;
    let redirect_uri = match (value(request, "redirect_uri"), app.redirects.as_slice()) {
        (Some(uri), known) if known.iter().any(|known| same_redirect(known, uri)) => uri.to_owned(),
        (None, [only]) => only.clone(),
        (uri, _) => {
            let text = format!(
                "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the \
                 application '{id}'.",
                uri.unwrap_or_default()
            );
            return Err(AadError::new(400, "invalid_request", 50011, text));
        }
    };
    let mode = value(request, "response_mode").filter(|mode| MODES.contains(mode)).unwrap_or("query");
    Ok(Page {
        ask: Ask {
            tenant: tenant.into(),
            client_id: app.client_id,
            target: None,
            nonce: value(request, "nonce").map(str::to_owned),
            claims: serde_json::Value::Null,
        },
        redirect_uri,
        response_mode: mode.into(),
        state: request.query_value("state").map(str::to_owned),
        challenge: None,
        client_info: value(request, "client_info") == Some("1"),
        login_hint: value(request, "login_hint").unwrap_or_default().into(),
        bend: None,
    })
}

/// The same URI; the port of `http://localhost` does not count, nor does the slash of an empty path.
fn same_redirect(known: &str, uri: &str) -> bool {
    match (localhost_path(known), localhost_path(uri)) {
        (Some(known), Some(path)) => known == path,
        _ => known == uri,
    }
}

/// What follows host and port of `http://localhost`, without the slash alone.
fn localhost_path(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("http://localhost")?;
    let (port, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let good = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    good.then_some(if path == "/" { "" } else { path })
}

/// The rest of the request; its errors go back to the client.
fn fill(request: &Request, version: u8, page: &mut Page) -> Result<(), AadError> {
    let invalid = |code, text: String| Err(AadError::new(400, "invalid_request", code, text));
    match value(request, "response_type") {
        Some("code") => {}
        Some(other) => {
            let text = format!("The response_type '{other}' is not enabled for the application.");
            return Err(AadError::new(400, "unsupported_response_type", 700054, text));
        }
        None => return Err(AadError::missing("response_type")),
    }
    if let Some(mode) = value(request, "response_mode").filter(|mode| !MODES.contains(mode)) {
        return invalid(
            70007,
            format!("'{mode}' is not a supported value of 'response_mode' when requesting a token."),
        );
    }
    if let Some(prompt) = value(request, "prompt").filter(|prompt| !PROMPTS.contains(prompt)) {
        return invalid(90023, format!("Unsupported 'prompt' value '{prompt}'."));
    }
    page.ask.target = if version == 1 {
        value(request, "resource").map(Target::of_resource)
    } else {
        let scope = value(request, "scope").ok_or_else(|| AadError::missing("scope"))?;
        Some(Target::of_scope(scope, true)?)
    };
    page.ask.claims = claims(request.query_value("claims"))?;
    page.challenge = match (value(request, "code_challenge"), value(request, "code_challenge_method")) {
        (None, _) => None,
        (Some(challenge), method) => {
            // RFC 7636 section 4.3: without a method, the challenge is the verifier itself.
            let s256 = match method {
                Some("S256") => true,
                Some("plain") | None => false,
                Some(other) => return invalid(50148, format!("'{other}' is not a code_challenge_method.")),
            };
            if s256 && challenge.len() != 43 || !(43..=128).contains(&challenge.len()) {
                return invalid(501491, "Invalid size of Code_Challenge parameter.".into());
            }
            Some(Challenge { value: challenge.into(), s256 })
        }
    };
    Ok(())
}

/// The user is known: a code goes back.
fn complete(state: &State, page: &Page, user: &User) -> Response {
    if let Some((SignInBend::Error, error, description)) = &page.bend {
        return back(page, vec![("error", error.clone()), ("error_description", description.clone())]);
    }
    let checked = client(state, &page.ask.tenant, &page.ask.client_id)
        .and_then(|app: App| Ok((tenant_of(state, &page.ask.tenant, user)?, app)))
        .map_err(|error| failed(&error))
        .and_then(|(tenant, app)| match page.ask.target.as_ref().map(|target| consent(&tenant, &app, target)) {
            // At this endpoint it has a name of its own.
            Some(Err(error)) if error.code == 65001 => {
                Err(back_with_error(page, &AadError { error: "consent_required".into(), ..error }))
            }
            Some(Err(error)) => Err(back_with_error(page, &error)),
            _ => Ok(()),
        });
    if let Err(response) = checked {
        return response;
    }
    let code = opaque();
    let now = state.epoch();
    let mut inner = state.lock();
    let record = Code {
        ask: page.ask.clone(),
        user: user.upn.clone(),
        redirect_uri: page.redirect_uri.clone(),
        challenge: page.challenge.clone(),
        expires_at: now.saturating_add(inner.settings.code_lifetime),
        used: false,
    };
    inner.sign_ins.codes.insert(code.clone(), record);
    drop(inner);
    let mut fields = vec![("code", code)];
    if page.client_info {
        fields.push(("client_info", client_info(user)));
    }
    if matches!(page.bend, Some((SignInBend::NoCode, ..))) {
        fields.clear();
    }
    back(page, fields)
}

fn back_with_error(page: &Page, error: &AadError) -> Response {
    back(page, vec![("error", error.error.clone()), ("error_description", describe(error))])
}

/// Sends the browser back to the client, with `state` as it came, or as the fault has it.
pub(crate) fn back(page: &Page, mut fields: Vec<(&'static str, String)>) -> Response {
    let bend = page.bend.as_ref().map(|(bend, ..)| *bend);
    match (bend, &page.state) {
        (Some(SignInBend::WrongState), _) => fields.push(("state", "not-what-was-sent".into())),
        (Some(SignInBend::NoState), _) | (_, None) => {}
        (_, Some(state)) => fields.push(("state", state.clone())),
    }
    if bend == Some(SignInBend::DoubledState) {
        fields.push(("state", "not-what-was-sent".into()));
    }
    // Databricks, whose pages are of no tenant, has no such thing.
    if !page.ask.tenant.is_empty() && fields.iter().any(|(name, _)| *name == "code") {
        fields.push(("session_state", uuid()));
    }
    if page.response_mode == "form_post" {
        return page::form_post(&page.redirect_uri, &fields);
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let uri = &page.redirect_uri;
    // A redirect URI without a path comes back with one.
    let bare = uri.split_once("://").is_some_and(|(_, rest)| !rest.contains('/') && !rest.contains('?'));
    let slash = if bare { "/" } else { "" };
    let mark = match &*page.response_mode {
        "fragment" => '#',
        _ if uri.contains('?') => '&',
        _ => '?',
    };
    Response::new(302, "text/html; charset=utf-8", "")
        .header("Location", format!("{uri}{slash}{mark}{query}"))
        .header("Cache-Control", "no-store")
}
