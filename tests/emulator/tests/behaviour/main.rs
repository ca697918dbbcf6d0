//! The emulator as its clients see it, through another HTTP and TLS client.

mod assertion;
mod authorize;
mod aws;
mod client;
mod code;
mod control;
mod databricks;
mod databricks_bearer;
mod databricks_pat;
mod databricks_sign_in;
mod device;
mod faults;
mod feeds;
mod git;
mod kubernetes;
mod lifecycle;
mod managed_identity;
mod oidc;
mod password;
mod refresh;
mod registry;
mod token;
mod user;
