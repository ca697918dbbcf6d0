//! A simple index of Python packages (PEP 503) with one wheel, and the endpoint that uploads go to.

use super::archive;
use crate::capture::Request;
use crate::wire::Response;

const WHEEL: &str = "hello_emulator-0.1.0-py3-none-any.whl";

pub(super) fn answer(root: &str, request: &Request, path: &str) -> Option<Response> {
    let page = |link: &str, text: &str| {
        let body = format!("<!DOCTYPE html>\n<html><body><a href=\"{link}\">{text}</a></body></html>\n");
        Response::new(200, "text/html; charset=utf-8", body)
    };
    Some(match (request.method.as_str(), path) {
        ("GET", "simple/") => page(&format!("{root}/simple/hello-emulator/"), "hello-emulator"),
        ("GET", "simple/hello-emulator/") => page(&format!("{root}/files/{WHEEL}"), WHEEL),
        ("GET", path) if path.strip_prefix("files/") == Some(WHEEL) => {
            Response::new(200, "application/octet-stream", wheel())
        }
        ("POST", "upload/") => Response::new(200, "text/plain", "OK\n"),
        _ => return None,
    })
}

fn wheel() -> Vec<u8> {
    let info = |name: &str| format!("hello_emulator-0.1.0.dist-info/{name}");
    let record = "hello_emulator.py,,\nhello_emulator-0.1.0.dist-info/METADATA,,\n\
                  hello_emulator-0.1.0.dist-info/WHEEL,,\nhello_emulator-0.1.0.dist-info/RECORD,,\n";
    archive::zip(&[
        ("hello_emulator.py".to_owned(), "HELLO = \"hello from the feed\"\n"),
        (info("METADATA"), "Metadata-Version: 2.1\nName: hello-emulator\nVersion: 0.1.0\n"),
        (info("WHEEL"), "Wheel-Version: 1.0\nGenerator: emulator\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        (info("RECORD"), record),
    ])
}
