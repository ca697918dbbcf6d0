//! Personal access tokens: those that somebody made, and the life cycle of those that jeton makes: create, list, revoke,
//! rotate, permit, and the flow that does all of it by itself.
//!
//! A token's value is told once, so it is sealed on disk before anyone sees it; and creating is never repeated blindly: each
//! token has a mark in its comment, by which it is found again when the answer got lost.

mod given;
mod info;
mod keep;
#[cfg(test)]
mod kills;
mod lifetime;
mod listed;
mod making;
mod managed;
mod mark;
mod permit;
mod ready;
mod rotation;
mod tokens;

pub use given::Pat;
pub use info::Info;
pub use keep::{Keep, Piece, Record, State};
pub use lifetime::{Lifetime, parse_grace};
pub use listed::{Listed, remember, remembered};
pub use making::{Wish, make, project, sweep};
pub use managed::{ManagedPat, made_by, minting};
pub use mark::unmarked;
pub use permit::{Permitted, permit};
pub use ready::{Check, ready};
pub use rotation::{Rotated, give_up, revoke_due, rotate};
pub use tokens::{delete, list};
