//! Which identities there are, and how the endpoints behave.

use serde::{Deserialize, Serialize};

use crate::{
    SYSTEM_IDENTITY_CLIENT_ID, SYSTEM_IDENTITY_OBJECT_ID, TENANT, USER_IDENTITY_CLIENT_ID, USER_IDENTITY_OBJECT_ID,
    USER_IDENTITY_RESOURCE_ID,
};

/// A managed identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its client (application) id.
    pub client_id: String,
    /// Its object (principal) id.
    pub object_id: String,
    /// Its resource id in Azure Resource Manager.
    pub resource_id: String,
}

impl Identity {
    /// An identity by its client id, object id and resource id.
    pub fn new(client_id: &str, object_id: &str, resource_id: &str) -> Self {
        Self { client_id: client_id.into(), object_id: object_id.into(), resource_id: resource_id.into() }
    }
}

/// How `expires_on` of App Service and Azure ML is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiresOn {
    /// Epoch seconds as text.
    #[default]
    Epoch,
    /// `9/13/2026 3:04:05 AM +00:00`.
    TwelveHours,
    /// `09/13/2026 03:04:05`.
    Slashes,
    /// `2026-09-13 03:04:05`.
    Dashes,
    /// RFC 3339.
    Rfc3339,
}

/// The file that Azure Arc's agent refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArcKey {
    /// Its path, as the challenge names it.
    pub path: String,
    /// What it holds.
    pub content: String,
}

/// The managed identity endpoints' standing settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManagedIdentitySettings {
    /// The tenant of all identities.
    pub tenant: String,
    /// The system-assigned identity, if there is one.
    pub system_assigned: Option<Identity>,
    /// The user-assigned identities.
    pub user_assigned: Vec<Identity>,
    /// How `expires_on` of App Service and Azure ML is written.
    pub expires_on: ExpiresOn,
    /// The key that Azure Arc asks for; without one it cannot answer.
    pub arc_key: Option<ArcKey>,
    /// Whether Azure Arc knows user-assigned identities (and says so by `msi_res_id` and `client_id` in its answer).
    /// Older agents leave the parameters aside and answer with the system-assigned identity.
    pub arc_user_assigned: bool,
    /// The audiences that Cloud Shell has tokens for; a slash at their end makes no difference.
    pub cloud_shell_audiences: Vec<String>,
}

impl Default for ManagedIdentitySettings {
    fn default() -> Self {
        let machine = "/subscriptions/77777777-7777-7777-7777-777777777777/resourceGroups/emulator/providers/\
                       Microsoft.Compute/virtualMachines/machine";
        Self {
            tenant: TENANT.into(),
            system_assigned: Some(Identity::new(SYSTEM_IDENTITY_CLIENT_ID, SYSTEM_IDENTITY_OBJECT_ID, machine)),
            user_assigned: vec![Identity::new(
                USER_IDENTITY_CLIENT_ID,
                USER_IDENTITY_OBJECT_ID,
                USER_IDENTITY_RESOURCE_ID,
            )],
            expires_on: ExpiresOn::Epoch,
            arc_key: None,
            arc_user_assigned: false,
            cloud_shell_audiences: [
                "https://management.core.windows.net/",
                "https://management.azure.com/",
                "https://graph.windows.net/",
                "https://graph.microsoft.com/",
                "https://vault.azure.net",
                "https://storage.azure.com/",
                "https://database.windows.net/",
                "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
                "499b84ac-1321-427f-aa17-267ca6975798",
                "6dae42f8-4368-4678-94ff-3960e28e3630",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }
}

/// Why there is no identity for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// None of that name, or no system-assigned one.
    NotFound,
    /// No name was given and there are several to choose from.
    Several,
    /// More than one name was given.
    Ambiguous,
}

/// The parameters by which a request may name an identity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    pub(super) client_id: Option<&'a str>,
    pub(super) object_id: Option<&'a str>,
    pub(super) resource_id: Option<&'a str>,
}

impl ManagedIdentitySettings {
    /// The identity that is asked for. Where none is named it is the system-assigned one; without that, a virtual
    /// machine takes its only user-assigned one (`only_one`).
    pub(super) fn select(&self, wanted: Wanted<'_>, only_one: bool) -> Result<Identity, Missing> {
        let names = [wanted.client_id, wanted.object_id, wanted.resource_id];
        match names.iter().flatten().count() {
            0 => match (&self.system_assigned, self.user_assigned.as_slice()) {
                (Some(identity), _) => Ok(identity.clone()),
                (None, [identity]) if only_one => Ok(identity.clone()),
                (None, [_, _, ..]) if only_one => Err(Missing::Several),
                (None, _) => Err(Missing::NotFound),
            },
            1 => {
                let is = |name: Option<&str>, of: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(of));
                let known = self.system_assigned.iter().chain(&self.user_assigned).find(|identity| {
                    is(wanted.client_id, &identity.client_id)
                        || is(wanted.object_id, &identity.object_id)
                        || is(wanted.resource_id, &identity.resource_id)
                });
                known.cloned().ok_or(Missing::NotFound)
            }
            _ => Err(Missing::Ambiguous),
        }
    }
}
