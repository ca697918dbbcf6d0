//! `jeton exec-credential`: what kubeconfig's `users[].user.exec` calls.

use clap::Args;

use super::args::{CallArgs, SettingArgs};
use super::output;
use super::road::Road;
use crate::error::{Error, Result};
use crate::profile::{Field, Origin};
use crate::protocol::kubernetes::{self, ExecInfo};

#[derive(Debug, Args)]
pub(super) struct ExecCredentialArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// Server application of the cluster; the one of AKS where nothing else is set
    #[arg(long, value_name = "ID")]
    server_id: Option<String>,
}

impl ExecCredentialArgs {
    pub(super) fn run(self) -> Result<()> {
        // First of all: what the caller sends decides the answer's form, and a wrong one must not cost a sign-in.
        let info = ExecInfo::from_environment()?;
        let mut flags = self.settings.flags();
        if self.server_id.is_some() && flags.given().any(|(field, _)| is_audience(field)) {
            return Err(Error::usage("--server-id says what the token is for, and so does --scope or --resource")
                .hint("give one of them"));
        }
        flags.set_from(Field::Resource, self.server_id.as_deref(), Origin::Flag("--server-id"));
        let names_audience = flags.given().any(|(field, _)| is_audience(field));
        const ORIGIN: Origin = Origin::Caller("KUBERNETES_EXEC_INFO");
        flags.set_from(Field::Tenant, info.tenant.as_deref(), ORIGIN);
        if !names_audience {
            flags.set_from(Field::Scopes, info.scope.as_deref(), ORIGIN);
            flags.set_from(Field::Resource, info.audience.as_deref(), ORIGIN);
        }
        let mut road = Road::open(&self.call, flags, true)?;
        road.default_resource("aks")?;
        let request = road.wanted(kubernetes::MARGIN)?;
        road.travel(&request, |token| Ok(kubernetes::render(&info, token)), output::print)
    }
}

fn is_audience(field: Field) -> bool {
    matches!(field, Field::Scopes | Field::Resource)
}
