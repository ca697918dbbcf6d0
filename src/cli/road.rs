//! The one road from settings to a rendered token, for every command and protocol.

use std::time::Duration;

use crate::broker::{Broker, Limits};
use crate::cache::Cache;
use crate::entra;
use crate::environment;
use crate::error::Result;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Field, Flags, Origin, Settings, Store};
use crate::request::TokenRequest;
use crate::sign_in::SignIns;
use crate::token::Token;

use super::args::CallArgs;

/// Whether a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// As the settings say.
    AsSet,
    /// Whatever they say.
    Always,
    /// Not at all.
    Never,
}

/// A call that is under way: the joined settings and where to report.
pub(super) struct Road<'a> {
    call: &'a CallArgs,
    pub(super) settings: Settings,
    cache: Cache,
    log: Log,
    asking: Asking,
    /// This process renews beside its caller: it prints nothing.
    renews: bool,
}

impl<'a> Road<'a> {
    /// Joins flags, environment and profile. `quiet`: a protocol whose stderr stays empty on success.
    pub(super) fn open(call: &'a CallArgs, flags: Flags, quiet: bool) -> Result<Self> {
        let renews = environment::is_renewal();
        let log = if renews { Log::silent() } else { Log::new(!quiet && !call.silent, call.verbose) };
        let cache_dir = environment::cache_dir()?;
        let store = Store::new(&environment::config_dir()?, &cache_dir);
        let settings = Settings::load(flags, call.profile.as_deref(), &store)?;
        // Both look at every setting, which is not for the road of a cached token unless somebody reads it.
        if log.warns() {
            settings.warn(&log)?;
        }
        if log.is_verbose() {
            settings.trace(&log);
        }
        Ok(Self { call, settings, cache: Cache::new(cache_dir), log, asking: Asking::AsSet, renews })
    }

    /// The same call with another rule for asking people.
    pub(super) fn asking(self, asking: Asking) -> Self {
        Self { asking, ..self }
    }

    /// See [`default_audience`].
    pub(super) fn default_audience(&mut self) -> Result<()> {
        default_audience(&mut self.settings)
    }

    /// The resource that is meant where neither flags, environment nor profile name one.
    pub(super) fn default_resource(&mut self, resource: &'static str) -> Result<()> {
        if self.settings.get(Field::Scopes)?.is_none() && self.settings.get(Field::Resource)?.is_none() {
            self.settings.add(Field::Resource, resource, Origin::BuiltIn);
        }
        Ok(())
    }

    /// The request for an Entra token with at least `margin` seconds left.
    pub(super) fn entra(&self, margin: u64) -> Result<TokenRequest> {
        let flow = entra::flow(&self.settings)?;
        Ok(TokenRequest {
            background: flow.is_unattended() && self.settings.is_on(Field::Background)?,
            flow,
            subject: None,
            margin,
            min_ttl: self.call.min_ttl.map(|ttl| ttl.as_secs()),
            force_refresh: self.call.force_refresh,
        })
    }

    /// Gets the token, and hands what `render` makes of it to `deliver`.
    pub(super) fn travel(
        self,
        request: &TokenRequest,
        render: impl FnOnce(&Token) -> Result<String>,
        deliver: impl FnOnce(&str) -> Result<()>,
    ) -> Result<()> {
        let (total, lock_wait) = bounds(self.call.timeout)?;
        let http = Http::new(HttpOptions { connect_timeout: environment::connect_timeout()? });
        let sign_ins = match self.asking {
            Asking::AsSet => SignIns::new(&self.settings),
            Asking::Always => SignIns::forced(&self.settings),
            Asking::Never => SignIns::quiet(&self.settings),
        };
        let person = if request.flow.asks_a_person() { sign_ins.timeout()? } else { Duration::ZERO };
        let broker = Broker {
            cache: &self.cache,
            http: &http,
            sign_ins: &sign_ins,
            log: &self.log,
            limits: Limits { total, lock_wait, person },
            renews: self.renews,
        };
        let token = broker.get(request)?;
        if self.renews {
            return Ok(());
        }
        deliver(&zeroize::Zeroizing::new(render(&token)?))
    }
}

/// Where a sign-in is meant and nobody says what for: for what every user and every app may ask. A token that is to be
/// handed out is never taken to be for that.
pub(super) fn default_audience(settings: &mut Settings) -> Result<()> {
    if settings.get(Field::Scopes)?.is_none() && settings.get(Field::Resource)?.is_none() {
        let scope = if settings.flow_name()?.is_for_users() { "User.Read" } else { "graph" };
        settings.add(Field::Scopes, scope, Origin::BuiltIn);
    }
    Ok(())
}

/// How long all the work of a call may take, and how long it may wait for another process.
pub(super) fn bounds(timeout: Option<Duration>) -> Result<(Duration, Duration)> {
    let total = match timeout {
        Some(timeout) => timeout,
        None => environment::timeout()?,
    };
    // A holder may use all of its time; a little more tells its error from a hang.
    let lock_wait = environment::lock_timeout()?.unwrap_or(total.saturating_add(Duration::from_secs(5)));
    Ok((total, lock_wait))
}
