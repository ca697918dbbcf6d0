//! The emulator as its clients see it, through another HTTP and TLS client.

mod assertion;
mod aws;
mod client;
mod control;
mod faults;
mod kubernetes;
mod lifecycle;
mod managed_identity;
mod oidc;
mod token;
