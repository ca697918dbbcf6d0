//! One file per protocol: how a tool's question is read and its answer written. No network, no cache, no printing.

pub mod aws;
pub mod az;
pub mod azd;
pub mod docker;
pub mod files;
pub mod git;
pub mod kubernetes;
pub mod plain;
pub mod variables;
