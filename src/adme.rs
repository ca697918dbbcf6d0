//! Azure Data Manager for Energy: whether an instance lets a principal in, and what Azure says of an instance.
//!
//! Sources: "How to manage users" (the entitlements service, `data-partition-id`), "Generate a refresh token" (the app of an
//! instance), and the specification of Microsoft.OpenEnergyPlatform, 2022-04-04-preview.

use serde_json::Value;

use crate::clock::Deadline;
use crate::databricks::Refusal;
use crate::error::{Error, Kind, Result, clean};
use crate::http::{Answer, Call, Http, Method};
use crate::log::Log;
use crate::profile::Place;
use crate::secret::Secret;

/// The type of an instance as a resource of Azure.
pub const KIND: &str = "Microsoft.OpenEnergyPlatform/energyServices";
/// The version of the interface that tells of it.
pub const API_VERSION: &str = "2022-04-04-preview";
/// What the names of all instances end in.
pub const ZONE: &str = ".energy.azure.com";

/// What the app's own token may do, for whoever is about to use one.
pub const INFRA_ADMIN: &str = "the token of an instance's own app has the rights of the infrastructure's admin on every \
                               partition: use it to add users, and a user's or another app's to work with data";

/// One data partition of an instance, as one principal sees it.
#[derive(Clone, Copy)]
pub struct Partition<'a> {
    /// The instance.
    pub place: &'a Place,
    /// `INSTANCE-PARTITION`.
    pub name: &'a str,
    /// The bearer.
    pub token: &'a Secret,
    /// The one HTTP client.
    pub http: &'a Http,
    /// The bound for the call.
    pub deadline: Deadline,
    /// Where steps go.
    pub log: &'a Log,
}

impl std::fmt::Debug for Partition<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Partition").field("place", &self.place).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Who a token belongs to, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// A user's name or an app's client id, where the service says it.
    pub name: Option<String>,
    /// The groups' addresses.
    pub groups: Vec<String>,
}

impl Partition<'_> {
    /// The groups that the principal is in: the check whether all is well, which changes nothing.
    ///
    /// # Errors
    /// It is let in nowhere or not there, this is no instance, no answer; each with what mends it.
    pub fn member(&self) -> Result<Member> {
        let url = format!("https://{}/api/entitlements/v2/groups", self.place);
        let bearer = Secret::new(format!("Bearer {}", self.token.expose()));
        let call = Call {
            headers: vec![("data-partition-id", self.name.to_owned())],
            secret_headers: vec![("authorization", bearer)],
            client_request_id: false,
            ..Call::new(Method::Get, &url, self.deadline)
        };
        let answer = self.http.send(&call, self.log)?;
        let body: Value = serde_json::from_str(answer.body.expose()).unwrap_or_default();
        let Some(groups) = body.get("groups").and_then(Value::as_array).filter(|_| answer.status == 200) else {
            let mut error = self.refusal(&answer).without(self.token.expose());
            error.retry_at = answer.retry_at;
            return Err(error.detail("host", self.place.to_string()));
        };
        let text = |value: &Value, names: &[&str]| {
            names.iter().find_map(|name| value[*name].as_str().filter(|text| !text.is_empty()).map(clean))
        };
        Ok(Member {
            name: text(&body, &["memberEmail", "desId"]),
            groups: groups.iter().filter_map(|group| text(group, &["email", "name"])).collect(),
        })
    }

    fn refusal(&self, answer: &Answer) -> Error {
        let Self { place, name, .. } = self;
        let (kind, why, hint) = match answer.status {
            300..400 => (
                Kind::Configuration,
                format!("{place} redirects elsewhere"),
                "check the host; tokens are not sent on to another one".to_owned(),
            ),
            400 => (
                Kind::Configuration,
                format!("{place} does not take the data partition {name}"),
                "give it as the instance's page in Azure shows it: INSTANCE-PARTITION, such as medstest-dp1".to_owned(),
            ),
            401 => (
                Kind::Refused,
                format!("{place} does not know this principal"),
                format!(
                    "an owner adds it to the partition: POST https://{place}/api/entitlements/v2/groups/\
                     users@{name}.dataservices.energy/members; and the token has to be for the instance's own app \
                     (--resource CLIENT-ID)"
                ),
            ),
            403 => (
                Kind::Refused,
                format!("{place} does not let this principal into the data partition {name}"),
                "check the partition's name (INSTANCE-PARTITION), and that the principal is in it".to_owned(),
            ),
            404 => (
                Kind::Configuration,
                format!("{place} has no entitlements service"),
                format!("give the instance's host as its page in Azure shows it, such as medstest{ZONE}"),
            ),
            200 | 408 | 429 | 500.. => (
                Kind::Network,
                format!("{place} has no answer now"),
                "try again in a minute; if it stays so, check the host and the proxy".to_owned(),
            ),
            _ => (Kind::Failed, format!("{place} refused"), "see what it says; -v shows each step".to_owned()),
        };
        // (Its errors are `{"code", "reason", "message"}`, which is read like one of Databricks'.)
        let said = Refusal::read(answer).said();
        let status = format!("HTTP {}", answer.status);
        let said = if said == status { status } else { format!("{status}, {said}") };
        Error::new(kind, format!("{why} ({said})")).hint(hint)
    }
}

/// What is needed to get and use an instance's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its host.
    pub host: String,
    /// The client id of its app, which its tokens are for.
    pub client_id: String,
    /// Its data partitions, as `data-partition-id` wants them: `INSTANCE-PARTITION`.
    pub partitions: Vec<String>,
}

impl Instance {
    /// Reads the resource as Azure Resource Manager shows it.
    ///
    /// # Errors
    /// Network: it lacks its host or its app.
    pub fn read(resource: &Value) -> Result<Self> {
        let of = |value: &Value, name: &str| value[name].as_str().filter(|text| !text.is_empty()).map(clean);
        let properties = &resource["properties"];
        let need = |name: &str| {
            of(properties, name).ok_or_else(|| {
                Error::network(format!("Azure's answer has no {name}: the instance"))
                    .hint("wait until the instance is provisioned, then try again")
            })
        };
        let instance = of(resource, "name").unwrap_or_default();
        let prefix = format!("{instance}-");
        let named = properties["dataPartitionNames"].as_array().map(Vec::as_slice).unwrap_or_default();
        let partitions = named.iter().filter_map(|entry| of(entry, "name"));
        Ok(Self {
            host: need("dnsName")?,
            client_id: need("authAppId")?,
            // (The portal shows a partition with the instance before it, the specification leaves that open.)
            partitions: partitions
                .map(|name| if name.starts_with(&prefix) { name } else { format!("{prefix}{name}") })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_partition_has_its_instance_before_it() {
        let resource = json!({"name": "med", "properties": {
            "dnsName": "med.energy.azure.com", "authAppId": "app", "dataPartitionNames": [{"name": "dp1"}, {"name": "med-dp2"}],
        }});
        let instance = Instance::read(&resource).unwrap();
        assert_eq!(instance.partitions, ["med-dp1", "med-dp2"]);
        let error = Instance::read(&json!({"properties": {"dnsName": "x"}})).unwrap_err();
        assert!(error.message.contains("authAppId") && error.hint.is_some(), "{error}");
    }

    proptest! {
        #[test]
        fn any_resource_is_read_without_a_panic(name in ".{0,20}", host in ".{0,20}", partition in ".{0,20}") {
            let resource = json!({"name": name, "properties": {
                "dnsName": host, "authAppId": "app", "dataPartitionNames": [{"name": partition}, 1, null],
            }});
            if let Ok(instance) = Instance::read(&resource) {
                prop_assert!(!instance.host.chars().any(char::is_control));
            }
        }
    }
}
