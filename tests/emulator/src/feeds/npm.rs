//! An npm registry with one package ("Package Metadata" of npm's registry documentation).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA512, digest};
use serde_json::json;

use super::archive;
use crate::capture::Request;
use crate::wire::Response;

pub(super) fn answer(url: &str, request: &Request, path: &str) -> Option<Response> {
    if request.method != "GET" {
        return None;
    }
    let package = package();
    Some(match path {
        "hello-emulator" => {
            let integrity = format!("sha512-{}", STANDARD.encode(digest(&SHA512, &package)));
            Response::json(
                200,
                &json!({
                    "name": "hello-emulator",
                    "dist-tags": {"latest": "0.1.0"},
                    "time": {"0.1.0": "2025-01-01T00:00:00.000Z"},
                    "versions": {"0.1.0": {
                        "name": "hello-emulator", "version": "0.1.0",
                        "dist": {"tarball": format!("{url}/-/hello-emulator-0.1.0.tgz"), "integrity": integrity},
                    }},
                }),
            )
        }
        "-/hello-emulator-0.1.0.tgz" => Response::new(200, "application/octet-stream", package),
        _ => return None,
    })
}

fn package() -> Vec<u8> {
    archive::tar_gz(&[
        (
            "package/package.json".to_owned(),
            "{\"name\": \"hello-emulator\", \"version\": \"0.1.0\", \"main\": \"hello.js\"}\n",
        ),
        ("package/hello.js".to_owned(), "module.exports = 'hello from the feed'\n"),
    ])
}
