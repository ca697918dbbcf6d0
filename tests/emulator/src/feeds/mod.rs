//! Feeds of packages, as Azure Artifacts has them: one package each for cargo, Python, Go and npm, for those who bring an
//! Azure DevOps token; and a registry of modules for Terraform. Below `/feeds/`.

mod archive;
mod cargo;
mod go;
mod npm;
mod python;
mod terraform;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::DEVOPS_AUDIENCE;
use crate::capture::Request;
use crate::state::State;
use crate::wire::Response;

const ROOT: &str = "/feeds/";

pub(crate) fn is_feed(request: &Request) -> bool {
    request.path.starts_with(ROOT) || terraform::is_discovery(request)
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    if let Some(response) = terraform::public(request) {
        return response;
    }
    let path = request.path.strip_prefix(ROOT).unwrap_or_default();
    let (feed, path) = path.split_once('/').unwrap_or((path, ""));
    if !is_known(state, request, feed) {
        return Response::new(401, "text/plain", "who are you?\n")
            .header("WWW-Authenticate", "Bearer")
            .header("WWW-Authenticate", "Basic realm=\"feeds\"");
    }
    let found = match feed {
        "cargo" => cargo::answer(&format!("{}{ROOT}cargo", state.url), request, path),
        "python" => python::answer(&format!("{ROOT}python"), request, path),
        "go" => go::answer(request, path),
        "npm" => npm::answer(&format!("{}{ROOT}npm", state.url), request, path),
        "terraform" => terraform::answer(&state.url, request, path),
        _ => None,
    };
    found.unwrap_or_else(|| Response::new(404, "text/plain", "there is no such package\n"))
}

/// Whether the request brings a living token for Azure DevOps: as a Bearer one, or (what Python's tools send) as the
/// password of any user.
fn is_known(state: &State, request: &Request, feed: &str) -> bool {
    let Some((scheme, value)) = request.header("authorization").and_then(|value| value.split_once(' ')) else {
        return false;
    };
    let token = match (feed, scheme.to_ascii_lowercase().as_str()) {
        ("python", "basic") => {
            let Ok(pair) = STANDARD.decode(value.trim()) else { return false };
            match String::from_utf8_lossy(&pair).split_once(':') {
                Some((_, password)) => password.to_owned(),
                None => return false,
            }
        }
        ("cargo" | "go" | "npm" | "terraform", "bearer") => value.trim().to_owned(),
        _ => return false,
    };
    state.verify(&token).is_ok_and(|claims| claims["aud"] == DEVOPS_AUDIENCE)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
