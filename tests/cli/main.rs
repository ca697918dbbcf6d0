//! The real binary, in an isolated home with a scrubbed environment, over real TLS against the emulator.

mod age;
mod auto;
mod certificate;
mod crowd;
mod developer_tools;
mod expect;
mod federated;
mod managed_identity;
mod support;
#[cfg(unix)]
mod terminal;
mod user;

mod device_code;
mod discover;
mod faults;
mod flight;
mod hits;
mod inspect;
mod leftovers;
mod password;
mod profile;
mod protocols;
mod refresh;
mod renewal;
mod requests;
mod vault;
mod windows;
