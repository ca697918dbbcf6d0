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

mod discover;
mod faults;
mod flight;
mod hits;
mod inspect;
mod leftovers;
mod profile;
mod protocols;
mod renewal;
mod requests;
mod windows;
