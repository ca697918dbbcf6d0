//! A container registry in Azure: its dance of tokens, and one small image (docs/AAD-OAuth.md of github.com/Azure/acr;
//! distribution/distribution, "Token Authentication Specification"; OCI image and distribution specifications).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::capture::Request;
use crate::state::State;
use crate::token::uuid;
use crate::wire::Response;
use crate::{CONTAINER_REGISTRY_AUDIENCE, IMAGE, IMAGE_TEXT};

const ISSUER: &str = "Azure Container Registry";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// The user name that a refresh token goes with.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

pub(crate) fn is_registry(request: &Request) -> bool {
    let path = request.path.as_str();
    ["/v2", "/oauth2/exchange", "/oauth2/token"].contains(&path) || path.starts_with("/v2/")
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/oauth2/exchange") => exchange(state, request),
        ("POST" | "GET", "/oauth2/token") => access_token(state, request),
        ("GET" | "HEAD", _) => serve(state, request),
        _ => denied(405, "UNSUPPORTED", "the operation is unsupported"),
    }
}

fn denied(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!({"errors": [{"code": code, "message": message, "detail": null}]}))
}

fn unauthorized() -> Response {
    let text = "authentication required, visit https://aka.ms/acr/authorization for more information.";
    denied(401, "UNAUTHORIZED", text)
}

/// `localhost:PORT`.
fn service(state: &State) -> &str {
    state.url.split_once("://").map_or("", |(_, host)| host)
}

/// An Entra token for a refresh token.
fn exchange(state: &State, request: &Request) -> Response {
    let field = |name: &str| request.field(name).unwrap_or_default();
    if field("grant_type") != "access_token" || field("service") != service(state) {
        return denied(400, "BAD_REQUEST", "grant_type or service is not what it has to be");
    }
    let Ok(claims) = state.verify(field("access_token")) else { return unauthorized() };
    // A tenant goes by its domains as well.
    let tenant = request.field("tenant").map(|name| state.lock().registry.tenant(name));
    let same_tenant = tenant.is_none_or(|tenant| tenant.as_deref() == claims["tid"].as_str());
    if claims["aud"] != CONTAINER_REGISTRY_AUDIENCE || !same_tenant {
        return unauthorized();
    }
    let lifetime = state.lock().settings.registry_lifetime;
    let token = sign(state, &claims["oid"], "refresh_token", lifetime, Value::Null);
    Response::json(200, &json!({"refresh_token": token}))
}

fn sign(state: &State, subject: &Value, kind: &str, lifetime: u64, access: Value) -> String {
    let now = state.epoch();
    state.signer.sign(&json!({
        "jti": uuid(), "sub": subject, "nbf": now - 60, "iat": now - 60, "exp": now + lifetime, "iss": ISSUER,
        "aud": service(state), "grant_type": kind, "access": access,
    }))
}

/// The claims of a token that this registry gave out, of this kind.
fn verify(state: &State, token: &str, kind: &str) -> Option<Value> {
    let claims = state.verify(token).ok()?;
    (claims["iss"] == ISSUER && claims["grant_type"] == kind).then_some(claims)
}

/// A refresh token, by form or as the password of nobody, for an access token.
fn access_token(state: &State, request: &Request) -> Response {
    let password = || {
        let basic = request.header("authorization")?.strip_prefix("Basic ")?;
        let decoded = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
        decoded.strip_prefix(NOBODY)?.strip_prefix(':').map(str::to_owned)
    };
    let (given, scope) = if request.method == "POST" {
        (request.field("refresh_token").map(str::to_owned), request.field("scope"))
    } else {
        (password(), request.query_value("scope"))
    };
    let Some(claims) = given.and_then(|token| verify(state, &token, "refresh_token")) else { return unauthorized() };
    let token = sign(state, &claims["sub"], "access_token", 4500, json!(scope));
    Response::json(200, &json!({"access_token": token}))
}

/// The image, for whoever has an access token.
fn serve(state: &State, request: &Request) -> Response {
    if request.bearer().is_none_or(|token| verify(state, token, "access_token").is_none()) {
        let (url, service) = (&state.url, service(state));
        let scope = match request.path.strip_prefix("/v2/") {
            Some(path) if path.starts_with(IMAGE) => format!(",scope=\"repository:{IMAGE}:pull\""),
            _ => String::new(),
        };
        let challenge = format!("Bearer realm=\"{url}/oauth2/token\",service=\"{service}\"{scope}");
        return unauthorized().header("WWW-Authenticate", challenge);
    }
    let layer = layer();
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(&layer)]},
    })
    .to_string()
    .into_bytes();
    let part = |kind: &str, bytes: &[u8]| json!({"mediaType": kind, "digest": digest_of(bytes), "size": bytes.len()});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
        "config": part(CONFIG_TYPE, &config), "layers": [part(LAYER_TYPE, &layer)],
    })
    .to_string()
    .into_bytes();
    let path = request.path.trim_start_matches("/v2").trim_start_matches('/');
    let wanted = match path.strip_prefix(IMAGE).and_then(|rest| rest.strip_prefix('/')).map(|rest| rest.split_once('/'))
    {
        _ if path.is_empty() => return Response::json(200, &json!({})),
        Some(Some(("manifests", name))) if name == "latest" || name == digest_of(&manifest) => {
            (MANIFEST_TYPE, manifest)
        }
        Some(Some(("blobs", name))) => match [config, layer].into_iter().find(|blob| digest_of(blob) == name) {
            Some(blob) => ("application/octet-stream", blob),
            None => return denied(404, "BLOB_UNKNOWN", "blob unknown to registry"),
        },
        _ => return denied(404, "NAME_UNKNOWN", "repository name not known to registry"),
    };
    let (kind, bytes) = wanted;
    let name = digest_of(&bytes);
    Response::new(200, kind, bytes).header("Docker-Content-Digest", name)
}

fn digest_of(bytes: &[u8]) -> String {
    let hex: String = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A tar archive with the one file `hello` (POSIX pax, "ustar Interchange Format").
fn layer() -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, "hello");
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", IMAGE_TEXT.len()));
    put(136, "00000000000");
    // The sum is taken with blanks in its own place.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(IMAGE_TEXT.as_bytes());
    archive.resize(archive.len().div_ceil(512) * 512 + 1024, 0);
    archive
}
