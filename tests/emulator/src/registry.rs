//! Which tenants and apps there are.

use crate::{AWKWARD_CLIENT_ID, AWKWARD_SECRET, CLIENT_ID, CLIENT_SECRET, OTHER_TENANT, TENANT};

/// An app registration: a client id and its secrets.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) client_id: String,
    pub(crate) secrets: Vec<(String, bool)>,
    pub(crate) tenants: Option<Vec<String>>,
}

impl App {
    /// An app without a secret, known in every tenant.
    pub fn new(client_id: &str) -> Self {
        Self { client_id: client_id.into(), secrets: Vec::new(), tenants: None }
    }

    /// One more secret that works.
    pub fn secret(mut self, secret: &str) -> Self {
        self.secrets.push((secret.into(), true));
        self
    }

    /// One more secret, which has expired (AADSTS7000222).
    pub fn expired_secret(mut self, secret: &str) -> Self {
        self.secrets.push((secret.into(), false));
        self
    }

    /// Makes the app known in this tenant (its GUID) only; may be repeated.
    pub fn only_in(mut self, tenant: &str) -> Self {
        self.tenants.get_or_insert_default().push(tenant.into());
        self
    }
}

/// A tenant: its GUID and the domains that stand for it.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) domains: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Registry {
    tenants: Vec<Tenant>,
    apps: Vec<App>,
}

impl Default for Registry {
    fn default() -> Self {
        let tenant = |id: &str, domains: &[&str]| Tenant {
            id: id.into(),
            domains: domains.iter().map(|d| (*d).into()).collect(),
        };
        Self {
            tenants: vec![tenant(TENANT, &["contoso.example"]), tenant(OTHER_TENANT, &["fabrikam.example"])],
            apps: vec![App::new(CLIENT_ID).secret(CLIENT_SECRET), App::new(AWKWARD_CLIENT_ID).secret(AWKWARD_SECRET)],
        }
    }
}

impl Registry {
    pub(crate) fn add_tenant(&mut self, id: &str, domains: &[&str]) {
        self.tenants.retain(|tenant| tenant.id != id);
        self.tenants.push(Tenant { id: id.into(), domains: domains.iter().map(|d| (*d).into()).collect() });
    }

    pub(crate) fn add_app(&mut self, app: App) {
        self.apps.retain(|other| !other.client_id.eq_ignore_ascii_case(&app.client_id));
        self.apps.push(app);
    }

    pub(crate) fn has_app(&self, client_id: &str) -> bool {
        self.apps.iter().any(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }

    /// The GUID of the tenant that goes by this GUID or domain.
    pub(crate) fn tenant(&self, name: &str) -> Option<String> {
        self.tenants
            .iter()
            .find(|tenant| {
                tenant.id.eq_ignore_ascii_case(name) || tenant.domains.iter().any(|d| d.eq_ignore_ascii_case(name))
            })
            .map(|tenant| tenant.id.clone())
    }

    /// The app of this client id in the tenant of this GUID.
    pub(crate) fn app(&self, client_id: &str, tenant: &str) -> Option<App> {
        self.apps
            .iter()
            .find(|app| app.client_id.eq_ignore_ascii_case(client_id))
            .filter(|app| app.tenants.as_ref().is_none_or(|list| list.iter().any(|t| t == tenant)))
            .cloned()
    }
}
