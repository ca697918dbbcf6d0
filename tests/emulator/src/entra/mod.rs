//! Entra's endpoints: the two token endpoints and the documents that describe them.

mod assertion;
mod certified;
mod credentials;
mod discovery;
mod error;
mod federated;
mod jws;
mod token;

use crate::capture::Request;
use crate::fault::Fault;
use crate::settings::Shape;
use crate::state::State;
use crate::wire::Response;

pub(crate) use credentials::{Credentials, control, issue as issue_federated};
pub(crate) use token::{bend, check};

use error::AadError;

pub(crate) fn answer(state: &State, request: &Request, shape: Shape) -> Response {
    if let Some(response) = discovery::answer(state, request) {
        return response;
    }
    let tail = request.path.strip_prefix('/').and_then(|path| path.split_once('/'));
    match tail {
        Some((tenant, "oauth2/v2.0/token")) => token::answer(state, request, tenant, 2, shape),
        Some((tenant, "oauth2/token")) => token::answer(state, request, tenant, 1, shape),
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
