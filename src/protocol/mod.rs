//! One file per protocol: how a tool's question is read and its answer written. No network, no cache, no printing.

pub mod aws;
pub mod az;
pub mod azd;
pub mod bazel;
pub mod cargo;
pub mod curl;
pub mod databricks;
pub mod docker;
pub mod files;
mod foreign;
pub mod git;
pub mod goauth;
pub mod google;
pub mod keyring;
pub mod kubernetes;
mod line;
mod pflag;
pub mod plain;
pub mod shell;
pub mod terraform;
pub mod variables;

pub use foreign::Foreign;
