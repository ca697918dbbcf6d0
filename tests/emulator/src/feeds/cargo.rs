//! A sparse registry that wants a token for everything ("Registry Index" and "Registry Web API" of the Cargo Book).

use ring::digest::{SHA256, digest};
use serde_json::json;

use super::{archive, hex};
use crate::capture::Request;
use crate::wire::Response;

const NAME: &str = "hello-emulator";
const VERSION: &str = "0.1.0";

pub(super) fn answer(url: &str, request: &Request, path: &str) -> Option<Response> {
    let package = package();
    Some(match (request.method.as_str(), path) {
        ("GET", "index/config.json") => {
            Response::json(200, &json!({"dl": format!("{url}/dl"), "api": url, "auth-required": true}))
        }
        ("GET", "index/he/ll/hello-emulator") => {
            let line = json!({
                "name": NAME, "vers": VERSION, "deps": [], "features": {}, "yanked": false,
                "cksum": hex(digest(&SHA256, &package).as_ref()),
            });
            Response::new(200, "text/plain", format!("{line}\n"))
        }
        ("GET", "dl/hello-emulator/0.1.0/download") => Response::new(200, "application/gzip", package),
        ("DELETE", "api/v1/crates/hello-emulator/0.1.0/yank") => Response::json(200, &json!({"ok": true})),
        _ => return None,
    })
}

fn package() -> Vec<u8> {
    let manifest = "[package]\nname = \"hello-emulator\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    archive::tar_gz(&[
        (format!("{NAME}-{VERSION}/Cargo.toml"), manifest),
        (format!("{NAME}-{VERSION}/src/lib.rs"), "pub const HELLO: &str = \"hello from the feed\";\n"),
    ])
}
