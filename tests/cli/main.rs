//! The real binary, in an isolated home with a scrubbed environment, over real TLS against the emulator.

mod age;
mod crowd;
mod expect;
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
mod profile;
mod protocols;
mod renewal;
mod requests;
mod vault;
mod windows;
