//! The road of a token for requests over HTTP: the same as a command's, taken anew for each of them, so that a changed
//! profile counts at once.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::args::CallArgs;
use super::road::Road;
use super::token::MARGIN;
use super::workspace;
use crate::error::{Error, Result};
use crate::profile::{Field, Flags, Origin, Place};
use crate::request::TokenRequest;
use crate::serve::{Source, Want};
use crate::token::Token;

/// How long a client waits at most: Databricks' SDK for Go gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(9);

/// The roads of one profile, or of the environment alone.
pub(super) struct Roads {
    call: CallArgs,
    flags: Flags,
}

impl Roads {
    /// Those that `flags` and the profile `name` mean.
    pub(super) fn new(call: &CallArgs, name: Option<&str>, flags: Flags) -> Self {
        let call = CallArgs {
            profile: name.map(str::to_owned),
            min_ttl: call.min_ttl,
            timeout: call.timeout,
            silent: true,
            verbose: call.verbose,
            // (A refresh that was forced was for the start.)
            ..CallArgs::default()
        };
        Self { call, flags }
    }

    /// The workspace that the settings mean.
    pub(super) fn workspace(&self) -> Result<String> {
        let mut road = Road::open(&self.call, self.flags.clone(), true)?;
        road.find_workspace()?;
        workspace::url(&road.settings)
    }

    /// Whether the settings come to a request that needs nobody at a terminal. A resource that only a request names is
    /// not known yet.
    pub(super) fn check(&self, want: &Want) -> Result<()> {
        let mut road = Road::open(&self.call, self.flags.clone(), true)?;
        request(&mut road, want).map(drop)
    }

    /// Gets what `want` asks for as a command would, at which somebody may have to sign in.
    pub(super) fn begin(call: &CallArgs, flags: Flags, want: &Want) -> Result<()> {
        let mut road = Road::open(call, flags, true)?;
        let request = request(&mut road, want)?;
        // (A process that renews it would be a child that the command does not know.)
        road.get(&TokenRequest { background: false, ..request }).map(drop)
    }

    fn get(self: Arc<Self>, want: Want, renews: bool) -> Result<Token> {
        let again = || {
            let (ours, want) = (Arc::clone(&self), want.clone());
            // That it fails is told when the token is stale and somebody waits for the next one.
            let _ = thread::Builder::new().spawn(move || ours.get(want, true).map(drop));
        };
        let road = Road::open(&self.call, self.flags.clone(), true)?;
        let mut road = road.unattended(if renews { None } else { Some(&again) });
        road.hurry(PATIENCE);
        let request = request(&mut road, &want)?;
        road.get(&request)
    }
}

impl Source for Roads {
    fn token(self: Arc<Self>, want: Want) -> Result<Token> {
        self.get(want, false)
    }
}

fn request(road: &mut Road<'_>, want: &Want) -> Result<TokenRequest> {
    let request = match want {
        Want::Databricks(url) => {
            // Azure said so at the start, where nothing but its resource there names the workspace.
            if road.settings.databricks_host()?.is_none() && road.settings.text(Field::AzureResourceId)?.is_some() {
                road.settings.add(Field::DatabricksHost, url, Origin::Caller("Azure"));
            }
            road.default_resource("databricks")?;
            // A path stays with the workspace that it was made for, whatever the profile says by now.
            let now = workspace::url(&road.settings)?;
            if Place::parse(&now)? != Place::parse(url)? {
                return Err(Error::configuration(format!(
                    "the profile is for {now} by now, and this path is for {url}"
                ))
                .hint("start jeton anew, and tell the tool its new address"));
            }
            road.wanted(MARGIN)?
        }
        Want::Resource(resource, client) => {
            if road.settings.flow_name()?.is_databricks() {
                return Err(Error::configuration(
                    "the profile's tokens are Databricks' own, and good for nothing else",
                )
                .hint("use a profile of Entra's"));
            }
            if let Some(client) = client
                && !road.settings.text(Field::ClientId)?.is_some_and(|ours| ours.eq_ignore_ascii_case(client))
            {
                return Err(Error::configuration(format!("the identity {client} is not the one that is served"))
                    .hint("have the tool name none, or the profile's client id"));
            }
            road.settings = road.settings.for_resource(resource);
            road.wanted(MARGIN)?
        }
        Want::Keys => road.aws()?.ok_or_else(|| {
            Error::configuration("no AWS role is set")
                .hint("set AWS_ROLE_ARN, or put it into the profile: jeton profile edit NAME --aws-role-arn ...")
        })?,
    };
    let subject = request.subject.as_ref();
    if !request.flow.is_unattended() || subject.is_some_and(|subject| !subject.flow.is_unattended()) {
        return Err(Error::configuration("the profile's secret has to be typed, and nobody is here to do it")
            .hint("keep it: jeton secret set NAME, and name it with --client-secret-from keyring:NAME"));
    }
    Ok(request)
}
