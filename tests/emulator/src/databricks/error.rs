//! Databricks' error bodies, in the shapes in which its services send them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{is_token_path, scim};
use crate::capture::Request;
use crate::fault::Fault;
use crate::token::uuid;
use crate::wire::Response;

/// How an error is written; see [`Fault::error_shape`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `{"error_code": "CODE", "message": ..., "details": [...]}`.
    #[default]
    Api,
    /// The same with the HTTP status, a number, for `error_code`: what the gate in front of the services sends.
    Gate,
    /// API 1.2: `{"error": ...}`.
    Legacy,
    /// SCIM: `{"detail": ..., "status": ..., "scimType": ...}`.
    Scim,
    /// `CODE: message` as plain text.
    Text,
    /// An HTML page with `<pre>...</pre>`.
    Html,
    /// A redirect to the page that tells of a private link.
    PrivateLink,
    /// OAuth: `{"error": ..., "error_description": ...}`.
    OAuth,
}

/// An error of the REST API or the OAuth endpoints.
#[derive(Debug)]
pub(super) struct DbxError {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) shape: ErrorShape,
}

impl DbxError {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), shape: ErrorShape::Api }
    }

    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "PERMISSION_DENIED", message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_PARAMETER_VALUE", message)
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(404, "RESOURCE_DOES_NOT_EXIST", message)
    }

    pub(super) fn gate(status: u16, message: impl Into<String>) -> Self {
        Self { shape: ErrorShape::Gate, ..Self::new(status, "", message) }
    }

    pub(super) fn html(status: u16, message: impl Into<String>) -> Self {
        Self { shape: ErrorShape::Html, ..Self::new(status, "", message) }
    }

    pub(super) fn oauth(status: u16, error: &str, description: impl Into<String>) -> Self {
        Self { shape: ErrorShape::OAuth, ..Self::new(status, error, description) }
    }

    pub(super) fn response(&self, request: &Request) -> Response {
        let Self { status, code, message, shape } = self;
        let line: String = message.chars().filter(|c| !c.is_control()).collect();
        match shape {
            ErrorShape::Api => Response::json(*status, &json!({"error_code": code, "message": message, "details": []})),
            ErrorShape::Gate => Response::json(*status, &json!({"error_code": status, "message": message}))
                .header("X-Databricks-Reason-Phrase", line),
            ErrorShape::Legacy => Response::json(*status, &json!({"error": message})),
            ErrorShape::Scim => {
                let body = json!({
                    "schemas": [scim::ERROR], "detail": message, "status": status.to_string(), "scimType": code,
                });
                Response::new(*status, "application/scim+json", body.to_string())
            }
            ErrorShape::Text => Response::new(*status, "text/plain", format!("{code}: {message}")),
            ErrorShape::Html => {
                let text = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let html = format!(
                    "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n\
                     <title>Error {status} {text}</title>\n</head>\n<body><h2>HTTP ERROR {status}</h2>\n\
                     <p>Problem accessing {}. Reason:\n<pre>    {text}</pre></p>\n</body>\n</html>\n",
                    request.path
                );
                Response::new(*status, "text/html;charset=utf-8", html).header("X-Databricks-Reason-Phrase", line)
            }
            ErrorShape::PrivateLink => Response::new(302, "text/html", "")
                .header("Location", "/login.html?error=private-link-validation-error:1234567890"),
            ErrorShape::OAuth => {
                let body = json!({"error": code, "error_description": message, "request_id": uuid()});
                Response::json(*status, &body).header("Cache-Control", "no-store")
            }
        }
    }
}

/// The error that a fault asks for; what it leaves open is as the path has it.
pub(crate) fn scripted(request: &Request, fault: &Fault) -> Response {
    let usual = if is_token_path(request) {
        ErrorShape::OAuth
    } else if request.path.contains("/scim/") {
        ErrorShape::Scim
    } else {
        ErrorShape::Api
    };
    let error = DbxError {
        status: fault.status.unwrap_or(500),
        code: fault.error.clone().unwrap_or_else(|| "INTERNAL_ERROR".into()),
        message: fault.text.clone().unwrap_or_else(|| "a scripted error".into()),
        shape: fault.error_shape.unwrap_or(usual),
    };
    error.response(request)
}

impl Fault {
    /// An error of Databricks for the next request to a path: HTTP status, `error_code` and `message`, in the shape that
    /// the path usually has or that [`error_shape`](Self::error_shape) names.
    pub fn databricks(path_prefix: &str, status: u16, code: &str, message: &str) -> Self {
        Self::error(status, code, 0).text(message).on(path_prefix)
    }

    /// How an error on a path of Databricks is written.
    pub fn error_shape(mut self, shape: ErrorShape) -> Self {
        self.error_shape = Some(shape);
        self
    }
}
