//! The sites: the default workspace on the emulator's own listener, another workspace and the account on theirs.

use std::sync::{Arc, OnceLock};

use rustls::ServerConfig;
use serde::{Deserialize, Serialize};

use super::{DATABRICKS_ACCOUNT_ID, OTHER_WORKSPACE_ID, WORKSPACE_ID};
use crate::emulator::Emulator;
use crate::managed_identity::Listener;
use crate::source::Door;
use crate::state::State;

/// One of the hosts that Databricks has here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The workspace on the emulator's own listener; see [`Emulator::workspace`].
    Workspace,
    /// A workspace that shares nothing but its principals with the first; see [`Emulator::other_workspace`].
    OtherWorkspace,
    /// The account console; see [`Emulator::account`].
    Account,
}

impl Site {
    pub(super) fn of(door: Door) -> Self {
        match door {
            Door::OtherWorkspace => Self::OtherWorkspace,
            Door::Account => Self::Account,
            _ => Self::Workspace,
        }
    }

    /// The id of the workspace; `None` for the account.
    pub fn workspace_id(self) -> Option<u64> {
        match self {
            Self::Workspace => Some(WORKSPACE_ID),
            Self::OtherWorkspace => Some(OTHER_WORKSPACE_ID),
            Self::Account => None,
        }
    }
}

/// Where the sites are; those with a listener of their own are known once it runs.
#[derive(Default)]
pub(crate) struct Sites {
    other_workspace: OnceLock<String>,
    account: OnceLock<String>,
}

impl Sites {
    /// `https://localhost:PORT`; `main` is that of the emulator's own listener.
    pub(super) fn url(&self, main: &str, site: Site) -> String {
        let known = match site {
            Site::Workspace => None,
            Site::OtherWorkspace => self.other_workspace.get(),
            Site::Account => self.account.get(),
        };
        known.map_or(main, String::as_str).to_owned()
    }

    /// The issuer of a site's OAuth tokens: what the paths of its OAuth endpoints begin with.
    pub(super) fn issuer(&self, main: &str, site: Site) -> String {
        let url = self.url(main, site);
        if site == Site::Account {
            format!("{url}/oidc/accounts/{DATABRICKS_ACCOUNT_ID}")
        } else {
            format!("{url}/oidc")
        }
    }

    /// The listener that a URL leads to, and the rest of the URL.
    pub(crate) fn door_of<'a>(&self, main: &str, url: &'a str) -> (Door, &'a str) {
        for (known, door) in [(&self.other_workspace, Door::OtherWorkspace), (&self.account, Door::Account)] {
            if let Some(rest) = known.get().and_then(|known| url.strip_prefix(known.as_str())) {
                return (door, rest);
            }
        }
        (Door::Main, url.strip_prefix(main).unwrap_or(url))
    }
}

/// The listeners of the sites that have their own, started when they are first asked for.
pub(crate) struct SiteListeners {
    tls: Option<Arc<ServerConfig>>,
    other_workspace: OnceLock<Listener>,
    account: OnceLock<Listener>,
}

impl SiteListeners {
    pub(crate) fn new(tls: Option<Arc<ServerConfig>>) -> Self {
        Self { tls, other_workspace: OnceLock::new(), account: OnceLock::new() }
    }

    fn url(&self, state: &Arc<State>, site: Site) -> String {
        let (listener, door, url) = match site {
            Site::Workspace => return state.url.clone(),
            Site::OtherWorkspace => (&self.other_workspace, Door::OtherWorkspace, &state.sites.other_workspace),
            Site::Account => (&self.account, Door::Account, &state.sites.account),
        };
        let listener = listener.get_or_init(|| Listener::start(self.tls.clone(), door, state));
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        url.get_or_init(|| format!("{scheme}://localhost:{}", listener.address.port())).clone()
    }
}

impl Emulator {
    /// `https://localhost:PORT` of the default workspace; the same as [`url`](Self::url).
    pub fn workspace(&self) -> String {
        self.site_listeners.url(&self.state, Site::Workspace)
    }

    /// `https://localhost:PORT` of a second workspace, on a listener that starts with the first call. It has the same
    /// principals, but tokens and permissions of its own.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn other_workspace(&self) -> String {
        self.site_listeners.url(&self.state, Site::OtherWorkspace)
    }

    /// `https://localhost:PORT` of the account console, on a listener that starts with the first call. The account is
    /// [`DATABRICKS_ACCOUNT_ID`].
    ///
    /// # Panics
    /// When there is no free port.
    pub fn account(&self) -> String {
        self.site_listeners.url(&self.state, Site::Account)
    }
}
