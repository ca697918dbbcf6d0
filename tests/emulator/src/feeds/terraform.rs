//! A registry of modules with one module (OpenTofu and Terraform, "Module Registry Protocol" and "Remote Service Discovery").

use serde_json::json;

use super::archive;
use crate::capture::Request;
use crate::wire::Response;

/// Where clients learn what a host serves.
const DISCOVERY: &str = "/.well-known/terraform.json";
/// Where the module itself is. Clients fetch it without their token, from wherever the registry says.
const ARCHIVE: &str = "/feeds/terraform/archive/hello-emulator-0.1.0.tar.gz";
const MODULE: &str = "modules/contoso/hello/emulator/";
const TEXT: &str = "output \"hello\" {\n  value = \"hello from the feed\"\n}\n";

pub(super) fn is_discovery(request: &Request) -> bool {
    request.path == DISCOVERY
}

/// What is for everybody.
pub(super) fn public(request: &Request) -> Option<Response> {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", DISCOVERY) => Some(Response::json(200, &json!({"modules.v1": "/feeds/terraform/modules/"}))),
        // (Terraform's way to fetch asks with HEAD first.)
        ("GET" | "HEAD", ARCHIVE) => {
            Some(Response::new(200, "application/gzip", archive::tar_gz(&[("main.tf".into(), TEXT)])))
        }
        _ => None,
    }
}

pub(super) fn answer(url: &str, request: &Request, path: &str) -> Option<Response> {
    if request.method != "GET" {
        return None;
    }
    match path.strip_prefix(MODULE)? {
        "versions" => Some(Response::json(200, &json!({"modules": [{"versions": [{"version": "0.1.0"}]}]}))),
        "0.1.0/download" => {
            Some(Response::new(204, "text/plain", "").header("X-Terraform-Get", format!("{url}{ARCHIVE}")))
        }
        _ => None,
    }
}
