//! `jeton terraform`: a data source `external`, and with an operation the credentials helper of Terraform and OpenTofu,
//! by a link named terraform-credentials-jeton.

use clap::{Args, ValueEnum};

use super::args::{CallArgs, SettingArgs};
use super::road::Road;
use super::token::MARGIN;
use super::{input, output};
use crate::error::{Error, Kind, Result};
use crate::profile::{Field, Origin, Place};
use crate::protocol::terraform::{self, Query};

#[derive(Debug, Args)]
pub(super) struct TerraformArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    /// get, for a registry's host; without it, a data source's query is read from standard input
    #[arg(value_enum, value_name = "OPERATION", hide_possible_values = true, requires = "host")]
    operation: Option<Operation>,
    /// Host of the registry
    #[arg(value_name = "HOST")]
    host: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Operation {
    Get,
    Store,
    Forget,
}

impl TerraformArgs {
    pub(super) fn run(mut self) -> Result<()> {
        match (self.operation, self.host.take()) {
            (Some(Operation::Get), Some(host)) => self.credentials(&host),
            (Some(_), _) => Err(Error::new(Kind::Failed, "jeton keeps no tokens of others: it fetches its own")
                .hint("terraform login and logout are not needed; jeton profile edit NAME --host HOST sets a host up")),
            (None, _) => self.external(),
        }
    }

    fn credentials(&self, host: &str) -> Result<()> {
        let road = match Place::of_url(host)? {
            Some(place) => Road::open_for(&self.call, self.settings.flags(), &place, None)?,
            None => None,
        };
        let Some(road) = road else { return output::print(terraform::NO_CREDENTIALS) };
        let request = road.wanted(MARGIN)?;
        road.travel(&request, |token| Ok(terraform::credentials(token)), output::print)
    }

    fn external(mut self) -> Result<()> {
        let text = input::document()?;
        let query = Query::parse(&text)?;
        let mut flags = self.settings.flags();
        // (What was given first counts.)
        for (field, value) in
            [(Field::Scopes, &query.scope), (Field::Resource, &query.resource), (Field::Tenant, &query.tenant)]
        {
            flags.set_from(field, value.as_deref(), Origin::Caller("the query"));
        }
        self.call.profile = self.call.profile.take().or(query.profile);
        let mut road = Road::open(&self.call, flags, true)?;
        road.ask_nobody_by_default()?;
        let request = road.wanted(MARGIN)?;
        road.asked(text.as_bytes()).travel(&request, |token| Ok(terraform::external(token)), output::print)
    }
}
