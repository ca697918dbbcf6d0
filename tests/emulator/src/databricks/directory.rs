//! Who there is in the account, and what is remembered of each workspace.

use std::collections::HashMap;

use super::code::{Code, RefreshToken, Waiting};
use super::federation::FederationPolicy;
use super::pat::Pat;
use super::permissions::Grant;
use super::{
    DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, DatabricksSettings,
    Site,
};
use crate::{CLIENT_ID, OTHER_USER, USER};

/// A user or a service principal of the account.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) is_user: bool,
    pub(super) display_name: String,
    pub(super) secrets: Vec<String>,
    pub(super) admin: bool,
    pub(super) active: bool,
    pub(super) in_workspaces: bool,
}

impl Principal {
    fn new(name: &str, is_user: bool) -> Self {
        Self {
            id: 0,
            name: name.into(),
            is_user,
            display_name: name.into(),
            secrets: Vec::new(),
            admin: false,
            active: true,
            in_workspaces: true,
        }
    }

    /// A service principal of this application id: one of Databricks' own, or the app of Entra with that client id.
    pub fn service(application_id: &str) -> Self {
        Self::new(application_id, false)
    }

    /// A user of this name; to sign in it must also be a [`User`](crate::User) of Entra.
    pub fn user(name: &str) -> Self {
        Self::new(name, true)
    }

    /// One more OAuth secret.
    pub fn secret(mut self, secret: &str) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The display name, without which it is the name.
    pub fn display_name(mut self, name: &str) -> Self {
        self.display_name = name.into();
        self
    }

    /// Makes it an admin of both workspaces.
    pub fn admin(mut self) -> Self {
        self.admin = true;
        self
    }

    /// Known, but shut out.
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    /// Known in the account, but in none of its workspaces.
    pub fn only_in_account(mut self) -> Self {
        self.in_workspaces = false;
        self
    }

    /// The groups of a workspace that it is in.
    pub(super) fn groups(&self) -> Vec<&'static str> {
        if self.admin { vec!["admins", "users"] } else { vec!["users"] }
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// All of it, behind the emulator's lock.
pub(crate) struct Data {
    pub(super) principals: Vec<Principal>,
    pub(super) policies: Vec<FederationPolicy>,
    /// Those that were deleted as well: the second half tells.
    pub(super) pats: Vec<(Pat, bool)>,
    /// Changed lists of who may use tokens.
    pub(super) grants: HashMap<Site, Vec<Grant>>,
    pub(super) waiting: HashMap<String, Waiting>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) refresh_tokens: HashMap<String, RefreshToken>,
    pub(super) refresh_order: Vec<String>,
    next_id: u64,
}

impl Default for Data {
    fn default() -> Self {
        let mut data = Self {
            principals: Vec::new(),
            policies: Vec::new(),
            pats: Vec::new(),
            grants: HashMap::new(),
            waiting: HashMap::new(),
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            refresh_order: Vec::new(),
            next_id: 70_000_000_000_000,
        };
        for principal in [
            Principal::user(USER).display_name("Ada Lovelace").admin(),
            Principal::user(OTHER_USER).display_name("Grace Hopper"),
            Principal::service(DATABRICKS_CLIENT_ID).display_name("octo-principal").secret(DATABRICKS_SECRET),
            Principal::service(DATABRICKS_ADMIN_CLIENT_ID)
                .display_name("octo-admin")
                .secret(DATABRICKS_ADMIN_SECRET)
                .admin(),
            Principal::service(CLIENT_ID).display_name("octo-app"),
        ] {
            data.add(principal);
        }
        data
    }
}

impl Data {
    /// Adds a principal, or replaces the one of the same name; gives its numeric id.
    pub(super) fn add(&mut self, mut principal: Principal) -> u64 {
        self.next_id += 1;
        principal.id =
            self.principals.iter().find(|known| known.is(&principal.name)).map_or(self.next_id, |old| old.id);
        self.principals.retain(|known| !known.is(&principal.name));
        let id = principal.id;
        self.principals.push(principal);
        id
    }

    pub(super) fn principal(&self, name: &str) -> Option<&Principal> {
        self.principals.iter().find(|principal| principal.is(name))
    }

    /// The principal, if it may enter this site.
    pub(super) fn member(&self, site: Site, name: &str) -> Option<&Principal> {
        self.principal(name).filter(|principal| principal.active && (site == Site::Account || principal.in_workspaces))
    }

    /// The service principal of this application id or numeric id.
    pub(super) fn service(&self, id: &str) -> Option<&Principal> {
        self.principals.iter().find(|known| !known.is_user && (known.is(id) || known.id.to_string() == id))
    }

    /// Who may use tokens in a workspace, beside its admins.
    pub(super) fn grants(&self, site: Site, settings: &DatabricksSettings) -> Vec<Grant> {
        let start = || if settings.users_may_use_tokens { vec![Grant::group("users")] } else { Vec::new() };
        self.grants.get(&site).cloned().unwrap_or_else(start)
    }
}
