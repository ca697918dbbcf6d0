//! `jeton profile`: make, list, show, change, delete, export and import profiles.

use clap::Args;

use crate::error::Result;

#[derive(Debug, Args)]
pub(super) struct ProfileArgs {}

impl ProfileArgs {
    pub(super) fn run(self) -> Result<()> {
        Ok(())
    }
}
