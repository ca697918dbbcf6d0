//! What other programs on this machine send to this one: one HTTP request on a connection, within bounds of size and
//! time. The listener of a sign-in and `jeton serve` stand on it.

mod connection;
mod request;

pub use connection::{Connection, Timed, send_last};
pub use request::{Bad, Bounds, Request, read_request};
