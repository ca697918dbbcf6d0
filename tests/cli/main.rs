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
mod entratool;
mod faults;
mod flight;
mod hits;
mod inspect;
mod leftovers;
mod login;
mod logout;
mod profile;
mod protocols;
mod refresh_command;
mod renewal;
mod requests;
mod status;
mod vault;
mod windows;
