//! Entra's error bodies.

use serde_json::json;

use crate::capture::Request;
use crate::state::State;
use crate::token::{is_uuid, uuid};
use crate::wire::Response;

/// An error with its AADSTS number, after Entra's reference of error codes.
pub(crate) struct AadError {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) code: u32,
    pub(crate) text: String,
    pub(crate) suberror: Option<String>,
    pub(crate) claims: Option<String>,
}

impl AadError {
    pub(crate) fn new(status: u16, error: &str, code: u32, text: impl Into<String>) -> Self {
        Self { status, error: error.into(), code, text: text.into(), suberror: None, claims: None }
    }

    /// A required parameter is not in the body.
    pub(crate) fn missing(parameter: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{parameter}'.");
        Self::new(400, "invalid_request", 900144, text)
    }

    pub(crate) fn response(&self, state: &State, request: &Request) -> Response {
        let (trace, correlation) = (uuid(), correlation_id(request));
        let timestamp = humantime::format_rfc3339_seconds(state.now()).to_string().replace('T', " ");
        // v1 still breaks lines where v2 has spaces.
        let gap = if request.path.ends_with("/oauth2/token") { "\r\n" } else { " " };
        let mut body = json!({
            "error": self.error,
            "error_description": format!(
                "AADSTS{}: {}{gap}Trace ID: {trace}{gap}Correlation ID: {correlation}{gap}Timestamp: {timestamp}",
                self.code, self.text
            ),
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("{}/error?code={}", state.url, self.code),
        });
        if let Some(suberror) = &self.suberror {
            body["suberror"] = json!(suberror);
        }
        if let Some(claims) = &self.claims {
            body["claims"] = json!(claims);
        }
        with_headers(Response::json(self.status, &body), request, &trace)
    }
}

/// The headers that Entra puts on each answer of a token endpoint.
pub(crate) fn with_headers(response: Response, request: &Request, trace: &str) -> Response {
    let response = response
        .header("Cache-Control", "no-store, no-cache")
        .header("Pragma", "no-cache")
        .header("Expires", "-1")
        .header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        .header("X-Content-Type-Options", "nosniff")
        .header("x-ms-request-id", trace)
        .header("x-ms-ests-server", "2.1.0 - EMULATOR ProdSlices");
    match request.header("client-request-id") {
        Some(id) => response.header("client-request-id", id),
        None => response,
    }
}

/// The caller's `client-request-id`, or a new id where that is not a GUID.
fn correlation_id(request: &Request) -> String {
    request.header("client-request-id").filter(|id| is_uuid(id)).map_or_else(uuid, str::to_owned)
}
