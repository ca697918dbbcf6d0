//! `jeton curl`: curl with a token, which it reads from a pipe, and which goes to the profile's hosts alone.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use clap::Args;
use zeroize::Zeroizing;

use super::args::CallArgs;
use super::beside::Beside;
use super::road::{self, Road};
use super::run::not_run;
use super::token::MARGIN;
use crate::error::{Error, Result};
use crate::flow;
use crate::platform;
use crate::profile::{Field, Flags, HostPattern, Place, Settings};
use crate::protocol::curl::{CAREFUL, Call};
use crate::protocol::plain;
use crate::request::TokenRequest;

#[derive(Debug, Args)]
pub(super) struct CurlArgs {
    /// What curl is called with; --profile NAME may stand among it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

impl CurlArgs {
    pub(super) fn run(self) -> Result<ExitCode> {
        let curl = Call::parse(&self.arguments)?;
        let call = CallArgs { profile: curl.profile, ..CallArgs::default() };
        let road = Road::with(&call, settings(&call, &curl.places)?)?;
        // No process renews it beside this one: it would be a child that curl does not know.
        let request = TokenRequest { background: false, ..road.wanted(MARGIN)? };
        let beside = Beside::of(&road)?;
        if curl.follows && beside.management.is_some() {
            return Err(Error::usage(
                "redirects are not followed here: curl would repeat the management token elsewhere",
            )
            .hint("leave --location out"));
        }
        let mut command = Command::new("curl");
        let mut code = ExitCode::SUCCESS;
        road.travel_with(
            &request,
            beside.management.as_ref(),
            |token, management| Ok(CAREFUL.to_owned() + &plain::curl(token, &beside.headers(management))),
            |text| {
                let configuration = Zeroizing::new(text.to_owned());
                let ended = platform::become_with_input(&mut command, "--config", &configuration, &curl.arguments);
                code = ended.unwrap_or_else(|error| not_run(&command, &error));
                Ok(())
            },
        )?;
        Ok(code)
    }
}

/// The settings whose token may go to all `places`.
fn settings(call: &CallArgs, places: &[Place]) -> Result<Settings> {
    let store = road::folders()?.1;
    let mut name = call.profile.clone();
    let mut found: Option<Settings> = None;
    for place in places {
        let settings = match Settings::load_for(Flags::default(), name.as_deref(), place, None, &store)? {
            Some(settings) => settings,
            None => {
                let settings = Settings::load(Flags::default(), name.as_deref(), &store)?;
                if !is_own(&settings, place)? {
                    return Err(road::foreign(place));
                }
                settings
            }
        };
        // Whose token the first one gets is whose token all of them get.
        let own_name = settings.profile().map(|profile| profile.name.clone());
        match &found {
            Some(_) if own_name != name => return Err(road::foreign(place)),
            Some(_) => {}
            None => {
                name = own_name;
                found = Some(settings);
            }
        }
    }
    // (There is one: a call without a URL was refused.)
    found.ok_or_else(|| Error::usage("no URL is given"))
}

/// Whether the token is for `place` by itself: the workspace, or the service whose address is the token's resource (unless
/// the profile says which hosts it is for).
fn is_own(settings: &Settings, place: &Place) -> Result<bool> {
    let fits = |host: &str| host.parse::<HostPattern>().is_ok_and(|host| host.fits(place).is_some());
    if settings.get(Field::Hosts)?.is_some() {
        return Ok(false);
    }
    if let Some(host) = settings.databricks_host()? {
        return Ok(fits(host.origin()));
    }
    // (Nothing says what for: no place is meant.)
    let Ok(meant) = flow::of(settings) else { return Ok(false) };
    let identity = meant.flow.identity();
    Ok(identity.scopes.iter().any(|scope| {
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        resource.starts_with("https://") && fits(resource)
    }))
}
