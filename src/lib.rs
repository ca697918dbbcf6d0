//! jeton: one credential helper for Microsoft Entra and Databricks.
//!
//! The way of a token is one road: a command or protocol ([`cli`], [`protocol`]) makes a [`request::TokenRequest`] from
//! flags, environment and profile ([`profile`]); the [`broker`] answers it from the [`cache`] or has its [`flow`]
//! ([`entra`], [`databricks`], [`aws`], [`acr`]) fetch one over [`http`]; the protocol renders the [`token::Token`].
//! Only the broker touches
//! cache and lock; a flow knows nothing of the cache, a protocol nothing of flows.

pub mod acr;
pub mod adme;
pub mod arm;
pub mod atomic;
pub mod aws;
pub mod broker;
pub mod cache;
pub mod certificate;
pub mod cli;
pub mod clock;
pub mod databricks;
pub mod doctor;
pub mod entra;
pub mod environment;
pub mod error;
pub mod flow;
pub mod http;
pub mod inbound;
pub mod interact;
pub mod jwt;
pub mod lock;
pub mod log;
pub mod oauth;
mod platform;
mod process;
pub mod profile;
mod program;
pub mod protocol;
pub mod request;
pub mod secret;
pub mod serve;
pub mod setup;
pub mod sign_in;
pub mod token;
pub mod vault;
pub mod who;
