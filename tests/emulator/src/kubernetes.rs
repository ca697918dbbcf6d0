//! As much of a Kubernetes API server as `kubectl get pods` and `kubectl get namespaces` ask for.

use serde_json::{Value, json};

use crate::capture::Request;
use crate::state::State;
use crate::wire::Response;

const CREATED: &str = "2025-01-01T00:00:00Z";

pub(crate) fn is_kubernetes(request: &Request) -> bool {
    let path = request.path.as_str();
    ["/version", "/api", "/apis"].contains(&path)
        || ["/api/", "/apis/", "/openapi/"].iter().any(|prefix| path.starts_with(prefix))
}

pub(crate) fn answer(state: &State, request: &Request) -> Response {
    let Some(user) = authenticate(state, request) else {
        return status(401, "Unauthorized", "Unauthorized");
    };
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let body = match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["version"]) => json!({
            "major": "1", "minor": "34", "gitVersion": "v1.34.0", "gitCommit": "", "gitTreeState": "clean",
            "buildDate": CREATED, "goVersion": "go1.24.0", "compiler": "gc", "platform": "linux/amd64",
        }),
        ("GET", ["api"]) => json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "localhost"}],
        }),
        ("GET", ["apis"]) => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
        ("GET", ["api", "v1"]) => resources(),
        ("GET", ["api", "v1", "namespaces"]) => list("NamespaceList", &[namespace("default")]),
        ("GET", ["api", "v1", "namespaces", "default"]) => namespace("default"),
        ("GET", ["api", "v1", "pods"]) => list("PodList", &[pod("default")]),
        ("GET", ["api", "v1", "namespaces", name, "pods"]) => list("PodList", &[pod(name)]),
        // What `kubectl auth whoami` asks.
        ("POST", ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"]) => json!({
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"creationTimestamp": CREATED},
            "status": {"userInfo": {"username": user, "groups": ["system:authenticated"]}},
        }),
        _ => return status(404, "NotFound", "the server could not find the requested resource"),
    };
    let body = if wants_table(request) { table(&body).unwrap_or(body) } else { body };
    let code = if request.method == "POST" { 201 } else { 200 };
    Response::new(code, "application/json", body.to_string())
}

/// The object id of the bearer of a living token for an accepted audience.
fn authenticate(state: &State, request: &Request) -> Option<String> {
    let claims = state.verify(request.bearer()?).ok()?;
    let audience = claims["aud"].as_str()?;
    let accepted = state.lock().settings.kubernetes_audiences.iter().any(|known| known == audience);
    accepted.then(|| claims["oid"].as_str().unwrap_or_default().to_owned())
}

fn status(code: u16, reason: &str, message: &str) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    let response = Response::new(code, "application/json", body.to_string());
    if code == 401 { response.header("WWW-Authenticate", "Bearer") } else { response }
}

fn resources() -> Value {
    let verbs = json!(["get", "list"]);
    json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": [
        {"name": "namespaces", "singularName": "namespace", "namespaced": false, "kind": "Namespace",
         "verbs": verbs, "shortNames": ["ns"]},
        {"name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod",
         "verbs": verbs, "shortNames": ["po"], "categories": ["all"]},
    ]})
}

fn list(kind: &str, items: &[Value]) -> Value {
    json!({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items})
}

/// kubectl asks for rows made by the server; without them it shows names and ages only.
fn wants_table(request: &Request) -> bool {
    request.header("accept").is_some_and(|accept| accept.contains("as=Table"))
}

/// The table of a list, after the API server's meta.k8s.io/v1 `Table`.
fn table(list: &Value) -> Option<Value> {
    let column = |name: &str| json!({"name": name, "type": "string", "format": "", "description": "", "priority": 0});
    let (columns, cells): (&[&str], _) = match list["kind"].as_str()? {
        "PodList" => (&["Name", "Ready", "Status", "Restarts", "Age"], json!(["1/1", "Running", "0", "1d"])),
        "NamespaceList" => (&["Name", "Status", "Age"], json!(["Active", "1d"])),
        _ => return None,
    };
    let row = |item: &Value| {
        let mut cells = cells.as_array().cloned().unwrap_or_default();
        cells.insert(0, item["metadata"]["name"].clone());
        let metadata = &item["metadata"];
        let object = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata});
        json!({"cells": cells, "object": object})
    };
    let columns: Vec<_> = columns.iter().map(|name| column(name)).collect();
    let rows: Vec<_> = list["items"].as_array()?.iter().map(row).collect();
    let metadata = &list["metadata"];
    Some(json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": columns, "rows": rows,
    }))
}

fn namespace(name: &str) -> Value {
    json!({
        "kind": "Namespace", "apiVersion": "v1", "spec": {"finalizers": ["kubernetes"]},
        "metadata": {"name": name, "uid": "55555555-5555-5555-5555-555555555555", "creationTimestamp": CREATED},
        "status": {"phase": "Active"},
    })
}

fn pod(namespace: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": "hello", "namespace": namespace, "uid": "66666666-6666-6666-6666-666666666666",
                     "creationTimestamp": CREATED},
        "spec": {"containers": [{"name": "hello", "image": "hello:1"}], "nodeName": "node-1"},
        "status": {"phase": "Running", "podIP": "10.0.0.1",
                   "conditions": [{"type": "Ready", "status": "True"}],
                   "containerStatuses": [{"name": "hello", "ready": true, "restartCount": 0, "image": "hello:1",
                                          "imageID": "", "state": {"running": {"startedAt": CREATED}}}]},
    })
}
