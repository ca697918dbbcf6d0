//! The one road from settings to a rendered token, for every command and protocol.

use std::ffi::OsString;
use std::time::Duration;

use crate::broker::{Broker, Limits};
use crate::cache::Cache;
use crate::entra;
use crate::environment;
use crate::error::Result;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Field, Flags, Origin, Setting, Settings, Store};
use crate::request::TokenRequest;
use crate::sign_in::SignIns;
use crate::token::Token;

use super::args::CallArgs;
use super::personality;

/// A call that is under way: the joined settings and where to report.
pub(super) struct Road<'a> {
    call: &'a CallArgs,
    pub(super) settings: Settings,
    cache: Cache,
    log: Log,
    /// This process renews beside its caller: it prints nothing.
    renews: bool,
    /// The arguments with which this program asks the same, where the question did not come by its own.
    again: Option<Vec<OsString>>,
    /// How long the caller waits at most, where it does not wait as long as a call may take.
    patience: Option<Duration>,
}

impl<'a> Road<'a> {
    /// Joins flags, environment and profile. `quiet`: a protocol whose stderr stays empty on success.
    pub(super) fn open(call: &'a CallArgs, flags: Flags, quiet: bool) -> Result<Self> {
        let cache_dir = environment::cache_dir()?;
        let store = Store::new(&environment::config_dir()?, &cache_dir);
        let settings = Settings::load(flags, call.profile.as_deref(), &store)?;
        Self::begin(call, settings, Cache::new(cache_dir), quiet)
    }

    /// The road of settings that are joined already.
    pub(super) fn begin(call: &'a CallArgs, settings: Settings, cache: Cache, quiet: bool) -> Result<Self> {
        let renews = environment::is_renewal();
        let log = if renews { Log::silent() } else { Log::new(!quiet && !call.silent, call.verbose) };
        // Both look at every setting, which is not for the road of a cached token unless somebody reads it.
        if log.warns() {
            settings.warn(&log)?;
        }
        if log.is_verbose() {
            settings.trace(&log);
        }
        Ok(Self { call, settings, cache, log, renews, again: None, patience: None })
    }

    /// Says with which arguments this program asks the same: for a question that came on standard input.
    pub(super) fn ask_again_by(&mut self, arguments: Vec<OsString>) {
        self.again = Some(arguments);
    }

    /// Says how long the caller waits, where its time-out is known: an error that comes later is never seen. A bound
    /// that was given on the command line counts all the same.
    pub(super) fn hurry(&mut self, patience: Duration) {
        self.patience = Some(patience);
    }

    /// Nobody is asked to sign in unless it was said that they may be: the caller shows nothing, or would be held up.
    pub(super) fn ask_nobody(&mut self) -> Result<()> {
        let unsaid = |setting: Option<Setting>| setting.is_none_or(|setting| setting.origin == Origin::BuiltIn);
        if unsaid(self.settings.get(Field::Interactive)?) {
            self.settings.add(Field::Interactive, "never", Origin::BuiltIn);
        }
        Ok(())
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
        let total = match (self.call.timeout, self.patience) {
            (Some(timeout), _) => timeout,
            (None, patience) => environment::timeout()?.min(patience.unwrap_or(Duration::MAX)),
        };
        // A holder may use all of its time; a little more tells its error from a hang.
        let lock_wait = match environment::lock_timeout()? {
            Some(wait) => wait,
            None if self.patience.is_some() => total,
            None => total.saturating_add(Duration::from_secs(5)),
        };
        let http = Http::new(HttpOptions { connect_timeout: environment::connect_timeout()? });
        let sign_ins = SignIns::new(&self.settings);
        let person = if request.flow.asks_a_person() { sign_ins.timeout()? } else { Duration::ZERO };
        let broker = Broker {
            cache: &self.cache,
            http: &http,
            sign_ins: &sign_ins,
            log: &self.log,
            limits: Limits { total, lock_wait, person },
            renews: self.renews,
            again: self.again.as_deref().or_else(|| personality::arguments()),
        };
        let token = broker.get(request)?;
        if self.renews {
            return Ok(());
        }
        deliver(&zeroize::Zeroizing::new(render(&token)?))
    }
}
