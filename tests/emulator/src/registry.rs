//! Which tenants and apps there are.

use crate::user::User;
use crate::{
    ADME_CLIENT_ID, ADME_SECRET, AWKWARD_CLIENT_ID, AWKWARD_SECRET, CLIENT_ID, CLIENT_SECRET, OTHER_TENANT, OTHER_USER,
    OTHER_USER_OID, OTHER_USER_PASSWORD, PUBLIC_CLIENT_ID, TENANT, USER, USER_OID, USER_PASSWORD, WEB_CLIENT_ID,
    WEB_REDIRECT, WEB_SECRET,
};

/// An app registration: a client id and its secrets.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) client_id: String,
    pub(crate) secrets: Vec<(String, bool)>,
    pub(crate) tenants: Option<Vec<String>>,
    pub(crate) public: bool,
    pub(crate) redirects: Vec<String>,
}

impl App {
    /// An app without a secret, known in every tenant.
    pub fn new(client_id: &str) -> Self {
        Self { client_id: client_id.into(), secrets: Vec::new(), tenants: None, public: false, redirects: Vec::new() }
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

    /// Makes it a public client: it has no credential, and one that it sends is refused (AADSTS700025).
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// One more redirect URI. The port of `http://localhost` is left out of account, as Entra does.
    pub fn redirect(mut self, uri: &str) -> Self {
        self.redirects.push(uri.into());
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
    users: Vec<User>,
}

impl Default for Registry {
    fn default() -> Self {
        let tenant = |id: &str, domains: &[&str]| Tenant {
            id: id.into(),
            domains: domains.iter().map(|d| (*d).into()).collect(),
        };
        Self {
            tenants: vec![tenant(TENANT, &["contoso.example"]), tenant(OTHER_TENANT, &["fabrikam.example"])],
            apps: vec![
                App::new(CLIENT_ID).secret(CLIENT_SECRET),
                App::new(AWKWARD_CLIENT_ID).secret(AWKWARD_SECRET),
                App::new(PUBLIC_CLIENT_ID).public().redirect("http://localhost"),
                App::new(WEB_CLIENT_ID).secret(WEB_SECRET).redirect(WEB_REDIRECT).redirect("http://localhost"),
                App::new(ADME_CLIENT_ID).secret(ADME_SECRET).redirect(WEB_REDIRECT).redirect("http://localhost"),
            ],
            users: vec![
                User::new(USER, USER_OID, USER_PASSWORD, "Ada Lovelace", TENANT).guest_in(OTHER_TENANT),
                User::new(OTHER_USER, OTHER_USER_OID, OTHER_USER_PASSWORD, "Grace Hopper", TENANT),
            ],
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

    pub(crate) fn add_user(&mut self, user: User) {
        self.users.retain(|other| !other.upn.eq_ignore_ascii_case(&user.upn));
        self.users.push(user);
    }

    /// The user of this sign-in name.
    pub(crate) fn user(&self, upn: &str) -> Option<User> {
        self.users.iter().find(|user| user.upn.eq_ignore_ascii_case(upn.trim())).cloned()
    }

    /// The app of this client id, whichever tenants know it.
    pub(crate) fn app_anywhere(&self, client_id: &str) -> Option<App> {
        self.apps.iter().find(|app| app.client_id.eq_ignore_ascii_case(client_id)).cloned()
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
