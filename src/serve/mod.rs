//! The token endpoint on loopback: tools that ask over HTTP, in the protocols that their SDKs have for it.
//!
//! Every request takes the one road of a token, by a [`Source`]; this module knows connections, who may ask, and the three
//! protocols. A connection has a thread of its own, up to a bound, and is good for one request: who holds one open holds
//! up nobody, and who is slow is cut off.

mod access;
mod aws;
mod databricks;
mod listen;
mod managed_identity;
mod platform;
mod route;
mod server;

pub use access::AccessLog;
pub use listen::{Address, Listener};
pub use route::{Client, Protocol, Route, Source, Want};
pub use server::Server;
