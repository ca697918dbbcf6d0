//! `jeton terraform`: a data source `external`, and with an operation the credentials helper of Terraform and OpenTofu,
//! by a link named terraform-credentials-jeton.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::args::{CallArgs, SettingArgs};
use super::place::{self, NO_SERVICE};
use super::road::Road;
use super::token::MARGIN;
use super::{input, output};
use crate::environment;
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
            Some(place) => place::road(&self.call, self.settings.flags(), &place, &NO_SERVICE)?,
            None => None,
        };
        let Some(road) = road else { return output::print(terraform::NO_CREDENTIALS) };
        let request = road.entra(MARGIN)?;
        road.travel(&request, |token| Ok(terraform::credentials(token)), output::print)
    }

    fn external(mut self) -> Result<()> {
        let mut flags = self.settings.flags();
        let mut again = place::given();
        // A renewal is asked by its arguments alone.
        if !environment::is_renewal() {
            let query = Query::parse(&input::document()?)?;
            let wanted =
                [(Field::Scopes, &query.scope), (Field::Resource, &query.resource), (Field::Tenant, &query.tenant)];
            for (field, value) in wanted {
                let Some(value) = value else { continue };
                if flags.given().any(|(given, _)| given == field) {
                    continue;
                }
                flags.set_from(field, Some(value), Origin::Caller("the query"));
                again.push(OsString::from(format!("{}={value}", field.spec().flag)));
            }
            if self.call.profile.is_none()
                && let Some(profile) = query.profile
            {
                again.push(OsString::from(format!("--profile={profile}")));
                self.call.profile = Some(profile);
            }
        }
        let mut road = Road::open(&self.call, flags, true)?;
        road.ask_again_by(again);
        road.ask_nobody()?;
        let request = road.entra(MARGIN)?;
        road.travel(&request, |token| Ok(terraform::external(token)), output::print)
    }
}
