//! Entra's endpoints: tokens, users' sign-in, and the documents that describe them.

mod assertion;
mod authorize;
mod careful;
mod certified;
mod code;
mod credentials;
mod device_code;
mod device_page;
mod discovery;
mod error;
mod federated;
mod jws;
mod page;
mod password;
mod refresh;
mod target;
mod token;
mod user;
mod user_token;

use crate::capture::Request;
use crate::fault::Fault;
use crate::settings::Shape;
use crate::state::State;
use crate::wire::Response;

pub(crate) use authorize::back as back_to_client;
pub(crate) use careful::check as check_user_side;
pub(crate) use code::verify as verify_challenge;
pub(crate) use credentials::{Credentials, control, issue as issue_federated};
pub(crate) use device_code::pending as pending_device_codes;
pub(crate) use device_page::decide;
pub(crate) use page::{message as message_page, sign_in as sign_in_page};
pub(crate) use target::Target;
pub(crate) use token::{basic_credentials, bend, check};
pub(crate) use user::{signed_in, user};
pub(crate) use user_token::opaque;

pub(crate) use error::AadError;

pub(crate) fn answer(state: &State, request: &Request, fault: &Fault, shape: Shape) -> Response {
    if let Some(response) = discovery::answer(state, request) {
        return response;
    }
    let tail = request.path.strip_prefix('/').and_then(|path| path.split_once('/'));
    match tail {
        Some((tenant, "oauth2/v2.0/token")) => token::answer(state, request, tenant, 2, shape),
        Some((tenant, "oauth2/token")) => token::answer(state, request, tenant, 1, shape),
        Some((tenant, "oauth2/v2.0/authorize")) => authorize::answer(state, request, tenant, 2, fault),
        Some((tenant, "oauth2/authorize")) => authorize::answer(state, request, tenant, 1, fault),
        Some((_, "login")) => authorize::submitted(state, request),
        Some((tenant, "oauth2/v2.0/devicecode")) => device_code::answer(state, request, tenant, 2),
        Some((tenant, "oauth2/devicecode")) => device_code::answer(state, request, tenant, 1),
        Some(("common", realm)) if realm.starts_with("userrealm/") => password::user_realm(state, request),
        _ if request.path == device_page::PATH => device_page::answer(state, request),
        _ => Response::new(404, "text/plain", "the emulator has nothing here\n"),
    }
}

/// The error that a fault asks for; what it leaves open is a server error.
pub(crate) fn scripted_error(state: &State, request: &Request, fault: &Fault) -> Response {
    let error = AadError {
        status: fault.status.unwrap_or(500),
        error: fault.error.clone().unwrap_or_else(|| "server_error".into()),
        code: fault.code.unwrap_or(90033),
        text: fault.text.clone().unwrap_or_else(|| "A transient error has occurred. Please try again.".into()),
        suberror: fault.suberror.clone(),
        claims: fault.claims.clone(),
    };
    error.response(state, request)
}
