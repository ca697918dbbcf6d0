//! `jeton adme`: Azure Data Manager for Energy.

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::{CallArgs, SettingArgs};
use super::output;
use super::road::Road;
use super::token::MARGIN;
use crate::adme::{API_VERSION, INFRA_ADMIN, Instance, KIND, Partition, ZONE};
use crate::arm::{self, Arm};
use crate::databricks::check_partition;
use crate::error::{Error, Result};
use crate::profile::{Field, HostPattern, Place, Settings};
use crate::request::TokenRequest;

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct AdmeArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask an instance for the groups that the token's principal is in: the check whether all is well
    Check(CheckArgs),
    /// Ask Azure for the host, the app and the data partitions of an instance
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The instance's host [default: the one that the profile is for]
    host: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The instance as a resource of Azure: /subscriptions/.../energyServices/NAME
    resource_id: String,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, Args)]
struct CommonArgs {
    /// Print a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
}

impl AdmeArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Check(args) => args.run(),
            Command::Show(args) => args.run(),
        }
    }
}

impl CheckArgs {
    fn run(self) -> Result<()> {
        let CommonArgs { json, call, settings } = &self.common;
        let road = Road::open(call, settings.flags(), false)?;
        let name = road.settings.need(Field::DataPartitionId, "data partition")?;
        check_partition(&name)?;
        let place = place(self.host.as_deref(), &road.settings)?;
        let client_id = road.settings.text(Field::ClientId)?.unwrap_or_default();
        // (A renewal beside it would run this command again.)
        let request = TokenRequest { background: false, ..road.wanted(MARGIN)? };
        let member = road.arrive(&request, None, |arrived| {
            let partition = Partition {
                place: &place,
                name: &name,
                token: &arrived.token.value,
                http: arrived.http,
                deadline: arrived.deadline,
                log: arrived.log,
            };
            let member = partition.member()?;
            let who = member.name.as_deref().unwrap_or("the principal");
            if !call.silent {
                let count = member.groups.len();
                output::note(&format!("{who} is in {count} groups of the data partition {name} at {place}"));
            }
            if member.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&client_id)) {
                arrived.log.warn(INFRA_ADMIN);
            }
            Ok(member)
        })?;
        if *json {
            return output::print(&output::json(&json!({
                "host": place.to_string(),
                "data_partition_id": name,
                "member": member.name,
                "groups": member.groups,
            })));
        }
        output::print(&member.groups.iter().fold(String::new(), |text, group| text + group + "\n"))
    }
}

/// The instance that is meant. A token is shown to a host that the profile is for; where it is for none in particular, to
/// instances alone.
fn place(host: Option<&str>, settings: &Settings) -> Result<Place> {
    let hosts = settings.text(Field::Hosts)?.unwrap_or_default();
    let patterns: Vec<HostPattern> = hosts.split_whitespace().map(str::parse).collect::<Result<_>>()?;
    let Some(host) = host else {
        let mut places = patterns.iter().filter_map(HostPattern::place);
        let first = places.next().map(|place| Place { path: String::new(), ..place });
        return first.filter(|_| places.next().is_none()).ok_or_else(|| {
            Error::usage("it is not said which instance is meant").hint(format!(
                "give its host, such as medstest{ZONE}, or put it into the profile: jeton profile edit NAME --host HOST"
            ))
        });
    };
    let place = Place { path: String::new(), ..Place::parse(host)? };
    let is_meant = match patterns[..] {
        [] => place.host.ends_with(ZONE),
        _ => patterns.iter().any(|pattern| pattern.fits(&place).is_some()),
    };
    if is_meant {
        return Ok(place);
    }
    Err(Error::configuration(format!("the token is not for {place}"))
        .hint(format!("if it is an instance that may have it, say so: jeton profile edit NAME --host {place}")))
}

impl ShowArgs {
    fn run(self) -> Result<()> {
        arm::check_id(&self.resource_id, KIND)?;
        let CommonArgs { json, call, settings } = &self.common;
        let mut road = Road::open(call, settings.flags(), false)?;
        let origin = arm::origin(&road.settings)?;
        road.settings = road.settings.for_resource(&origin);
        let request = TokenRequest { background: false, ..road.wanted(MARGIN)? };
        let instance = road.arrive(&request, None, |arrived| {
            let arm = Arm {
                origin: &origin,
                token: &arrived.token.value,
                http: arrived.http,
                deadline: arrived.deadline,
                log: arrived.log,
            };
            Instance::read(&arm.get(&self.resource_id, API_VERSION)?)
        })?;
        if *json {
            return output::print(&output::json(&json!({
                "host": instance.host,
                "client_id": instance.client_id,
                "data_partition_ids": instance.partitions,
            })));
        }
        let Instance { host, client_id, partitions } = instance;
        output::print(&format!("host        {host}\nclient id   {client_id}\npartitions  {}\n", partitions.join(", ")))
    }
}
