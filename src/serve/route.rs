//! What is served: a path, a protocol, and where its tokens come from.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::http;
use crate::inbound::Request;
use crate::profile::Place;
use crate::secret::{Guard, Secret};
use crate::token::Token;
use zeroize::Zeroizing;

use super::{aws, databricks, managed_identity};

/// What tools speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The metadata service of Databricks' SDKs.
    Databricks,
    /// Azure's managed identity, as App Service has it.
    ManagedIdentity,
    /// The container credentials of AWS' SDKs.
    Aws,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// A token for the workspace of that URL.
    Databricks(String),
    /// A token for a resource, of the identity with that client id, if one is named.
    Resource(String, Option<String>),
    /// AWS keys.
    Keys,
}

/// The road of a token for one profile.
pub trait Source: Send + Sync {
    /// A token, without asking anybody.
    ///
    /// # Errors
    /// Why there is none, and what to do next.
    fn token(self: Arc<Self>, want: Want) -> Result<Token>;
}

/// One path.
pub struct Route {
    pub(super) protocol: Protocol,
    /// For the log: the profile's name.
    pub(super) name: String,
    /// Without a secret, and without a slash at its end.
    pub(super) path: String,
    /// The one workspace that the path is for.
    pub(super) workspace: Option<(Place, String)>,
    pub(super) source: Arc<dyn Source>,
}

/// What a tool has to be told so that it asks here.
#[derive(Debug)]
pub struct Client {
    /// The URL; it holds the secret where the protocol has no other place for it.
    pub url: Secret,
    /// What goes along in a header.
    pub secret: Secret,
}

/// What goes back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Zeroizing<String>,
    /// For the log; it holds no secret.
    pub(super) note: String,
}

impl Protocol {
    /// As it stands in paths and in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Databricks => "databricks",
            Self::ManagedIdentity => "azure",
            Self::Aws => "aws",
        }
    }

    /// The headers that the protocols look at.
    pub(super) const HEADERS: &'static [&'static str] =
        &[databricks::VERSION, databricks::HOST, managed_identity::SECRET, aws::SECRET];

    /// An answer without a token, in the words of the protocol's own errors.
    pub(super) fn refuse(self, status: u16, text: &str) -> Answer {
        let body = match self {
            Self::Databricks => databricks::refusal(status, text),
            Self::ManagedIdentity => managed_identity::refusal(status, text),
            Self::Aws => aws::refusal(status, text),
        };
        Answer { status, body: Zeroizing::new(body.to_string()), note: text.to_owned() }
    }
}

impl Route {
    /// One for the profile `name`; the environment alone where there is none. `workspace` is the URL of the one that
    /// Databricks' tools may ask about.
    ///
    /// # Errors
    /// A workspace that is no host.
    pub fn new(
        protocol: Protocol,
        name: Option<&str>,
        workspace: Option<String>,
        source: Arc<dyn Source>,
    ) -> Result<Self> {
        // (No profile's name begins with a dash.)
        let segment = http::path_segment(name.unwrap_or("-"));
        let workspace = match workspace {
            Some(url) => Some((Place::parse(&url)?, url)),
            None => None,
        };
        let name = name.unwrap_or("-").to_owned();
        Ok(Self { protocol, name, path: format!("/{}/{segment}", protocol.name()), workspace, source })
    }

    /// What it speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// What the path gives, where that does not depend on the request.
    #[must_use]
    pub fn first(&self) -> Option<Want> {
        match self.protocol {
            Protocol::Databricks => self.workspace_url().map(Want::Databricks),
            Protocol::ManagedIdentity => None,
            Protocol::Aws => Some(Want::Keys),
        }
    }

    /// The URL of the workspace that it is for.
    #[must_use]
    pub fn workspace_url(&self) -> Option<String> {
        self.workspace.as_ref().map(|(_, url)| url.clone())
    }

    /// Protocol and profile, for people.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.protocol.name(), self.name)
    }

    /// What a tool is told that reaches the server at `origin` (`http://127.0.0.1:PORT`).
    #[must_use]
    pub fn client(&self, origin: &str, secret: &Secret) -> Client {
        let url = match self.protocol {
            Protocol::Databricks => format!("{origin}{}/{}", self.path, secret.expose()),
            Protocol::ManagedIdentity | Protocol::Aws => format!("{origin}{}", self.path),
        };
        Client { url: Secret::new(url), secret: secret.clone() }
    }

    /// Whether the request is for this path.
    pub(super) fn is_meant(&self, request: &Request, guard: &Guard) -> bool {
        match (self.protocol, request.path.strip_prefix(&self.path)) {
            (Protocol::Databricks, Some(rest)) => rest.strip_prefix('/').is_some_and(|given| guard.matches(given)),
            (Protocol::ManagedIdentity | Protocol::Aws, Some("")) => true,
            _ => false,
        }
    }

    /// Answers a request for this path.
    pub(super) fn answer(&self, request: &Request, guard: &Guard) -> Answer {
        if request.method != "GET" {
            return self.protocol.refuse(405, "only GET is known here");
        }
        let asked = match self.protocol {
            Protocol::Databricks => databricks::read(request, self.workspace.as_ref()),
            Protocol::ManagedIdentity => managed_identity::read(request, guard),
            Protocol::Aws => aws::read(request, guard),
        };
        let want = match asked {
            Ok(want) => want,
            Err((status, text)) => return self.protocol.refuse(status, &text),
        };
        let resource = match &want {
            Want::Resource(resource, _) => resource.clone(),
            Want::Databricks(_) | Want::Keys => String::new(),
        };
        let rendered = Arc::clone(&self.source).token(want).and_then(|token| match self.protocol {
            Protocol::Databricks => Ok(databricks::answer(&token)),
            Protocol::ManagedIdentity => Ok(managed_identity::answer(&token, &resource)),
            Protocol::Aws => aws::answer(&token),
        });
        match rendered {
            Ok(body) => Answer { status: 200, body, note: resource },
            Err(error) => self.protocol.refuse(status(&error), &in_one_line(&error)),
        }
    }
}

/// Statuses by which SDKs tell what is worth another attempt from what is not: they repeat 5xx by themselves.
fn status(error: &Error) -> u16 {
    match error.kind {
        Kind::Network => 503,
        Kind::SignIn => 401,
        Kind::Refused => 403,
        Kind::Usage | Kind::Configuration => 400,
        Kind::Failed | Kind::Token => 500,
    }
}

/// What SDKs show of an error is one text.
fn in_one_line(error: &Error) -> String {
    match &error.hint {
        Some(hint) => format!("jeton: {} (next: {hint})", error.message),
        None => format!("jeton: {}", error.message),
    }
}
