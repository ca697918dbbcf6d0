//! The real binary, in an isolated home with a scrubbed environment, over real TLS against the emulator.

mod adme;
mod age;
mod auto;
mod browser;
mod certificate;
mod complete;
mod crowd;
mod databricks;
mod developer_tools;
mod expect;
mod federated;
mod managed_identity;
mod support;
#[cfg(unix)]
mod terminal;
mod user;

#[cfg(unix)]
mod curl;
mod device_code;
mod discover;
mod docs;
#[cfg(unix)]
mod doctor;
mod entratool;
mod faults;
mod flight;
mod hits;
mod inspect;
mod leftovers;
mod login;
mod logout;
mod password;
mod pat;
mod profile;
mod protocols;
mod proxy;
mod refresh;
mod refresh_command;
mod renewal;
mod requests;
mod run;
#[cfg(target_os = "linux")]
mod serve;
mod setup;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod stand_ins;
mod status;
#[cfg(unix)]
mod storm;
mod vault;
mod windows;
#[cfg(unix)]
mod write;
