//! Databricks: hosts, its OAuth endpoints and grants, personal access tokens, and its REST API.

pub mod api;
mod host;
mod refusal;

pub use host::{Cloud, Host};
pub use refusal::Refusal;
