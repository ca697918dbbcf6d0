//! Azure DevOps' git: repositories of a folder below `/{organisation}/{project}/_git/`, for the bearers of a token.
//!
//! What git says to git is `git http-backend`'s; this runs it as CGI (RFC 3875; git-http-backend(1)).

use std::io::{self, Write};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::capture::Request;
use crate::state::State;
use crate::wire::Response;
use crate::{DEVOPS_AUDIENCE, TENANT};

pub(crate) fn is_git(request: &Request) -> bool {
    request.path.contains("/_git/")
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    if !is_let_in(state, request) {
        // All that Azure DevOps offers, in its order.
        return Response::new(401, "text/html; charset=utf-8", "")
            .header("WWW-Authenticate", format!("Bearer authorization_uri=https://login.microsoftonline.com/{TENANT}"))
            .header("WWW-Authenticate", "Basic realm=\"https://tfsprodweu1.visualstudio.com/\"")
            .header("WWW-Authenticate", "TFS-Federated");
    }
    let root = state.lock().settings.git_root.clone();
    let (Some(root), Some((_, repository))) = (root, request.path.split_once("/_git/")) else {
        return Response::new(404, "text/plain", "there are no repositories\n");
    };
    if repository.split('/').any(|part| part == "..") {
        return Response::new(404, "text/plain", "there is no such repository\n");
    }
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    // With a user, it takes pushes.
    command.env("REMOTE_USER", "bearer").env("REQUEST_METHOD", &request.method).env("QUERY_STRING", query.join("&"));
    command.env("PATH_INFO", format!("/{repository}")).env("CONTENT_LENGTH", request.body.len().to_string());
    for (variable, header) in [
        ("CONTENT_TYPE", "content-type"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
        ("GIT_PROTOCOL", "git-protocol"),
    ] {
        if let Some(value) = request.header(header) {
            command.env(variable, value);
        }
    }
    match run(&mut command, &request.body).map(|output| parse(&output)) {
        Ok(Some(response)) => response,
        Ok(None) => Response::new(500, "text/plain", "git http-backend answers with something else\n"),
        Err(error) => Response::new(500, "text/plain", format!("git http-backend does not run: {error}\n")),
    }
}

/// `Authorization: Bearer` with a token, or `Basic` with one as the password, whatever the user.
fn is_let_in(state: &State, request: &Request) -> bool {
    let Some((scheme, value)) = request.header("authorization").and_then(|value| value.split_once(' ')) else {
        return false;
    };
    let password = || {
        let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        Some(decoded.split_once(':')?.1.to_owned())
    };
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(value.trim().to_owned()),
        "basic" => password(),
        _ => None,
    };
    token.is_some_and(|token| state.verify(&token).is_ok_and(|claims| claims["aud"] == DEVOPS_AUDIENCE))
}

fn run(command: &mut Command, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let input = child.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may have seen enough before the end.
            let _ = input.map(|mut input| input.write_all(body));
        });
        child.wait_with_output().map(|output| output.stdout)
    })
}

/// A CGI document: header lines, an empty one, the body.
fn parse(output: &[u8]) -> Option<Response> {
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&output[..end]).ok()?;
    let mut response = Response { status: 200, headers: Vec::new(), body: output[end + 4..].to_vec() };
    for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            response.status = value.split(' ').next()?.parse().ok()?;
        } else {
            response.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Some(response)
}
