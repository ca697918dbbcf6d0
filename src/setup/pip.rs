//! pip and uv: they run a program named `keyring` for a password.

use std::path::Path;

use super::format::Format;
use super::{Draft, Plan, Program, place};
use crate::error::Result;

/// `keyring-provider = subprocess` (pip documentation, Authentication), and the link.
pub(crate) fn plan(program: &Program, file: Option<&Path>) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut draft = Draft::open(&file.map_or_else(place::pip, |file| Ok(file.to_owned()))?, Format::Ini)?;
    draft.ensure(&["global"], "")?;
    draft.set(&["global", "keyring-provider"], Some("keyring-provider = subprocess"))?;
    plan.drafts.push(draft);
    program.need("keyring", &mut plan);
    plan.notes.push("uv reads its own variable: export UV_KEYRING_PROVIDER=subprocess".to_owned());
    Ok(plan)
}
