//! The real binary, in an isolated home with a scrubbed environment, over real TLS against the emulator.

mod expect;
mod support;

mod faults;
mod profile;
mod protocols;
mod requests;
