//! A module proxy with one module (`go help goproxy`).

use serde_json::json;

use super::archive;
use crate::capture::Request;
use crate::wire::Response;

const MODULE: &str = "hello.example/emulator";
const MANIFEST: &str = "module hello.example/emulator\n\ngo 1.24\n";

pub(super) fn answer(request: &Request, path: &str) -> Option<Response> {
    if request.method != "GET" {
        return None;
    }
    let info = || Response::json(200, &json!({"Version": "v0.1.0", "Time": "2025-01-01T00:00:00Z"}));
    Some(match path.strip_prefix(MODULE)? {
        "/@v/list" => Response::new(200, "text/plain", "v0.1.0\n"),
        "/@latest" | "/@v/v0.1.0.info" => info(),
        "/@v/v0.1.0.mod" => Response::new(200, "text/plain", MANIFEST),
        "/@v/v0.1.0.zip" => Response::new(200, "application/zip", package()),
        _ => return None,
    })
}

fn package() -> Vec<u8> {
    archive::zip(&[
        (format!("{MODULE}@v0.1.0/go.mod"), MANIFEST),
        (
            format!("{MODULE}@v0.1.0/hello.go"),
            "// Package emulator says hello.\npackage emulator\n\n// Hello is what it says.\n\
             const Hello = \"hello from the feed\"\n",
        ),
    ])
}
