//! What az calls the clouds, and the resources that `--resource-type` stands for there.
//!
//! Source: azure-cli-core 2.91.0, `cloud.py`, and `cloud_resource_type_mappings` in the profile module's `custom.py`.

use crate::entra::Cloud;

/// A cloud in az's words.
#[derive(Debug)]
pub struct CloudEndpoints {
    /// `environmentName`.
    pub name: &'static str,
    /// What a token is for where nothing is said.
    pub arm: &'static str,
    /// By `--resource-type`.
    resources: &'static [(&'static str, &'static str)],
}

impl CloudEndpoints {
    /// The resource that a `--resource-type` stands for, if this cloud has it.
    #[must_use]
    pub fn resource(&self, kind: &str) -> Option<&'static str> {
        if kind == "arm" {
            return Some(self.arm);
        }
        self.resources.iter().find(|(known, _)| *known == kind).map(|(_, resource)| *resource)
    }
}

const PUBLIC: CloudEndpoints = CloudEndpoints {
    name: "AzureCloud",
    arm: "https://management.core.windows.net/",
    resources: &[
        ("oss-rdbms", "https://ossrdbms-aad.database.windows.net"),
        ("aad-graph", "https://graph.windows.net/"),
        ("ms-graph", "https://graph.microsoft.com/"),
        ("batch", "https://batch.core.windows.net/"),
        ("media", "https://rest.media.azure.net"),
        ("data-lake", "https://datalake.azure.net/"),
    ],
};

const CHINA: CloudEndpoints = CloudEndpoints {
    name: "AzureChinaCloud",
    arm: "https://management.core.chinacloudapi.cn/",
    resources: &[
        ("oss-rdbms", "https://ossrdbms-aad.database.chinacloudapi.cn"),
        ("aad-graph", "https://graph.chinacloudapi.cn/"),
        ("ms-graph", "https://microsoftgraph.chinacloudapi.cn"),
        ("batch", "https://batch.chinacloudapi.cn/"),
        ("media", "https://rest.media.chinacloudapi.cn"),
    ],
};

const US_GOV: CloudEndpoints = CloudEndpoints {
    name: "AzureUSGovernment",
    arm: "https://management.core.usgovcloudapi.net/",
    resources: &[
        ("oss-rdbms", "https://ossrdbms-aad.database.usgovcloudapi.net"),
        ("aad-graph", "https://graph.microsoftazure.us/"),
        ("ms-graph", "https://graph.microsoft.us/"),
        ("batch", "https://batch.core.usgovcloudapi.net/"),
        ("media", "https://rest.media.usgovcloudapi.net"),
    ],
};

/// The cloud in az's words. One that az has no name for by itself (they are registered by their users) goes by the public
/// one's.
#[must_use]
pub fn endpoints(cloud: Option<Cloud>) -> &'static CloudEndpoints {
    match cloud {
        Some(Cloud::China) => &CHINA,
        Some(Cloud::UsGov) => &US_GOV,
        _ => &PUBLIC,
    }
}
