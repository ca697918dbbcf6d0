//! `jeton pat permit`.

use clap::Args;
use serde_json::json;

use super::{CommonArgs, FormArgs, application_id};
use crate::cli::output;
use crate::databricks::pat::{self, Permitted};
use crate::error::Result;

#[derive(Debug, Args)]
pub(super) struct PermitArgs {
    /// Application id of the service principal, not its display name
    application_id: String,
    /// Also where it may use tokens as a member of a group
    #[arg(long)]
    directly: bool,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl PermitArgs {
    pub(super) fn run(self) -> Result<()> {
        let id = application_id(&self.application_id)?;
        let visit = self.common.visit()?;
        let permitted = visit.work(|desk| {
            let permitted = pat::permit(&desk.api, id, self.directly)?;
            desk.note(&match &permitted {
                Permitted::Already => format!("{id} may use tokens already"),
                Permitted::ByGroup(group) => {
                    format!("{id} may use tokens already, if it is in the workspace: the group {group} may (--directly gives it the permission itself)")
                }
                Permitted::Added => format!("{id} may use tokens now"),
            });
            Ok(permitted)
        })?;
        if !self.form.is_json() {
            return Ok(());
        }
        let (by, changed) = match &permitted {
            Permitted::Already => (None, false),
            Permitted::ByGroup(group) => (Some(group), false),
            Permitted::Added => (None, true),
        };
        output::print(&output::json(
            &json!({"application_id": id, "permitted": true, "changed": changed, "by_group": by}),
        ))
    }
}
