//! The emulator as its clients see it, through another HTTP and TLS client.

mod assertion;
mod authorize;
mod aws;
mod client;
mod code;
mod control;
mod device;
mod faults;
mod feeds;
mod kubernetes;
mod lifecycle;
mod managed_identity;
mod oidc;
mod password;
mod refresh;
mod token;
mod user;
