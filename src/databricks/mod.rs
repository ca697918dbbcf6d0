//! Databricks: hosts, its OAuth endpoints and one file per grant, personal access tokens, and its REST API.

pub mod api;
mod azure;
mod endpoints;
mod federation;
mod grant;
mod host;
mod learned;
mod m2m;
mod metadata;
pub mod pat;
mod refusal;
mod site;
mod subject;
mod u2m;

pub use azure::OfWorkspace;
pub(crate) use azure::{check_resource_id, host_of, is_for_databricks, management};
pub use federation::Federation;
pub use host::{Cloud, Host};
pub use m2m::M2m;
pub use metadata::MetadataService;
pub use pat::{ManagedPat, Pat};
pub use refusal::Refusal;
pub use site::Site;
pub(crate) use site::{check_account_id, check_partition, check_workspace_id, in_workspace};
pub use subject::Subject;
pub use u2m::U2m;
