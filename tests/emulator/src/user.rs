//! The people who sign in.

/// A user: name, password, and the tenants where the user is known.
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) upn: String,
    pub(crate) oid: String,
    pub(crate) password: String,
    pub(crate) name: String,
    pub(crate) tenant: String,
    pub(crate) guest_in: Vec<String>,
    pub(crate) mfa: bool,
}

impl User {
    /// A user whose home is the tenant of this GUID; `upn` is the sign-in name, `oid` the object id (a GUID).
    pub fn new(upn: &str, oid: &str, password: &str, name: &str, tenant: &str) -> Self {
        Self {
            upn: upn.into(),
            oid: oid.into(),
            password: password.into(),
            name: name.into(),
            tenant: tenant.into(),
            guest_in: Vec::new(),
            mfa: false,
        }
    }

    /// Also known in this tenant (its GUID), as a guest; may be repeated.
    pub fn guest_in(mut self, tenant: &str) -> Self {
        self.guest_in.push(tenant.into());
        self
    }

    /// Needs a second factor: pages give it by themselves, a password alone is refused (AADSTS50076).
    pub fn mfa(mut self) -> Self {
        self.mfa = true;
        self
    }

    /// Whether the tenant of this GUID knows the user.
    pub(crate) fn is_known_in(&self, tenant: &str) -> bool {
        self.tenant == tenant || self.guest_in.iter().any(|other| other == tenant)
    }

    /// The object id in that tenant: a guest has another one there than at home.
    pub(crate) fn oid_in(&self, tenant: &str) -> String {
        if self.tenant == tenant { self.oid.clone() } else { crate::state::object_id(&self.oid) }
    }
}
