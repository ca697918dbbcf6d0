//! The emulator as its clients see it, through another HTTP and TLS client.

mod authorize;
mod aws;
mod client;
mod code;
mod control;
mod device;
mod faults;
mod kubernetes;
mod lifecycle;
mod password;
mod refresh;
mod token;
mod user;
