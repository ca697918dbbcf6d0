//! The variables of tools with a token in them, for the command that `run` starts and the shell that reads `env`.

use clap::Args;

use super::args::{AwsArgs, CallArgs, SettingArgs};
use super::road::Road;
use super::workspace;
use crate::entra::Cloud;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, Flags};
use crate::protocol::shell::Assignment;
use crate::protocol::variables::{self, Chosen, Family, Values};
use crate::request::TokenRequest;
use crate::token::Token;

/// Seconds that a token has left when it is put into variables: it gets no other one there. (For an hour's token a third
/// of its life counts, see [`crate::token::Token::phase`].)
const MARGIN: u64 = 1800;

#[derive(Debug, Args)]
pub(super) struct VariableArgs {
    #[command(flatten)]
    pub(super) call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
    /// For which tools: token (JETON_TOKEN), databricks, aws, azure, arm, psql, snowflake (repeatable; list separated by
    /// commas) [default: token]
    #[arg(long = "as", value_name = "FAMILY", value_delimiter = ',', value_parser = Family::parse)]
    pub(super) families: Vec<&'static Family>,
    /// Put the token into this variable, or with =WHAT its header, type, expires-on or tenant (repeatable)
    #[arg(long = "env", value_name = "NAME[=WHAT]", value_parser = Chosen::parse)]
    chosen: Vec<Chosen>,
}

/// What changes in an environment.
pub(super) struct Changes {
    pub(super) variables: Vec<Assignment>,
    /// When the first of what is in them dies (seconds since 1970, UTC), if that is known.
    pub(super) end: Option<u64>,
}

impl VariableArgs {
    /// What was said of the settings.
    pub(super) fn flags(&self) -> Flags {
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        flags
    }

    /// Whether nothing is to be put anywhere.
    pub(super) fn is_empty(&self) -> bool {
        self.families.is_empty() && self.chosen.is_empty()
    }

    /// Gets what goes into the variables.
    pub(super) fn get(mut self) -> Result<Changes> {
        if self.is_empty() {
            self.families.extend(Family::parse("token"));
        }
        if let Some((what, next)) = self.families.iter().find_map(|family| family.refusal()) {
            return Err(Error::usage(what).hint(next));
        }
        let mut road = Road::open(&self.call, self.flags(), false)?;
        if self.families.iter().any(|family| family.needs_host()) {
            road.find_workspace()?;
        }
        self.default_resource(&mut road)?;
        let host = match self.families.iter().any(|family| family.needs_host()) {
            true => Some(workspace::url(&road.settings)?),
            false => None,
        };
        if self.families.iter().any(|family| family.name == "arm") {
            let audience = road.settings.audience()?;
            variables::check_assertion(audience.resource.as_ref().or(audience.scopes.first()).map_or("", |text| text))?;
        }
        let needs_token = !self.chosen.is_empty() || self.families.iter().any(|family| family.needs_token());
        let token = if needs_token { Some(get(&road, road.wanted(MARGIN)?)?) } else { None };
        let keys =
            if self.families.iter().any(|family| family.needs_keys()) { Some(get(&road, road.keys()?)?) } else { None };
        let end = [&token, &keys].into_iter().flatten().filter_map(Token::expiry).min();
        let values = Values { token: token.as_ref(), keys: keys.as_ref(), host, client: None };
        Ok(Changes { variables: self.changes(&values)?, end })
    }

    /// What the token is for where nobody says anything else.
    fn default_resource(&self, road: &mut Road<'_>) -> Result<()> {
        let mut resources: Vec<_> = self.families.iter().filter_map(|family| family.resource).collect();
        resources.sort_unstable();
        resources.dedup();
        let settings = &road.settings;
        let is_said = settings.get(Field::Scopes)?.is_some() || settings.get(Field::Resource)?.is_some();
        match resources[..] {
            _ if is_said => Ok(()),
            [] => Ok(()),
            // (A name such as databricks is looked up in its cloud; a URL is that of the public one.)
            [url] if url.contains("://") && settings.authority("common")?.1.is_some_and(|c| c != Cloud::Public) => {
                Err(Error::configuration("nothing says what the token is for in this cloud")
                    .hint("say so: --resource, or in the profile"))
            }
            [resource] => road.default_resource(resource),
            _ => Err(Error::usage("these tools want tokens for different resources, and one is got")
                .hint("run one in the other: jeton run --as ... -- jeton run --as ... -- COMMAND")),
        }
    }

    fn changes(&self, values: &Values<'_>) -> Result<Vec<Assignment>> {
        let mut changes = Vec::new();
        for family in &self.families {
            let family = family.changes(values, environment::var)?;
            changes.extend(family.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        for chosen in &self.chosen {
            if let Some(value) = chosen.value.of(values)? {
                changes.push((chosen.name.clone(), Some(value)));
            }
        }
        Ok(changes)
    }
}

/// The token of `request`. No process renews it beside this one: the command that `run` starts would find a child that it
/// does not know.
fn get(road: &Road<'_>, request: TokenRequest) -> Result<Token> {
    road.get(&TokenRequest { background: false, ..request })
}
